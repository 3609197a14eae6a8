"""JSON routes of webhooks: endpoints, their log, sending again."""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from carepool.clock import now
from carepool.identity.rights import Permission
from carepool.publishing import published_events
from carepool.web.blueprints import ApiBlueprint
from carepool.web.bodies import PageQuery, page_body, page_schema
from carepool.web.guards import needs, require
from carepool.web.paging import page_of
from carepool.web.requests import signed_in
from carepool.webhooks import announcing, endpoints, resending, schemas
from carepool.webhooks.models import WebhookDelivery, WebhookEndpoint

blueprint = ApiBlueprint("webhooks", __name__, description="What happens, posted to a state's own systems")
P = Permission


@blueprint.route("/webhook-events")
class Events(MethodView):
    """Kinds of events."""

    @needs(P.STATE_WRITE)
    @blueprint.response(200, schemas.EventOut(many=True))
    def get(self) -> Any:
        """List the events that an endpoint can hear of."""
        return list(published_events().values())


@blueprint.route("/webhooks")
class Endpoints(MethodView):
    """Addresses that hear of events."""

    @needs(P.STATE_WRITE)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.EndpointOut))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List them, the oldest first."""
        require(P.STATE_WRITE)
        return page_body(page_of(endpoints.endpoints(), [WebhookEndpoint.id], query["cursor"], query["limit"]))

    @needs(P.STATE_WRITE)
    @blueprint.arguments(schemas.EndpointIn)
    @blueprint.response(201, schemas.EndpointWithSecretOut)
    def post(self, body: dict[str, Any]) -> WebhookEndpoint:
        """Set one up; the answer holds its secret, this once."""
        require(P.STATE_WRITE)
        return endpoints.add_endpoint(signed_in().actor, body)


@blueprint.route("/webhooks/<webhook_endpoint:endpoint_id>")
class OneEndpoint(MethodView):
    """An address that hears of events."""

    @needs(P.STATE_WRITE)
    @blueprint.response(200, schemas.EndpointOut)
    def get(self, endpoint_id: UUID) -> WebhookEndpoint:
        """Show it."""
        require(P.STATE_WRITE)
        return endpoints.endpoint_or_404(endpoint_id)

    @needs(P.STATE_WRITE)
    @blueprint.arguments(schemas.EndpointChangeIn)
    @blueprint.response(200, schemas.EndpointOut)
    def put(self, body: dict[str, Any], endpoint_id: UUID) -> WebhookEndpoint:
        """Change it, switch it on or off."""
        require(P.STATE_WRITE)
        return endpoints.change_endpoint(signed_in().actor, endpoint_id, body)

    @needs(P.STATE_WRITE)
    @blueprint.response(204)
    def delete(self, endpoint_id: UUID) -> None:
        """Delete it: nothing is posted to it any more, and what waited has failed. Its log stays for 30 days."""
        require(P.STATE_WRITE)
        endpoints.delete_endpoint(signed_in().actor, endpoint_id)


@blueprint.route("/webhooks/<webhook_endpoint:endpoint_id>/rotate")
class Rotating(MethodView):
    """The secret of an endpoint."""

    @needs(P.STATE_WRITE)
    @blueprint.response(200, schemas.EndpointWithSecretOut)
    def post(self, endpoint_id: UUID) -> WebhookEndpoint:
        """Make a new secret; the one before signs beside it for 24 hours."""
        require(P.STATE_WRITE)
        return endpoints.rotate_secret(signed_in().actor, endpoint_id, now())


@blueprint.route("/webhooks/<webhook_endpoint:endpoint_id>/test")
class Testing(MethodView):
    """A trial of an endpoint."""

    @needs(P.STATE_WRITE)
    @blueprint.response(202, schemas.HookDeliveryOut)
    def post(self, endpoint_id: UUID) -> WebhookDelivery:
        """Send an event of type `webhook.test`."""
        require(P.STATE_WRITE)
        return announcing.send_test(endpoint_id)


@blueprint.route("/webhooks/<webhook_endpoint:endpoint_id>/deliveries")
class Deliveries(MethodView):
    """The log of an endpoint."""

    @needs(P.STATE_WRITE)
    @blueprint.arguments(schemas.DeliveryQuery, location="query")
    @blueprint.response(200, page_schema(schemas.HookDeliveryOut))
    def get(self, query: dict[str, Any], endpoint_id: UUID) -> dict[str, Any]:
        """List its deliveries, the newest first; also those of an endpoint that was deleted."""
        require(P.STATE_WRITE)
        own = endpoints.endpoint_or_404(endpoint_id, deleted=True)
        found = resending.deliveries_of(own.id, query["state"])
        return page_body(page_of(found, [WebhookDelivery.id], query["cursor"], query["limit"], newest_first=True))


@blueprint.route("/webhooks/<webhook_endpoint:endpoint_id>/resend")
class ResendingFailed(MethodView):
    """What an endpoint missed."""

    @needs(P.STATE_WRITE)
    @blueprint.arguments(schemas.ResendIn)
    @blueprint.response(202, schemas.ResendOut)
    def post(self, body: dict[str, Any], endpoint_id: UUID) -> dict[str, int]:
        """Send all that failed since a moment again."""
        require(P.STATE_WRITE)
        return {"deliveries": resending.resend_failed(signed_in().actor, endpoint_id, body["since"])}


@blueprint.route("/webhook-deliveries/<webhook_delivery:delivery_id>")
class OneDelivery(MethodView):
    """One event for one endpoint."""

    @needs(P.STATE_WRITE)
    @blueprint.response(200, schemas.HookDeliveryWholeOut)
    def get(self, delivery_id: UUID) -> dict[str, Any]:
        """Show what is posted, and every attempt."""
        require(P.STATE_WRITE)
        own = resending.delivery_or_404(delivery_id)
        names = schemas.HookDeliveryOut().fields
        return {
            **{name: getattr(own, name) for name in names},
            "body": own.body,
            "tried": resending.attempts_of(own.id),
        }


@blueprint.route("/webhook-deliveries/<webhook_delivery:delivery_id>/resend")
class ResendingOne(MethodView):
    """One event for one endpoint."""

    @needs(P.STATE_WRITE)
    @blueprint.response(202, schemas.HookDeliveryOut)
    def post(self, delivery_id: UUID) -> WebhookDelivery:
        """Send it again, with the same webhook-id."""
        require(P.STATE_WRITE)
        return resending.resend(signed_in().actor, delivery_id)
