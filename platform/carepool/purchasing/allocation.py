"""How wishes become whole cases, and cases become shares: pure, integers only.

The letters A, B, C are the parts of the rule: cases, shares, money. Words: `u` eaches a case; a member's wanted `q` is
firm, extra `t` helps to fill a case, boost `b` counts only if it reaches the next price break. Cases are whole in each
pool; price rungs and the minimum are judged on the sum of all pools.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from carepool.money import half_up, share_out
from carepool.purchasing.ladder import Rungs, check_ladder, price_at

RULE_VERSION = "1"
"""Stored with each close; a change of the rule is a new version."""


class Policy(StrEnum):
    """What happens when the supply of a pool is less than what is wanted."""

    PROPORTIONAL = "proportional"
    EQUAL = "equal"
    FIRST_COME = "first_come"
    PRIORITY = "priority"


@dataclass(frozen=True)
class Terms:
    """What the vendor sells: eaches a case, minimum in cases, ladder of (from_cases, cents per case)."""

    case_size: int
    min_cases: int
    ladder: Rungs

    def __post_init__(self) -> None:
        if self.case_size < 1:
            raise ValueError("A case holds at least 1 each.")
        if self.min_cases < 0:
            raise ValueError("The minimum cannot be below 0 cases.")
        check_ladder(self.ladder)


@dataclass(frozen=True)
class Members:
    """All members of one line as columns, in the order of their places: by first entry's instant, then member id.

    `pools`: each member's pool. `queue`: for `first_come`, (position of the member, eaches wanted) of every entry in the
    order of (instant, member); None where each member has one entry.
    """

    wanted: Sequence[int]
    extra: Sequence[int]
    boost: Sequence[int]
    pools: Sequence[Hashable]
    priority: Sequence[int] | None = None
    queue: Sequence[tuple[int, int]] | None = None


@dataclass(frozen=True)
class Decision:
    """Part A: whole cases in all and in each pool, cents per case (None: nothing bought), and why."""

    cases: int
    pools: Mapping[Any, int]
    price: int | None
    boosted: bool = False
    failed: bool = False
    missing: int = 0

    @property
    def bill(self) -> int:
        """Cases times price, in cents."""
        return self.cases * (self.price or 0)


@dataclass(frozen=True)
class Shares:
    """Parts B and C: eaches got and cents owed by each member, in the members' order; eaches left to the owner."""

    got: list[int]
    amounts: list[int]
    unallocated: int
    bill: int


@dataclass
class _Pool:
    wanted: int = 0
    extra: int = 0
    boost: int = 0


def decide(terms: Terms, members: Members) -> Decision:
    """Part A: how many cases are bought, where, at which price."""
    pools = _totals(members)
    return decide_from_totals(terms, {pool: (one.wanted, one.extra, one.boost) for pool, one in pools.items()})


def decide_from_totals(terms: Terms, totals: Mapping[Any, tuple[int, int, int]]) -> Decision:
    """Part A from the sums of each pool {pool: (wanted, extra, boost)} in eaches. Pools must be orderable."""
    u = terms.case_size
    live = {pool: sums for pool, sums in totals.items() if sums[0]}
    none = dict.fromkeys(totals, 0)
    if not live:
        return Decision(0, none, None)
    cases = {
        pool: wanted // u + (1 if wanted % u and wanted % u + extra >= u else 0)
        for pool, (wanted, extra, _) in live.items()
    }
    reach = sum((wanted + extra) // u for wanted, extra, _ in live.values())
    far_reach = sum((wanted + extra + boost) // u for wanted, extra, boost in live.values())
    bought = sum(cases.values())
    room = {pool: wanted + extra for pool, (wanted, extra, _) in live.items()}
    if bought < terms.min_cases:
        if terms.min_cases > reach:
            return Decision(0, none, None, failed=True, missing=terms.min_cases - reach)
        bought = _raise_to(terms.min_cases, cases, room, u)
    if not bought:
        return Decision(0, none, None)
    starts = [start for start, _ in terms.ladder]
    target = _cheapest(terms, [bought, *(start for start in starts if bought < start <= reach)])
    bought = _raise_to(target, cases, room, u)
    lifted = [start for start in starts if start > bought and reach < start <= far_reach]
    if lifted:
        far_room = {pool: sum(sums) for pool, sums in live.items()}
        bought = _raise_to(_cheapest(terms, lifted), cases, far_room, u)
    return Decision(bought, {**none, **cases}, price_at(terms.ladder, bought), boosted=bool(lifted))


def _cheapest(terms: Terms, candidates: Sequence[int]) -> int:
    """The lowest total; on a tie the most cases."""
    return min(candidates, key=lambda cases: (cases * price_at(terms.ladder, cases), -cases))


def _raise_to(target: int, cases: dict[Any, int], room: Mapping[Any, int], u: int) -> int:
    """Add cases one at a time to the pool with the most room left (at least `u`), ties by pool id; return the sum.

    The rooms before each addition are the values `left`, `left - u`, ... of each pool; the additions are the largest of
    all these values, found by bisection so that a billion cases take no longer than ten.
    """
    more = target - sum(cases.values())
    if more <= 0:
        return sum(cases.values())
    left = {pool: room[pool] - cases[pool] * u for pool in cases if room[pool] - cases[pool] * u >= u}
    low, high = u, max(left.values())
    while low < high:
        middle = (low + high + 1) // 2
        if sum((value - middle) // u + 1 for value in left.values() if value >= middle) >= more:
            low = middle
        else:
            high = middle - 1
    for pool, value in left.items():
        above = (value - low - 1) // u + 1 if value > low else 0
        cases[pool] += above
        more -= above
    for pool in sorted(pool for pool, value in left.items() if value >= low and (value - low) % u == 0):
        if more <= 0:
            break
        cases[pool] += 1
        more -= 1
    return target


def _totals(members: Members) -> dict[Any, _Pool]:
    found: dict[Any, _Pool] = {}
    if len(set(members.pools)) == 1:
        return {members.pools[0]: _Pool(sum(members.wanted), sum(members.extra), sum(members.boost))}
    for pool, wanted, extra, boost in zip(members.pools, members.wanted, members.extra, members.boost, strict=True):
        sums = found.setdefault(pool, _Pool())
        sums.wanted += wanted
        sums.extra += extra
        sums.boost += boost
    return found


def share(
    terms: Terms, policy: Policy, members: Members, decision: Decision, received: Mapping[Any, int] | None = None
) -> Shares:
    """Parts B and C: shares of what each pool gets, and what each member owes.

    `received`: usable eaches that arrived in each pool; None at the close, when each pool gets its cases whole.
    """
    u = terms.case_size
    got = [0] * len(members.wanted)
    unallocated = 0
    for pool, positions in _positions(members).items():
        supply = decision.pools.get(pool, 0) * u if received is None else received.get(pool, 0)
        if not supply:
            continue
        parts, left = _share_pool(policy, members, positions, supply, decision.boosted)
        unallocated += left
        if positions is None:
            got = parts
        else:
            for position, part in zip(positions, parts, strict=True):
                got[position] = part
    price = decision.price or 0
    bill = decision.bill if received is None else half_up(sum(got) * price, u)
    return Shares(got, share_out(bill, got), unallocated, bill)


def _positions(members: Members) -> dict[Any, list[int] | None]:
    """Return the positions of the members of each pool; None stands for all of them."""
    if len(set(members.pools)) == 1:
        return {members.pools[0]: None}
    found: dict[Any, list[int] | None] = {}
    for position, pool in enumerate(members.pools):
        found.setdefault(pool, []).append(position)  # type: ignore[union-attr]
    return found


def _share_pool(
    policy: Policy, members: Members, positions: Sequence[int] | None, supply: int, boosted: bool
) -> tuple[list[int], int]:
    wanted = _pick(members.wanted, positions)
    firm = sum(wanted)
    if supply < firm:
        return _shortage(policy, members, positions, wanted, supply), 0
    surplus = supply - firm
    got = list(wanted)
    for counts, column in ((True, members.extra), (boosted, members.boost)):
        if surplus and counts:
            limits = _pick(column, positions)
            spread = min(surplus, sum(limits))
            if spread:
                got = [part + more for part, more in zip(got, share_out(spread, limits), strict=True)]
                surplus -= spread
    return got, surplus


def _pick(column: Sequence[int], positions: Sequence[int] | None) -> Sequence[int]:
    return column if positions is None else [column[position] for position in positions]


def _shortage(
    policy: Policy, members: Members, positions: Sequence[int] | None, wanted: Sequence[int], supply: int
) -> list[int]:
    if policy is Policy.EQUAL:
        return _equal(wanted, supply)
    if policy is Policy.FIRST_COME:
        return _first_come(members.queue, positions, wanted, supply)
    if policy is Policy.PRIORITY and members.priority is not None:
        return _by_class(wanted, _pick(members.priority, positions), supply)
    return share_out(supply, wanted)


def _equal(wanted: Sequence[int], supply: int) -> list[int]:
    """The highest level that the supply allows, capped at each one's wanted; the last eaches one each by place."""
    level, used, rest = 0, 0, sorted(wanted)
    for place, height in enumerate(rest):
        step = (len(rest) - place) * (height - level)
        if used + step > supply:
            level += (supply - used) // (len(rest) - place)
            break
        used, level = used + step, height
    got = [min(one, level) for one in wanted]
    left = supply - sum(got)
    for position, one in enumerate(wanted):
        if not left:
            break
        if one > level:
            got[position] += 1
            left -= 1
    return got


def _first_come(
    queue: Sequence[tuple[int, int]] | None, positions: Sequence[int] | None, wanted: Sequence[int], supply: int
) -> list[int]:
    got = [0] * len(wanted)
    if queue is None:
        turns: Sequence[tuple[int, int]] = list(enumerate(wanted))
    elif positions is None:
        turns = queue
    else:
        local = {position: index for index, position in enumerate(positions)}
        turns = [(local[position], eaches) for position, eaches in queue if position in local]
    for position, eaches in turns:
        given = min(eaches, supply)
        got[position] += given
        supply -= given
        if not supply:
            break
    return got


def _by_class(wanted: Sequence[int], classes: Sequence[int], supply: int) -> list[int]:
    """Serve class 1 before 2; inside the class that runs short, in proportion."""
    got = [0] * len(wanted)
    for own in sorted(set(classes)):
        inside = [position for position, one in enumerate(classes) if one == own]
        asked = [wanted[position] for position in inside]
        for position, part in zip(inside, share_out(min(supply, sum(asked)), asked), strict=True):
            got[position] = part
            supply -= part
    return got
