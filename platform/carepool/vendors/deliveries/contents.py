"""What an order message is made of: all purchase orders of one close for one vendor, as one neutral order."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from carepool.clock import now
from carepool.errors import NotFound
from carepool.notifications.letters import Sender
from carepool.programs.models import Program
from carepool.purchasing.models.catalogs import Contract
from carepool.purchasing.models.purchase_orders import PurchaseOrder, PurchaseOrderLine
from carepool.purchasing.models.purchases import DeliveryPoint, Purchase, PurchaseItem
from carepool.quantities import Cases, Eaches
from carepool.vendors.deliveries.exemptions import exemptions_of
from carepool.vendors.deliveries.homes import HOMES
from carepool.vendors.deliveries.models import (
    CARRIES_ORDERS,
    MAY_HAVE_IT,
    NOTHING_ORDERED,
    ON_ITS_WAY,
    OrderDelivery,
    OrderStage,
)
from carepool.vendors.documents import order as neutral
from carepool.vendors.documents.parties import Address, Contact, Mailbox, Party
from carepool.vendors.terms.models import OrderingTerms
from tenants.database import db, find, one_of, session
from tenants.registry import Vendor

_ALARM_BEFORE = timedelta(hours=4)
_ALARM_WITHOUT_CUTOFF = timedelta(hours=24)


@dataclass(frozen=True)
class VendorOrders:
    """The purchase orders of one close for one vendor, with their lines, by number."""

    purchase: Purchase
    vendor_id: int
    version: int
    orders: tuple[PurchaseOrder, ...]
    lines: dict[UUID, tuple[PurchaseOrderLine, ...]]

    @property
    def is_nothing(self) -> bool:
        """Whether the vendor is asked for nothing any more."""
        return not self.orders

    @property
    def sha256(self) -> str:
        """A hash of all that the vendor is asked for; two versions in which nothing differs have the same.

        That of no orders is `deliveries.models.NOTHING_ORDERED`.
        """
        told = [[one.number, str(one.pool_id), one.content_sha256] for one in self.orders]
        return hashlib.sha256(json.dumps(told, separators=(",", ":")).encode()).hexdigest()

    @property
    def total_cents(self) -> int:
        """The sum of all orders."""
        return sum(one.total_cents for one in self.orders)

    def numbered(self) -> dict[int, tuple[PurchaseOrder, PurchaseOrderLine]]:
        """Return {line number of the message: (order, line)}: lines of all orders are counted through, from 1."""
        every = [(order, line) for order in self.orders for line in self.lines[order.id]]
        return dict(enumerate(every, start=1))


def orders_of(purchase: Purchase, version: int, vendor_id: int | None = None) -> dict[int, VendorOrders]:
    """Return the purchase orders of a close by vendor."""
    found = select(PurchaseOrder).where(
        PurchaseOrder.tenant_id == session().scope.id,
        PurchaseOrder.purchase_id == purchase.id,
        PurchaseOrder.version == version,
    )
    if vendor_id is not None:
        found = found.where(PurchaseOrder.vendor_id == vendor_id)
    orders: dict[int, list[PurchaseOrder]] = defaultdict(list)
    for one in db.session.scalars(found.order_by(PurchaseOrder.number)):
        orders[one.vendor_id].append(one)
    lines: dict[UUID, list[PurchaseOrderLine]] = defaultdict(list)
    ids = [one.id for some in orders.values() for one in some]
    own = PurchaseOrderLine.tenant_id == session().scope.id, one_of(PurchaseOrderLine.purchase_order_id, ids)
    for line in db.session.scalars(select(PurchaseOrderLine).where(*own).order_by(PurchaseOrderLine.line)):
        lines[line.purchase_order_id].append(line)
    return {
        vendor: VendorOrders(purchase, vendor, version, tuple(some), {one.id: tuple(lines[one.id]) for one in some})
        for vendor, some in orders.items()
    }


def nothing_for(purchase: Purchase, vendor_id: int) -> VendorOrders:
    """Return the orders of a vendor that is asked for nothing any more."""
    return VendorOrders(purchase, vendor_id, purchase.close_version, (), {})


def asked_of_vendor(purchase: Purchase, vendor_id: int) -> VendorOrders:
    """Return what a vendor is asked for now; nothing where it has no order in the newest close."""
    found = orders_of(purchase, purchase.close_version, vendor_id)
    return found.get(vendor_id) or nothing_for(purchase, vendor_id)


def orders_of_delivery(delivery: OrderDelivery) -> VendorOrders:
    """Return the orders that a delivery carries, or takes back where it cancels. Raises NotFound where there are none."""
    purchase = find(Purchase, delivery.purchase_id)
    version = _version_taken_back(delivery) if delivery.cancels else delivery.version
    found = orders_of(purchase, version, delivery.vendor_id) if purchase else {}
    if delivery.vendor_id not in found:
        raise NotFound("purchase order")
    return found[delivery.vendor_id]


def _version_taken_back(own: OrderDelivery) -> int:
    """Return the version that a vendor had, or may have had, before it was canceled; the newest message's without any."""
    rows = _earlier(own)
    had = [version for version, state in rows if state in MAY_HAVE_IT]
    return (had or [version for version, _ in rows] or [0])[-1]


def _version_had(own: OrderDelivery) -> int:
    """Return the newest version that a vendor has before a message, 0 for none."""
    return max((version for version, state in _earlier(own) if state in ON_ITS_WAY), default=0)


def _earlier(own: OrderDelivery) -> list[tuple[int, OrderStage]]:
    """Return version and stage of the messages with orders that are of an earlier version, by version."""
    earlier = (
        select(OrderDelivery.version, OrderDelivery.state)
        .where(
            OrderDelivery.tenant_id == session().scope.id,
            OrderDelivery.purchase_id == own.purchase_id,
            OrderDelivery.vendor_id == own.vendor_id,
            OrderDelivery.version < own.version,
            OrderDelivery.content_sha256 != NOTHING_ORDERED,
            CARRIES_ORDERS,
        )
        .order_by(OrderDelivery.version, OrderDelivery.id)
    )
    return list(db.session.execute(earlier).tuples())


@dataclass(frozen=True)
class Dates:
    """When goods are asked for, until when the vendor takes the order, from when on silence is an alarm."""

    deliver_on: date | None
    cutoff_at: datetime | None
    alarm_at: datetime


def dates_of(terms: OrderingTerms, zone: str) -> Dates:
    """Return the dates of an order that is sent now."""
    at = now()
    place = ZoneInfo(zone)
    deliver_on = terms.proposed_delivery(at.astimezone(place).replace(tzinfo=None))
    local = terms.delivery_rule.cutoff_of(deliver_on) if deliver_on else None
    cutoff = local.replace(tzinfo=place) if local else None
    return Dates(deliver_on, cutoff, cutoff - _ALARM_BEFORE if cutoff else at + _ALARM_WITHOUT_CUTOFF)


def neutral_order(
    found: VendorOrders, delivery: OrderDelivery, terms: OrderingTerms, sender: Sender, link: str
) -> neutral.Order:
    """Put the orders for a vendor into the words of its documents. `link`: the page at which it answers.

    Of a message that cancels, `found` is what is taken back.
    """
    vendor = db.session.get_one(Vendor, found.vendor_id)
    points = _points(found.purchase.id)
    programs = _programs([one.pool_id for one in found.orders if one.pool_id not in points])
    items = _items(found.purchase.id)
    contracts = {items[line.item_id].contract_id for some in found.lines.values() for line in some}
    return neutral.Order(
        number=str(found.purchase.number),
        version=delivery.version,
        issued_at=delivery.made_at,
        buyer=_buyer(sender, terms),
        vendor=_vendor(vendor, terms),
        points=tuple(_point(one, points, programs) for one in found.orders),
        lines=tuple(_line(number, *pair, items) for number, pair in found.numbered().items()),
        remit_to=Party(vendor.name, address=Address(street=terms.remit_to)) if terms.remit_to else None,
        contract=_contract_numbers(contracts),
        cutoff_at=delivery.cutoff_at,
        deliver_on=delivery.deliver_on,
        terms=terms.payment_terms,
        tax_exemption=exemptions_of(found.purchase, found.version, found.vendor_id, terms).words,
        link=link,
        replaces=found.version if delivery.cancels else _version_had(delivery),
        canceled=delivery.cancels,
    )


def test_order(delivery: OrderDelivery, terms: OrderingTerms, sender: Sender, link: str) -> neutral.Order:
    """Return an order of one case of nothing, that says of itself that nobody is to deliver it."""
    vendor = db.session.get_one(Vendor, delivery.vendor_id)
    number = f"TEST-{delivery.id.hex[-8:].upper()}"
    point = neutral.DeliveryPoint(f"{number}-01", "Test - do not deliver", hours="Mon-Fri 8-11 am", dock="1")
    line = neutral.OrderLine(1, point.number, "TEST", "Test item - do not deliver", Cases(1), Eaches(1), 0)
    return neutral.Order(
        number=number,
        version=1,
        issued_at=delivery.made_at,
        buyer=_buyer(sender, terms),
        vendor=_vendor(vendor, terms),
        points=(point,),
        lines=(line,),
        terms=terms.payment_terms,
        notes="This is a test order. Deliver nothing and bill nothing.",
        link=link,
    )


def _buyer(sender: Sender, terms: OrderingTerms) -> Party:
    brand = sender.tenant.brand
    contact = Contact(brand.contact_name, brand.contact_email, brand.contact_phone)
    name, number = brand.agency or sender.tenant.title, terms.customer_number
    return Party(name, number, contact=contact, mailbox=_mailbox(terms.our_mailbox))


def _vendor(vendor: Vendor, terms: OrderingTerms) -> Party:
    contact = Contact(email=vendor.email, phone=vendor.phone)
    return Party(vendor.name, contact=contact, mailbox=_mailbox(terms.vendor_mailbox))


def _mailbox(written: str) -> Mailbox | None:
    """Read `number` or `scheme:number`, whose scheme is a word of letters and digits."""
    scheme, colon, number = written.partition(":")
    if not written:
        return None
    return Mailbox(number.strip(), scheme.strip()) if colon else Mailbox(written)


def _points(purchase_id: UUID) -> dict[UUID, DeliveryPoint]:
    found = select(DeliveryPoint).where(DeliveryPoint.purchase_id == purchase_id)
    return {one.id: one for one in db.session.scalars(found)}


def _programs(ids: Sequence[UUID]) -> dict[UUID, Program]:
    if not ids:
        return {}
    return {one.id: one for one in db.session.scalars(select(Program).where(one_of(Program.id, ids)))}


def _items(purchase_id: UUID) -> dict[UUID, PurchaseItem]:
    found = select(PurchaseItem).where(PurchaseItem.purchase_id == purchase_id)
    return {one.id: one for one in db.session.scalars(found)}


def _contract_numbers(ids: set[UUID]) -> str:
    found = select(Contract.number).where(one_of(Contract.id, ids)).order_by(Contract.number)
    return ", ".join(db.session.scalars(found))


def _point(
    order: PurchaseOrder, points: dict[UUID, DeliveryPoint], programs: dict[UUID, Program]
) -> neutral.DeliveryPoint:
    site = points.get(order.pool_id)
    if site is not None:
        return neutral.DeliveryPoint(
            order.number,
            site.name,
            Address(street=site.address),
            site.receiving_hours or site.hours,
            site.dock,
            Contact(name=site.contact),
        )
    program = programs.get(order.pool_id)
    if program is None or program.type in HOMES:
        return neutral.DeliveryPoint(order.number, order.deliver_to)
    address = Address(street=program.street, city=program.city, zip=program.zip)
    return neutral.DeliveryPoint(
        order.number, order.deliver_to, address, contact=Contact(program.contact_name, phone=program.phone)
    )


def _line(number: int, order: PurchaseOrder, line: PurchaseOrderLine, items: dict[UUID, Any]) -> neutral.OrderLine:
    item = items[line.item_id]
    return neutral.OrderLine(
        line=number,
        point=order.number,
        sku=line.sku,
        name=line.name,
        cases=Cases(line.cases),
        case_size=Eaches(line.case_size),
        price_cents=line.price_cents,
        unit_text=item.pack_text,
        gtin=item.gtin or "",
    )
