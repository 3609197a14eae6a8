"""Scorecards: shares from counts, and the line over the quarters."""

from datetime import date

import pytest

from carepool.vendors.scores.chart import line_of
from carepool.vendors.scores.scorecard import Counts, added, quarter_of


def test_nothing_counted_is_not_known_and_never_a_zero() -> None:
    none = Counts()
    assert (none.fill_rate, none.on_time, none.price_drift, none.invoice_accuracy) == (None, None, None, None)


def test_shares_are_in_millionths_half_up() -> None:
    counts = Counts(90, 70, 3, 2, 30_000, 30_900, 4, 3)
    assert counts.fill_rate == 777_778
    assert counts.on_time == 666_667
    assert counts.price_drift == 30_000
    assert counts.invoice_accuracy == 750_000


def test_a_bill_below_the_order_drifts_below_zero() -> None:
    assert Counts(ordered_cents=1000, billed_cents=950).price_drift == -50_000


def test_sums_weigh_large_purchases_more() -> None:
    whole = added([Counts(ordered_eaches=1000, received_eaches=1000), Counts(ordered_eaches=10, received_eaches=0)])
    assert whole.fill_rate == 990_099


@pytest.mark.parametrize(("month", "quarter"), [(1, 1), (3, 1), (4, 2), (9, 3), (10, 4), (12, 4)])
def test_quarters_begin_with_january(month: int, quarter: int) -> None:
    assert quarter_of(date(2026, month, 1)) == (2026, quarter)


def test_a_single_quarter_is_no_line_and_one_without_a_share_is_passed_over() -> None:
    assert line_of([500_000]) is None
    assert line_of([None, 500_000, None]) is None
    found = line_of([1_000_000, None, 0])
    assert found is not None and found.line == "10.0,10.0 310.0,140.0"
