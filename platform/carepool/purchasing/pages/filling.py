"""The coordinator watches a purchase, or one item of it, fill day by day."""

from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue

from carepool.identity.rights import Permission
from carepool.purchasing import queries
from carepool.purchasing.filling.days import chart_of
from carepool.purchasing.filling.reads import days_of, item_of_or_404
from carepool.purchasing.models.purchases import Purchase, PurchaseItem
from carepool.purchasing.pages.frame import blueprint, items_page
from carepool.purchasing.pages.purchase_page import own_purchase
from carepool.web.guards import needs

P = Permission


@blueprint.get("/purchases/<purchase:purchase_id>/filling")
@needs(P.PURCHASES_WRITE)
def filling(purchase_id: UUID) -> ResponseReturnValue:
    """Show how a purchase fills, with its items."""
    return _shown(own_purchase(purchase_id), None)


@blueprint.get("/purchases/<purchase:purchase_id>/filling/<purchase_item:item_id>")
@needs(P.PURCHASES_WRITE)
def item_filling(purchase_id: UUID, item_id: UUID) -> ResponseReturnValue:
    """Show how one item fills, with the rungs of its ladder."""
    own = own_purchase(purchase_id)
    return _shown(own, item_of_or_404(own, item_id))


def _shown(own: Purchase, item: PurchaseItem | None) -> str:
    days = days_of(own, item)
    return render_template(
        "purchasing/filling.html",
        purchase=own,
        item=item,
        days=days,
        chart=chart_of(days, item.ladder if item else [], item.case_size if item else 1),
        view=queries.ladders(own.id, [item.id], {})[item.id] if item else None,
        items=None if item else items_page(own),
    )
