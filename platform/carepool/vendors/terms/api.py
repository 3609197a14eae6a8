"""JSON routes of ordering terms."""

from typing import Any
from uuid import UUID

from flask import Response
from flask.views import MethodView

from carepool.identity.rights import Permission
from carepool.vendors.deliveries import schemas as deliveries_schemas
from carepool.vendors.deliveries.actions import send_test
from carepool.vendors.deliveries.models import OrderDelivery
from carepool.vendors.terms import actions, schemas
from carepool.web.blueprints import ApiBlueprint
from carepool.web.etags import based_on, tagged
from carepool.web.guards import needs, require
from carepool.web.idempotency import idempotent
from carepool.web.requests import signed_in

blueprint = ApiBlueprint("ordering_terms", __name__, description="How vendors are ordered from")
P = Permission
_TERMS_OUT = schemas.OrderingTermsOut()


@blueprint.route("/contracts/<contract:contract_id>/ordering-terms")
class Terms(MethodView):
    """How the vendor of a contract is ordered from; the same for all contracts with it."""

    @needs(P.CATALOGS_WRITE)
    @blueprint.response(200, schemas.OrderingTermsOut)
    def get(self, contract_id: UUID) -> Response:
        """Read them; the ETag is their version, 0 where nothing was set yet."""
        require(P.CATALOGS_WRITE)
        return tagged(_TERMS_OUT, actions.terms_of(actions.contract_of(contract_id).vendor_id))

    @needs(P.CATALOGS_WRITE)
    @blueprint.arguments(schemas.OrderingTermsIn)
    @idempotent
    @blueprint.response(200, schemas.OrderingTermsOut)
    def put(self, body: dict[str, Any], contract_id: UUID) -> Response:
        """Keep them; send If-Match with the ETag that you read."""
        require(P.CATALOGS_WRITE)
        return tagged(_TERMS_OUT, actions.change_terms(signed_in().actor, contract_id, body, based_on()))


@blueprint.route("/contracts/<contract:contract_id>/ordering-terms/webhook-secret")
class WebhookSecret(MethodView):
    """What signs orders that are posted to the vendor's own system."""

    @needs(P.CATALOGS_WRITE)
    @blueprint.response(200, schemas.SecretOut)
    def post(self, contract_id: UUID) -> dict[str, str]:
        """Make a new secret; the answer holds it, this once."""
        require(P.CATALOGS_WRITE)
        return {"secret": actions.rotate_webhook_secret(signed_in().actor, contract_id)}


@blueprint.route("/contracts/<contract:contract_id>/ordering-terms/door-secret")
class DoorSecret(MethodView):
    """What a vendor's own system proves itself with."""

    @needs(P.CATALOGS_WRITE)
    @blueprint.response(200, schemas.SecretOut)
    def post(self, contract_id: UUID) -> dict[str, str]:
        """Make a new secret for cXML that the vendor posts here; the answer holds it, this once, and the old one ends."""
        require(P.CATALOGS_WRITE)
        return {"secret": actions.rotate_door_secret(signed_in().actor, contract_id)}


@blueprint.route("/contracts/<contract:contract_id>/test-order")
class TestOrder(MethodView):
    """A trial of the way to a vendor."""

    __test__ = False

    @needs(P.CATALOGS_WRITE)
    @blueprint.arguments(schemas.TestOrderIn)
    @idempotent
    @blueprint.response(202, deliveries_schemas.OrderDeliveryOut)
    def post(self, body: dict[str, Any], contract_id: UUID) -> OrderDelivery:
        """Send an order that says that it is a test, by one of the ways that are set up."""
        require(P.CATALOGS_WRITE)
        return send_test(signed_in().actor, contract_id, body["channel"])
