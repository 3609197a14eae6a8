"""Reads files of returned payments that a bank sends in the NACHA format: return entries with addenda 99. Pure.

Source: Nacha Operating Rules, Appendix Three (record formats) and Appendix Four (return entries). A return is an entry
(6) with the fields of the original one, followed by an addenda record (7) of type 99: the return reason code in columns 4
to 6, the trace number of the original entry in 7 to 21. Notifications of change (type 98) move no money and are not read.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from carepool.purchasing.settlement.nacha import RECORD
from carepool.sentences import Sentence, marked

RETURN = "99"
"""The type of addenda of a return."""
_CODE = re.compile(r"R\d\d")
_NAMES = {
    "R01": "Insufficient funds",
    "R02": "Account closed",
    "R03": "No account, or unable to locate it",
    "R04": "Invalid account number",
    "R05": "Unauthorized debit to a consumer account",
    "R06": "Returned at the request of the sending bank",
    "R07": "Authorization revoked by the customer",
    "R08": "Payment stopped",
    "R09": "Uncollected funds",
    "R10": "Customer says that the debit is not authorized",
    "R16": "Account frozen",
    "R20": "Not a transaction account",
    "R23": "Credit refused by the receiver",
    "R29": "Corporate customer says that the debit is not authorized",
}


class BadReturns(ValueError):
    """A file that cannot be read; `sentence` says in which line and why."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class ReturnedEntry:
    """One payment that came back. `reference`: how the sender called it; `trace`: of the original entry; whole cents."""

    line: int
    reference: str
    cents: int
    code: str
    trace: str

    @property
    def reason(self) -> str:
        """The code and, where it is a usual one, what it means, as Nacha calls it."""
        return f"{self.code} {_NAMES.get(self.code, '')}".strip()


def read_returns(text: str) -> list[ReturnedEntry]:
    """Return the returned entries of a file in their order. Raises BadReturns."""
    lines = list(_lines(text))
    if not lines or not lines[0][1].startswith("1") or not any(line.startswith("9") for _, line in lines):
        raise BadReturns(marked("This is no file in NACHA format. Take the file of returns as your bank gives it."))
    found = list(_returns(lines))
    if not found:
        raise BadReturns(marked("The file holds no returned payment."))
    return found


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield (number, line) of every record; a bank may send one long line without ends."""
    rows: Iterable[str] = text.splitlines()
    if "\n" not in text.strip() and len(text.strip()) > RECORD:
        whole = text.strip("\r\n")
        rows = (whole[first : first + RECORD] for first in range(0, len(whole), RECORD))
    for number, row in enumerate(rows, start=1):
        if not row.strip():
            continue
        # some systems take blanks off the ends of lines
        line = row.ljust(RECORD)
        if len(line) != RECORD or not line.isascii():
            raise BadReturns(marked("Line %(line)s does not have 94 characters.", line=number))
        yield number, line


def _returns(lines: list[tuple[int, str]]) -> Iterator[ReturnedEntry]:
    entry: tuple[int, str] | None = None
    for number, line in lines:
        if line[0] == "6":
            entry = number, line
        elif line[0] == "7" and line[1:3] == RETURN:
            if entry is None:
                raise BadReturns(marked("Line %(line)s gives a reason for no payment.", line=number))
            yield _returned(*entry, number, line)
            entry = None


def _returned(number: int, entry: str, of_addenda: int, addenda: str) -> ReturnedEntry:
    cents, code = entry[29:39], addenda[3:6]
    if not cents.isdecimal():
        raise BadReturns(marked("Line %(line)s has no amount.", line=number))
    if not _CODE.fullmatch(code):
        raise BadReturns(marked("Line %(line)s has no reason such as R01.", line=of_addenda))
    return ReturnedEntry(number, entry[39:54].strip(), int(cents), code, addenda[6:21].strip())
