"""Methods of buying by amount and day, splits by source of funds, how long a file is kept."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carepool.errors import Invalid
from carepool.purchasing.savings.procurement import (
    LONGEST,
    Fund,
    Method,
    allowed,
    keep_until,
    kept_limits,
    least_method,
    limits_on,
    split_fault,
)
from carepool.purchasing.savings.proof import Proof, proof_of


@pytest.mark.parametrize(
    ("day", "cents", "method"),
    [
        (date(2025, 9, 30), 1_000_000, Method.MICRO_PURCHASE),
        (date(2025, 9, 30), 1_000_001, Method.SMALL_PURCHASE),
        (date(2025, 9, 30), 25_000_001, Method.SEALED_BIDS),
        (date(2025, 10, 1), 1_500_000, Method.MICRO_PURCHASE),
        (date(2025, 10, 1), 35_000_000, Method.SMALL_PURCHASE),
        (date(2025, 10, 1), 35_000_001, Method.SEALED_BIDS),
    ],
)
def test_the_method_follows_from_the_amount_and_the_limits_of_the_day(day: date, cents: int, method: Method) -> None:
    limits = limits_on(day)
    assert least_method(cents, limits) is method
    assert allowed(method, cents, limits)


def test_a_states_own_limits_hold_from_their_day_on() -> None:
    own = [["2026-01-01", 500_000, 10_000_000], ["2026-07-01", 5_000_000, 10_000_000]]
    assert limits_on(date(2025, 12, 31), own).micro_cents == 1_500_000
    assert limits_on(date(2026, 6, 30), own).micro_cents == 500_000
    assert limits_on(date(2026, 7, 1), own) == limits_on(date(2027, 1, 1), own)
    assert not limits_on(date(2026, 7, 1), own).source


def test_informal_methods_end_at_their_limits_and_others_do_not() -> None:
    limits = limits_on(date(2026, 1, 1))
    large = limits.small_cents + 1
    assert not allowed(Method.MICRO_PURCHASE, large, limits) and not allowed(Method.SMALL_PURCHASE, large, limits)
    assert all(allowed(one, large, limits) for one in list(Method)[2:])


@given(st.dictionaries(st.sampled_from(list(Fund)), st.integers(0, 10**9), min_size=1))
def test_a_split_adds_up_to_the_cent(funding: Any) -> None:
    owed = sum(funding.values())
    assert split_fault(funding, owed) is None
    assert split_fault(funding, owed + 1) and split_fault(funding, owed - 1)
    assert split_fault({"cacfp": -1, "state": 1}, 0)


@given(st.dates(date(2020, 1, 1), date(2090, 12, 31)))
def test_a_file_is_kept_three_years_after_the_final_claim_of_its_fiscal_year(day: date) -> None:
    until = keep_until(day)
    assert until.month == 11 and until.day == 29
    assert timedelta(days=3 * 365) < until - day <= timedelta(days=LONGEST)


def test_the_fiscal_year_ends_with_september() -> None:
    assert keep_until(date(2026, 9, 30)) == date(2029, 11, 29)
    assert keep_until(date(2026, 10, 1)) == date(2030, 11, 29)


def test_limits_that_contradict_each_other_are_refused() -> None:
    one = {"first_day": date(2026, 1, 1), "micro_cents": 1, "small_cents": 2}
    assert kept_limits([one]) == [["2026-01-01", 1, 2]]
    for rows in ([one, one], [{**one, "micro_cents": 3}]):
        with pytest.raises(Invalid):
            kept_limits(rows)


@given(st.integers(0, 10**6), st.lists(st.none() | st.integers(0, 10**6)))
def test_a_price_is_proved_just_where_a_document_shows_it_and_none_shows_less(baseline: int, prices: Any) -> None:
    lower = any(price is not None and price < baseline for price in prices)
    assert proof_of(baseline, prices) is (Proof.NONE if not prices else Proof.LOWER if lower else Proof.PROVED)
