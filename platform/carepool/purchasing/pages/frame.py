"""What all pages of purchasing share: their blueprint, who looks at them, and what they show of refusals."""

from typing import Any

from flask import Blueprint, request
from sqlalchemy import select

from carepool.alliances.models import Alliance
from carepool.identity.rights import Permission
from carepool.programs.models import Program
from carepool.purchasing.models.purchases import Purchase, PurchaseItem
from carepool.web.paging import Page, page_of
from carepool.web.partial import is_partial
from carepool.web.requests import signed_in
from tenants.database import db, find

__all__ = [
    "PAGE",
    "blueprint",
    "coordinates",
    "is_partial",
    "items_page",
    "own_programs",
    "owner_of",
]

blueprint = Blueprint("purchasing_pages", "carepool.purchasing", template_folder="templates")
PAGE = 25
"""Rows of a page of a list."""


def coordinates() -> bool:
    """Tell whether the person runs purchases of the state."""
    return signed_in().rights.may(Permission.PURCHASES_WRITE)


def own_programs() -> list[Program]:
    """Return the programs whose orders the person sees by a role there, by name."""
    ids = signed_in().rights.programs_with(Permission.ORDERS_READ)
    return list(db.session.scalars(select(Program).where(Program.id.in_(ids)).order_by(Program.name))) if ids else []


def owner_of(purchase: Purchase) -> Alliance | None:
    """Return the alliance that owns a purchase; None for the state."""
    return find(Alliance, purchase.alliance_id) if purchase.alliance_id else None


def items_page(purchase: Purchase) -> Page[Any]:
    """Return one page of a purchase's items by name."""
    query = select(PurchaseItem).where(PurchaseItem.purchase_id == purchase.id)
    return page_of(query, [PurchaseItem.name, PurchaseItem.id], request.args.get("cursor"), PAGE)
