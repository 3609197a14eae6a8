"""What a program saved in its purchases: sums by year and the bars of a chart. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from carepool.tabular.csv_lines import BEGIN, csv_bytes


@dataclass(frozen=True)
class Saved:
    """One closed purchase of a program, in cents: what its goods cost alone, what it paid, with freight and handling.

    Both are without sales tax.
    """

    purchase_id: UUID
    title: str
    number: str
    at: datetime
    alone_cents: int
    paid_cents: int

    @property
    def saved_cents(self) -> int:
        """What was saved; negative where buying together cost more."""
        return self.alone_cents - self.paid_cents


@dataclass(frozen=True)
class YearSum:
    """The sums of a calendar year, in cents."""

    year: int
    purchases: int
    alone_cents: int
    paid_cents: int

    @property
    def saved_cents(self) -> int:
        """What was saved in the year; negative where buying together cost more."""
        return self.alone_cents - self.paid_cents


def by_year(rows: Sequence[Saved], zone: str) -> list[YearSum]:
    """Return the sums of each year on the calendar of a zone, the newest first."""
    years: dict[int, list[Saved]] = {}
    for row in rows:
        years.setdefault(row.at.astimezone(ZoneInfo(zone)).year, []).append(row)
    return [
        YearSum(year, len(found), sum(one.alone_cents for one in found), sum(one.paid_cents for one in found))
        for year, found in sorted(years.items(), reverse=True)
    ]


@dataclass(frozen=True)
class Bar:
    """A bar of the chart, in units of a drawing of a hundred by a hundred; `below`: it hangs from the line of zero."""

    x: float
    y: float
    width: float
    height: float
    below: bool


@dataclass(frozen=True)
class Chart:
    """Bars from left to right, and how far the line of zero is from the top."""

    bars: tuple[Bar, ...]
    zero: float


def chart_of(amounts: Sequence[int]) -> Chart:
    """Return the bars of amounts in cents, which may be negative; the whole span fills the height."""
    top, bottom = max(0, *amounts, 0), min(0, *amounts, 0)
    span = top - bottom or 1
    zero = 100 * top / span
    step = 100 / max(len(amounts), 1)
    bars = []
    for place, amount in enumerate(amounts):
        height = 100 * abs(amount) / span
        bars.append(
            Bar(place * step + step / 10, zero if amount < 0 else zero - height, step * 0.8, height, amount < 0)
        )
    return Chart(tuple(bars), zero)


def written(rows: Sequence[Saved], titles: Sequence[str], zone: str) -> bytes:
    """Return the purchases as a CSV file with a row of titles; amounts in dollars, days on the calendar of a zone."""
    lines: list[Sequence[Any]] = [titles]
    for row in rows:
        amounts = (Decimal(cents).scaleb(-2) for cents in (row.alone_cents, row.paid_cents, row.saved_cents))
        day = row.at.astimezone(ZoneInfo(zone)).date().isoformat()
        lines.append([row.title, row.number, day, *amounts])
    return BEGIN + csv_bytes(lines)
