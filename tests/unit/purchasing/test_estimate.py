"""What an order can cost at the most, what is usual, and what changed between two dry runs."""

from hypothesis import given
from hypothesis import strategies as st

from carepool.purchasing.allocation import Members, Policy, Terms, decide_from_totals, share
from carepool.purchasing.dry_runs import differences
from carepool.purchasing.estimate import AskedLine, Charges, is_far_above, most_cost, usual_quantity

_COUNT = st.integers(0, 500)


@given(
    size=st.integers(1, 60),
    prices=st.lists(st.integers(1, 10_000), min_size=1, max_size=4, unique=True),
    asked=st.lists(st.tuples(_COUNT, _COUNT, _COUNT), min_size=1, max_size=6),
    policy=st.sampled_from(Policy),
)
def test_nobody_pays_more_for_goods_than_the_most(
    size: int, prices: list[int], asked: list[tuple[int, int, int]], policy: Policy
) -> None:
    ladder = [[1 + 5 * place, price] for place, price in enumerate(sorted(prices, reverse=True))]
    terms = Terms(size, 0, ladder)
    wanted, extra, boost = ([one[place] for one in asked] for place in range(3))
    members = Members(wanted, extra, boost, ["site"] * len(asked), [1] * len(asked), None)
    decision = decide_from_totals(terms, {"site": (sum(wanted), sum(extra), sum(boost))})
    for own, amount in zip(asked, share(terms, policy, members, decision).amounts, strict=True):
        assert amount <= most_cost([AskedLine(sum(own), size, ladder[0][1])], Charges()).goods_cents


def test_an_order_of_nothing_costs_nothing_also_no_freight() -> None:
    assert most_cost([AskedLine(0, 10, 400)], Charges(900, 100, 62_500)).total_cents == 0
    assert most_cost([AskedLine(15, 10, 401)], Charges(900, 100)).total_cents == 602 + 1000


def test_the_usual_quantity_is_the_last_one_within_the_limit_else_the_limit() -> None:
    assert usual_quantity(30, 2, 40) == 30
    assert usual_quantity(90, 2, 40) == 80
    assert usual_quantity(None, 2, 40) == 80
    assert usual_quantity(None, 2, None) is None
    assert usual_quantity(30, None, None) == 30


def test_more_than_twice_the_usual_is_far_above() -> None:
    assert is_far_above(61, 30)
    assert not is_far_above(60, 30)
    assert not is_far_above(10_000, None)


def test_differences_name_what_came_went_and_changed() -> None:
    def line(sku: str, wanted: int, cases: int) -> dict[str, object]:
        return {
            "sku": sku,
            "name": sku.title(),
            "wanted": wanted,
            "cases": cases,
            "price_cents": 400 if cases else None,
        }

    before, after = (
        [line("a", 5, 1), line("b", 5, 1), line("c", 5, 1)],
        [line("b", 5, 1), line("c", 9, 1), line("d", 1, 0)],
    )
    found = {one.name: (one.wanted, one.cases) for one in differences(before, after)}
    assert found == {"A": ((5, 0), (1, 0)), "C": ((5, 9), (1, 1)), "D": ((0, 1), (0, 0))}
    assert differences(before, before) == []
