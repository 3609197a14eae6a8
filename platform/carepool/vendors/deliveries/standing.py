"""Where the order of each vendor of a closed purchase stands: what was sent of what is asked for now."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, select

from carepool.errors import NotFound, Refusal
from carepool.purchasing.models.purchases import Purchase
from carepool.sentences import marked
from carepool.vendors.deliveries.contents import VendorOrders, asked_of_vendor, nothing_for, orders_of
from carepool.vendors.deliveries.models import (
    CARRIES_ORDERS,
    MAY_HAVE_IT,
    ON_ITS_WAY,
    OrderDelivery,
    OrderStage,
    OrderStep,
)
from carepool.vendors.terms.actions import terms_of
from carepool.vendors.terms.models import OrderingTerms
from tenants.database import db, find, one_of, session
from tenants.registry import Vendor


@dataclass(frozen=True)
class VendorStanding:
    """One vendor of a closed purchase: its orders, its terms, and the messages that carry exactly these orders."""

    vendor: Vendor
    orders: VendorOrders
    terms: OrderingTerms
    #: The oldest first.
    deliveries: tuple[OrderDelivery, ...]
    #: An earlier version was sent, and what is asked for now differs from it.
    changed: bool
    #: The newest message with which the vendor has, or may have, something else than is asked for now.
    before: OrderDelivery | None = None

    @property
    def canceled(self) -> bool:
        """Whether the vendor had an order, and is asked for nothing any more."""
        return self.orders.is_nothing

    @property
    def sent(self) -> bool:
        """Whether the vendor has what is asked for now, as far as we know."""
        return any(one.state in ON_ITS_WAY for one in self.deliveries)

    @property
    def newest(self) -> OrderDelivery | None:
        """The message that counts: one that is on its way, else the last one."""
        way = [one for one in self.deliveries if one.state in ON_ITS_WAY] or list(self.deliveries)
        return way[-1] if way else None

    @property
    def state(self) -> OrderStage | None:
        """Where it stands; None: nothing was done yet."""
        return OrderStage(self.newest.state) if self.newest else None


def standings_of(purchase: Purchase) -> list[VendorStanding]:
    """Return where each vendor of the newest close stands, by name; also those whose order came to nothing."""
    found = orders_of(purchase, purchase.close_version)
    deliveries = list(db.session.scalars(deliveries_of(purchase.id)))
    for one in deliveries:
        if one.vendor_id not in found and _may_know(one):
            found[one.vendor_id] = nothing_for(purchase, one.vendor_id)
    if not found:
        return []
    vendors = db.session.scalars(select(Vendor).where(one_of(Vendor.id, found)).order_by(Vendor.name, Vendor.id))
    return [_standing(vendor, found[vendor.id], deliveries) for vendor in vendors]


def standing_of(purchase: Purchase, vendor_id: int) -> VendorStanding:
    """Return where one vendor of the newest close stands, or one whose order came to nothing. Raises NotFound."""
    asked = asked_of_vendor(purchase, vendor_id)
    deliveries = list(db.session.scalars(deliveries_of(purchase.id)))
    if asked.is_nothing and not any(one.vendor_id == vendor_id and _may_know(one) for one in deliveries):
        raise NotFound("vendor")
    return _standing(db.session.get_one(Vendor, vendor_id), asked, deliveries)


def is_current(purchase: Purchase, own: OrderDelivery) -> bool:
    """Tell whether a message carries what is asked for now; of an order that came to nothing, the one that cancels it."""
    return asked_of_vendor(purchase, own.vendor_id).sha256 == own.content_sha256


def is_canceled(purchase: Purchase, vendor_id: int) -> bool:
    """Tell whether a vendor is asked for nothing in the newest close."""
    return asked_of_vendor(purchase, vendor_id).is_nothing


CANCELED = marked("This order is canceled. Deliver nothing of it and bill nothing for it.")
REPLACED = marked("A newer version of this order was sent. Answer that one.")
"""Why an order can no longer be answered."""


def must_count(purchase: Purchase, own: OrderDelivery) -> None:
    """Refuse where a message's orders are not those that are asked for now, or are canceled."""
    asked = asked_of_vendor(purchase, own.vendor_id)
    if asked.is_nothing:
        raise Refusal("order-canceled", CANCELED)
    if asked.sha256 != own.content_sha256:
        raise Refusal("order-changed", REPLACED)


def _may_know(one: OrderDelivery) -> bool:
    """Tell whether a message makes its vendor one that must be told where nothing is ordered any more. Pure."""
    return one.state in MAY_HAVE_IT or (one.cancels and one.state != OrderStage.WITHDRAWN)


def _standing(vendor: Vendor, orders: VendorOrders, deliveries: Sequence[OrderDelivery]) -> VendorStanding:
    own = [one for one in deliveries if one.vendor_id == vendor.id]
    others = [one for one in own if one.content_sha256 != orders.sha256 and one.state in MAY_HAVE_IT]
    before = others[-1] if others else None
    # what was sent since in other words took the place of an earlier message, though it said the same as is asked for now
    these = tuple(
        one for one in own if one.content_sha256 == orders.sha256 and (before is None or one.version > before.version)
    )
    changed = any(one.state in ON_ITS_WAY for one in others)
    return VendorStanding(vendor, orders, terms_of(vendor.id), these, changed, before)


def deliveries_of(purchase_id: UUID) -> Select[tuple[OrderDelivery]]:
    """Return the messages of a purchase that are orders, the oldest first."""
    own = (
        OrderDelivery.tenant_id == session().scope.id,
        OrderDelivery.purchase_id == purchase_id,
        CARRIES_ORDERS,
    )
    return select(OrderDelivery).where(*own).order_by(OrderDelivery.id)


def replies_of(purchase_id: UUID) -> Select[tuple[OrderDelivery]]:
    """Return the messages of a purchase that tell vendors what became of their answers, the oldest first."""
    own = (
        OrderDelivery.tenant_id == session().scope.id,
        OrderDelivery.purchase_id == purchase_id,
        OrderDelivery.answer_id.is_not(None),
    )
    return select(OrderDelivery).where(*own).order_by(OrderDelivery.id)


def delivery_or_404(delivery_id: UUID) -> OrderDelivery:
    """Return an order message of this state. Raises NotFound."""
    own = find(OrderDelivery, delivery_id)
    if own is None:
        raise NotFound("order delivery")
    return own


def steps_of(delivery_id: UUID) -> list[OrderStep]:
    """Return the steps that a message took, the oldest first."""
    own = select(OrderStep).where(OrderStep.tenant_id == session().scope.id, OrderStep.delivery_id == delivery_id)
    return list(db.session.scalars(own.order_by(OrderStep.id)))


def tests_of(vendor_id: int) -> Select[tuple[OrderDelivery]]:
    """Return the test orders that went to a vendor, the newest first."""
    own = (
        OrderDelivery.tenant_id == session().scope.id,
        OrderDelivery.vendor_id == vendor_id,
        OrderDelivery.purchase_id.is_(None),
    )
    return select(OrderDelivery).where(*own).order_by(OrderDelivery.id.desc())
