"""What counts come to, and that a share of what arrived adds up whatever came, in whatever order it was counted."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from carepool.money import half_up
from carepool.purchasing.allocation import Members, Policy, Terms, decide, share
from carepool.purchasing.receiving.counting import Counted, Ordered, over_limit, owed, standing
from carepool.purchasing.receiving.models.claims import ClaimKind

TEN = Ordered(10, 12, 4000)
SHORT, DAMAGED, WRONG = ClaimKind.SHORT, ClaimKind.DAMAGED, ClaimKind.WRONG


def test_all_as_ordered_is_all_usable() -> None:
    found = standing(TEN, Counted(cases=10))
    assert (found.usable, found.refused, set(found.missing.values())) == (120, 0, {0})


def test_what_is_missing_is_told_by_kind() -> None:
    found = standing(TEN, Counted(cases=9, short=2, damaged=3, wrong=4))
    assert found.usable == 9 * 12 - 5
    assert found.missing == {SHORT: 10, DAMAGED: 3, WRONG: 4}


def test_what_is_too_much_goes_back_unless_it_is_taken() -> None:
    assert standing(TEN, Counted(cases=12)).usable == 120
    assert standing(TEN, Counted(cases=12)).refused == 24
    taken = standing(Ordered(10, 12, 4000, over_cases=1), Counted(cases=12))
    assert (taken.usable, taken.refused) == (132, 12)


def test_surplus_makes_up_for_what_is_damaged_before_it_goes_back() -> None:
    found = standing(TEN, Counted(cases=11, damaged=5))
    assert (found.usable, found.refused, found.missing[DAMAGED]) == (120, 7, 0)


def test_a_substitute_counts_only_where_it_is_taken() -> None:
    assert standing(TEN, Counted(cases=9, taken=12)).usable == 120
    assert standing(TEN, Counted(cases=9, wrong=12)).missing == {SHORT: 0, DAMAGED: 0, WRONG: 12}


def test_the_limit_is_the_larger_of_percent_and_cases() -> None:
    assert [over_limit(10, 0, 0), over_limit(10, 25, 0), over_limit(10, 25, 3), over_limit(3, 10, 0)] == [0, 2, 3, 0]


orders = st.builds(Ordered, st.integers(1, 40), st.integers(1, 24), st.integers(1, 9999), st.integers(0, 3))
counts = st.builds(Counted, *(st.integers(0, most) for most in (45, 30, 30, 60, 60)))


@given(orders, counts)
def test_what_is_claimed_and_what_is_owed_make_up_what_was_ordered(ordered: Ordered, counted: Counted) -> None:
    if not counted.fits(ordered.case_size):
        return
    found = standing(ordered, counted)
    assert min(found.usable, found.refused, *found.missing.values()) >= 0
    whole = ordered.cases * ordered.price_cents
    if found.usable <= ordered.eaches:
        assert found.usable + sum(found.missing.values()) == ordered.eaches
        assert owed(found.usable, ordered) + sum(found.claimed_cents.values()) == whole
    else:
        assert not sum(found.claimed_cents.values())


@st.composite
def lines(draw: Any) -> tuple[Terms, Policy, Members, dict[str, list[Counted]], int]:
    """An item that programs in up to three pools ordered, and several counts of what came to each pool."""
    many = draw(st.integers(1, 8))
    column = st.lists(st.integers(0, 30), min_size=many, max_size=many)
    pools = draw(st.lists(st.sampled_from("xyz"), min_size=many, max_size=many))
    classes = draw(st.lists(st.integers(1, 2), min_size=many, max_size=many))
    members = Members(draw(column), draw(column), draw(column), pools, classes)
    terms = Terms(draw(st.integers(1, 12)), 0, [[1, 4000], [draw(st.integers(2, 9)), 3401]])
    one = st.builds(Counted, *(st.integers(0, most) for most in (6, 3, 3, 9, 9)))
    came = {pool: draw(st.lists(one, max_size=4)) for pool in set(pools)}
    return terms, draw(st.sampled_from(Policy)), members, came, draw(st.integers(0, 2))


def _summed(some: list[Counted]) -> Counted:
    names = ("cases", "short", "damaged", "taken", "wrong")
    return Counted(**{name: sum(getattr(one, name) for one in some) for name in names})


def _supply(terms: Terms, decision: Any, came: dict[str, list[Counted]], over: int) -> dict[str, int]:
    found = {}
    for pool, some in came.items():
        counted = _summed(some)
        if decision.pools.get(pool) and counted.fits(terms.case_size):
            ordered = Ordered(decision.pools[pool], terms.case_size, decision.price or 0, over)
            found[pool] = standing(ordered, counted).usable
    return found


@given(lines(), st.randoms(use_true_random=False))
def test_shares_and_money_add_up_whatever_came_and_in_whatever_order(drawn: Any, chance: Any) -> None:
    terms, policy, members, came, over = drawn
    decision = decide(terms, members)
    supply = _supply(terms, decision, came, over)
    got = share(terms, policy, members, decision, supply)
    for pool in supply:
        mine = [eaches for eaches, own in zip(got.got, members.pools, strict=True) if own == pool]
        assert sum(mine) <= supply[pool]
    assert sum(got.got) + got.unallocated == sum(supply.values())
    bill = sum(half_up(eaches * (decision.price or 0), terms.case_size) for eaches in supply.values())
    owner = bill - got.bill
    assert sum(got.amounts) == got.bill
    assert sum(got.amounts) + owner == bill
    assert owner >= -len(supply), "the owner's account gains at most the cents that rounding leaves"
    mixed = {pool: chance.sample(some, len(some)) for pool, some in came.items()}
    assert share(terms, policy, members, decision, _supply(terms, decision, mixed, over)) == got


@given(lines())
def test_all_as_ordered_gives_what_the_close_gave(drawn: Any) -> None:
    terms, policy, members, _, _ = drawn
    decision = decide(terms, members)
    whole = {pool: cases * terms.case_size for pool, cases in decision.pools.items()}
    closed, arrived = share(terms, policy, members, decision), share(terms, policy, members, decision, whole)
    assert (closed.got, closed.amounts) == (arrived.got, arrived.amounts)
