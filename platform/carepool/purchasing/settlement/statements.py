"""What a statement says: the balance before, everything that was booked for a program in a period, the balance after.

A statement is of one book: of what a program owes to one owner of purchases.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from carepool.clock import zone_here
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.settlement.journal import Period
from carepool.purchasing.settlement.models.adjustments import ProgramAdjustment
from carepool.purchasing.settlement.models.bills import ProgramInvoice
from carepool.purchasing.settlement.models.ledger import OF_ENTRY, Cause, LedgerEntry, LedgerLine
from carepool.purchasing.settlement.models.payments import Payment
from tenants.database import db, one_of


@dataclass(frozen=True)
class Booked:
    """One entry: its day, what it is, its document and purchase, cents (above 0: owed more), and the balance after it."""

    day: date
    cause: Cause
    document: str
    purchase: str
    cents: int
    balance_cents: int


@dataclass(frozen=True)
class Billed:
    """What an invoice or a later change is made of, in cents; the parts add up to `total_cents`."""

    number: str
    purchase: str
    goods_cents: int
    freight_cents: int
    handling_cents: int
    tax_cents: int
    exchange_cents: int
    total_cents: int


@dataclass(frozen=True)
class Statement:
    """A period of a program. Balances in cents: above 0 it owes, below 0 it has a credit."""

    before_cents: int
    entries: list[Booked]
    bills: list[Billed]

    @property
    def after_cents(self) -> int:
        """The balance at the end."""
        return self.entries[-1].balance_cents if self.entries else self.before_cents


def statement_of(program_id: UUID, period: Period, alliance_id: UUID | None = None) -> Statement:
    """Return the statement of a program in an alliance's book (None: in the state's) as it is booked now."""
    zone = zone_here()
    first, last = period.within(zone)
    cents = func.sum(LedgerLine.debit_cents - LedgerLine.credit_cents)
    mine = (LedgerLine.program_id == program_id) & (LedgerEntry.alliance_id == alliance_id)
    earlier = select(cents).select_from(LedgerLine).join(LedgerEntry, OF_ENTRY).where(mine, ~first)
    balance = before = int(db.session.scalar(earlier) or 0)
    query = (
        select(LedgerEntry, cents)
        .join(LedgerLine, OF_ENTRY)
        .where(mine, first, last)
        .group_by(LedgerEntry.tenant_id, LedgerEntry.id)
        .order_by(LedgerEntry.at, LedgerEntry.id)
    )
    rows = [(entry, int(sum_)) for entry, sum_ in db.session.execute(query).tuples()]
    documents, bills = _documents([entry for entry, _ in rows])
    purchases = _titles(entry.purchase_id for entry, _ in rows)
    entries = []
    for entry, sum_ in rows:
        balance += sum_
        # what a credit pays moves nothing of the balance
        if sum_:
            day = entry.at.astimezone(ZoneInfo(zone)).date()
            document = documents.get(entry.cause_id, "") or str(entry.facts.get("number", ""))
            purchase = purchases.get(entry.purchase_id, "")
            entries.append(Booked(day, Cause(entry.cause), document, purchase, sum_, balance))
    return Statement(before, entries, bills)


def _documents(entries: list[LedgerEntry]) -> tuple[dict[UUID, str], list[Billed]]:
    """Return {cause's id: number of its document}, and what the invoices and changes among them are made of."""
    ids = [one.cause_id for one in entries]
    invoices = db.session.scalars(select(ProgramInvoice).where(one_of(ProgramInvoice.id, ids))).all()
    changes = db.session.scalars(select(ProgramAdjustment).where(one_of(ProgramAdjustment.id, ids))).all()
    payments = select(Payment.id, Payment.reference).where(one_of(Payment.id, ids))
    found: list[Any] = [*invoices, *changes]
    titles = _titles(one.purchase_id for one in found)
    names = ("goods_cents", "freight_cents", "handling_cents", "tax_cents", "exchange_cents", "total_cents")
    bills = [
        Billed(one.number, titles.get(one.purchase_id, ""), *(getattr(one, name, 0) for name in names))
        for one in sorted(found, key=lambda one: one.number)
    ]
    numbers = {one.id: one.number for one in found} | dict(db.session.execute(payments).tuples().all())
    return numbers, bills


def _titles(ids: Any) -> dict[UUID | None, str]:
    wanted = {one for one in ids if one is not None}
    query = select(Purchase.id, Purchase.title).where(one_of(Purchase.id, wanted))
    return dict(db.session.execute(query).tuples().all()) if wanted else {}
