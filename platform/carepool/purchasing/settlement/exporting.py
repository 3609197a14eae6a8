"""The ledger for bookkeepers' programs: QuickBooks IIF, CSV for QuickBooks Online, a generic journal as CSV. Pure.

IIF: lines of cells between tabs; a transaction is one TRNS line, SPL lines and ENDTRNS, and its amounts add up to 0;
debits are above 0 (Intuit, "Export/import .IIF files", GENERAL JOURNAL). QuickBooks Online imports journal entries as
CSV with the columns JournalNo, JournalDate, AccountName, Debits, Credits, Description, Name.

A company in QuickBooks is one owner with one bank, so its files are of one book; the generic journal may hold all books
and names that of each line in its last column.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from carepool.purchasing.settlement.accounts import CHART, Account
from carepool.tabular.csv_lines import BEGIN, csv_bytes


class Format(StrEnum):
    """The formats of an export."""

    QUICKBOOKS_IIF = "quickbooks_iif"
    QUICKBOOKS_CSV = "quickbooks_csv"
    JOURNAL_CSV = "journal_csv"


OF_ALL_BOOKS = frozenset({Format.JOURNAL_CSV})
"""Formats that can tell of each line in whose book it is."""


STATE_BOOK = "state"
"""What the state's book is called in exports, whatever the reader's language."""


@dataclass(frozen=True)
class JournalLine:
    """One line of the ledger with the names that its readers know; cents, a debit above 0."""

    account: Account
    cents: int
    party: str


@dataclass(frozen=True)
class JournalEntry:
    """One entry: its number in this export, the day on the state's calendar, what it is, the purchase and document."""

    number: str
    day: date
    cause: str
    purchase: str
    document: str
    lines: tuple[JournalLine, ...]
    #: Whose book it is in: `state`, or the alliance's name.
    book: str = STATE_BOOK

    @property
    def said(self) -> str:
        """What it is about, in a few words."""
        return " ".join(one for one in (self.cause.replace("_", " "), self.purchase, self.document) if one)


Rows = Callable[[Iterable[JournalEntry]], Iterator[bytes]]


def amount(cents: int) -> str:
    """Write cents as dollars, `-12.05`."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def account_name(account: Account) -> str:
    """Return what an account is called in exports: its number and its English name, whatever the reader's language."""
    entry = CHART[account]
    return f"{entry.number} {entry.name}"


def quickbooks_iif(entries: Iterable[JournalEntry]) -> Iterator[bytes]:
    """Yield an IIF file in pieces: the chart of accounts first, then a general journal entry each."""
    chart = "".join(f"ACCNT\t{account_name(one)}\t{CHART[one].quickbooks}\n" for one in Account)
    yield f"!ACCNT\tNAME\tACCNTTYPE\n{chart}".encode()
    columns = "ID\tTRNSTYPE\tDATE\tACCNT\tNAME\tAMOUNT\tDOCNUM\tMEMO"
    heads = f"!TRNS\t{columns.replace('ID', 'TRNSID', 1)}\n!SPL\t{columns.replace('ID', 'SPLID', 1)}\n!ENDTRNS\n"
    yield heads.encode()
    for entry in entries:
        for place, line in enumerate(entry.lines):
            head = "TRNS" if place == 0 else "SPL"
            cells = (
                head, "", "GENERAL JOURNAL", f"{entry.day:%m/%d/%Y}", account_name(line.account), _cell(line.party),
                amount(line.cents), entry.number, _cell(entry.said),
            )  # fmt: skip
            yield ("\t".join(cells) + "\n").encode()
        yield b"ENDTRNS\n"


def _cell(text: str) -> str:
    return " ".join(text.split())


def quickbooks_csv(entries: Iterable[JournalEntry]) -> Iterator[bytes]:
    """Yield a CSV of journal entries for QuickBooks Online in pieces."""
    yield csv_bytes([("JournalNo", "JournalDate", "AccountName", "Debits", "Credits", "Description", "Name")])
    for entry in entries:
        same = (entry.number, f"{entry.day:%m/%d/%Y}")
        yield csv_bytes(
            [(*same, account_name(line.account), *_sides(line), entry.said, line.party) for line in entry.lines]
        )


def journal_csv(entries: Iterable[JournalEntry]) -> Iterator[bytes]:
    """Yield a CSV of all there is, a line each, in pieces: for any other program."""
    names = (
        "entry", "date", "cause", "purchase", "document", "account_number", "account", "party", "debit", "credit", "book",
    )  # fmt: skip
    yield BEGIN + csv_bytes([names])
    for entry in entries:
        facts = (entry.number, entry.day.isoformat(), entry.cause, entry.purchase, entry.document)
        yield csv_bytes(
            (*facts, CHART[line.account].number, str(CHART[line.account].name), line.party, *_sides(line), entry.book)
            for line in entry.lines
        )


def _sides(line: JournalLine) -> tuple[str, str]:
    return (amount(line.cents), "") if line.cents > 0 else ("", amount(-line.cents))


WRITERS: dict[Format, tuple[Rows, str, str]] = {
    Format.QUICKBOOKS_IIF: (quickbooks_iif, "iif", "text/plain; charset=utf-8"),
    Format.QUICKBOOKS_CSV: (quickbooks_csv, "csv", "text/csv; charset=utf-8"),
    Format.JOURNAL_CSV: (journal_csv, "csv", "text/csv; charset=utf-8"),
}
"""How each format is written, how its file's name ends, and its type."""
