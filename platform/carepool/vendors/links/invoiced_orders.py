"""Which purchase orders an invoice speaks of: a vendor sees the orders of a purchase as one message, counted through."""

from collections.abc import Mapping
from dataclasses import replace

from carepool.purchasing.models.purchase_orders import PurchaseOrder, PurchaseOrderLine
from carepool.vendors.deliveries.contents import VendorOrders
from carepool.vendors.documents.invoice import Invoice, InvoicedLine

Numbered = Mapping[int, tuple[PurchaseOrder, PurchaseOrderLine]]


def in_orders(document: Invoice, orders: VendorOrders) -> Invoice:
    """Return an invoice whose lines name their purchase order and their own number in it. Pure.

    A line without a number is found by its item where only one order has it. One that is not found goes on naming the
    message, which is no order, so that a person decides; what names something else stays as it is.
    """
    message, numbered = str(orders.purchase.number), orders.numbered()
    known = {message, *(one.number for one in orders.orders)}
    lines = []
    for line in document.lines:
        named = line.order_number or document.order_number
        lines.append(_in_order(line, named, numbered) if named in known else line)
    number = orders.orders[0].number if document.order_number == message else document.order_number
    return replace(document, order_number=number, lines=tuple(lines))


def _in_order(line: InvoicedLine, named: str, numbered: Numbered) -> InvoicedLine:
    found = numbered.get(line.line) if line.line else None
    if found is not None:
        order, own = found
        return replace(line, order_number=order.number, line=own.line)
    holding = {order.number for order, own in numbered.values() if line.sku and own.sku == line.sku}
    by_item = len(holding) == 1 and line.line is None
    return replace(line, order_number=holding.pop() if by_item else named)
