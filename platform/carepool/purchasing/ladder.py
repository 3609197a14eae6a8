"""Price ladders: rungs (from_cases, cents per case); the deepest rung reached prices all cases.

A catalog may state rungs as percent off a list price instead: (from_cases, hundredths of a percent). They become cents
per case when a purchase opens.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from carepool.money import half_up
from carepool.sentences import Sentence, marked

Rungs = Sequence[Sequence[int]]


class BadLadder(ValueError):
    """A ladder that cannot be used; `at` names the rung, such as `ladder[1]`."""

    def __init__(self, at: str, sentence: Sentence) -> None:
        super().__init__(sentence)
        self.at = at
        self.sentence = sentence


class PriceBasis(StrEnum):
    """What the second number of an item's rungs is: cents per case, or hundredths of a percent off the list price."""

    FIRM = "firm"
    PERCENT_OFF = "percent_off"


def check_ladder(ladder: Rungs) -> None:
    """Refuse a ladder whose rungs do not start at 1, rise in cases and strictly fall in price. Raises BadLadder."""
    _check_starts(ladder)
    for place, (_, price) in enumerate(ladder):
        at = f"ladder[{place}]"
        if price < 0:
            raise BadLadder(at, marked("A price cannot be below zero."))
        if place and price >= ladder[place - 1][1]:
            raise BadLadder(at, marked("Each rung must cost less a case than the one before."))


def check_terms(basis: PriceBasis, ladder: Rungs, list_cents: int | None) -> None:
    """Refuse a catalog item's price terms that cannot be used. Raises BadLadder; `at` may be `list_cents`."""
    if basis is PriceBasis.FIRM:
        check_ladder(ladder)
        return
    _check_starts(ladder)
    for place, (_, points) in enumerate(ladder):
        at = f"ladder[{place}]"
        if not 0 <= points < 10_000:
            raise BadLadder(at, marked("A percent off must be at least 0 and less than 100."))
        if place and points <= ladder[place - 1][1]:
            raise BadLadder(at, marked("Each rung must take more off than the one before."))
    if not list_cents:
        raise BadLadder("list_cents", marked("A percent off needs the list price of a case."))


def _check_starts(ladder: Rungs) -> None:
    if not ladder:
        raise BadLadder("ladder", marked("A ladder needs at least one rung."))
    for place, (start, _) in enumerate(ladder):
        at = f"ladder[{place}]"
        if place == 0 and start != 1:
            raise BadLadder(at, marked("The first rung must start at 1 case."))
        if place and start <= ladder[place - 1][0]:
            raise BadLadder(at, marked("Each rung must start at more cases than the one before."))


def firm_ladder(basis: PriceBasis, ladder: Rungs, list_cents: int | None) -> list[list[int]]:
    """Return an item's rungs in cents per case; a percent off the list price is rounded half up.

    Rungs that no longer fall after rounding are returned as they are: `check_ladder` refuses them.
    """
    if basis is PriceBasis.FIRM:
        return [list(rung) for rung in ladder]
    return [[start, percent_off(list_cents or 0, points)] for start, points in ladder]


def price_at(ladder: Rungs, cases: int) -> int:
    """Return the cents per case when `cases` (at least 1) are bought."""
    return ladder[bisect_right([rung[0] for rung in ladder], cases) - 1][1]


def percent_off(list_cents: int, basis_points: int) -> int:
    """Return list price less a percentage (in hundredths of a percent), in cents per case, half up."""
    return half_up(list_cents * (10_000 - basis_points), 10_000)


@dataclass(frozen=True)
class LadderView:
    """Where one item of an open purchase stands, and what one more step would bring."""

    #: Whole cases bought if the purchase closed now, the cents per case, and what is wanted in all, in eaches.
    cases: int
    price_cents: int | None
    wanted: int
    #: The next price break: from how many cases, how many more are needed, percent less a case, half up.
    next_from: int | None
    more_cases: int | None
    percent_less: int | None
    #: What the caller's own wanted eaches would cost less at that break, in cents.
    you_save_cents: int | None
    #: Eaches that are wanted and fill no case yet, and how many more would fill it.
    loose_eaches: int
    to_fill_case: int


def view_ladder(ladder: Rungs, case_size: int, cases: int, wanted: int, own: int) -> LadderView:
    """Describe the ladder for one program that wants `own` of the `wanted` eaches while `cases` would be bought."""
    price = price_at(ladder, cases) if cases else None
    beyond = next((rung for rung in ladder if rung[0] > max(cases, 1)), None)
    now = price if price is not None else ladder[0][1]
    loose = wanted % case_size if cases * case_size < wanted else 0
    return LadderView(
        cases=cases,
        price_cents=price,
        wanted=wanted,
        next_from=beyond[0] if beyond else None,
        more_cases=beyond[0] - cases if beyond else None,
        percent_less=half_up(100 * (now - beyond[1]), now) if beyond and now else None,
        you_save_cents=half_up(own * (now - beyond[1]), case_size) if beyond else None,
        loose_eaches=loose,
        to_fill_case=case_size - loose if loose else 0,
    )
