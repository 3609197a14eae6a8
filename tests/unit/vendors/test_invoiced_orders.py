"""A vendor counts the lines of all its orders through; an invoice is told apart into the orders it speaks of."""

from uuid import uuid4

import pytest

from carepool.purchasing.models.purchase_orders import PurchaseOrder, PurchaseOrderLine
from carepool.purchasing.models.purchases import Purchase
from carepool.vendors.deliveries.contents import VendorOrders
from carepool.vendors.documents.invoice import Invoice, InvoicedLine
from carepool.vendors.documents.units import CASE, Quantity
from carepool.vendors.links.invoiced_orders import in_orders

_MESSAGE = "CO-2026-0007"


def _orders() -> VendorOrders:
    """Two orders: GLOVES and SOAP for one place, GLOVES for another."""
    orders = tuple(PurchaseOrder(id=uuid4(), number=f"{_MESSAGE}-0{place}") for place in (1, 2))
    skus = (("GLOVES", "SOAP"), ("GLOVES",))
    lines = {
        order.id: tuple(PurchaseOrderLine(line=number, sku=sku) for number, sku in enumerate(own, start=1))
        for order, own in zip(orders, skus, strict=True)
    }
    return VendorOrders(Purchase(number=_MESSAGE), 1, 1, orders, lines)


@pytest.mark.parametrize(
    ("named", "line", "sku", "wanted"),
    [
        (_MESSAGE, 3, "", ("CO-2026-0007-02", 1)),
        (_MESSAGE, 2, "GLOVES", ("CO-2026-0007-01", 2)),
        ("CO-2026-0007-02", 3, "", ("CO-2026-0007-02", 1)),
        (_MESSAGE, None, "SOAP", ("CO-2026-0007-01", None)),
        # two orders hold it, no line has this number, or it is another order: a person decides
        (_MESSAGE, None, "GLOVES", (_MESSAGE, None)),
        (_MESSAGE, 9, "SOAP", (_MESSAGE, 9)),
        ("CO-2026-0008", 1, "SOAP", ("", 1)),
    ],
)
def test_each_line_names_its_order(named: str, line: int | None, sku: str, wanted: tuple[str, int | None]) -> None:
    document = Invoice("V-1", named, (InvoicedLine(line, Quantity(1, CASE), 100, sku=sku),), 100)
    [found] = in_orders(document, _orders()).lines
    assert (found.order_number, found.line) == wanted


def test_lines_may_name_orders_of_their_own() -> None:
    line = InvoicedLine(3, Quantity(1, CASE), 100, order_number="CO-2026-0007-02")
    found = in_orders(Invoice("V-1", "", (line,), 100), _orders())
    assert (found.lines[0].order_number, found.lines[0].line) == ("CO-2026-0007-02", 1)
