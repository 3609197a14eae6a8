"""How a program's changes become entries: an increase queues behind, a decrease is taken from the newest entries."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple


class WishEntry(NamedTuple):
    """One entry of one member for one item: quantities in eaches, and since when."""

    wanted: int
    extra: int
    boost: int
    at: datetime


def revise(entries: Sequence[WishEntry], wanted: int, extra: int, boost: int, at: datetime) -> list[WishEntry]:
    """Return the entries after a member changed its totals at an instant; unchanged totals change nothing.

    Wanted, extra and boost are each on their own. Entries of three zeros are dropped.
    """
    columns = []
    increases = []
    for name, total in (("wanted", wanted), ("extra", extra), ("boost", boost)):
        column = [getattr(entry, name) for entry in entries]
        surplus = sum(column) - total
        increases.append(max(0, -surplus))
        columns.append(_less(column, max(0, surplus)))
    kept = [
        WishEntry(firm, more, lift, entry.at)
        for firm, more, lift, entry in zip(columns[0], columns[1], columns[2], entries, strict=True)
        if firm or more or lift
    ]
    return [*kept, WishEntry(increases[0], increases[1], increases[2], at)] if any(increases) else kept


def _less(column: list[int], surplus: int) -> list[int]:
    for place in range(len(column) - 1, -1, -1):
        taken = min(column[place], surplus)
        column[place] -= taken
        surplus -= taken
    return column
