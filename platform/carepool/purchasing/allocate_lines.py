"""The command line's door to allocation: one JSON object a line in, one a line out; no database (allocation, part E)."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from carepool.purchasing.allocation import Decision, Members, Policy, Terms, decide, share
from carepool.purchasing.ladder import BadLadder
from carepool.quantities import LARGEST

_LINE_FIELDS = {"case_size", "min_cases", "ladder", "policy", "received", "entries"}
_ENTRY_FIELDS = {"member", "wanted", "extra", "boost", "at", "class", "pool"}


class BadLine(ValueError):
    """A line that cannot be computed; `at` is the path of the fault, such as `ladder[1]`."""

    def __init__(self, at: str, sentence: str) -> None:
        super().__init__(sentence)
        self.at = at


@dataclass(frozen=True)
class _Entry:
    member: str
    wanted: int
    extra: int
    boost: int
    at: datetime
    priority: int
    pool: str

    @property
    def empty(self) -> bool:
        return not (self.wanted or self.extra or self.boost)


def answer(lines: Iterable[str], write: Callable[[str], object]) -> int:
    """Answer each line as it comes; return 1 where any line could not be computed, else 0."""
    status = 0
    for line in lines:
        if not line.strip():
            continue
        try:
            told = compute(_parse(line))
        except BadLine as error:
            told, status = {"error": str(error), "at": error.at}, 1
        write(json.dumps(told, ensure_ascii=False, separators=(",", ":")) + "\n")
    return status


def _parse(line: str) -> Mapping[str, Any]:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise BadLine("", "A name stands twice in one object.")
        return found

    def refuse(constant: str) -> Any:
        raise BadLine("", f"{constant} is not a number that can be computed with.")

    try:
        read = json.loads(line, object_pairs_hook=once, parse_constant=refuse)
    except (json.JSONDecodeError, RecursionError) as error:
        raise BadLine("", f"The line is not valid JSON: {error}.") from None
    if not isinstance(read, dict):
        raise BadLine("", "Each line must be one JSON object.")
    return read


def compute(line: Mapping[str, Any]) -> dict[str, Any]:
    """Return cases, price, shares and amounts of one line. Raises BadLine."""
    _known(line, _LINE_FIELDS, "")
    terms = _terms(line)
    policy = _policy(line.get("policy", Policy.PROPORTIONAL))
    entries = _entries(line.get("entries", []))
    names, members = _members(entries)
    decision = decide(terms, members) if names else Decision(0, {}, None)
    received = _received(line.get("received"), decision)
    shares = share(terms, policy, members, decision, received)
    everyone = dict.fromkeys(dict.fromkeys(one.member for one in entries), 0)
    return {
        "cases": decision.cases,
        "pools": {**dict.fromkeys(sorted({one.pool for one in entries}), 0), **decision.pools},
        "price": decision.price,
        "boosted": decision.boosted,
        "failed": decision.failed,
        "missing": decision.missing,
        "bill": shares.bill,
        "got": {**everyone, **dict(zip(names, shares.got, strict=True))},
        "unallocated": shares.unallocated,
        "amounts": {**everyone, **dict(zip(names, shares.amounts, strict=True))},
    }


def _known(found: Mapping[str, Any], fields: set[str], at: str) -> None:
    for name in found:
        if name not in fields:
            raise BadLine(
                f"{at}.{name}".lstrip("."), f"There is no field {name}; fields are {', '.join(sorted(fields))}."
            )


def _integer(value: Any, at: str, least: int, most: int = LARGEST) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise BadLine(at, f"This must be a whole number from {least} to {most}.")
    return value


def _terms(line: Mapping[str, Any]) -> Terms:
    size = _integer(line.get("case_size"), "case_size", 1)
    least = _integer(line.get("min_cases", 0), "min_cases", 0)
    ladder = line.get("ladder")
    if not isinstance(ladder, list) or not ladder:
        raise BadLine("ladder", "A ladder is a list of at least one [from_cases, price_cents].")
    for place, rung in enumerate(ladder):
        if not isinstance(rung, list) or len(rung) != 2:
            raise BadLine(f"ladder[{place}]", "A rung is [from_cases, price_cents].")
        _integer(rung[0], f"ladder[{place}]", 1)
        _integer(rung[1], f"ladder[{place}]", 0, 10**12)
    try:
        return Terms(size, least, ladder)
    except BadLadder as error:
        raise BadLine(error.at, str(error)) from None


def _policy(name: Any) -> Policy:
    try:
        return Policy(name)
    except ValueError:
        raise BadLine("policy", f"A policy is one of {', '.join(Policy)}.") from None


def _entries(found: Any) -> list[_Entry]:
    if not isinstance(found, list):
        raise BadLine("entries", "Entries are a list.")
    entries = [_entry(one, f"entries[{place}]") for place, one in enumerate(found)]
    first: dict[str, _Entry] = {}
    for place, entry in enumerate(entries):
        known = first.setdefault(entry.member, entry)
        for name, own, theirs in (("class", entry.priority, known.priority), ("pool", entry.pool, known.pool)):
            if own != theirs:
                raise BadLine(f"entries[{place}].{name}", f"A member has one {name} in all its entries.")
    return entries


def _entry(one: Any, at: str) -> _Entry:
    if not isinstance(one, dict):
        raise BadLine(at, "An entry is an object.")
    _known(one, _ENTRY_FIELDS, at)
    member, pool = one.get("member"), one.get("pool", "")
    if not isinstance(member, str) or not member:
        raise BadLine(f"{at}.member", "A member is a text.")
    if not isinstance(pool, str):
        raise BadLine(f"{at}.pool", "A pool is a text.")
    return _Entry(
        member,
        _integer(one.get("wanted"), f"{at}.wanted", 0),
        _integer(one.get("extra", 0), f"{at}.extra", 0),
        _integer(one.get("boost", 0), f"{at}.boost", 0),
        _instant(one.get("at"), f"{at}.at"),
        _integer(one.get("class", 1), f"{at}.class", 1),
        pool,
    )


def _instant(text: Any, at: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise BadLine(at, "An instant looks like 2026-03-01T10:00:00Z.") from None
    if instant.tzinfo is None:
        raise BadLine(at, "An instant needs its offset, such as Z or -07:00.")
    return instant


def _members(entries: list[_Entry]) -> tuple[list[str], Members]:
    """Make members of entries, in the order of their places; entries of three zeros are dropped before."""
    queue = sorted((one for one in entries if not one.empty), key=lambda one: (one.at, one.member))
    names = list(dict.fromkeys(one.member for one in queue))
    place = {name: position for position, name in enumerate(names)}
    wanted, extra, boost = [0] * len(names), [0] * len(names), [0] * len(names)
    pools, classes = [""] * len(names), [1] * len(names)
    for one in queue:
        position = place[one.member]
        wanted[position] += one.wanted
        extra[position] += one.extra
        boost[position] += one.boost
        pools[position], classes[position] = one.pool, one.priority
    turns = [(place[one.member], one.wanted) for one in queue]
    return names, Members(wanted, extra, boost, pools, classes, turns)


def _received(found: Any, decision: Decision) -> dict[str, int] | None:
    if found is None:
        return None
    if not decision.cases:
        raise BadLine("received", "Nothing was bought, so nothing can be received.")
    bought = [pool for pool, cases in decision.pools.items() if cases]
    if not isinstance(found, dict):
        if len(decision.pools) != 1:
            raise BadLine("received", "Give {pool: eaches}; there is more than one pool.")
        return {bought[0]: _integer(found, "received", 0, LARGEST * 10)}
    for pool in bought:
        if pool not in found:
            raise BadLine("received", f"The pool {pool!r} bought cases and is missing.")
    for pool, eaches in found.items():
        if pool not in bought:
            raise BadLine(f"received.{pool}", "This pool bought no cases.")
        _integer(eaches, f"received.{pool}", 0, LARGEST * 10)
    return found
