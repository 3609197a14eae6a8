"""How a purchase fills day by day: sums so far, and the points of a chart. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

MOST_DAYS = 92
"""A chart goes back so far; what came earlier is in the sum of its first day."""
WIDTH, HEIGHT = 320, 150
LEFT, RIGHT, TOP, BOTTOM = 8, 312, 14, 126


@dataclass(frozen=True)
class Day:
    """A day on the state's calendar: orders placed and eaches wanted on it, and the sums with it."""

    day: date
    orders: int
    eaches: int
    orders_so_far: int
    eaches_so_far: int


@dataclass(frozen=True)
class Mark:
    """A rung on the chart: eaches that it takes, cents per case, and its height."""

    eaches: int
    from_cases: int
    price_cents: int
    y: int


@dataclass(frozen=True)
class Chart:
    """Points of the line of eaches so far, as SVG writes them, its filled area, and the rungs that fit."""

    line: str
    area: str
    marks: list[Mark]
    most: int


def days_filled(orders: Mapping[date, int], eaches: Mapping[date, int], until: date) -> list[Day]:
    """Return every day from the first on which anything came, at most 92, to `until`; empty where nothing came.

    `orders`, `eaches`: how many came on a day.
    """
    came = [*orders, *eaches]
    if not came:
        return []
    last = max(until, *came)
    first = max(min(came), last - timedelta(days=MOST_DAYS - 1))
    orders_so_far = sum(count for day, count in orders.items() if day < first)
    eaches_so_far = sum(count for day, count in eaches.items() if day < first)
    days = []
    for place in range((last - first).days + 1):
        day = first + timedelta(days=place)
        orders_so_far += orders.get(day, 0)
        eaches_so_far += eaches.get(day, 0)
        days.append(Day(day, orders.get(day, 0), eaches.get(day, 0), orders_so_far, eaches_so_far))
    return days


def chart_of(days: Sequence[Day], ladder: Sequence[Sequence[int]], case_size: int) -> Chart:
    """Return the chart of eaches so far; the ladder's rungs (from_cases, cents) up to the first that is not reached yet."""
    reached = days[-1].eaches_so_far if days else 0
    above = [start * case_size for start, _ in ladder if start * case_size > reached]
    most = max(1, reached, above[0] if above else 0)

    def height(eaches: int) -> int:
        return BOTTOM - (BOTTOM - TOP) * eaches // most

    step = (RIGHT - LEFT) / max(1, len(days) - 1)
    points = [(round(LEFT + step * place, 1), height(one.eaches_so_far)) for place, one in enumerate(days)]
    if len(points) == 1:
        points.append((float(RIGHT), points[0][1]))
    line = " ".join(f"{x},{y}" for x, y in points)
    area = f"{LEFT},{BOTTOM} {line} {RIGHT},{BOTTOM}" if points else ""
    marks = [
        Mark(start * case_size, start, price, height(start * case_size))
        for start, price in ladder
        if start * case_size <= most
    ]
    return Chart(line, area, _apart(marks), most)


def _apart(marks: Sequence[Mark]) -> list[Mark]:
    """Leave out rungs whose words would lie on those of a later one."""
    kept: list[Mark] = []
    for mark in reversed(marks):
        if not kept or mark.y - kept[-1].y >= 14:
            kept.append(mark)
    return kept[::-1]
