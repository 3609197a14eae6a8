"""What a missed vendor's minimum means: by how much, which cases would close the gap, until when a close is put off. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

MOST_DAYS = 60
"""A close is put off by at most so many days."""


@dataclass(frozen=True)
class Filler:
    """An item with which a vendor's minimum would be reached: how many cases more, and what they hold in eaches."""

    name: str
    sku: str
    more_cases: int
    more_eaches: int


def cases_to_reach(
    ladder: Sequence[Sequence[int]], cases: int, least_cases: int, others_cents: int, minimum_cents: int
) -> int | None:
    """Return the smallest number of cases above `cases` with which the vendor's order value reaches its minimum.

    `least_cases`: fewer of this item are not sold. `others_cents`: the order value of the vendor's other items; the ladder
    prices all cases of this one, so that a value may fall where a rung is reached. None where no number does it (a price
    of nothing).
    """
    missing = minimum_cents - others_cents
    for place, (start, price) in enumerate(ladder):
        if price <= 0:
            continue
        least = max(start, cases + 1, least_cases, -(-missing // price))
        if place + 1 == len(ladder) or least < ladder[place + 1][0]:
            return least
    return None


def put_off(closes_at: datetime, cutoff: datetime, days: int, zone: str) -> datetime:
    """Return the new closing instant: `days` after the day of the close, at the same time on the state's clock.

    The day is that on which it was to close, or that of the cut-off where it came later. A time that the clock skips on
    the new day becomes the one an hour later.
    """
    place = ZoneInfo(zone)
    planned = closes_at.astimezone(place)
    day = max(planned.date(), cutoff.astimezone(place).date()) + timedelta(days=days)
    return datetime.combine(day, planned.time(), place).astimezone(UTC)
