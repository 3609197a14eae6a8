"""JSON routes of a person's messages, and of deliveries that a person must look at."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from flask.views import MethodView
from flask_babel import force_locale
from sqlalchemy import select

from carepool.errors import NotFound
from carepool.identity.models import Person
from carepool.identity.rights import Permission
from carepool.notifications import actions, bounces, choices, schemas, sending, standing
from carepool.notifications.models import Delivery, Message, SilencedAddress
from carepool.notifications.sentences import sentence_of
from carepool.ui.languages import LOCALES, SOURCE, language_asked
from carepool.web.blueprints import ApiBlueprint
from carepool.web.bodies import PageQuery, page_body, page_schema
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


@blueprint.route("/messages/settings")
class MessageSettings(MethodView):
    """How messages come to the caller."""

    @needs(P.MESSAGES_READ)
    @blueprint.response(200, schemas.SettingsOut)
    def get(self) -> dict[str, Any]:
        """Show which notices come by which channel, quiet hours and the daily summary."""
        return _settings(signed_in().person.id)

    @needs(P.MESSAGES_READ)
    @blueprint.arguments(schemas.SettingsIn)
    @blueprint.response(200, schemas.SettingsOut)
    def put(self, body: dict[str, Any]) -> dict[str, Any]:
        """Keep choices; notices that are left out stay as they are."""
        person_id = signed_in().person.id
        choices.choose(person_id, body.pop("notices"))
        choices.set_times(person_id, choices.Times(**body))
        return _settings(person_id)


@blueprint.route("/silenced-addresses")
class SilencedAddresses(MethodView):
    """Addresses that nothing is sent to."""

    @needs(P.DELIVERIES_WRITE)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.SilencedOut))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List them, the newest first."""
        require(P.DELIVERIES_WRITE)
        keys = [SilencedAddress.id]
        return page_body(page_of(select(SilencedAddress), keys, query["cursor"], query["limit"], newest_first=True))


@blueprint.route("/silenced-addresses/<silenced_address:silenced_id>")
class OneSilencedAddress(MethodView):
    """An address that nothing is sent to."""

    @needs(P.DELIVERIES_WRITE)
    @blueprint.response(204)
    def delete(self, silenced_id: UUID) -> None:
        """Clear it: later messages go out again."""
        require(P.DELIVERIES_WRITE)
        bounces.clear_address(signed_in().actor, silenced_id)


@blueprint.route("/channels")
class Channels(MethodView):
    """The ways by which messages go out."""

    @needs(P.DELIVERIES_WRITE)
    @blueprint.response(200, schemas.StandingOut(many=True))
    def get(self) -> list[standing.Standing]:
        """Show where each stands: what waits, since when and why."""
        require(P.DELIVERIES_WRITE)
        return standing.standings()


@blueprint.route("/channels/retry")
class Retrying(MethodView):
    """A channel that did not work."""

    @needs(P.DELIVERIES_WRITE)
    @blueprint.arguments(schemas.RetryIn)
    @blueprint.response(200, schemas.RetryOut)
    def post(self, body: dict[str, Any]) -> dict[str, int]:
        """Try all that waits again at once."""
        require(P.DELIVERIES_WRITE)
        return {"messages": standing.retry_channel(body["channel"])}


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


def _settings(person_id: UUID) -> dict[str, Any]:
    person = find(Person, person_id)
    phone = person.phone if person is not None and person.phone_verified_at is not None else None
    return {"notices": choices.choices_of(person_id), **asdict(choices.times_of(person_id)), "phone": phone}


def _with_sentence(one: Message) -> dict[str, Any]:
    names = ("id", "kind", "subject_id", "created_at", "read_at")
    return {**{name: getattr(one, name) for name in names}, "sentence": sentence_of(one)}
