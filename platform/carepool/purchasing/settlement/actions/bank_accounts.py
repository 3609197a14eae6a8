"""Verbs of bank accounts: keep one sealed, read it for a file, say who sends files; and seal again with newer keys."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from carepool import events
from carepool.errors import Invalid, Refusal, Stale
from carepool.outbox import Actor, record_event
from carepool.purchasing.models.catalogs import Contract
from carepool.purchasing.settlement.books import known_book
from carepool.purchasing.settlement.models.payments import AchOrigin, BankAccount
from carepool.purchasing.settlement.nacha import is_routing_number
from carepool.sealing import NotReadable, sealer
from carepool.sentences import marked
from tenants.database import db, session
from tenants.ids import new_id

_AT_ONCE = 500
NOT_ROUTING = marked("This is no routing number. It has nine digits and stands on a check at the left.")


@dataclass(frozen=True)
class WrittenAccount:
    """A bank account as it was entered."""

    holder: str
    routing: str
    account: str
    is_savings: bool
    is_business: bool
    authorized_on: date


def account_of(program_id: UUID | None, vendor_id: int | None) -> BankAccount | None:
    """Return the bank account of a program, or of a vendor's newest contract that has one."""
    if program_id is not None:
        query = select(BankAccount).where(BankAccount.program_id == program_id)
    else:
        own = (Contract.tenant_id == BankAccount.tenant_id) & (Contract.id == BankAccount.contract_id)
        query = select(BankAccount).join(Contract, own).where(Contract.vendor_id == vendor_id)
    return db.session.scalars(query.order_by(BankAccount.id.desc()).limit(1)).one_or_none()


def account_of_contract(contract_id: UUID) -> BankAccount | None:
    """Return the bank account of a contract's vendor."""
    return db.session.scalars(select(BankAccount).where(BankAccount.contract_id == contract_id)).one_or_none()


def keep_account(
    by: Actor, written: WrittenAccount, based_on: int | None, *, program_id: UUID | None = None,
    contract_id: UUID | None = None,
) -> BankAccount:  # fmt: skip
    """Keep the bank account of a program or of a contract's vendor, its numbers sealed. Raises Stale, Invalid."""
    if not is_routing_number(written.routing):
        raise Invalid("routing-number", NOT_ROUTING, {"routing": [NOT_ROUTING]})
    of_party = BankAccount.program_id == program_id if program_id else BankAccount.contract_id == contract_id
    held = select(BankAccount).where(of_party).with_for_update().execution_options(populate_existing=True)
    own = db.session.scalars(held).one_or_none()
    if (own.version if own else 0) != (based_on or 0):
        raise Stale()
    own = own or BankAccount(id=new_id(), program_id=program_id, contract_id=contract_id, version=0)
    for name in ("holder", "is_savings", "is_business", "authorized_on"):
        setattr(own, name, getattr(written, name))
    own.sealed_numbers = sealer().seal(f"{written.routing}:{written.account}", _about(own.id))
    own.last_four, own.version = written.account[-4:], own.version + 1
    db.session.add(own)
    db.session.flush()
    record_event(events.BANK_ACCOUNT_SET, own.id, by, {"last_four": own.last_four})
    return own


def numbers_of(own: BankAccount) -> tuple[str, str]:
    """Return routing and account number. Raises Refusal where their key is gone."""
    try:
        routing, _, account = sealer().open(own.sealed_numbers, _about(own.id)).partition(":")
    except NotReadable:
        sentence = marked("A bank account cannot be read any more, as its key is gone. Enter it again.")
        raise Refusal("sealed-with-another-key", sentence) from None
    return routing, account


def seal_again() -> None:
    """Seal accounts that are under an older key with the newest; those that cannot be read are left. A sweep calls this."""
    old = ~BankAccount.sealed_numbers.startswith(sealer().prefix, autoescape=True)
    rows = select(BankAccount).where(old).order_by(BankAccount.id).limit(_AT_ONCE).with_for_update(skip_locked=True)
    for own in db.session.scalars(rows.execution_options(populate_existing=True)):
        try:
            routing, account = numbers_of(own)
        except Refusal:
            continue
        own.sealed_numbers = sealer().seal(f"{routing}:{account}", _about(own.id))
    db.session.flush()


def _about(account_id: UUID) -> str:
    return f"{session().scope}:bank_account:{account_id}"


def origin(alliance_id: UUID | None = None) -> AchOrigin | None:
    """Return who sends files to which bank for an alliance (None: for the state); None before anyone set it."""
    return db.session.scalars(select(AchOrigin).where(AchOrigin.alliance_id == alliance_id)).one_or_none()


def set_origin(
    by: Actor, state_id: UUID, facts: dict[str, Any], based_on: int | None, alliance_id: UUID | None = None
) -> AchOrigin:
    """Set who sends files for an alliance (None: for the state), as its own bank told it.

    `facts`: `bank_name`, `bank_routing`, `company_id`, `company_name`. Raises Stale, Invalid, NotFound.
    """
    known_book(alliance_id)
    if not is_routing_number(facts["bank_routing"]):
        raise Invalid("routing-number", NOT_ROUTING, {"bank_routing": [NOT_ROUTING]})
    held = select(AchOrigin).where(AchOrigin.alliance_id == alliance_id).with_for_update()
    own = db.session.scalars(held.execution_options(populate_existing=True)).one_or_none()
    if (own.version if own else 0) != (based_on or 0):
        raise Stale()
    own = own or AchOrigin(id=new_id(), alliance_id=alliance_id, version=0)
    for name, value in facts.items():
        setattr(own, name, value)
    own.version += 1
    db.session.add(own)
    db.session.flush()
    told = {"bank": facts["bank_name"]} | ({"alliance": str(alliance_id)} if alliance_id else {})
    record_event(events.ACH_ORIGIN_SET, state_id, by, told)
    return own
