"""JSON routes for a purchase whose vendors' minimums are in danger or were missed."""

from typing import Any
from uuid import UUID

from flask import Response
from flask.views import MethodView

from carepool.identity.rights import Permission
from carepool.purchasing import queries, schemas
from carepool.purchasing.actions import extending, remedies, rolling_over
from carepool.purchasing.minimums import schemas as minimums_schemas
from carepool.purchasing.minimums.standing import vendors_standing
from carepool.purchasing.models.purchases import Purchase
from carepool.web.blueprints import ApiBlueprint
from carepool.web.etags import based_on, tagged
from carepool.web.guards import needs, require
from carepool.web.idempotency import idempotent
from carepool.web.requests import signed_in

blueprint = ApiBlueprint("minimums", __name__, description="Vendors' minimums, and what is done where one is missed")
P = Permission
_PURCHASE_OUT = schemas.PurchaseOut()


@blueprint.route("/purchases/<purchase:purchase_id>/minimums")
class Minimums(MethodView):
    """Vendors' minimums in a purchase."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.response(200, minimums_schemas.VendorsStanding)
    def get(self, purchase_id: UUID) -> dict[str, Any]:
        """List by how much each vendor's minimum is missed and what would close the gap."""
        require(P.PURCHASES_WRITE)
        return {"items": vendors_standing(queries.purchase_or_404(purchase_id).id)}


@blueprint.route("/purchases/<purchase:purchase_id>/minimums/<contract:contract_id>")
class OneRemedy(MethodView):
    """What the coordinator decides about one vendor."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(minimums_schemas.RemedyIn)
    @idempotent
    @blueprint.response(200, schemas.PurchaseOut)
    def put(self, body: dict[str, Any], purchase_id: UUID, contract_id: UUID) -> Response:
        """Lower the minimum, leave the vendor out, or move its orders at the close; send If-Match with the ETag you read."""
        require(P.PURCHASES_WRITE)
        changed = remedies.remedy_vendor(signed_in().actor, purchase_id, contract_id, based_on=based_on(), **body)
        return tagged(_PURCHASE_OUT, changed)


@blueprint.route("/purchases/<purchase:purchase_id>/extend")
class Extending(MethodView):
    """Putting the close off."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(minimums_schemas.Extension)
    @idempotent
    @blueprint.response(200, schemas.PurchaseOut)
    def post(self, body: dict[str, Any], purchase_id: UUID) -> Response:
        """Keep a purchase open longer, or open one again that missed its minimum; send If-Match with the ETag you read."""
        require(P.PURCHASES_WRITE)
        changed = extending.extend_purchase(signed_in().actor, purchase_id, body["until"], based_on())
        return tagged(_PURCHASE_OUT, changed)


@blueprint.route("/purchases/<purchase:purchase_id>/roll-over")
class RollingOver(MethodView):
    """Moving orders to a new purchase."""

    @needs(P.PURCHASES_WRITE)
    @idempotent
    @blueprint.response(200, schemas.PurchaseOut)
    def post(self, purchase_id: UUID) -> Purchase:
        """Move what could not be bought to a new draft, once a close; the answer is the draft. Asked again, the same."""
        require(P.PURCHASES_WRITE)
        return rolling_over.roll_over(signed_in().actor, purchase_id)
