"""What a state's own systems hear of purchases and orders: ids, numbers, instants and cents; no names of people."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from carepool import events
from carepool.publishing import Fact, publishes
from carepool.purchasing.models.purchase_orders import PurchaseOrder
from carepool.purchasing.models.purchases import Purchase
from carepool.sentences import marked
from tenants.database import db, find


@publishes(events.PURCHASE_OPENED, "purchase.opened", marked("A group purchase opens"))
@publishes(events.PURCHASE_CLOSED, "purchase.closed", marked("A group purchase is closed and worked out"))
@publishes(events.PURCHASE_FAILED, "purchase.failed", marked("A group purchase does not reach its minimum"))
@publishes(events.PURCHASE_CANCELLED, "purchase.canceled", marked("A group purchase is canceled"))
def purchase_facts(purchase_id: UUID, _diff: Mapping[str, Any]) -> Iterator[Fact]:
    """Tell a purchase's id, number, title, owner (null: the state), times and the version of its close (0: none yet)."""
    purchase = find(Purchase, purchase_id)
    if purchase is not None:
        told = {
            "purchase_id": str(purchase.id),
            "number": purchase.number,
            "title": purchase.title,
            "alliance_id": str(purchase.alliance_id) if purchase.alliance_id else None,
            "opens_at": purchase.opens_at.isoformat(),
            "closes_at": purchase.closes_at.isoformat(),
            "close_version": purchase.close_version,
        }
        yield Fact(purchase.id, told)


@publishes(events.PURCHASE_ORDERED, "purchase_order.made", marked("A purchase order to a vendor is made"))
def purchase_order_facts(purchase_id: UUID, diff: Mapping[str, Any]) -> Iterator[Fact]:
    """Tell each purchase order of the close: its id, number, version, purchase and total in cents."""
    made = select(PurchaseOrder).where(
        PurchaseOrder.purchase_id == purchase_id, PurchaseOrder.version == int(diff.get("version", 0))
    )
    for order in db.session.scalars(made.order_by(PurchaseOrder.number)):
        told = {
            "purchase_order_id": str(order.id),
            "number": order.number,
            "version": order.version,
            "purchase_id": str(order.purchase_id),
            "total_cents": order.total_cents,
        }
        yield Fact(order.id, told)


@publishes(events.ORDER_PLACED, "order.placed", marked("A program places or changes an order"))
@publishes(events.ORDER_WITHDRAWN, "order.withdrawn", marked("A program takes its order back"))
def order_facts(program_id: UUID, diff: Mapping[str, Any]) -> Iterator[Fact]:
    """Tell the purchase, the program and the version of its order."""
    told = {"purchase_id": diff["purchase"], "program_id": str(program_id), "version": diff["version"]}
    yield Fact(program_id, told)
