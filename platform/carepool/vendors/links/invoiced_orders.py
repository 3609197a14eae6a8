"""Which purchase orders an invoice speaks of: a vendor sees the orders of a purchase as one message, counted through.

An invoice of an earlier version speaks of the lines of that version, which may have other numbers in the newest.
"""

from collections.abc import Mapping
from dataclasses import replace

from carepool.purchasing.models.purchase_orders import PurchaseOrder, PurchaseOrderLine
from carepool.vendors.deliveries.contents import VendorOrders
from carepool.vendors.documents.invoice import Invoice, InvoicedLine

Numbered = Mapping[int, tuple[PurchaseOrder, PurchaseOrderLine] | None]


def in_orders(document: Invoice, orders: VendorOrders, newest: VendorOrders | None = None) -> Invoice:
    """Return an invoice whose lines name their purchase order and their own number in it. Pure.

    `orders`: those of the message that it is about; `newest`: what the vendor is asked for now, where that is not the same.
    A line without a number is found by its item where only one order has it. One that is not found goes on naming the
    message, which is no order, so that a person decides; what names something else stays as it is.
    """
    message = str(orders.purchase.number)
    numbered = _as_now(orders, newest) if newest is not None else dict(orders.numbered())
    known = {message, *(one.number for one in orders.orders)}
    lines = []
    for line in document.lines:
        named = line.order_number or document.order_number
        lines.append(_in_order(line, named, message, numbered) if named in known else line)
    number = orders.orders[0].number if document.order_number == message else document.order_number
    return replace(document, order_number=number, lines=tuple(lines))


def _as_now(orders: VendorOrders, newest: VendorOrders) -> Numbered:
    """Return the lines of a message by their numbers, each as it is ordered now; None: nothing of it is any more."""
    now = {(order.pool_id, line.item_id): (order, line) for order, line in newest.numbered().values()}
    return {number: now.get((order.pool_id, line.item_id)) for number, (order, line) in orders.numbered().items()}


def _in_order(line: InvoicedLine, named: str, message: str, numbered: Numbered) -> InvoicedLine:
    found = numbered.get(line.line) if line.line else None
    if line.line in numbered and found is None:
        # its number is that of another line now, or of none
        name = line.name or line.sku
        return replace(line, order_number=message, line=None, sku="", name=name)
    if found is not None:
        order, own = found
        return replace(line, order_number=order.number, line=own.line)
    there = (one for one in numbered.values() if one is not None)
    holding = {order.number for order, own in there if line.sku and own.sku == line.sku}
    by_item = len(holding) == 1 and line.line is None
    return replace(line, order_number=holding.pop() if by_item else named)
