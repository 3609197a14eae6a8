"""The allocation rule: its worked rows, its promises, and an independent reckoning."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carepool.purchasing.allocation import Decision, Members, Policy, Shares, Terms, decide, share

Wish = tuple[int, int, int, str]


def _members(wishes: list[Wish], classes: list[int] | None = None) -> Members:
    columns = list(zip(*wishes, strict=True)) if wishes else [(), (), (), ()]
    return Members(*columns, priority=classes)


def _run(
    u: int, ladder: list[Any], wishes: list[Any], policy: str = "proportional", minimum: int = 0, received: Any = None
) -> tuple[Decision, Shares]:
    members = _members([(*wish, "") if len(wish) == 3 else wish for wish in wishes])
    terms = Terms(u, minimum, ladder)
    decision = decide(terms, members)
    return decision, share(terms, Policy(policy), members, decision, received)


ONE, TWO = [(1, 4000)], [(1, 4000), (10, 3400)]


@pytest.mark.parametrize(
    ("u", "ladder", "wishes", "cases", "got"),
    [
        (12, ONE, [(5, 1, 0), (4, 0, 0), (2, 0, 0)], 1, [6, 4, 2]),
        (12, ONE, [(5, 0, 0), (4, 0, 0)], 0, [0, 0]),
        (10, TWO, [(90, 10, 0)], 10, [100]),
        (10, TWO, [(90, 4, 6)], 10, [100]),
        (10, [(1, 4000), (10, 3990), (12, 2000)], [(90, 10, 20)], 12, [120]),
        (10, [(1, 4000), (10, 3400), (11, 3000)], [(90, 4, 20)], 11, [110]),
        (12, [(1, 4000), (2, 3000)], [(13, 0, 0, "x"), (10, 2, 0, "y")], 2, [12, 12]),
    ],
)
def test_worked_rows(u: int, ladder: Any, wishes: Any, cases: int, got: list[int]) -> None:
    decision, shares = _run(u, ladder, wishes)
    assert (decision.cases, shares.got) == (cases, got)
    assert sum(shares.amounts) == decision.bill


@pytest.mark.parametrize(
    ("policy", "got"), [("proportional", [4, 2, 1]), ("equal", [3, 2, 2]), ("first_come", [6, 1, 0])]
)
def test_a_short_delivery_is_shared_by_the_policy(policy: str, got: list[int]) -> None:
    _, shares = _run(6, ONE, [(6, 0, 0), (4, 0, 0), (2, 0, 0)], policy, received={"": 7})
    assert shares.got == got


def test_a_missed_minimum_fails_and_says_how_many_cases_are_missing() -> None:
    decision, _ = _run(10, ONE, [(25, 4, 0)], minimum=5)
    assert (decision.failed, decision.missing, decision.cases) == (True, 3, 0)
    decision, _ = _run(10, ONE, [(25, 25, 0)], minimum=5)
    assert (decision.failed, decision.cases) == (False, 5)


def test_class_one_is_served_before_class_two() -> None:
    terms, members = Terms(1, 0, ONE), _members([(5, 0, 0, ""), (4, 0, 0, "")], [2, 1])
    shares = share(terms, Policy.PRIORITY, members, decide(terms, members), {"": 6})
    assert shares.got == [2, 4]


def test_what_arrives_beyond_all_wishes_is_unallocated() -> None:
    _, shares = _run(10, ONE, [(8, 2, 0)], received={"": 13})
    assert (shares.got, shares.unallocated, shares.bill) == ([10], 3, 4000)


small = st.integers(0, 30)
wishes = st.lists(st.tuples(small, small, small, st.sampled_from(["a", "b", "c"])), min_size=1, max_size=7)


@st.composite
def ladders(draw: Any) -> list[tuple[int, int]]:
    starts = [1, *sorted(draw(st.sets(st.integers(2, 40), max_size=4)))]
    prices = sorted(draw(st.sets(st.integers(0, 500), min_size=len(starts), max_size=len(starts))), reverse=True)
    return list(zip(starts, prices, strict=True))


def _oracle_cases(u: int, minimum: int, ladder: list[tuple[int, int]], sums: dict[str, list[int]]) -> tuple[int, Any]:
    """The rule again, one case at a time, as slowly as it is written."""
    live = {pool: s for pool, s in sums.items() if s[0]}
    if not live:
        return 0, {}
    cases = {p: q // u + (1 if q % u and q % u + t >= u else 0) for p, (q, t, _) in live.items()}
    reach, far = sum((q + t) // u for q, t, _ in live.values()), sum(sum(s) // u for s in live.values())

    def price(k: int) -> int:
        return [cents for start, cents in ladder if start <= k][-1]

    def lift(target: int, boost: bool) -> None:
        while sum(cases.values()) < target:
            room = {p: q + t + (b if boost else 0) - cases[p] * u for p, (q, t, b) in live.items()}
            best = max(room.values())
            assert best >= u
            cases[min(p for p in room if room[p] == best)] += 1

    def cheapest(options: list[int]) -> int:
        low = min(k * price(k) for k in options)
        return max(k for k in options if k * price(k) == low)

    if sum(cases.values()) < minimum:
        if minimum > reach:
            return 0, {}
        lift(minimum, False)
    bought = sum(cases.values())
    if not bought:
        return 0, {}
    lift(cheapest([bought, *(k for k, _ in ladder if bought < k <= reach)]), False)
    bought = sum(cases.values())
    far_starts = [k for k, _ in ladder if k > bought and reach < k <= far]
    if far_starts:
        lift(cheapest(far_starts), True)
    return sum(cases.values()), {p: n for p, n in cases.items() if n}


@settings(max_examples=400, deadline=None)
@given(u=st.integers(1, 12), minimum=st.integers(0, 12), ladder=ladders(), found=wishes)
def test_cases_are_those_of_the_slow_reckoning(u: int, minimum: int, ladder: Any, found: list[Wish]) -> None:
    sums: dict[str, list[int]] = {}
    for q, t, b, pool in found:
        sums[pool] = [x + y for x, y in zip(sums.get(pool, [0, 0, 0]), (q, t, b), strict=True)]
    decision = decide(Terms(u, minimum, ladder), _members(found))
    expected, pools = _oracle_cases(u, minimum, ladder, sums)
    assert (decision.cases, {p: n for p, n in decision.pools.items() if n}) == (expected, pools)


@settings(max_examples=400, deadline=None)
@given(
    u=st.integers(1, 12),
    minimum=st.integers(0, 6),
    ladder=ladders(),
    found=wishes,
    policy=st.sampled_from(list(Policy)),
)
def test_promises_at_the_close(u: int, minimum: int, ladder: Any, found: list[Wish], policy: Policy) -> None:
    terms, members = Terms(u, minimum, ladder), _members(found, [1 + place % 2 for place in range(len(found))])
    decision = decide(terms, members)
    shares = share(terms, policy, members, decision)
    assert sum(shares.got) + shares.unallocated == decision.cases * u
    assert shares.unallocated == 0
    for (q, t, b, _), got in zip(found, shares.got, strict=True):
        assert 0 <= got <= q + t + (b if decision.boosted else 0)
    for pool in {wish[3] for wish in found}:
        own = [(wish, got) for wish, got in zip(found, shares.got, strict=True) if wish[3] == pool]
        if any(got < wish[0] for wish, got in own):
            assert all(got <= wish[0] for wish, got in own), "nobody gets extra while anyone in the pool is short"
    if sum(shares.got):
        assert sum(shares.amounts) == decision.bill
    assert share(terms, policy, members, decision) == shares


@settings(max_examples=300, deadline=None)
@given(u=st.integers(1, 12), found=wishes, arrived=st.integers(0, 400), policy=st.sampled_from(list(Policy)))
def test_promises_at_receiving(u: int, found: list[Wish], arrived: int, policy: Policy) -> None:
    terms, members = Terms(u, 0, [(1, 100)]), _members([(q, t, b, "a") for q, t, b, _ in found], [1] * len(found))
    decision = decide(terms, members)
    if decision.cases:
        shares = share(terms, policy, members, decision, {"a": arrived})
        assert sum(shares.got) + shares.unallocated == arrived
        assert sum(shares.amounts) == (shares.bill if sum(shares.got) else 0)


@given(amount=st.integers(0, 10**12), weights=st.lists(st.integers(0, 10**9), min_size=1, max_size=9))
def test_shares_are_within_one_of_their_quota_and_add_up(amount: int, weights: list[int]) -> None:
    from carepool.money import share_out

    parts = share_out(amount, weights)
    assert sum(parts) == (amount if sum(weights) else 0)
    for part, weight in zip(parts, weights, strict=True):
        quota = Fraction(amount * weight, sum(weights)) if sum(weights) else Fraction(0)
        assert abs(part - quota) < 1


def test_a_billion_cases_take_no_longer_than_ten() -> None:
    decision, _ = _run(1, [(1, 10), (10**9, 1)], [(10**8, 10**9, 0, "x"), (5, 10**9, 0, "y")])
    assert decision.cases == 10**9
