"""Who is told what about orders to vendors; one function a notice."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from carepool.clock import now
from carepool.errors import NotFound
from carepool.identity.models import Membership, Person
from carepool.identity.rights import Role
from carepool.notifications.actions import tell
from carepool.notifications.notices import Notice
from carepool.purchasing.models.purchases import Purchase
from carepool.vendors.answers.models import OrderAnswer
from carepool.vendors.deliveries.models import IN_TROUBLE, OrderDelivery
from carepool.vendors.links.models import VendorInvoiceFile
from carepool.vendors.prices.models import PriceProposal
from tenants.database import db, find
from tenants.registry import Vendor


def order_trouble(delivery_id: UUID) -> None:
    """Tell the coordinators of an order that did not go out as it should, once an attempt."""
    own = find(OrderDelivery, delivery_id)
    if own is not None and not own.is_test and own.state in IN_TROUBLE:
        tell_coordinators(Notice.ORDER_TROUBLE, own.purchase_id, own.vendor_id, f"{own.id} {own.state} {own.attempts}")


def order_unacknowledged(delivery_id: UUID) -> None:
    """Tell the coordinators of an order that no vendor acknowledged, once."""
    own = find(OrderDelivery, delivery_id)
    if own is not None and own.acknowledged_at is None:
        tell_coordinators(Notice.ORDER_UNACKNOWLEDGED, own.purchase_id, own.vendor_id, str(own.id))


def order_answered(answer_id: UUID) -> None:
    """Tell the coordinators that a vendor answered, once an answer."""
    own = find(OrderAnswer, answer_id)
    if own is not None:
        tell_coordinators(Notice.ORDER_ANSWERED, own.purchase_id, own.vendor_id, str(own.id))


def invoice_brought(file_id: UUID) -> None:
    """Tell the coordinators that a vendor brought an invoice, once a file."""
    own = find(VendorInvoiceFile, file_id)
    if own is not None:
        tell_coordinators(Notice.INVOICE_BROUGHT, own.purchase_id, own.vendor_id, str(own.id))


def prices_proposed(proposal_id: UUID) -> None:
    """Tell the coordinators that a vendor proposes other prices, once a proposal."""
    own = find(PriceProposal, proposal_id)
    vendor = db.session.get(Vendor, own.vendor_id) if own else None
    if own is None or vendor is None:
        raise NotFound("price proposal")
    facts = {"vendor": vendor.name, "day": own.effective_on.isoformat()}
    tell(coordinators(), Notice.PRICES_PROPOSED, own.id, facts)


def tell_coordinators(
    notice: Notice,
    purchase_id: UUID | None,
    vendor_id: int,
    occasion: str,
    more: Mapping[str, Any] | None = None,
) -> None:
    """Tell those who run purchases something about a vendor in one, once an occasion; `more`: further facts."""
    purchase = find(Purchase, purchase_id) if purchase_id else None
    vendor = db.session.get(Vendor, vendor_id)
    if purchase is None or vendor is None:
        return
    facts: dict[str, Any] = {"title": purchase.title, "number": purchase.number, "vendor": vendor.name, **(more or {})}
    tell(coordinators(), notice, purchase.id, facts, occasion)


def coordinators() -> list[UUID]:
    """Return the people who run the state's purchases; its administrators where nobody does."""
    for role in (Role.PURCHASING_COORDINATOR, Role.STATE_ADMINISTRATOR):
        found = (
            select(Membership.person_id)
            .join(Person, (Person.tenant_id == Membership.tenant_id) & (Person.id == Membership.person_id))
            .where(
                Membership.role == role,
                Membership.program_id.is_(None),
                or_(Membership.valid_to.is_(None), Membership.valid_to > now()),
                Person.disabled_at.is_(None),
            )
        )
        if people := list(db.session.scalars(found.distinct())):
            return people
    return []
