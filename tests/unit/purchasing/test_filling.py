"""The chart of a purchase that fills: sums, days without orders, rungs."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from carepool.purchasing.filling.days import BOTTOM, MOST_DAYS, TOP, chart_of, days_filled

FIRST = date(2026, 11, 1)
counts = st.dictionaries(st.integers(0, 200).map(lambda n: FIRST + timedelta(days=n)), st.integers(0, 500), max_size=9)


@given(counts, counts, st.integers(0, 220))
def test_days_follow_each_other_and_lose_nothing(orders: dict[date, int], eaches: dict[date, int], until: int) -> None:
    days = days_filled(orders, eaches, FIRST + timedelta(days=until))
    assert bool(days) == bool(orders or eaches)
    if days:
        assert len(days) <= MOST_DAYS
        assert days[-1].orders_so_far == sum(orders.values())
        assert days[-1].eaches_so_far == sum(eaches.values())
        assert [one.day for one in days] == [days[0].day + timedelta(days=n) for n in range(len(days))]
        chart = chart_of(days, [(1, 4000), (10, 3400), (40, 3000)], 10)
        heights = [float(point.split(",")[1]) for point in chart.line.split()]
        assert all(TOP <= one <= BOTTOM for one in heights) and heights == sorted(heights, reverse=True)
        assert all(TOP <= mark.y <= BOTTOM for mark in chart.marks)


def test_the_first_rung_that_is_not_reached_is_the_top() -> None:
    days = days_filled({FIRST: 1}, {FIRST: 60}, FIRST)
    chart = chart_of(days, [(1, 4000), (10, 3400), (40, 3000)], 10)
    assert chart.most == 100
    assert [(mark.from_cases, mark.y) for mark in chart.marks] == [(1, 115), (10, TOP)]
    assert len(chart.line.split()) == 2
