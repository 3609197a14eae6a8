"""What all pages of settlement share: their blueprint, and who may see them."""

from uuid import UUID

from flask import Blueprint

from carepool.identity.rights import Permission
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.queries import purchase_or_404
from carepool.web.guards import require

blueprint = Blueprint("settlement_pages", "carepool.purchasing.settlement", template_folder="templates")
PAGE = 25
"""Rows of a page of a list."""


def own_purchase(purchase_id: UUID) -> Purchase:
    """Return a purchase whose money the person keeps. Raises Forbidden, NotFound."""
    require(Permission.MONEY_WRITE)
    return purchase_or_404(purchase_id)
