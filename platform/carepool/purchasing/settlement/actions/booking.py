"""The one way into the ledger: an entry with its lines, once a cause, in one book.

`alliance_id` is whose book is meant: an alliance's, or (None) the state's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from carepool.outbox import Actor
from carepool.purchasing.settlement.accounts import Account
from carepool.purchasing.settlement.models.ledger import OF_ENTRY, Cause, LedgerEntry, LedgerLine
from carepool.purchasing.settlement.postings import Posting, Postings
from tenants.database import bulk_insert, db
from tenants.ids import new_id
from tenants.turns import take_turn

_ENTRY = ("id", "cause_id", "facts", "line_count")
_LINE = ("entry_id", "line", "account", "program_id", "vendor_id", "debit_cents", "credit_cents")


@dataclass(frozen=True)
class Event:
    """What is booked: its cause's id, its lines, and facts for the reader of an export."""

    cause_id: UUID
    lines: Postings
    facts: Mapping[str, Any] = field(default_factory=dict)


def book(
    by: Actor, cause: Cause, events: Iterable[Event], *, alliance_id: UUID | None, purchase_id: UUID | None = None
) -> int:
    """Add entries of one kind to a book; return how many. An event of no money books nothing.

    What is about a purchase goes into the book of its owner; the database refuses another.

    Raises IntegrityError for a cause that is booked already: callers look under their own lock first (`is_booked`).
    """
    entries: list[tuple[Any, ...]] = []
    lines: list[tuple[Any, ...]] = []
    for one in events:
        if one.lines:
            entry = new_id()
            entries.append((entry, one.cause_id, dict(one.facts), len(one.lines)))
            lines += (_row(entry, number, line) for number, line in enumerate(one.lines, start=1))
    same = {
        "cause": str(cause), "purchase_id": purchase_id, "alliance_id": alliance_id, "person_id": by.person_id,
    }  # fmt: skip
    bulk_insert(LedgerEntry, _ENTRY, entries, same=same)
    bulk_insert(LedgerLine, _LINE, lines)
    return len(entries)


def _row(entry: UUID, number: int, line: Posting) -> tuple[Any, ...]:
    sides = (max(0, line.cents), max(0, -line.cents))
    return (entry, number, str(line.account), line.program_id, line.vendor_id, *sides)


def is_booked(cause: Cause, cause_id: UUID) -> bool:
    """Tell whether an event is in the ledger."""
    found = select(LedgerEntry.id).where(LedgerEntry.cause == cause, LedgerEntry.cause_id == cause_id)
    return db.session.scalar(found) is not None


def lines_of(cause: Cause, cause_id: UUID) -> Postings:
    """Return what an event booked."""
    query = select(LedgerLine).join(LedgerEntry, OF_ENTRY).order_by(LedgerLine.line)
    found = db.session.scalars(query.where(LedgerEntry.cause == cause, LedgerEntry.cause_id == cause_id))
    return tuple(
        Posting(Account(one.account), one.debit_cents - one.credit_cents, one.program_id, one.vendor_id)
        for one in found
    )


def hold_party(party: UUID | int) -> None:
    """Wait until no other transaction books for a program (its id) or vendor (its number) of this state, in any book.

    Nor does any settle a purchase meanwhile. Who locks a purchase, too, locks it before.
    """
    take_turn("settling", shared=True)
    take_turn(f"ledger {party}")


def hold_all_parties() -> None:
    """Wait until no other transaction books for anyone: one turn for all, as there may be more parties than locks."""
    take_turn("settling")


def owed_by(program_id: UUID, alliance_id: UUID | None) -> int:
    """Return what a program owes in a book now, in cents; below 0: it is owed."""
    return _sum(alliance_id, LedgerLine.account == Account.RECEIVABLE, LedgerLine.program_id == program_id)


def credit_of(program_id: UUID, alliance_id: UUID | None) -> int:
    """Return what a program has to its credit in a book, in cents."""
    return -_sum(alliance_id, LedgerLine.account == Account.CREDITS, LedgerLine.program_id == program_id)


def owed_to(vendor_id: int, alliance_id: UUID | None) -> int:
    """Return what is owed to a vendor in a book now, in cents."""
    return -_sum(alliance_id, LedgerLine.account == Account.PAYABLE, LedgerLine.vendor_id == vendor_id)


def balances_of(purchase_id: UUID) -> dict[Account, int]:
    """Return what the entries of a purchase come to: {account: debits less credits}, in cents."""
    query = (
        select(LedgerLine.account, func.sum(LedgerLine.debit_cents - LedgerLine.credit_cents))
        .join(LedgerEntry, OF_ENTRY)
        .where(LedgerEntry.purchase_id == purchase_id)
        .group_by(LedgerLine.account)
    )
    return {Account(account): int(cents) for account, cents in db.session.execute(query)}


def booked_cents(purchase_id: UUID, cause: Cause, account: Account) -> int:
    """Return what one kind of events of a purchase booked on an account: debits less credits, in cents."""
    query = select(func.sum(LedgerLine.debit_cents - LedgerLine.credit_cents)).join(LedgerEntry, OF_ENTRY)
    of_kind = (LedgerEntry.purchase_id == purchase_id, LedgerEntry.cause == cause, LedgerLine.account == account)
    return int(db.session.scalar(query.where(*of_kind)) or 0)


def _sum(alliance_id: UUID | None, *conditions: Any) -> int:
    query = select(func.sum(LedgerLine.debit_cents - LedgerLine.credit_cents)).join(LedgerEntry, OF_ENTRY)
    return int(db.session.scalar(query.where(LedgerEntry.alliance_id == alliance_id, *conditions)) or 0)
