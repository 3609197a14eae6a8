"""What all pages of receiving share: their blueprint, and how a change made on one is answered."""

from uuid import UUID

from flask import Blueprint

from carepool.identity.rights import Permission
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.queries import purchase_or_404
from carepool.web.guards import require

blueprint = Blueprint("receiving_pages", "carepool.purchasing.receiving", template_folder="templates")


def own_purchase(purchase_id: UUID) -> Purchase:
    """Return a purchase that the person runs. Raises Forbidden, NotFound."""
    require(Permission.PURCHASES_WRITE)
    return purchase_or_404(purchase_id)
