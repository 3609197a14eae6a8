"""JSON routes of orders to vendors: send them, see the proof, settle what is in doubt."""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from carepool.identity.rights import Permission
from carepool.purchasing.queries import purchase_or_404
from carepool.vendors.actions import vendor_number
from carepool.vendors.deliveries import actions, schemas
from carepool.vendors.deliveries.models import OrderDelivery
from carepool.vendors.deliveries.standing import delivery_or_404, standings_of, steps_of
from carepool.vendors.links.actions import revoke_links
from carepool.web.blueprints import ApiBlueprint
from carepool.web.guards import needs, require
from carepool.web.idempotency import idempotent
from carepool.web.requests import signed_in

blueprint = ApiBlueprint("vendor_orders", __name__, description="Orders on their way to vendors")
P = Permission


@blueprint.route("/purchases/<purchase:purchase_id>/vendor-orders")
class VendorOrders(MethodView):
    """The orders of a closed purchase, one message a vendor."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.response(200, schemas.VendorOrdersOut)
    def get(self, purchase_id: UUID) -> dict[str, Any]:
        """List where each vendor stands."""
        require(P.PURCHASES_WRITE)
        return {"items": standings_of(purchase_or_404(purchase_id))}

    @needs(P.PURCHASES_WRITE)
    @idempotent
    @blueprint.response(202, schemas.QueuedOut)
    def post(self, purchase_id: UUID) -> dict[str, int]:
        """Send each vendor its orders; what a vendor has already is not sent again."""
        require(P.PURCHASES_WRITE)
        return {"queued": actions.send_orders(signed_in().actor, purchase_id)}


@blueprint.route("/purchases/<purchase:purchase_id>/vendor-orders/by-hand")
class ByHand(MethodView):
    """Orders that a person gave a vendor outside of Carepool."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(schemas.ByHandIn)
    @idempotent
    @blueprint.response(200, schemas.OrderDeliveryOut)
    def post(self, body: dict[str, Any], purchase_id: UUID) -> OrderDelivery:
        """Write down that a vendor has its orders, and how."""
        require(P.PURCHASES_WRITE)
        purchase_or_404(purchase_id)
        vendor = vendor_number(body["vendor_id"])
        return actions.mark_by_hand(signed_in().actor, purchase_id, vendor, body["note"])


@blueprint.route("/order-deliveries/<order_delivery:delivery_id>")
class OneDelivery(MethodView):
    """One order message."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.response(200, schemas.OrderDeliveryWholeOut)
    def get(self, delivery_id: UUID) -> dict[str, Any]:
        """Show it with every step and its proof."""
        require(P.PURCHASES_WRITE)
        own = delivery_or_404(delivery_id)
        return {**{name: getattr(own, name) for name in schemas.OrderDeliveryOut().fields}, "steps": steps_of(own.id)}


@blueprint.route("/order-deliveries/<order_delivery:delivery_id>/again")
class Again(MethodView):
    """A message that was refused or bounced."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.response(202, schemas.OrderDeliveryOut)
    def post(self, delivery_id: UUID) -> OrderDelivery:
        """Send it again the same way."""
        require(P.PURCHASES_WRITE)
        return actions.try_again(signed_in().actor, delivery_id)


@blueprint.route("/order-deliveries/<order_delivery:delivery_id>/other-way")
class OtherWay(MethodView):
    """A message that does not get through."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.response(202, schemas.OrderDeliveryOut)
    def post(self, delivery_id: UUID) -> OrderDelivery:
        """Send its orders by the fallback of the vendor's terms."""
        require(P.PURCHASES_WRITE)
        return actions.send_by(signed_in().actor, delivery_id)


@blueprint.route("/order-deliveries/<order_delivery:delivery_id>/settle")
class Settling(MethodView):
    """A message whose answer was lost."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(schemas.SettleIn)
    @blueprint.response(200, schemas.OrderDeliveryOut)
    def post(self, body: dict[str, Any], delivery_id: UUID) -> OrderDelivery:
        """Say that the vendor has it, or send it again."""
        require(P.PURCHASES_WRITE)
        return actions.settle(signed_in().actor, delivery_id, body["settlement"])


@blueprint.route("/order-deliveries/<order_delivery:delivery_id>/revoke-links")
class Revoking(MethodView):
    """The links by which the vendor opens an order."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.response(200, schemas.RevokedOut)
    def post(self, delivery_id: UUID) -> dict[str, int]:
        """End them at once."""
        require(P.PURCHASES_WRITE)
        return {"links": revoke_links(signed_in().actor, delivery_id)}
