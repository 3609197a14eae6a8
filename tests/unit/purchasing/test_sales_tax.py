"""Sales tax: rounded half up once a member, on taxable goods only, never above what was said before."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carepool.errors import Invalid
from carepool.purchasing.estimate import AskedLine, Charges, most_cost
from carepool.purchasing.sales_tax.rates import LARGEST_RATE, Exemption, tax_on
from carepool.web.forms import FormReader, rate_text

_RATE = st.integers(0, LARGEST_RATE)
_CENTS = st.integers(0, 10**10)


@given(cents=_CENTS, rate=_RATE)
def test_tax_is_rounded_half_up_to_a_cent(cents: int, rate: int) -> None:
    exact = Decimal(cents) * rate / 1_000_000
    assert tax_on(cents, rate) == int(exact.quantize(Decimal(1), ROUND_HALF_UP))


def test_rates_with_three_places_of_a_percent_are_right() -> None:
    assert tax_on(10_000, 62_500) == 625
    assert tax_on(10_000, 68_750) == 688  # Minnesota: 6.875 % of $100.00
    assert tax_on(8, 62_500) == 1 and tax_on(7, 62_500) == 0


@given(amounts=st.lists(_CENTS, max_size=50), rate=_RATE)
def test_the_taxes_of_the_members_are_no_further_from_the_exact_tax_than_half_a_cent_each(
    amounts: list[int], rate: int
) -> None:
    taxes = [tax_on(one, rate) for one in amounts]
    assert abs(sum(taxes) - Decimal(sum(amounts)) * rate / 1_000_000) <= Decimal(len(amounts)) / 2


_LINES = st.lists(
    st.tuples(st.integers(0, 500), st.integers(1, 60), st.integers(1, 10_000), st.booleans()), min_size=1, max_size=8
)


@given(lines=_LINES, rate=_RATE, less=st.integers(0, 100), freight=st.integers(0, 10**6))
def test_nobody_pays_more_tax_than_the_most(
    lines: list[tuple[int, int, int, bool]], rate: int, less: int, freight: int
) -> None:
    asked = [AskedLine(*one) for one in lines]
    most = most_cost(asked, Charges(freight, 0, rate))
    # what is paid for each line is never above the most that it can cost
    paid = sum(one.most_cents * less // 100 for one in asked if one.taxable)
    assert tax_on(paid, rate) <= most.tax_cents
    assert most.total_cents == most.goods_cents + most.freight_cents + most.tax_cents
    assert most.taxable_cents == most.goods_cents - sum(one.most_cents for one in asked if not one.taxable)


@given(rate=_RATE)
def test_freight_handling_and_untaxed_goods_bear_no_tax(rate: int) -> None:
    cost = most_cost([AskedLine(10, 1, 100, taxable=False)], Charges(5000, 700, rate))
    assert (cost.taxable_cents, cost.tax_cents, cost.total_cents) == (0, 0, 1000 + 5000 + 700)


def test_a_certificate_holds_up_to_its_last_day_and_one_without_a_number_never() -> None:
    last = date(2026, 11, 30)
    assert Exemption("E-1", last).holds_on(last)
    assert not Exemption("E-1", last).holds_on(date(2026, 12, 1))
    assert Exemption("E-1", None).holds_on(date(2099, 1, 1))
    assert not Exemption("", None).holds_on(last)


@given(rate=_RATE)
def test_a_rate_is_read_from_a_form_as_it_was_written_there(rate: int) -> None:
    read = FormReader({"tax": rate_text(rate)}).millionths("tax", LARGEST_RATE)
    assert (read or 0) == rate


@pytest.mark.parametrize(("typed", "rate"), [("6.25", 62_500), ("6.25 %", 62_500), ("0.5%", 5_000), ("", None)])
def test_people_may_write_the_percent_sign(typed: str, rate: int | None) -> None:
    assert FormReader({"tax": typed}).millionths("tax") == rate


@pytest.mark.parametrize("typed", ["6,25", "25.0001", "-1", "1e1", "6.25001", "six", "٦"])
def test_what_is_no_rate_is_refused(typed: str) -> None:
    form = FormReader({"tax": typed})
    assert form.millionths("tax", LARGEST_RATE) is None
    with pytest.raises(Invalid):
        form.checked()
