"""Reads of files that vendors brought."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from carepool.purchasing.models.purchase_orders import PurchaseOrder
from carepool.purchasing.models.purchases import Purchase
from carepool.vendors.inbox.models import ExpectedLine, ExpectedShipment, VendorFile
from tenants.database import db, one_of, session

_SHOWN = 20


def vendor_files(purchase_id: UUID) -> Select[Any]:
    """Return the files that were taken for a purchase."""
    return select(VendorFile).where(VendorFile.tenant_id == session().scope.id, VendorFile.purchase_id == purchase_id)


def expected_in(purchase: Purchase) -> list[dict[str, Any]]:
    """Return what is on its way for a purchase, as its schema wants it."""
    own = PurchaseOrder.tenant_id == session().scope.id, PurchaseOrder.purchase_id == purchase.id
    orders = list(db.session.scalars(select(PurchaseOrder.id).where(*own)))
    names = ("id", "number", "revision", "shipped_on", "arrives_on", "carrier", "tracking", "note")
    return [{**{name: getattr(one, name) for name in names}, "lines": lines} for one, lines in expected_for(orders)]


def files_of_vendor(vendor_id: int) -> list[VendorFile]:
    """Return the newest files of a vendor, taken or refused, the newest first."""
    own = VendorFile.tenant_id == session().scope.id, VendorFile.vendor_id == vendor_id
    return list(db.session.scalars(select(VendorFile).where(*own).order_by(VendorFile.id.desc()).limit(_SHOWN)))


def files_of_purchase(purchase_id: UUID, vendor_id: int | None = None) -> list[VendorFile]:
    """Return the files that were taken for a purchase, of one vendor or of all, the newest first."""
    own = [VendorFile.tenant_id == session().scope.id, VendorFile.purchase_id == purchase_id]
    own += [VendorFile.vendor_id == vendor_id] if vendor_id is not None else []
    return list(db.session.scalars(select(VendorFile).where(*own).order_by(VendorFile.id.desc()).limit(_SHOWN)))


def expected_for(purchase_order_ids: Sequence[UUID]) -> list[tuple[ExpectedShipment, list[ExpectedLine]]]:
    """Return what is on its way for purchase orders, by the newest notice of each shipment, the earliest arrival first."""
    own = ExpectedLine.tenant_id == session().scope.id, ExpectedLine.purchase_order_id.in_(purchase_order_ids)
    lines: dict[UUID, list[ExpectedLine]] = {}
    for line in db.session.scalars(select(ExpectedLine).where(*own).order_by(ExpectedLine.place)):
        lines.setdefault(line.shipment_id, []).append(line)
    of_lines = ExpectedShipment.tenant_id == session().scope.id, one_of(ExpectedShipment.id, lines)
    newest: dict[tuple[UUID, int, str], ExpectedShipment] = {}
    for one in db.session.scalars(select(ExpectedShipment).where(*of_lines)):
        key = one.purchase_id, one.vendor_id, one.number
        if key not in newest or newest[key].revision < one.revision:
            newest[key] = one
    found = [(one, lines[one.id]) for one in newest.values()]
    return sorted(
        found, key=lambda pair: (pair[0].arrives_on is None, pair[0].arrives_on or pair[0].at.date(), pair[0].number)
    )
