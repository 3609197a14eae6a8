"""What differs between two versions of a vendor's orders: a changed order is sent whole, and its difference is told."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select

from carepool.errors import NotFound
from carepool.purchasing.models.closings import Close
from carepool.purchasing.models.purchase_orders import PurchaseOrder, PurchaseOrderLine
from carepool.purchasing.models.purchases import Purchase
from carepool.vendors.deliveries.contents import VendorOrders, orders_of
from carepool.vendors.deliveries.models import ON_ITS_WAY, OrderDelivery
from carepool.vendors.deliveries.standing import deliveries_of
from tenants.database import db, find, one_of
from tenants.registry import Vendor


class LineChange(StrEnum):
    """What became of a line."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True)
class ChangedLine:
    """A line that differs; each pair is (before, after), None where the line is not there.

    `line`: its number in the vendor's message; `item`: the vendor's number and name of what comes.
    """

    change: LineChange
    order_number: str
    deliver_to: str
    line: tuple[int | None, int | None]
    sku: tuple[str | None, str | None]
    name: tuple[str | None, str | None]
    cases: tuple[int, int]
    price_cents: tuple[int | None, int | None]

    @property
    def differs(self) -> frozenset[str]:
        """The names of the pairs that differ, but for the line's number."""
        pairs = {
            "item": (self.sku[0] == self.sku[1] and self.name[0] == self.name[1]),
            "cases": self.cases[0] == self.cases[1],
            "price_cents": self.price_cents[0] == self.price_cents[1],
        }
        return frozenset(name for name, same in pairs.items() if not same)


@dataclass(frozen=True)
class VendorDifference:
    """What differs in the orders to one vendor between two versions of a purchase's close."""

    vendor: Vendor
    before: int
    after: int
    total_cents: tuple[int, int]
    #: The day on which the goods were asked for, where a message carried that version.
    deliver_on: tuple[date | None, date | None]
    lines: tuple[ChangedLine, ...]
    #: The later version orders nothing from it any more.
    canceled: bool = False


_Lines = Mapping[tuple[UUID, UUID], tuple[int, PurchaseOrder, PurchaseOrderLine]]


def changed_lines(before: VendorOrders | None, after: VendorOrders | None) -> Iterator[ChangedLine]:
    """Yield the lines that differ between two versions, in the order of places and lines; a place and an item name one."""
    old, new = _by_place(before), _by_place(after)
    for key in {**old, **new}:
        was, will = old.get(key), new.get(key)
        known = will or was
        if known is None:
            continue
        change = LineChange.ADDED if was is None else LineChange.REMOVED if will is None else LineChange.CHANGED
        pair = (was[2] if was else None), (will[2] if will else None)
        found = ChangedLine(
            change,
            known[1].number,
            known[1].deliver_to,
            (was[0] if was else None, will[0] if will else None),
            (pair[0].sku if pair[0] else None, pair[1].sku if pair[1] else None),
            (pair[0].name if pair[0] else None, pair[1].name if pair[1] else None),
            (pair[0].cases if pair[0] else 0, pair[1].cases if pair[1] else 0),
            (pair[0].price_cents if pair[0] else None, pair[1].price_cents if pair[1] else None),
        )
        if found.differs:
            yield found


def _by_place(orders: VendorOrders | None) -> _Lines:
    if orders is None:
        return {}
    return {(order.pool_id, line.item_id): (number, order, line) for number, (order, line) in orders.numbered().items()}


def versions_of(purchase: Purchase) -> list[Close]:
    """Return the versions of a purchase's close, the oldest first."""
    return list(db.session.scalars(select(Close).where(Close.purchase_id == purchase.id).order_by(Close.version)))


def version_or_404(purchase: Purchase, version: int) -> Close:
    """Return one version of a purchase's close. Raises NotFound."""
    found = find(Close, purchase.id, version)
    if found is None:
        raise NotFound("close")
    return found


def differences(purchase: Purchase, before: int, after: int, vendor_id: int | None = None) -> list[VendorDifference]:
    """Return what differs for each vendor between two versions of a purchase, by name. Raises NotFound."""
    for version in (before, after):
        version_or_404(purchase, version)
    old, new = orders_of(purchase, before, vendor_id), orders_of(purchase, after, vendor_id)
    vendors = db.session.scalars(
        select(Vendor).where(one_of(Vendor.id, {**old, **new})).order_by(Vendor.name, Vendor.id)
    )
    messages = list(db.session.scalars(deliveries_of(purchase.id)))
    return [
        VendorDifference(
            vendor,
            before,
            after,
            (_total(old.get(vendor.id)), _total(new.get(vendor.id))),
            (_asked_for(messages, vendor.id, before), _asked_for(messages, vendor.id, after)),
            tuple(changed_lines(old.get(vendor.id), new.get(vendor.id))),
            vendor.id not in new,
        )
        for vendor in vendors
    ]


def since_last_sent(own: OrderDelivery) -> tuple[ChangedLine, ...]:
    """Return what differs between an order message and the version that the vendor had before it; empty for the first."""
    purchase = find(Purchase, own.purchase_id)
    last = last_sent_before(own)
    if purchase is None or last is None:
        return ()
    before, after = (orders_of(purchase, one, own.vendor_id).get(own.vendor_id) for one in (last.version, own.version))
    return tuple(changed_lines(before, after))


def last_sent_before(own: OrderDelivery) -> OrderDelivery | None:
    """Return the newest earlier message with which the vendor had another version of the order, or None."""
    if own.purchase_id is None:
        return None
    earlier = deliveries_of(own.purchase_id).where(
        OrderDelivery.vendor_id == own.vendor_id,
        OrderDelivery.version < own.version,
        OrderDelivery.content_sha256 != own.content_sha256,
        OrderDelivery.state.in_(ON_ITS_WAY),
    )
    found = list(db.session.scalars(earlier))
    return found[-1] if found else None


def _total(orders: VendorOrders | None) -> int:
    return orders.total_cents if orders else 0


def _asked_for(messages: list[OrderDelivery], vendor_id: int, version: int) -> date | None:
    found = [one for one in messages if one.vendor_id == vendor_id and one.version == version and one.deliver_on]
    return found[-1].deliver_on if found else None
