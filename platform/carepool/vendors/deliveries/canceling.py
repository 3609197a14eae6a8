"""That a vendor's order came to nothing: written into the history once, with the version that took it away."""

from sqlalchemy import select

from carepool import events
from carepool.outbox import Actor, record_event
from carepool.purchasing.models.purchase_orders import PurchaseOrder
from carepool.purchasing.models.purchases import Purchase
from tenants.database import db, one_of, session
from tenants.registry import Vendor


def note_canceled(by: Actor, purchase: Purchase, before: int) -> None:
    """Write down which vendors had an order in version `before` of a locked purchase and have none in the newest.

    Whoever calls this tells them with `actions.send_orders`.
    """
    gone = vendors_of(purchase, before) - vendors_of(purchase, purchase.close_version)
    if not gone:
        return
    for vendor in db.session.scalars(select(Vendor).where(one_of(Vendor.id, gone)).order_by(Vendor.id)):
        told = {"vendor": vendor.name, "version": purchase.close_version}
        record_event(events.ORDER_CANCELED, purchase.id, by, told)


def vendors_of(purchase: Purchase, version: int) -> set[int]:
    """Return the vendors that a version of a purchase's close orders from."""
    own = (
        PurchaseOrder.tenant_id == session().scope.id,
        PurchaseOrder.purchase_id == purchase.id,
        PurchaseOrder.version == version,
    )
    return set(db.session.scalars(select(PurchaseOrder.vendor_id).where(*own).distinct()))
