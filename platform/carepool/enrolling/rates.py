"""What a service contract costs by the number of its members, and what its window comes to. Pure.

A ladder is a list of rungs (from members, value); the deepest rung reached holds for all members. The value is cents for
one unit and one period, or hundredths of a percent off the vendor's own list price.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from carepool.money import half_up
from carepool.sentences import Sentence, marked

Rungs = Sequence[Sequence[int]]
MOST_RUNGS = 20
LARGEST_CENTS = 10**9
_WHOLE = 10_000
"""Hundredths of a percent in the whole."""


class Pricing(StrEnum):
    """What the second number of a rung is."""

    RATE = "rate"
    PERCENT_OFF = "percent_off"


class Basis(StrEnum):
    """What a rate is paid for. A program is one licensed site."""

    PROGRAM = "program"
    PLACE = "place"
    SEAT = "seat"


class IfShort(StrEnum):
    """What happens when the window closes with fewer members than the contract needs; chosen before it opens."""

    FAIL = "fail"
    GO_ON = "go_on"
    EXTEND = "extend"


class Outcome(StrEnum):
    """What the close of a window comes to."""

    AGREED = "agreed"
    FAILED = "failed"
    EXTENDED = "extended"


class BadRates(ValueError):
    """Terms that cannot be used; `at` names the field, such as `ladder[1]`."""

    def __init__(self, at: str, sentence: Sentence) -> None:
        super().__init__(sentence)
        self.at = at
        self.sentence = sentence


@dataclass(frozen=True)
class Rates:
    """How a contract is priced. `list_cents`: the vendor's own price of a unit and period, None where nobody said."""

    pricing: Pricing
    ladder: Rungs
    list_cents: int | None = None

    def value_at(self, members: int) -> int:
        """Return the value of the deepest rung that so many members reach; the first rung's below it."""
        reached = [value for start, value in self.ladder if start <= members]
        return reached[-1] if reached else self.ladder[0][1]

    def cents_of(self, value: int) -> int | None:
        """Return what a unit costs for a period at a rung's value, half up; None where the list price is not known."""
        if self.pricing is Pricing.RATE:
            return value
        return None if self.list_cents is None else half_up(self.list_cents * (_WHOLE - value), _WHOLE)

    def is_better(self, value: int, than: int) -> bool:
        """Tell whether a value asks less of members than another."""
        return value < than if self.pricing is Pricing.RATE else value > than

    def next_rung(self, members: int) -> tuple[int, int] | None:
        """Return (from members, value) of the rung after the one that so many members reach, or None on the last."""
        return next(((start, value) for start, value in self.ladder if start > max(members, 1)), None)

    def value_for(self, members: int, min_members: int, if_short: IfShort) -> int:
        """Return the value at which a window with so many members can come about.

        A contract that needs its minimum never comes about above the rate of that many members.
        """
        return self.value_at(members if if_short is IfShort.GO_ON else max(members, min_members))

    def highest_value(self, min_members: int, if_short: IfShort) -> int:
        """Return the value of the dearest rate that can come about."""
        return self.value_for(0, min_members, if_short)


def check_rates(rates: Rates) -> None:
    """Refuse a ladder that does not start at 1, rise in members and get strictly better. Raises BadRates."""
    if not 1 <= len(rates.ladder) <= MOST_RUNGS:
        raise BadRates("ladder", marked("Write between 1 and %(most)s steps.", most=MOST_RUNGS))
    for place, (start, value) in enumerate(rates.ladder):
        at = f"ladder[{place}]"
        if place == 0 and start != 1:
            raise BadRates(at, marked("The first step must begin with 1 member."))
        if place and start <= rates.ladder[place - 1][0]:
            raise BadRates(at, marked("Each step must begin with more members than the one before."))
        _check_value(rates.pricing, at, value)
        if place and not rates.is_better(value, rates.ladder[place - 1][1]):
            raise BadRates(at, _NOT_BETTER[rates.pricing])


_NOT_BETTER = {
    Pricing.RATE: marked("Each step must cost less than the one before."),
    Pricing.PERCENT_OFF: marked("Each step must take more off than the one before."),
}


def _check_value(pricing: Pricing, at: str, value: int) -> None:
    if pricing is Pricing.RATE and not 0 <= value <= LARGEST_CENTS:
        raise BadRates(at, marked("A rate must lie between $0 and $10,000,000."))
    if pricing is Pricing.PERCENT_OFF and not 0 <= value < _WHOLE:
        raise BadRates(at, marked("A percent off must be at least 0 and less than 100."))


def outcome(members: int, min_members: int, if_short: IfShort, *, may_extend: bool) -> Outcome:
    """Return what the close of a window with so many members comes to.

    `may_extend`: whether the window was not put off before. Without a single member nothing comes about.
    """
    if members and members >= min_members:
        return Outcome.AGREED
    if if_short is IfShort.EXTEND and may_extend:
        return Outcome.EXTENDED
    return Outcome.AGREED if members and if_short is IfShort.GO_ON else Outcome.FAILED
