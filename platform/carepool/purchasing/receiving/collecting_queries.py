"""Reads of hand-outs and leftovers, within the scope and the caller's rights."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from carepool.errors import NotFound
from carepool.programs.models import Program
from carepool.purchasing.models.purchases import DeliveryPoint, Purchase, PurchaseItem
from carepool.purchasing.receiving.actions.collecting import left_of, taken_of
from carepool.purchasing.receiving.counts import terms_of
from carepool.purchasing.receiving.goods import Goods, goods_of, items_by_id
from carepool.purchasing.receiving.models.collecting import HandOut, Leftover, LeftoverTaking
from carepool.purchasing.receiving.pick_up_codes import pick_up_code
from tenants.database import db, find


@dataclass(frozen=True)
class ToCollect:
    """One item that a program collects."""

    item: PurchaseItem
    goods: Goods

    def as_dict(self) -> dict[str, Any]:
        """Return it as its schema wants it."""
        names = ("share", "took", "handed", "given_on", "remaining")
        item = {"item_id": self.item.id, "sku": self.item.sku, "name": self.item.name}
        return item | {name: getattr(self.goods, name) for name in names}


def to_collect(purchase_id: UUID, program_ids: Sequence[UUID]) -> dict[UUID, list[ToCollect]]:
    """Return what programs collect of a purchase, by the items' names."""
    goods = goods_of(purchase_id, program_ids)
    items = items_by_id(purchase_id, {item for _, item in goods})
    found: dict[UUID, list[ToCollect]] = {one: [] for one in program_ids}
    for (program, item), own in goods.items():
        found[program].append(ToCollect(items[item], own))
    return {one: sorted(lines, key=lambda line: (line.item.name, line.item.sku)) for one, lines in found.items()}


def goods_body(purchase: Purchase, program_id: UUID) -> dict[str, Any]:
    """Return what is there for a program and its pick-up code."""
    lines = to_collect(purchase.id, [program_id])[program_id]
    return {"code": pick_up_code(purchase.id, program_id), "lines": [one.as_dict() for one in lines]}


def goods_on_card(purchase: Purchase, program_id: UUID) -> list[ToCollect] | None:
    """Return what a pick-up card shows once goods are shared out; None before."""
    if not terms_of(purchase.id).arrival_version:
        return None
    return to_collect(purchase.id, [program_id])[program_id]


def hand_outs(purchase_id: UUID, program_id: UUID | None = None) -> Select[Any]:
    """Return the hand-outs of a purchase, of one program where it is given."""
    query = select(HandOut).where(HandOut.purchase_id == purchase_id)
    return query.where(HandOut.program_id == program_id) if program_id else query


def leftover_or_404(leftover_id: UUID) -> Leftover:
    """Return goods that are offered in this state. Raises NotFound."""
    found = find(Leftover, leftover_id)
    if found is None:
        raise NotFound("leftover")
    return found


def leftovers_for(program: Program, *, everywhere: bool) -> Select[Any]:
    """Return what is left for a program to take: in its own county, or in the whole state; not what is its own."""
    taken = (
        select(func.coalesce(func.sum(LeftoverTaking.eaches), 0))
        .where(LeftoverTaking.tenant_id == Leftover.tenant_id, LeftoverTaking.leftover_id == Leftover.id)
        .scalar_subquery()
    )
    query = select(Leftover).where(
        Leftover.eaches > taken, (Leftover.program_id.is_(None)) | (Leftover.program_id != program.id)
    )
    return query if everywhere else query.where(Leftover.county == program.county)


def offer_bodies(offers: Sequence[Leftover]) -> list[dict[str, Any]]:
    """Return offers with what is left of each, what an each costs, and where it is."""
    items = _by_id(PurchaseItem, {one.item_id for one in offers})
    places = _by_id(DeliveryPoint, {one.pool_id for one in offers})
    found = []
    for one in offers:
        item, place = items[one.item_id], places.get(one.pool_id)
        found.append(
            {
                **{name: getattr(one, name) for name in ("id", "purchase_id", "item_id", "county", "offered_at")},
                "name": item.name,
                "sku": item.sku,
                "unit": item.unit,
                "place": ", ".join(part for part in (place.name, place.address) if part) if place else "",
                "left": left_of(one, taken_of(one.id)),
                "each_cents": (2 * one.cost_cents + one.eaches) // (2 * one.eaches),
            }
        )
    return found


def _by_id(model: Any, ids: set[UUID]) -> dict[UUID, Any]:
    return {one.id: one for one in db.session.scalars(select(model).where(model.id.in_(ids)))} if ids else {}
