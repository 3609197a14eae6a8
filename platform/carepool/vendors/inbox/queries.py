"""Reads of files that vendors brought."""

from uuid import UUID

from sqlalchemy import select

from carepool.vendors.inbox.models import VendorFile
from tenants.database import db, session

_SHOWN = 20


def files_of_vendor(vendor_id: int) -> list[VendorFile]:
    """Return the newest files of a vendor, taken or refused, the newest first."""
    own = VendorFile.tenant_id == session().scope.id, VendorFile.vendor_id == vendor_id
    return list(db.session.scalars(select(VendorFile).where(*own).order_by(VendorFile.id.desc()).limit(_SHOWN)))


def files_of_purchase(purchase_id: UUID, vendor_id: int | None = None) -> list[VendorFile]:
    """Return the files that were taken for a purchase, of one vendor or of all, the newest first."""
    own = [VendorFile.tenant_id == session().scope.id, VendorFile.purchase_id == purchase_id]
    own += [VendorFile.vendor_id == vendor_id] if vendor_id is not None else []
    return list(db.session.scalars(select(VendorFile).where(*own).order_by(VendorFile.id.desc()).limit(_SHOWN)))
