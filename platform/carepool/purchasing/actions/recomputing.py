"""The verb that works a closed purchase out again when vendors supply something else than was ordered: a new version.

Cases and prices of the newest close stand, but for what changed; shares, bills, savings and purchase orders follow from
them whole, by the same allocation. Nothing is patched: the earlier version stays as it was.
"""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from functools import cached_property
from uuid import UUID

from sqlalchemy import select

from carepool import events
from carepool.jobs.working import Progress
from carepool.outbox import Actor, record_event
from carepool.purchasing.actions.closing import Instead, write_version
from carepool.purchasing.allocation import Decision
from carepool.purchasing.calculation import Calculation, DecidedLines, LineOutcome
from carepool.purchasing.models.closings import LineResult, PoolCases
from carepool.purchasing.models.purchases import Purchase
from tenants.database import db


@dataclass(frozen=True)
class ItemSupplied:
    """What comes of an item after all: cases by pool, where they change, and cents per case (None: as ordered)."""

    pools: Mapping[str, int] = field(default_factory=dict)
    price_cents: int | None = None


@dataclass(frozen=True)
class _AsDecided(DecidedLines):
    """The lines of a close as they were decided: what was dropped then is dropped, and nothing else."""

    left: frozenset[UUID] = frozenset()

    @cached_property
    def dropped(self) -> frozenset[UUID]:
        """The contracts whose lines were dropped at the close."""
        return self.left


def as_decided(purchase: Purchase, anew: Set[UUID] = frozenset()) -> Calculation:
    """Return the calculation of a purchase with the decisions of its newest close.

    `anew`: items whose wishes were changed since; their cases and prices are decided by the rules once more.
    """
    read = Calculation.read(purchase)
    own = LineResult.purchase_id == purchase.id, LineResult.version == purchase.close_version
    results = {one.item_id: one for one in db.session.scalars(select(LineResult).where(*own))}
    left = frozenset(read.items[item_id].contract_id for item_id, one in results.items() if one.dropped)
    results = {item_id: one for item_id, one in results.items() if item_id not in anew}
    pools: dict[UUID, dict[str, int]] = {
        item_id: dict.fromkeys(one.pools, 0) for item_id, one in read.decisions.items()
    }
    mine = PoolCases.purchase_id == purchase.id, PoolCases.version == purchase.close_version
    for one in db.session.scalars(select(PoolCases).where(*mine)):
        if one.item_id in pools and one.item_id not in anew:
            pools[one.item_id][str(one.pool_id)] = one.cases
    decisions = {
        item_id: Decision(
            one.cases, pools[item_id], one.price_cents, boosted=one.boosted, failed=one.failed, missing=one.missing
        )
        if not one.dropped
        else read.decisions[item_id]
        for item_id, one in results.items()
        if item_id in read.decisions
    }
    decisions |= {item_id: one for item_id, one in read.decisions.items() if item_id in anew}
    old = read.decided
    return replace(
        read, decisions=decisions, decided=_AsDecided(old.items, decisions, old.contracts, old.remedies, left)
    )


def supplied(decision: Decision, change: ItemSupplied) -> Decision:
    """Return a decision with what comes after all. Pure."""
    pools = {**decision.pools, **change.pools}
    price = decision.price if change.price_cents is None else change.price_cents
    cases = sum(pools.values())
    return replace(decision, cases=cases, pools=pools, price=price if cases else None)


def outcomes(calculation: Calculation, decisions: Iterable[tuple[UUID, Decision]]) -> Iterator[LineOutcome]:
    """Yield what each member would get and pay of an item under a decision."""
    for item_id, decision in decisions:
        yield from replace(calculation, decisions={item_id: decision}).lines()


def changed(calculation: Calculation, changes: Mapping[UUID, ItemSupplied]) -> Calculation:
    """Return a calculation in which these items come otherwise. Pure."""
    decisions = {
        item_id: supplied(decision, changes[item_id]) if item_id in changes else decision
        for item_id, decision in calculation.decisions.items()
    }
    return replace(calculation, decisions=decisions, decided=replace(calculation.decided, decisions=decisions))


def recompute(
    by: Actor,
    purchase: Purchase,
    changes: Mapping[UUID, ItemSupplied],
    instead: Instead,
    anew: Set[UUID] = frozenset(),
) -> int:
    """Write a new version of a locked, closed purchase in which these items come otherwise; return the version.

    `instead`: all that vendors substitute so far, also in earlier versions; `anew`: items whose wishes were changed.
    """
    write_version(purchase, changed(as_decided(purchase, anew), changes), Progress(None), instead)
    record_event(events.PURCHASE_RECOMPUTED, purchase.id, by, {"version": purchase.close_version})
    db.session.flush()
    return purchase.close_version
