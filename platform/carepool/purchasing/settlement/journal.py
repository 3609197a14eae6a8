"""The entries of a period, with the names that bookkeepers know, read some hundreds at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, current_app
from sqlalchemy import func, select, tuple_

from carepool.alliances.models import Alliance
from carepool.clock import today_here, zone_here
from carepool.errors import Invalid
from carepool.programs.models import Program
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.settlement.accounts import Account
from carepool.purchasing.settlement.books import Books, file_part
from carepool.purchasing.settlement.exporting import (
    OF_ALL_BOOKS,
    STATE_BOOK,
    WRITERS,
    Format,
    JournalEntry,
    JournalLine,
)
from carepool.purchasing.settlement.models.adjustments import ProgramAdjustment
from carepool.purchasing.settlement.models.bills import ProgramInvoice
from carepool.purchasing.settlement.models.ledger import OF_ENTRY, Cause, LedgerEntry, LedgerLine
from carepool.sentences import marked
from tenants.database import db, one_of, session
from tenants.registry import Vendor
from tenants.scope import Scope, visiting

_ENTRIES = 500
_SHORT = 12
"""Characters of an entry's id by which an export numbers it; they hold the instant and a part of chance."""


@dataclass(frozen=True)
class Period:
    """Days of the state's calendar, both included."""

    since: date
    until: date

    @classmethod
    def of(cls, since: date | None, until: date | None) -> "Period":
        """Return the period; what is left out: up to today, from the first day of that month. Raises Invalid."""
        last = until or today_here()
        found = cls(since or last.replace(day=1), last)
        if found.until < found.since:
            sentence = marked("The last day must not be before the first.")
            raise Invalid("period", sentence, {"until": [sentence]})
        return found

    def within(self, zone: str) -> tuple[Any, ...]:
        """Return the conditions that an entry lies in it, on the clock of a zone."""
        first = datetime.combine(self.since, time.min, ZoneInfo(zone))
        after = datetime.combine(self.until + timedelta(1), time.min, ZoneInfo(zone))
        return (LedgerEntry.at >= first, LedgerEntry.at < after)


def written(period: Period, form: Format, books: Books) -> Iterator[bytes]:
    """Return books in a period as a file in pieces; entries that are booked meanwhile are no part of it.

    It opens its own look at the database, so that it can be read while an answer is being sent. Raises Invalid for all
    books in a format that is of one.
    """
    if books.all and form not in OF_ALL_BOOKS:
        sentence = marked("A file for QuickBooks is of one book. Choose one, or take the format for any other program.")
        raise Invalid("one-book", sentence, {"book": [sentence]})
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return _pieces(app, session().scope, period, form, books)


def _pieces(app: Flask, scope: Scope, period: Period, form: Format, books: Books) -> Iterator[bytes]:
    with visiting(scope, app, snapshot=True):
        yield from WRITERS[form][0](entries_of(period, books))


def file_name(period: Period, form: Format, books: Books) -> str:
    """Return how an export's file is called: it tells the book and the days."""
    return f"ledger-{file_part(books)}-{period.since}-{period.until}.{WRITERS[form][1]}"


def entries_of(period: Period, books: Books) -> Iterator[JournalEntry]:
    """Yield the entries of books in a period in the order in which they were booked."""
    zone = zone_here()
    query = (
        select(LedgerEntry)
        .where(*books.of(LedgerEntry.alliance_id), *period.within(zone))
        .order_by(LedgerEntry.at, LedgerEntry.id)
        .limit(_ENTRIES)
    )
    place = tuple_(LedgerEntry.at, LedgerEntry.id)
    some = db.session.scalars(query).all()
    while some:
        yield from told(some)
        last = (some[-1].at, some[-1].id)
        db.session.expunge_all()
        some = db.session.scalars(query.where(place > last)).all()


def totals_of(period: Period, books: Books) -> dict[str, int]:
    """Return {account: debits less credits} of books in a period, in cents, as the database adds it up."""
    query = (
        select(LedgerLine.account, func.sum(LedgerLine.debit_cents - LedgerLine.credit_cents))
        .join(LedgerEntry, OF_ENTRY)
        .where(*books.of(LedgerEntry.alliance_id), *period.within(zone_here()))
        .group_by(LedgerLine.account)
    )
    return {account: int(cents) for account, cents in db.session.execute(query)}


def told(entries: Sequence[LedgerEntry]) -> Iterator[JournalEntry]:
    """Yield entries with the names that bookkeepers know, in their order."""
    zone = ZoneInfo(zone_here())
    ids = [one.id for one in entries]
    found = db.session.scalars(
        select(LedgerLine).where(one_of(LedgerLine.entry_id, ids)).order_by(LedgerLine.entry_id, LedgerLine.line)
    )
    lines: dict[Any, list[LedgerLine]] = {}
    for line in found:
        lines.setdefault(line.entry_id, []).append(line)
    flat = [line for some in lines.values() for line in some]
    programs = _names(Program.id, Program.name, {line.program_id for line in flat})
    vendors = _names(Vendor.id, Vendor.name, {line.vendor_id for line in flat})
    purchases = _names(Purchase.id, Purchase.number, {one.purchase_id for one in entries})
    invoiced = {one.cause_id for one in entries if one.cause == Cause.PROGRAM_INVOICE}
    numbers = _names(ProgramInvoice.id, ProgramInvoice.number, invoiced)
    adjusted = {one.cause_id for one in entries if one.cause == Cause.PROGRAM_ADJUSTMENT}
    numbers |= _names(ProgramAdjustment.id, ProgramAdjustment.number, adjusted)
    owners = _names(Alliance.id, Alliance.name, {one.alliance_id for one in entries})
    for entry in entries:
        written_lines = tuple(
            JournalLine(
                Account(line.account),
                line.debit_cents - line.credit_cents,
                programs.get(line.program_id, "") or vendors.get(line.vendor_id, ""),
            )
            for line in lines[entry.id]
        )
        document = numbers.get(entry.cause_id, "") or str(entry.facts.get("number", ""))
        yield JournalEntry(
            number=entry.id.hex[:_SHORT] + entry.id.hex[-4:],
            day=entry.at.astimezone(zone).date(),
            cause=str(entry.cause),
            purchase=purchases.get(entry.purchase_id, ""),
            document=document,
            lines=written_lines,
            book=owners.get(entry.alliance_id, STATE_BOOK),
        )


def _names(key: Any, name: Any, wanted: set[Any]) -> dict[Any, str]:
    ids = [one for one in wanted if one is not None]
    return (
        {one: text or "" for one, text in db.session.execute(select(key, name).where(one_of(key, ids)))} if ids else {}
    )
