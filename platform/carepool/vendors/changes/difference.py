"""What an edit after the close means, by the same rules as the close: for vendors' orders, for shares, for bills.

It is worked out from the orders as they would be, which are put in place for the moment and taken back again, so that
what is shown before a decision and what is written after it cannot differ. Only edited items are shared out anew.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from carepool.purchasing.actions.recomputing import ItemSupplied, as_decided, changed
from carepool.purchasing.bills import Bills, MemberSums
from carepool.purchasing.calculation import Calculation, LineOutcome
from carepool.purchasing.models.closings import LineResult, MemberBill, PoolCases, Share
from carepool.purchasing.models.purchase_orders import PurchaseOrder
from carepool.purchasing.models.purchases import Purchase, PurchaseItem
from carepool.vendors.changes.editing import EditedOrder, put
from tenants.database import db, one_of, session

Pair = tuple[int, int]
"""What it was, and what it is then."""
MOST_LINES = 200
"""Lines of orders that are kept with an edit, those whose cases differ first; a price step may change thousands."""
_SHOWN = 200
"""Programs that are kept by name, those that pay or lose most first; the counts are of all."""


@dataclass(frozen=True)
class LineDifference:
    """So many cases of an item for a place, at a price in cents; 0 cases: no line."""

    vendor_id: int
    pool_id: str
    deliver_to: str
    item_id: UUID
    sku: str
    name: str
    cases: Pair
    price_cents: Pair

    @property
    def cents(self) -> int:
        """By how much the vendor's bill differs."""
        return self.cases[1] * self.price_cents[1] - self.cases[0] * self.price_cents[0]


@dataclass(frozen=True)
class ProgramDifference:
    """What one program gets and pays: [(item, eaches, cents)] of lines that differ, and its whole bill in cents."""

    program_id: str
    lines: tuple[tuple[UUID, Pair, Pair], ...]
    bill_cents: Pair


@dataclass(frozen=True)
class Difference:
    """All that an edit changes."""

    lines: tuple[LineDifference, ...]
    programs: tuple[ProgramDifference, ...]
    items: frozenset[UUID]
    names: Mapping[UUID, str] = field(default_factory=dict)

    def vendors(self) -> dict[int, tuple[LineDifference, ...]]:
        """Return the lines that differ by vendor."""
        found: dict[int, list[LineDifference]] = defaultdict(list)
        for line in self.lines:
            found[line.vendor_id].append(line)
        return {vendor: tuple(some) for vendor, some in found.items()}

    def kept(self) -> dict[str, Any]:
        """Return what is kept with the edit: {lines, programs, less, more, order_cents}."""
        by_loss = sorted(
            self.programs, key=lambda one: (sum(two[1] - two[0] for _, two, _ in one.lines), one.program_id)
        )
        return {
            "order_cents": sum(one.cents for one in self.lines),
            "lines": [
                {
                    "deliver_to": one.deliver_to,
                    "sku": one.sku,
                    "name": one.name,
                    "cases": list(one.cases),
                    "price_cents": list(one.price_cents),
                }
                for one in shown_first(self.lines)
            ],
            "line_count": len(self.lines),
            "affected": len(self.programs),
            "less": sum(1 for one in self.programs if _eaches(one) < 0),
            "more": sum(1 for one in self.programs if _eaches(one) > 0),
            "programs": [
                {
                    "program_id": one.program_id,
                    "bill_cents": list(one.bill_cents),
                    "lines": [[str(item), *got, *cents] for item, got, cents in one.lines],
                }
                for one in by_loss[:_SHOWN]
            ],
        }


def shown_first(lines: Sequence[LineDifference]) -> list[LineDifference]:
    """Return the lines that are kept and shown: at most so many, those whose cases differ before the others. Pure."""
    return sorted(lines, key=lambda one: one.cases[0] == one.cases[1])[:MOST_LINES]


def _eaches(one: ProgramDifference) -> int:
    return sum(got[1] - got[0] for _item, got, _cents in one.lines)


def difference(
    purchase: Purchase, edited: Sequence[EditedOrder], supplied: Mapping[UUID, ItemSupplied], at: datetime
) -> Difference:
    """Return what an edit would change of the newest close; nothing is written.

    `supplied`: what vendors said of items, as of `what_vendors_bring`.
    """
    items = frozenset(item for one in edited for item, _before, _after in one.changes())
    trial = db.session.begin_nested()
    try:
        put(edited, at)
        decided = as_decided(purchase, items)
        calculation = changed(decided, within(decided, supplied, items))
        mine = {key: one for key, one in calculation.decisions.items() if key in items}
        outcomes = {one.item.id: one for one in replace(calculation, decisions=mine).lines()}
        programs = _programs(purchase, calculation, items, outcomes)
        lines = tuple(_lines(purchase, calculation, items, outcomes))
    finally:
        trial.rollback()
    known = {str(one.order.program_id) for one in edited} - {one.program_id for one in programs}
    bills = _bills_before(purchase)
    touched = tuple(ProgramDifference(one, (), (bills.get(one, 0),) * 2) for one in sorted(known))
    named = select(PurchaseItem.id, PurchaseItem.name).where(one_of(PurchaseItem.id, items))
    return Difference(lines, (*programs, *touched), items, dict(db.session.execute(named).tuples().all()))


def within(
    decided: Calculation, supplied: Mapping[UUID, ItemSupplied], items: frozenset[UUID]
) -> dict[UUID, ItemSupplied]:
    """Return what comes of edited items: never more than the vendor said that it can bring, at the price that it said."""
    found = {}
    for item_id, said in supplied.items():
        decision = decided.decisions.get(item_id)
        if item_id in items and decision is not None:
            pools = {pool: min(cases, said.pools[pool]) for pool, cases in decision.pools.items() if pool in said.pools}
            found[item_id] = ItemSupplied(pools, said.price_cents)
    return found


def _lines(
    purchase: Purchase, calculation: Calculation, items: frozenset[UUID], outcomes: Mapping[UUID, LineOutcome]
) -> Iterator[LineDifference]:
    """Yield the lines of orders to vendors that differ, by item and place."""
    was = LineResult.purchase_id == purchase.id, LineResult.version == purchase.close_version
    prices = {
        one.item_id: one.price_cents or 0
        for one in db.session.scalars(select(LineResult).where(*was, one_of(LineResult.item_id, items)))
    }
    put_down = PoolCases.purchase_id == purchase.id, PoolCases.version == purchase.close_version
    before = {
        (one.item_id, str(one.pool_id)): one.cases
        for one in db.session.scalars(select(PoolCases).where(*put_down, one_of(PoolCases.item_id, items)))
    }
    after: dict[tuple[UUID, str], int] = {}
    for item_id, outcome in outcomes.items():
        after |= {(item_id, pool): cases for pool, cases in outcome.decision.pools.items() if outcome.bought and cases}
    names = {**_old_names(purchase), **calculation.pool_names}
    found = []
    for item_id, pool in {**before, **after}:
        item, key = calculation.items[item_id], (item_id, pool)
        new_price = outcomes[item_id].decision.price or 0 if item_id in outcomes else 0
        cases = before.get(key, 0), after.get(key, 0)
        old = prices.get(item_id, 0) if cases[0] else new_price
        price = old, new_price if cases[1] else old
        if cases[0] != cases[1] or price[0] != price[1]:
            place = names.get(pool, "")
            found.append(LineDifference(item.vendor_id, pool, place, item_id, item.sku, item.name, cases, price))
    yield from sorted(found, key=lambda one: (one.sku, one.deliver_to, one.pool_id))


def _old_names(purchase: Purchase) -> dict[str, str]:
    own = (
        PurchaseOrder.tenant_id == session().scope.id,
        PurchaseOrder.purchase_id == purchase.id,
        PurchaseOrder.version == purchase.close_version,
    )
    named = select(PurchaseOrder.pool_id, PurchaseOrder.deliver_to).where(*own)
    return {str(pool): name for pool, name in db.session.execute(named)}


def _programs(
    purchase: Purchase, calculation: Calculation, items: frozenset[UUID], outcomes: Mapping[UUID, LineOutcome]
) -> tuple[ProgramDifference, ...]:
    """Return what differs for programs: shares of edited items, and bills, whose charges hang on everyone's goods."""
    before: dict[tuple[str, UUID], tuple[int, int]] = {}
    own = Share.purchase_id == purchase.id, Share.version == purchase.close_version
    for one in db.session.scalars(select(Share).where(*own, one_of(Share.item_id, items))):
        before[str(one.program_id), one.item_id] = one.got, one.amount_cents
    after: dict[tuple[str, UUID], tuple[int, int]] = {}
    for item_id, outcome in outcomes.items():
        for program, got, cents in zip(outcome.programs, outcome.shares.got, outcome.shares.amounts, strict=True):
            after[program, item_id] = got, cents
    nothing = 0, 0
    lines: dict[str, list[tuple[UUID, Pair, Pair]]] = defaultdict(list)
    sums = _sums(purchase)
    for program, item_id in {**before, **after}:
        was, will = before.get((program, item_id), nothing), after.get((program, item_id), nothing)
        if was == will:
            continue
        lines[program].append((item_id, (was[0], will[0]), (was[1], will[1])))
        item = calculation.items[item_id]
        sums[program].add(will[0] - was[0], will[1] - was[1], taxable=item.taxable)
    served = {program: one for program, one in sums.items() if one.eaches}
    bills = dict(Bills.of(purchase, served, calculation.members, calculation.exempt).totals())
    old = _bills_before(purchase)
    found = []
    for program in {**old, **bills, **lines}:
        bill = old.get(program, 0), bills.get(program, 0)
        if lines[program] or bill[0] != bill[1]:
            found.append(ProgramDifference(program, tuple(lines[program]), bill))
    return tuple(found)


def _bills_before(purchase: Purchase) -> dict[str, int]:
    own = MemberBill.purchase_id == purchase.id, MemberBill.version == purchase.close_version
    owed = select(MemberBill.program_id, MemberBill.total_cents).where(*own)
    return {str(program): int(cents) for program, cents in db.session.execute(owed)}


def _sums(purchase: Purchase) -> dict[str, MemberSums]:
    """Return what each member gets in the newest close."""
    found: dict[str, MemberSums] = defaultdict(MemberSums)
    own = MemberBill.purchase_id == purchase.id, MemberBill.version == purchase.close_version
    goods = select(MemberBill.program_id, MemberBill.goods_cents, MemberBill.taxable_cents).where(*own)
    for program, cents, taxable in db.session.execute(goods):
        found[str(program)] = MemberSums(cents, taxable)
    shared = Share.purchase_id == purchase.id, Share.version == purchase.close_version, Share.got > 0
    counted = select(Share.program_id, func.sum(Share.got)).where(*shared).group_by(Share.program_id)
    for program, eaches in db.session.execute(counted):
        found[str(program)].eaches = int(eaches)
    return found
