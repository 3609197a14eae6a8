"""The periods of a term follow each other without a gap, and amounts are right to the cent."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from carepool.enrolling.schedule import (
    Per,
    RateFrom,
    dues,
    late_start,
    months_on,
    next_period,
    next_term,
    notice_day,
    periods,
)

_DAYS = st.dates(date(2024, 1, 1), date(2040, 1, 1))
_TERMS = st.tuples(_DAYS, st.integers(0, 2000)).map(lambda one: (one[0], one[0] + timedelta(days=one[1])))
_DAY = timedelta(days=1)


@given(_TERMS, st.sampled_from(Per))
def test_periods_tile_the_term(term: tuple[date, date], per: Per) -> None:
    found = list(periods(*term, per))
    assert found[0].first == term[0] and found[-1].last == term[1]
    for one, after in pairwise(found):
        assert one.last + _DAY == after.first and one.last == one.whole_last
    assert all(one.first <= one.last <= one.whole_last for one in found)


@given(_TERMS, st.sampled_from(Per), st.integers(1, 500), st.integers(0, 10**6))
def test_whole_periods_cost_the_rate_and_a_part_never_more(
    term: tuple[date, date], per: Per, units: int, cents: int
) -> None:
    split = list(periods(*term, per))
    owed = dues(split, per, units, [RateFrom(term[0], cents)], *term)
    assert len(owed) == len(split)
    for due, period in zip(owed, split, strict=True):
        whole = period.last == period.whole_last
        assert due.cents == units * cents if whole else 0 <= due.cents <= units * cents


@given(
    _TERMS, st.sampled_from(Per), st.integers(1, 50), st.integers(0, 10**6), st.integers(0, 800), st.integers(0, 800)
)
def test_whoever_is_in_for_longer_never_pays_less(
    term: tuple[date, date], per: Per, units: int, cents: int, late: int, early: int
) -> None:
    split, rates = list(periods(*term, per)), [RateFrom(term[0], cents)]
    first, last = term[0] + timedelta(days=late), term[1] - timedelta(days=early)
    part = dues(split, per, units, rates, first, last)
    whole = dues(split, per, units, rates, *term)
    assert sum(one.cents for one in part) <= sum(one.cents for one in whole)
    assert all(first <= one.first <= one.last <= last for one in part)
    assert bool(part) == (first <= last)


@given(_TERMS, st.integers(1, 50), st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 60))
def test_a_rate_that_falls_lowers_only_periods_that_begin_from_its_day_on(
    term: tuple[date, date], units: int, cents: int, less: int, place: int
) -> None:
    split = list(periods(*term, Per.MONTH))
    begins = split[min(place, len(split) - 1)].first
    high, low = max(cents, less), min(cents, less)
    before = dues(split, Per.MONTH, units, [RateFrom(term[0], high)], *term)
    after = dues(split, Per.MONTH, units, [RateFrom(term[0], high), RateFrom(begins, low)], *term)
    for one, other in zip(before, after, strict=True):
        assert other.rate_cents == (high if one.first < begins else low) or begins == term[0]
        assert other.cents <= one.cents


def test_a_term_from_the_31st_has_months_that_end_where_the_month_does() -> None:
    found = list(periods(date(2027, 1, 31), date(2027, 5, 30), Per.MONTH))
    assert [one.first for one in found] == [date(2027, 1, 31), date(2027, 2, 28), date(2027, 3, 31), date(2027, 4, 30)]


def test_the_last_period_is_charged_by_its_days_half_up() -> None:
    term = list(periods(date(2027, 1, 1), date(2028, 6, 30), Per.YEAR))
    owed = dues(term, Per.YEAR, 1, [RateFrom(date(2027, 1, 1), 36_600)], date(2027, 1, 1), date(2028, 6, 30))
    # 2028 has 366 days, and 182 of them lie in the term
    assert [one.cents for one in owed] == [36_600, 18_200]


def test_what_is_paid_once_is_paid_in_full_by_late_joiners_too() -> None:
    term = list(periods(date(2027, 1, 1), date(2027, 12, 31), Per.ONCE))
    owed = dues(term, Per.ONCE, 3, [RateFrom(date(2027, 1, 1), 500)], date(2027, 9, 1), date(2027, 12, 31))
    assert [one.cents for one in owed] == [1500]


@given(_TERMS, st.integers(-400, 2400))
def test_late_joiners_begin_with_a_month_of_the_term(term: tuple[date, date], days: int) -> None:
    today = term[0] + timedelta(days=days)
    found = late_start(*term, today)
    begins = [one.first for one in periods(*term, Per.MONTH)]
    assert found == next((one for one in begins if one >= today), None)
    after = next_period(list(periods(*term, Per.MONTH)), today)
    assert after == next((one for one in begins if one > today), None)


@given(_TERMS)
def test_the_next_term_follows_on_this_one(term: tuple[date, date]) -> None:
    first, last = next_term(*term)
    assert first == term[1] + _DAY and last >= first
    # as long in days, or as many whole months
    assert abs((last - first) - (term[1] - term[0])) <= timedelta(days=3)


def test_a_year_from_january_is_followed_by_a_year() -> None:
    assert next_term(date(2027, 1, 1), date(2027, 12, 31)) == (date(2028, 1, 1), date(2028, 12, 31))
    assert next_term(date(2027, 2, 10), date(2027, 3, 1)) == (date(2027, 3, 2), date(2027, 3, 21))
    assert months_on(date(2027, 11, 30), 3) == date(2028, 2, 29)
    assert notice_day(date(2027, 12, 31), 60) == date(2027, 11, 1)
