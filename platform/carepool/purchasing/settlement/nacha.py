"""Writes files for the bank in the NACHA format: PPD and CCD entries, one batch a kind and direction. Pure.

Source: Nacha Operating Rules, Appendix Three (ACH record format specifications). A file is ASCII lines of 94
characters: a file header (1), for each batch a header (5), entries (6) and a control (8), a file control (9), and lines
of 9s up to a multiple of ten. Amounts are whole cents; the entry hash is the sum of the first eight digits of the
receiving banks' routing numbers, the last ten digits of it.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

RECORD = 94
"""Characters of a line."""
BLOCKING = 10
"""Lines of a block."""
MOST_CENTS = 9_999_999_999
"""The largest amount of an entry: ten digits."""
MOST_ENTRIES = 9_999_999
_SERVICE = {True: "225", False: "220"}
"""Service class codes: debits only, credits only."""
_CODES = {(False, False): "22", (False, True): "27", (True, False): "32", (True, True): "37"}
"""Transaction codes by (savings, debit): live entries of demand and savings accounts."""
_WEIGHTS = (3, 7, 1, 3, 7, 1, 3, 7, 1)


class NotWritable(ValueError):
    """Something that does not fit into a file; the message says what."""


@dataclass(frozen=True)
class Origin:
    """Who sends to which bank: its name and routing number; the sender's id of ten characters and name."""

    bank_name: str
    bank_routing: str
    company_id: str
    company_name: str


@dataclass(frozen=True)
class AchEntry:
    """One payment. `is_debit`: money is drawn from the account; `reference`: how the sender calls the receiver."""

    routing: str
    account: str
    holder: str
    cents: int
    is_debit: bool
    is_savings: bool
    is_business: bool
    reference: str

    @property
    def batch(self) -> tuple[str, bool]:
        """In which batch it goes: CCD for accounts of businesses, PPD for those of persons; debits apart from credits."""
        return ("CCD" if self.is_business else "PPD", self.is_debit)


def is_routing_number(text: str) -> bool:
    """Tell whether nine digits are a routing number: weighted by 3, 7 and 1 they add up to a multiple of ten (ABA)."""
    if len(text) != 9 or not (text.isascii() and text.isdecimal()) or text == "0" * 9:
        return False
    return sum(int(digit) * weight for digit, weight in zip(text, _WEIGHTS, strict=True)) % 10 == 0


def written_file(
    origin: Origin, entries: Sequence[AchEntry], made_at: datetime, effective_on: date, modifier: str
) -> str:
    """Return a file, its lines ended by a line feed.

    `made_at` on the clock of the sender; `effective_on`: when the bank is to move the money; `modifier`: a letter or
    digit that tells files of one day apart. Raises NotWritable.
    """
    if not entries:
        raise NotWritable("A file needs at least one entry.")
    if not is_routing_number(origin.bank_routing):
        raise NotWritable("The bank's routing number is not one.")
    if not (len(modifier) == 1 and modifier.isascii() and (modifier.isupper() or modifier.isdecimal())):
        raise NotWritable("The modifier is one capital letter or digit.")
    lines = [_file_header(origin, made_at, modifier)]
    totals = _Totals()
    ordered = sorted(entries, key=lambda one: one.batch)
    for number, (batch, group) in enumerate(groupby(ordered, key=lambda one: one.batch), start=1):
        own = list(group)
        lines += _batch(origin, number, batch, own, totals.entries, made_at, effective_on)
        totals.add(own)
    lines.append(_file_control(number, len(lines) + 1, totals))
    lines += ["9" * RECORD] * (-len(lines) % BLOCKING)
    for line in lines:
        if len(line) != RECORD:
            raise NotWritable("A line came out at a wrong length.")
    return "".join(f"{line}\n" for line in lines)


@dataclass
class _Totals:
    """Sums of a batch or file."""

    entries: int = 0
    hashed: int = 0
    debit: int = 0
    credit: int = 0

    def add(self, entries: Iterable[AchEntry]) -> "_Totals":
        for one in entries:
            self.entries += 1
            self.hashed += int(one.routing[:8])
            self.debit += one.cents if one.is_debit else 0
            self.credit += 0 if one.is_debit else one.cents
        return self


def _file_header(origin: Origin, made_at: datetime, modifier: str) -> str:
    stamp = f"{made_at:%y%m%d%H%M}"
    names = _left(origin.bank_name, 23) + _left(origin.company_name, 23)
    sender = _right(origin.company_id, 10)
    return f"101 {origin.bank_routing}{sender}{stamp}{modifier}094101{names}{'':8}"


def _batch(
    origin: Origin,
    number: int,
    batch: tuple[str, bool],
    entries: list[AchEntry],
    before: int,
    made_at: datetime,
    effective_on: date,
) -> list[str]:
    kind, is_debit = batch
    service, bank = _SERVICE[is_debit], origin.bank_routing[:8]
    company, sender = _left(origin.company_name, 16), _left(origin.company_id, 10)
    said = _left("PURCHASE" if is_debit else "PAYMENT", 10)
    dates = f"{made_at:%y%m%d}{effective_on:%y%m%d}"
    header = f"5{service}{company}{'':20}{sender}{kind}{said}{dates}{'':3}1{bank}{number:07d}"
    lines = [header]
    for place, one in enumerate(entries, start=before + 1):
        lines.append(_entry(one, bank, place))
    sums = _Totals().add(entries)
    counted = f"{sums.entries:06d}{_hash(sums)}{sums.debit:012d}{sums.credit:012d}"
    control = f"8{service}{counted}{sender}{'':19}{'':6}{bank}{number:07d}"
    return [*lines, control]


def _entry(one: AchEntry, bank: str, place: int) -> str:
    if not is_routing_number(one.routing):
        raise NotWritable("A routing number is not one.")
    if not 0 < one.cents <= MOST_CENTS:
        raise NotWritable("An amount does not fit into ten digits.")
    if not 0 < len(one.account) <= 17 or place > MOST_ENTRIES:
        raise NotWritable("An account number has at most 17 characters, and a file at most 9,999,999 entries.")
    code = _CODES[(one.is_savings, one.is_debit)]
    names = _left(one.reference, 15) + _left(one.holder, 22)
    return f"6{code}{one.routing}{_left(one.account, 17)}{one.cents:010d}{names}{'':2}0{bank}{place:07d}"


def _file_control(batches: int, lines: int, totals: _Totals) -> str:
    blocks = -(-lines // BLOCKING)
    sums = f"{totals.entries:08d}{_hash(totals)}{totals.debit:012d}{totals.credit:012d}"
    return f"9{batches:06d}{blocks:06d}{sums}{'':39}"


def _hash(totals: _Totals) -> str:
    return f"{totals.hashed % 10**10:010d}"


def _left(text: str, width: int) -> str:
    """Return a text in capital letters that every bank reads, at the left of so many characters."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().upper()
    kept = "".join(one if one.isalnum() or one in " .,-&/#'" else " " for one in plain)
    return f"{kept[:width]:<{width}}"


def _right(text: str, width: int) -> str:
    return f"{_left(text, width).strip():>{width}}"
