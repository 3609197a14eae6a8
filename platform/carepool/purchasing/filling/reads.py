"""What came in on each day, from the orders that count now; days are those of the state's calendar."""

from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Date, cast, func, select

from carepool.clock import now, zone_here
from carepool.errors import NotFound
from carepool.purchasing.filling.days import Day, days_filled
from carepool.purchasing.models.orders import OrderState, ProgramOrder, Wish
from carepool.purchasing.models.purchases import Purchase, PurchaseItem, PurchaseState
from tenants.database import db, find


def item_of_or_404(purchase: Purchase, item_id: UUID) -> PurchaseItem:
    """Return an item of a purchase. Raises NotFound."""
    item = find(PurchaseItem, item_id)
    if item is None or item.purchase_id != purchase.id:
        raise NotFound("item")
    return item


def days_of(purchase: Purchase, item: PurchaseItem | None) -> list[Day]:
    """Return how a purchase, or one item of it, filled day by day until now or its close."""
    zone = zone_here()

    def day(instant: Any) -> Any:
        return cast(func.timezone(zone, instant), Date)

    wishes = select(day(Wish.at).label("day"), func.sum(Wish.wanted)).where(Wish.purchase_id == purchase.id)
    if item is None:
        orders = select(day(ProgramOrder.placed_at).label("day"), func.count()).where(
            ProgramOrder.purchase_id == purchase.id, ProgramOrder.state == OrderState.PLACED
        )
    else:
        wishes = wishes.where(Wish.item_id == item.id)
        first = select(func.min(Wish.at).label("at")).where(Wish.purchase_id == purchase.id, Wish.item_id == item.id)
        began = first.group_by(Wish.program_id).subquery()
        orders = select(day(began.c.at).label("day"), func.count())
    ended = purchase.cutoff_at if purchase.state != PurchaseState.OPEN else None
    until = (ended or now()).astimezone(ZoneInfo(zone)).date()
    return days_filled(_counted(orders), _counted(wishes), until)


def _counted(query: Any) -> dict[date, int]:
    return {day: int(count) for day, count in db.session.execute(query.group_by("day"))}
