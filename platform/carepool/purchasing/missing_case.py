"""How little is missing to a full case or to the next price: pure, exact by the rule of allocation."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from carepool.purchasing.allocation import Decision, Terms, decide_from_totals

Totals = Mapping[Any, tuple[int, int, int]]
"""{pool: (wanted, extra, boost)} in eaches."""


class Gain(StrEnum):
    """What the missing eaches bring."""

    CASE = "case"
    PRICE = "price"


@dataclass(frozen=True)
class Missing:
    """In which pool how many more eaches, taken as extra by anyone there, bring which gain."""

    pool: Any
    eaches: int
    gain: Gain


def missing_eaches(terms: Terms, totals: Totals) -> Iterator[Missing]:
    """Yield, for each pool where somebody wants some, the fewest eaches that fill a case, where that brings a gain.

    CASE: the pool gets fewer cases than its members want whole; with these eaches it gets one more. PRICE: everyone has
    enough, and one case more in this pool lowers the price that all pay without raising the total. One each less brings
    no gain, except where pools compete for the same cases: there a few less may do.
    """
    before = decide_from_totals(terms, totals)
    for pool, (wanted, extra, boost) in sorted(totals.items()):
        if not wanted:
            continue
        # what others would boost may fill a part of the case, too
        asked = {wanted + extra, wanted + extra + boost}
        for eaches in sorted(terms.case_size - one % terms.case_size for one in asked):
            after = decide_from_totals(terms, {**totals, pool: (wanted, extra + eaches, boost)})
            gain = _gain(before, after, pool, wanted, terms.case_size)
            if gain is not None:
                yield Missing(pool, eaches, gain)
                break


def _gain(before: Decision, after: Decision, pool: Any, wanted: int, case_size: int) -> Gain | None:
    if after.pools[pool] <= before.pools[pool]:
        return None
    if before.pools[pool] * case_size < wanted:
        return Gain.CASE
    if before.price is not None and after.price is not None and after.price < before.price:
        return Gain.PRICE
    return None
