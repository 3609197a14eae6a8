"""More members never raise a rate, and a window comes to exactly one of three ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carepool.enrolling.rates import MOST_RUNGS, BadRates, IfShort, Outcome, Pricing, Rates, check_rates, outcome

_STARTS = st.lists(st.integers(2, 1000), max_size=6, unique=True).map(lambda found: [1, *sorted(found)])


@st.composite
def _rates(draw: st.DrawFn) -> Rates:
    starts, pricing = draw(_STARTS), draw(st.sampled_from(Pricing))
    most = 10**7 if pricing is Pricing.RATE else 9999
    values = draw(st.lists(st.integers(0, most), min_size=len(starts), max_size=len(starts), unique=True))
    values.sort(reverse=pricing is Pricing.RATE)
    listed = draw(st.none() | st.integers(0, 10**7)) if pricing is Pricing.PERCENT_OFF else None
    return Rates(pricing, [list(rung) for rung in zip(starts, values, strict=True)], listed)


@given(_rates(), st.integers(0, 2000), st.integers(0, 2000))
def test_more_members_never_pay_more(rates: Rates, members: int, more: int) -> None:
    check_rates(rates)
    few, many = rates.value_at(members), rates.value_at(members + more)
    assert few == many or rates.is_better(many, few)
    before, after = rates.cents_of(few), rates.cents_of(many)
    assert (before is None) == (after is None)
    if before is not None and after is not None:
        assert 0 <= after <= before


@given(_rates(), st.integers(1, 1500), st.integers(1, 1500), st.sampled_from(IfShort), st.booleans())
def test_no_contract_comes_about_above_the_highest_rate_that_was_shown(
    rates: Rates, members: int, least: int, if_short: IfShort, may_extend: bool
) -> None:
    if outcome(members, least, if_short, may_extend=may_extend) is Outcome.AGREED:
        highest, value = rates.highest_value(least, if_short), rates.value_at(members)
        assert value == highest or rates.is_better(value, highest)
        assert value == rates.value_for(members, least, if_short)


@given(_rates(), st.integers(0, 2000))
def test_the_next_step_is_the_nearest_that_is_better(rates: Rates, members: int) -> None:
    found = rates.next_rung(members)
    beyond = [one for one in rates.ladder if one[0] > max(members, 1)]
    assert (found is None) == (not beyond)
    if found is not None:
        start, value = found
        assert rates.value_at(start) == value and rates.is_better(value, rates.value_at(members))
        assert rates.value_at(start - 1) == rates.value_at(members)


@given(st.integers(0, 100), st.integers(1, 100), st.sampled_from(IfShort))
def test_a_window_is_put_off_once_at_most(members: int, least: int, if_short: IfShort) -> None:
    again = outcome(members, least, if_short, may_extend=False)
    assert again is not Outcome.EXTENDED
    assert (again is Outcome.AGREED) == (members >= least or (members > 0 and if_short is IfShort.GO_ON))
    first = outcome(members, least, if_short, may_extend=True)
    assert (first is Outcome.EXTENDED) == (members < least and if_short is IfShort.EXTEND)


@pytest.mark.parametrize(
    ("pricing", "ladder", "at"),
    [
        (Pricing.RATE, [], "ladder"),
        (Pricing.RATE, [[n + 1, 100 - n] for n in range(MOST_RUNGS + 1)], "ladder"),
        (Pricing.RATE, [[2, 100]], "ladder[0]"),
        (Pricing.RATE, [[1, -1]], "ladder[0]"),
        (Pricing.RATE, [[1, 100], [1, 90]], "ladder[1]"),
        (Pricing.RATE, [[1, 100], [5, 100]], "ladder[1]"),
        (Pricing.PERCENT_OFF, [[1, 500], [5, 500]], "ladder[1]"),
        (Pricing.PERCENT_OFF, [[1, 500], [5, 10_000]], "ladder[1]"),
    ],
)
def test_steps_that_cannot_be_used_are_refused(pricing: Pricing, ladder: list[list[int]], at: str) -> None:
    with pytest.raises(BadRates) as refused:
        check_rates(Rates(pricing, ladder))
    assert refused.value.at == at


def test_percent_off_is_half_up_to_a_cent_and_unknown_without_a_list_price() -> None:
    rates = Rates(Pricing.PERCENT_OFF, [[1, 1250]], 9999)
    assert rates.cents_of(1250) == 8749
    assert Rates(Pricing.PERCENT_OFF, [[1, 1250]]).cents_of(1250) is None
