"""Which order line a vendor billed. Orders that changed have new ids; a line is the same where place and item are the same."""

from collections.abc import Iterable, Iterator, Mapping
from uuid import UUID

from sqlalchemy import ColumnElement, select

from carepool.purchasing.models.purchase_orders import PurchaseOrder, PurchaseOrderLine
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.settlement.matching import LineKey
from carepool.purchasing.settlement.models.invoices import VendorInvoiceLine
from tenants.database import db, find, one_of, session

_Place = tuple[int, UUID, UUID]


def written_key(line: VendorInvoiceLine) -> LineKey | None:
    """Return the order line that an invoice's line named when it was written; None where it names none. Pure."""
    if line.purchase_order_id is None or line.line is None:
        return None
    return LineKey(line.purchase_order_id, line.line)


def keys_now(purchase_id: UUID, lines: Iterable[VendorInvoiceLine]) -> dict[LineKey, LineKey]:
    """Return where each order line that invoices of a purchase name stands in the newest orders.

    A line of which nothing is ordered any more stays under its old key, which no newest order has.
    """
    named = {key for one in lines if (key := written_key(one)) is not None}
    purchase = find(Purchase, purchase_id)
    if not named or purchase is None:
        return {}
    newest = {place: key for key, place in _places(purchase, PurchaseOrder.version == purchase.close_version)}
    known = set(newest.values())
    if named <= known:
        return {one: one for one in named}
    of_named: Mapping[LineKey, _Place] = dict(
        _places(purchase, one_of(PurchaseOrder.id, {one.order_id for one in named}))
    )
    return {one: newest.get(of_named[one], one) if one in of_named else one for one in named}


def _places(purchase: Purchase, which: ColumnElement[bool]) -> Iterator[tuple[LineKey, _Place]]:
    """Yield order lines of a purchase with their vendor, place and item."""
    own = (PurchaseOrder.tenant_id == PurchaseOrderLine.tenant_id) & (
        PurchaseOrder.id == PurchaseOrderLine.purchase_order_id
    )
    query = (
        select(
            PurchaseOrderLine.purchase_order_id,
            PurchaseOrderLine.line,
            PurchaseOrder.vendor_id,
            PurchaseOrder.pool_id,
            PurchaseOrderLine.item_id,
        )
        .join(PurchaseOrder, own)
        .where(PurchaseOrder.tenant_id == session().scope.id, PurchaseOrder.purchase_id == purchase.id, which)
    )
    for order, line, *place in db.session.execute(query):
        yield LineKey(order, line), (place[0], place[1], place[2])
