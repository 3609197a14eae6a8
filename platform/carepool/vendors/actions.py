"""Verbs of the shared vendor directory."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from carepool.errors import NotFound
from tenants.database import db, session
from tenants.ids import VendorId
from tenants.registry import Vendor


def register_vendor(name: str, email: str = "", phone: str = "") -> Vendor:
    """Return the directory's vendor of this name that this state registered, or enter it."""
    mine = session().scope.id
    known = select(Vendor).where(func.lower(Vendor.name) == name.lower(), Vendor.registered_by == mine)
    vendor = db.session.scalars(known.limit(1)).one_or_none()
    if vendor is None:
        vendor = Vendor(name=name, email=email, phone=phone, registered_by=mine)
        db.session.add(vendor)
        db.session.flush()
    return vendor


def vendors_named(words: str | None) -> Select[Any]:
    """Return the directory's vendors whose names hold the words; all without words."""
    return select(Vendor).where(Vendor.name.icontains(words, autoescape=True)) if words else select(Vendor)


def vendor_number(public_id: UUID) -> VendorId:
    """Return the directory number of a vendor. Raises NotFound."""
    number = db.session.scalar(select(Vendor.id).where(Vendor.public_id == public_id))
    if number is None:
        raise NotFound("vendor")
    return VendorId(number)
