"""The verb that offers what is left: unallocated goods at once, goods that nobody collected after the day that was set."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from carepool import events
from carepool.clock import day_here
from carepool.money import half_up
from carepool.outbox import Actor, record_event
from carepool.programs.models import Program
from carepool.purchasing.actions.purchases import locked_purchase
from carepool.purchasing.models.closings import LineResult
from carepool.purchasing.models.orders import ProgramOrder
from carepool.purchasing.models.purchases import DeliveryPoint, Purchase, PurchaseItem
from carepool.purchasing.receiving.actions.collecting import COLLECTED_IN
from carepool.purchasing.receiving.actions.counting import MOST_EACHES
from carepool.purchasing.receiving.goods import collecting_in_parts, goods_of
from carepool.purchasing.receiving.models.collecting import Leftover
from carepool.purchasing.receiving.models.counting import PurchaseReceiving
from carepool.purchasing.receiving.models.sharing import ArrivalShare, ArrivalSupply
from tenants.database import bulk_insert, db, find
from tenants.ids import new_id

_COLUMNS = ("id", "item_id", "pool_id", "program_id", "county", "eaches", "cost_cents")


def offer_left(by: Actor, at: datetime) -> int:
    """Offer what is left of every purchase whose goods are shared out; return how many offers are new. Again: none."""
    shared = (
        select(PurchaseReceiving)
        .join(
            Purchase,
            (Purchase.tenant_id == PurchaseReceiving.tenant_id) & (Purchase.id == PurchaseReceiving.purchase_id),
        )
        .where(PurchaseReceiving.arrival_version > 0, Purchase.state.in_(COLLECTED_IN))
    )
    today = day_here(at)
    made = 0
    for terms in list(db.session.scalars(shared)):
        late = terms.offer_from is not None and terms.offer_from <= today
        made += _offer(by, terms.purchase_id, late=late)
    return made


def _offer(by: Actor, purchase_id: UUID, *, late: bool) -> int:
    purchase = locked_purchase(purchase_id)
    terms = find(PurchaseReceiving, purchase.id)
    if terms is None or purchase.state not in COLLECTED_IN:
        return 0
    db.session.refresh(terms)
    known = {
        (one.item_id, one.pool_id, one.program_id)
        for one in db.session.scalars(select(Leftover).where(Leftover.purchase_id == purchase.id))
    }
    rows = [*_unallocated(purchase, terms.arrival_version)]
    if late:
        rows += _uncollected(purchase)
    fresh = [(new_id(), *row) for row in rows if row[:3] not in known]
    bulk_insert(Leftover, _COLUMNS, fresh, same={"purchase_id": purchase.id})
    if fresh:
        record_event(events.LEFTOVERS_OFFERED, purchase.id, by, {"lines": len(fresh)})
        db.session.flush()
    return len(fresh)


def _unallocated(purchase: Purchase, version: int) -> Iterator[tuple[Any, ...]]:
    """Yield what was counted at a pick-up site and nobody is owed: (item, pool, None, county, eaches, cents)."""
    same = (ArrivalShare.purchase_id == purchase.id, ArrivalShare.version == version)
    shared = (
        select(
            ArrivalShare.item_id, ProgramOrder.delivery_point_id.label("pool"), func.sum(ArrivalShare.got).label("got")
        )
        .join(
            ProgramOrder,
            (ProgramOrder.tenant_id == ArrivalShare.tenant_id)
            & (ProgramOrder.purchase_id == ArrivalShare.purchase_id)
            & (ProgramOrder.program_id == ArrivalShare.program_id),
        )
        .where(*same)
        .group_by(ArrivalShare.item_id, ProgramOrder.delivery_point_id)
        .subquery()
    )
    left = ArrivalSupply.usable - func.coalesce(shared.c.got, 0)
    query = (
        select(ArrivalSupply.item_id, ArrivalSupply.pool_id, left, LineResult.price_cents, PurchaseItem.case_size)
        .join(
            DeliveryPoint,
            (DeliveryPoint.tenant_id == ArrivalSupply.tenant_id) & (DeliveryPoint.id == ArrivalSupply.pool_id),
        )
        .join(
            LineResult,
            (LineResult.tenant_id == ArrivalSupply.tenant_id)
            & (LineResult.purchase_id == ArrivalSupply.purchase_id)
            & (LineResult.item_id == ArrivalSupply.item_id)
            & (LineResult.version == purchase.close_version),
        )
        .join(
            PurchaseItem,
            (PurchaseItem.tenant_id == ArrivalSupply.tenant_id) & (PurchaseItem.id == ArrivalSupply.item_id),
        )
        .outerjoin(shared, (shared.c.item_id == ArrivalSupply.item_id) & (shared.c.pool == ArrivalSupply.pool_id))
        .where(
            ArrivalSupply.purchase_id == purchase.id,
            ArrivalSupply.version == version,
            ArrivalSupply.counted.is_(True),
            DeliveryPoint.kind == "site",
            left > 0,
        )
    )
    for item, pool, eaches, price, size in db.session.execute(query):
        offered = min(int(eaches), MOST_EACHES)
        yield item, pool, None, _county_of(purchase, pool), offered, half_up(offered * (price or 0), size)


def _county_of(purchase: Purchase, point_id: UUID) -> str:
    """Return the county from which most programs collect at a place."""
    mine = (Program.tenant_id == ProgramOrder.tenant_id) & (Program.id == ProgramOrder.program_id)
    query = (
        select(Program.county)
        .join(ProgramOrder, mine)
        .where(ProgramOrder.purchase_id == purchase.id, ProgramOrder.delivery_point_id == point_id)
        .group_by(Program.county)
        .order_by(func.count().desc(), Program.county)
        .limit(1)
    )
    return db.session.scalar(query) or ""


def _uncollected(purchase: Purchase) -> Iterator[tuple[Any, ...]]:
    """Yield the shares that are still at their pick-up site, some programs at a time."""
    for some in collecting_in_parts(purchase.id):
        counties = {one.id: one.county for one in some}
        orders = select(ProgramOrder).where(
            ProgramOrder.purchase_id == purchase.id, ProgramOrder.program_id.in_(counties)
        )
        pools = {one.program_id: one.delivery_point_id for one in db.session.scalars(orders)}
        for (program, item), goods in sorted(goods_of(purchase.id, counties).items()):
            left = goods.own_remaining
            if left and program in pools:
                cents = half_up(goods.amount_cents * left, goods.share)
                yield item, pools[program], program, counties[program], left, cents
