"""Rules of a missed minimum: what closes the gap, and until when a close is put off."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from carepool.purchasing.ladder import Rungs
from carepool.purchasing.minimums.rules import cases_to_reach, put_off


@st.composite
def ladders(draw: st.DrawFn) -> Rungs:
    starts = sorted({1, *draw(st.sets(st.integers(2, 60), max_size=4))})
    prices = sorted(draw(st.sets(st.integers(0, 5_000), min_size=len(starts), max_size=len(starts))), reverse=True)
    return list(zip(starts, prices, strict=True))


def _value(ladder: Rungs, cases: int) -> int:
    return cases * next(price for start, price in reversed(ladder) if cases >= start)


@given(ladders(), st.integers(0, 80), st.integers(0, 90), st.integers(0, 50_000), st.integers(0, 200_000))
def test_it_is_the_smallest_number_of_cases_that_reaches_the_minimum(
    ladder: Rungs, cases: int, least: int, others: int, minimum: int
) -> None:
    found = cases_to_reach(ladder, cases, least, others, minimum)
    sold = range(max(cases + 1, least), 300)
    tried = next((n for n in sold if others + _value(ladder, n) >= minimum and _value(ladder, n) > 0), None)
    if tried is not None:
        assert found == tried
    elif found is not None:
        assert found >= 300 and others + _value(ladder, found) >= minimum


@given(
    st.integers(1_770_000_000, 1_830_000_000).map(lambda second: datetime.fromtimestamp(second, UTC)),
    st.integers(1, 60),
    st.sampled_from(["America/Denver", "America/Puerto_Rico", "Pacific/Guam"]),
)
def test_a_close_is_put_off_to_the_same_time_of_day(closes_at: datetime, days: int, zone: str) -> None:
    until = put_off(closes_at, closes_at, days, zone).astimezone(ZoneInfo(zone))
    planned = closes_at.astimezone(ZoneInfo(zone))
    assert (until.date() - planned.date()).days == days
    assert until.time() == planned.time() or until.hour == planned.hour + 1


def test_the_clock_of_the_state_counts_over_a_change_of_clocks() -> None:
    closes_at = datetime(2027, 3, 12, 17, tzinfo=ZoneInfo("America/Denver"))
    assert put_off(closes_at, closes_at, 3, "America/Denver") == datetime(2027, 3, 15, 23, tzinfo=UTC)
    skipped = datetime(2027, 3, 13, 2, 30, tzinfo=ZoneInfo("America/Denver"))
    assert put_off(skipped, skipped, 1, "America/Denver") == datetime(2027, 3, 14, 9, 30, tzinfo=UTC)


def test_days_count_from_the_cut_off_where_it_came_late() -> None:
    closes_at = datetime(2027, 1, 5, 17, tzinfo=UTC)
    late = datetime(2027, 1, 9, 3, tzinfo=UTC)
    assert put_off(closes_at, late, 2, "UTC") == datetime(2027, 1, 11, 17, tzinfo=UTC)
