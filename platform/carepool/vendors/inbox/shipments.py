"""The verb that keeps what a vendor's ship notice says is on its way."""

from functools import partial
from typing import Any

from sqlalchemy import func, select

from carepool.vendors.deliveries.contents import VendorOrders, orders_of_delivery
from carepool.vendors.deliveries.models import OrderDelivery
from carepool.vendors.documents.checking import line_named
from carepool.vendors.documents.order import Order
from carepool.vendors.documents.shipment import Shipment, ShippedLine
from carepool.vendors.inbox.models import ExpectedLine, ExpectedShipment, VendorFile
from tenants.database import bulk_insert, db, session
from tenants.ids import new_id


def expect(own: VendorFile, delivery: OrderDelivery, order: Order, document: Shipment, number: str) -> None:
    """Keep what a checked notice says of an order. `number`: the order's; `order`: as the vendor got it.

    A later notice of the same shipment is another revision; the newest counts.
    """
    orders = orders_of_delivery(delivery)
    lines = [one for one in document.lines if one.order_number == number]
    mine = (
        ExpectedShipment.tenant_id == session().scope.id,
        ExpectedShipment.purchase_id == delivery.purchase_id,
        ExpectedShipment.vendor_id == delivery.vendor_id,
        ExpectedShipment.number == document.number,
    )
    told = db.session.scalars(
        select(ExpectedShipment).where(*mine, ExpectedShipment.vendor_file_id == own.id)
    ).one_or_none()
    if told is None:
        last = db.session.scalar(select(func.max(ExpectedShipment.revision)).where(*mine)) or 0
        told = ExpectedShipment(
            id=new_id(),
            vendor_id=delivery.vendor_id,
            purchase_id=delivery.purchase_id,
            vendor_file_id=own.id,
            number=document.number,
            revision=last + 1,
            shipped_on=document.shipped_on,
            arrives_on=document.arrives_on,
            carrier=document.carrier,
            tracking=list(document.tracking),
            note=document.note[:1000],
        )
        db.session.add(told)
        db.session.flush()
    ours = ExpectedLine.tenant_id == session().scope.id, ExpectedLine.shipment_id == told.id
    first = (db.session.scalar(select(func.max(ExpectedLine.place)).where(*ours)) or 0) + 1
    columns = ("place", "purchase_order_id", "line", "cases", "lot", "note")
    rows = (
        (first + place, *row) for place, row in enumerate(filter(None, map(partial(_expected, order, orders), lines)))
    )
    bulk_insert(ExpectedLine, columns, rows, same={"shipment_id": told.id, "vendor_id": delivery.vendor_id})


def _expected(order: Order, orders: VendorOrders, one: ShippedLine) -> tuple[Any, ...] | None:
    line = line_named(order, one.order_number, one)
    if line is None:
        return None
    of_order, own = orders.numbered()[line.line]
    return of_order.id, own.line, one.quantity.cases(line.case_size, line.unit) or 0, one.lot[:100], one.note[:500]
