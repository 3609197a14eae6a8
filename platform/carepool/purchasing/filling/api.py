"""JSON routes of how a purchase fills day by day."""

from typing import Any
from uuid import UUID

from flask.views import MethodView
from marshmallow import Schema, fields

from carepool.identity.rights import Permission
from carepool.purchasing import queries
from carepool.purchasing.filling.reads import days_of, item_of_or_404
from carepool.web.blueprints import ApiBlueprint
from carepool.web.guards import needs, require

blueprint = ApiBlueprint("filling", __name__, description="How purchases fill day by day")
P = Permission


class DayOut(Schema):
    """A day on the state's calendar: orders placed and eaches wanted on it, and the sums with it."""

    day = fields.Date(required=True)
    orders = fields.Integer(required=True)
    eaches = fields.Integer(required=True)
    orders_so_far = fields.Integer(required=True)
    eaches_so_far = fields.Integer(required=True)


class FillingOut(Schema):
    """All days on which a purchase was filled, at most 92."""

    days = fields.List(fields.Nested(DayOut), required=True)


@blueprint.route("/purchases/<purchase:purchase_id>/filling")
class Filling(MethodView):
    """How a purchase fills."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.response(200, FillingOut)
    def get(self, purchase_id: UUID) -> dict[str, Any]:
        """Read orders and eaches of all items, day by day."""
        require(P.PURCHASES_WRITE)
        return {"days": days_of(queries.purchase_or_404(purchase_id), None)}


@blueprint.route("/purchases/<purchase:purchase_id>/filling/<purchase_item:item_id>")
class ItemFilling(MethodView):
    """How one item fills."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.response(200, FillingOut)
    def get(self, purchase_id: UUID, item_id: UUID) -> dict[str, Any]:
        """Read programs and eaches of one item, day by day."""
        require(P.PURCHASES_WRITE)
        own = queries.purchase_or_404(purchase_id)
        return {"days": days_of(own, item_of_or_404(own, item_id))}
