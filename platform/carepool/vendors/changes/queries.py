"""Reads of changes of orders that are out."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select

from carepool.programs.models import Program
from carepool.purchasing.models.orders import ProgramOrder
from carepool.purchasing.models.purchases import PurchaseItem
from carepool.vendors.changes.models import OrderEdit, OrderQuestion
from tenants.database import db, one_of, session
from tenants.registry import Vendor

FOUND = 10
"""Programs or items that a search offers at once."""


def edits_of(purchase_id: UUID) -> Select[Any]:
    """Return the edits of a purchase after its close."""
    return select(OrderEdit).where(OrderEdit.purchase_id == purchase_id)


def questions_of_purchase(purchase_id: UUID) -> Select[Any]:
    """Return the questions that vendors were asked about a purchase."""
    own = OrderQuestion.tenant_id == session().scope.id, OrderQuestion.purchase_id == purchase_id
    return select(OrderQuestion).where(*own)


def programs_found(purchase_id: UUID, words: str) -> list[Program]:
    """Return programs with an order or a draft in a purchase whose name or license number holds some words, by name."""
    own = (ProgramOrder.tenant_id == Program.tenant_id) & (ProgramOrder.program_id == Program.id)
    found = select(Program).join(ProgramOrder, own).where(ProgramOrder.purchase_id == purchase_id)
    for word in words.split()[:10]:
        found = found.where(
            or_(
                Program.name.icontains(word, autoescape=True),
                Program.licence_number.icontains(word, autoescape=True),
            )
        )
    return list(db.session.scalars(found.order_by(Program.name, Program.id).limit(FOUND)))


def items_found(purchase_id: UUID, words: str, without: Iterable[UUID]) -> Select[Any]:
    """Return the items of a purchase whose name or number holds some words, but for some of them; all without words."""
    found = select(PurchaseItem).where(PurchaseItem.purchase_id == purchase_id)
    if known := list(without):
        found = found.where(PurchaseItem.id.not_in(known))
    for word in words.split()[:10]:
        found = found.where(
            or_(PurchaseItem.name.icontains(word, autoescape=True), PurchaseItem.sku.icontains(word, autoescape=True))
        )
    return found


def public_ids(vendor_ids: Iterable[int]) -> list[UUID]:
    """Return the ids by which vendors are known outside."""
    wanted = list(vendor_ids)
    found = select(Vendor.public_id).where(one_of(Vendor.id, wanted)).order_by(Vendor.public_id)
    return list(db.session.scalars(found)) if wanted else []


def programs_of(ids: Iterable[UUID]) -> dict[UUID, Program]:
    """Return programs by id."""
    wanted = list(ids)
    found = db.session.scalars(select(Program).where(one_of(Program.id, wanted))) if wanted else ()
    return {one.id: one for one in found}
