"""A price ladder as steps to be drawn: one step a price, filled as far as the cases ordered so far reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class StepPlace(StrEnum):
    """Where a step lies as seen from the cases ordered so far."""

    PASSED = "passed"
    NOW = "now"
    NEXT = "next"
    LATER = "later"


@dataclass(frozen=True)
class Step:
    """One price of a ladder; cases from and to include both ends (`to_cases` None: no end)."""

    from_cases: int
    to_cases: int | None
    price_cents: int
    place: StepPlace
    #: How much of the step is filled, in whole percent.
    filled: int


def ladder_steps(rungs: Sequence[Sequence[int]], cases: int) -> tuple[Step, ...]:
    """Return the steps of a ladder [(from_cases, cents per case), ...] with `cases` (0 or more) ordered so far."""
    starts = [rung[0] for rung in rungs]
    reached = max((at for at, start in enumerate(starts) if start <= cases), default=-1)
    steps = []
    for at, (start, price) in enumerate(rungs):
        after = starts[at + 1] if at + 1 < len(starts) else None
        last = after - 1 if after is not None else None
        steps.append(Step(start, last, price, _place(at, reached), _filled(start, after, cases)))
    return tuple(steps)


def _place(at: int, reached: int) -> StepPlace:
    if at < reached:
        return StepPlace.PASSED
    if at == reached:
        return StepPlace.NOW
    return StepPlace.NEXT if at == reached + 1 else StepPlace.LATER


def _filled(start: int, after: int | None, cases: int) -> int:
    """The first step begins at nothing ordered; a step whose next price is reached is full, one not begun is empty."""
    if cases < start:
        return 0
    if after is None or cases >= after:
        return 100
    begin = 0 if start == 1 else start
    return 100 * (cases - begin) // (after - begin)
