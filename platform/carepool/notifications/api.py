"""JSON routes of a person's messages, and of deliveries that a person must look at."""

from typing import Any
from uuid import UUID

from flask.views import MethodView
from flask_babel import force_locale
from sqlalchemy import select

from carepool.errors import NotFound
from carepool.identity.rights import Permission
from carepool.notifications import actions, schemas, sending
from carepool.notifications.models import Delivery, Message
from carepool.notifications.notices import sentence_of
from carepool.ui.languages import LOCALES, SOURCE, language_asked
from carepool.web.blueprints import ApiBlueprint
from carepool.web.bodies import page_body, page_schema
from carepool.web.guards import needs, require
from carepool.web.paging import page_of
from carepool.web.requests import signed_in
from tenants.database import find

blueprint = ApiBlueprint("notifications", __name__, description="Messages and their delivery")
P = Permission


@blueprint.route("/messages")
class Messages(MethodView):
    """The caller's messages."""

    @needs(P.MESSAGES_READ)
    @blueprint.arguments(schemas.MessageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.MessageOut))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List the caller's own messages, the newest first, in the language asked for or else the caller's own."""
        person = signed_in().person
        own = actions.inbox(person.id)
        if query["unread"]:
            own = own.where(Message.read_at.is_(None))
        page = page_of(own, [Message.id], query["cursor"], query["limit"], newest_first=True)
        language = language_asked() or (person.language if person.language in LOCALES else SOURCE)
        with force_locale(LOCALES[language]):
            return {**page_body(page), "items": [_with_sentence(one) for one in page.rows]}


@blueprint.route("/messages/read")
class Reading(MethodView):
    """Messages that were seen."""

    @needs(P.MESSAGES_READ)
    @blueprint.arguments(schemas.ReadIn)
    @blueprint.response(200, schemas.ReadOut)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Mark a message and all older ones as read."""
        person_id = signed_in().person.id
        newest = find(Message, body["up_to"])
        if newest is None or newest.person_id != person_id:
            raise NotFound("message")
        actions.read_messages(person_id, newest.id)
        return {"unread": actions.count_unread(person_id)}


@blueprint.route("/deliveries")
class Deliveries(MethodView):
    """Messages on their way."""

    @needs(P.DELIVERIES_WRITE)
    @blueprint.arguments(schemas.DeliveryQuery, location="query")
    @blueprint.response(200, page_schema(schemas.DeliveryOut))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List the state's deliveries, the newest message first; `state=unknown` are those that wait for a person."""
        require(P.DELIVERIES_WRITE)
        found = select(Delivery)
        if query["state"]:
            found = found.where(Delivery.state == query["state"])
        keys = [Delivery.message_id, Delivery.channel]
        return page_body(page_of(found, keys, query["cursor"], query["limit"], newest_first=True))


@blueprint.route("/deliveries/<message:message_id>/resolve")
class Resolving(MethodView):
    """A delivery whose outcome is unknown."""

    @needs(P.DELIVERIES_WRITE)
    @blueprint.arguments(schemas.ResolveIn)
    @blueprint.response(200, schemas.DeliveryOut)
    def post(self, body: dict[str, Any], message_id: UUID) -> Delivery:
        """Settle an unknown delivery: it was sent, or send it again."""
        require(P.DELIVERIES_WRITE)
        return sending.resolve_delivery(signed_in().actor, message_id, body["channel"], body["outcome"])


def _with_sentence(one: Message) -> dict[str, Any]:
    names = ("id", "kind", "subject_id", "created_at", "read_at")
    return {**{name: getattr(one, name) for name in names}, "sentence": sentence_of(one)}
