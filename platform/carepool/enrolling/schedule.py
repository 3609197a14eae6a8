"""What a member pays when: the periods of a term, and the amount of each, to the cent. Pure.

Days are those of the state's calendar; a term holds its first and its last day.
"""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from carepool.money import half_up

_DAY = timedelta(days=1)
LONGEST = 10
"""Years that a term may last."""


class Per(StrEnum):
    """How often a rate is paid."""

    MONTH = "month"
    YEAR = "year"
    ONCE = "once"


_MONTHS = {Per.MONTH: 1, Per.YEAR: 12}


@dataclass(frozen=True)
class Period:
    """Days from the first to the last, both in it. `whole_last`: the last day if the term did not cut it short."""

    first: date
    last: date
    whole_last: date


@dataclass(frozen=True)
class Due:
    """What a member owes for the part of a period in which it is a member. Cents; `rate_cents` for one unit."""

    first: date
    last: date
    rate_cents: int
    cents: int


@dataclass(frozen=True)
class RateFrom:
    """A rate in cents for one unit and one period, of all periods that begin on a day or later."""

    first: date
    cents: int


def months_on(day: date, months: int) -> date:
    """Return the same day so many months later, or the last day of a month that is too short for it."""
    number = day.year * 12 + day.month - 1 + months
    year, month = number // 12, number % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def periods(first: date, last: date, per: Per) -> Iterator[Period]:
    """Yield the periods of a term, one after another without a gap; the last may be cut short by its end."""
    if per is Per.ONCE:
        yield Period(first, last, last)
        return
    step, number = _MONTHS[per], 0
    while (begin := months_on(first, number * step)) <= last:
        number += 1
        end = months_on(first, number * step) - _DAY
        yield Period(begin, min(end, last), end)


def dues(term: Sequence[Period], per: Per, units: int, rates: Sequence[RateFrom], first: date, last: date) -> list[Due]:
    """Return what a member with so many units owes, who is in from its first day to its last.

    `rates`: by their first day, the earliest first; it holds for periods before, too. A part of a period is charged by its
    days, half up; what is paid once is paid in full.
    """
    found = []
    for period in term:
        begin, end = max(period.first, first), min(period.last, last)
        if begin > end:
            continue
        cents = next((one.cents for one in reversed(rates) if one.first <= period.first), rates[0].cents)
        whole = units * cents
        days, of = (end - begin).days + 1, (period.whole_last - period.first).days + 1
        found.append(Due(begin, end, cents, whole if per is Per.ONCE else half_up(whole * days, of)))
    return found


def late_start(first: date, last: date, today: date) -> date | None:
    """Return the day on which someone who joins today begins: a day on which a month of the term does; None for none.

    Before the term that is its first day.
    """
    number = 0
    while (begin := months_on(first, number)) <= last:
        if begin >= today:
            return begin
        number += 1
    return None


def next_period(term: Sequence[Period], today: date) -> date | None:
    """Return the first day of the first period that begins after a day, or None where none does."""
    return next((one.first for one in term if one.first > today), None)


def next_term(first: date, last: date) -> tuple[date, date]:
    """Return the first and last day of a term of the same length that follows on this one.

    Whole months are counted in months, so that a year from January 1 is followed by one; others in days.
    """
    begin = last + _DAY
    months = (begin.year - first.year) * 12 + begin.month - first.month
    if months > 0 and months_on(first, months) == begin:
        return begin, months_on(begin, months) - _DAY
    return begin, begin + (last - first)


def notice_day(last: date, notice_days: int) -> date:
    """Return the last day on which notice can be given."""
    return last - timedelta(days=notice_days)
