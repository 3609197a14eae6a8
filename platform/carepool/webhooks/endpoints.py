"""Verbs of endpoints: set up, change, switch, rotate the secret, delete."""

import base64
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, update

from carepool import events, outbound
from carepool.errors import Invalid, NotFound, Refusal
from carepool.outbox import Actor, record_event
from carepool.publishing import published_events
from carepool.sentences import marked
from carepool.webhooks.models import EndpointState, HookState, WebhookDelivery, WebhookEndpoint
from tenants.database import db, find
from tenants.ids import new_id

MOST_ENDPOINTS = 20
OVERLAP = timedelta(hours=24)
"""How long the secret before signs beside the new one."""
DELETED = marked("The webhook was deleted before this arrived.")


def add_endpoint(by: Actor, facts: Mapping[str, Any]) -> WebhookEndpoint:
    """Set up an endpoint with a fresh secret. `facts`: url, description, events (none: all). Raises Invalid, Refusal."""
    _check(facts)
    if (db.session.scalar(select(func.count()).select_from(endpoints().subquery())) or 0) >= MOST_ENDPOINTS:
        raise Refusal("too-many-webhooks", marked("A state has at most %(most)s webhooks.", most=MOST_ENDPOINTS))
    own = WebhookEndpoint(id=new_id(), secret=_fresh_secret(), **facts)
    db.session.add(own)
    record_event(events.WEBHOOK_MADE, own.id, by, {"url": [None, own.url]})
    db.session.flush()
    return own


def change_endpoint(by: Actor, endpoint_id: UUID, facts: Mapping[str, Any]) -> WebhookEndpoint:
    """Change an endpoint. `facts`: as in `add_endpoint`, and `enabled`. Raises NotFound, Invalid."""
    own = _locked(endpoint_id)
    enabled = facts["enabled"]
    wanted = {name: value for name, value in facts.items() if name != "enabled"}
    _check(wanted)
    if enabled != (own.state == EndpointState.ON):
        wanted["state"] = EndpointState.ON if enabled else EndpointState.OFF
        own.failing_since = None
    diff = {name: [getattr(own, name), value] for name, value in wanted.items() if getattr(own, name) != value}
    for name, value in wanted.items():
        setattr(own, name, value)
    if diff:
        record_event(events.WEBHOOK_CHANGED, own.id, by, diff)
    db.session.flush()
    return own


def rotate_secret(by: Actor, endpoint_id: UUID, at: datetime) -> WebhookEndpoint:
    """Give an endpoint a fresh secret; the one before signs beside it for a day. Raises NotFound."""
    own = _locked(endpoint_id)
    own.sealed_previous, own.previous_until = own.sealed_secret, at + OVERLAP
    own.secret = _fresh_secret()
    record_event(events.WEBHOOK_CHANGED, own.id, by, {"secret": "rotated"})
    db.session.flush()
    return own


def delete_endpoint(by: Actor, endpoint_id: UUID) -> None:
    """Delete an endpoint: its secrets go at once, and what waited for it is ended with a reason. Raises NotFound.

    Its log can be read until the last delivery in it is old enough to be forgotten.
    """
    own = _locked(endpoint_id)
    waited = update(WebhookDelivery).where(
        WebhookDelivery.endpoint_id == own.id, WebhookDelivery.state == HookState.WAITING
    )
    ended = waited.values(state=HookState.FAILED, due_at=None, reason=DELETED)
    done = db.session.execute(ended.execution_options(synchronize_session=False, preserve_rowcount=True))
    own.state, own.sealed_secret, own.failing_since = EndpointState.DELETED, "", None
    own.sealed_previous = own.previous_until = None
    diff = {"url": [own.url, None], "deliveries": int(done.rowcount)}  # type: ignore[attr-defined]
    record_event(events.WEBHOOK_DELETED, own.id, by, diff)
    db.session.flush()


def endpoints() -> Select[tuple[WebhookEndpoint]]:
    """Return the endpoints that there are."""
    return select(WebhookEndpoint).where(WebhookEndpoint.state != EndpointState.DELETED)


def endpoint_or_404(endpoint_id: UUID, *, deleted: bool = False) -> WebhookEndpoint:
    """Return an endpoint of this state; `deleted`: also one whose log is all that is left. Raises NotFound."""
    own = find(WebhookEndpoint, endpoint_id)
    if own is None or (own.state == EndpointState.DELETED and not deleted):
        raise NotFound("webhook")
    return own


def endpoint_on(endpoint_id: UUID) -> WebhookEndpoint:
    """Return an endpoint that is on, and stays so until this transaction ends. Raises NotFound and Refusal."""
    own = endpoint_or_404(endpoint_id)
    db.session.refresh(own, with_for_update={"read": True})
    if own.state == EndpointState.DELETED:
        raise NotFound("webhook")
    if own.state != EndpointState.ON:
        raise Refusal("webhook-off", marked("This webhook is off. Switch it on first."))
    return own


def _locked(endpoint_id: UUID) -> WebhookEndpoint:
    """Return an endpoint as it is now, which nobody else changes until this transaction ends. Raises NotFound."""
    own = endpoint_or_404(endpoint_id)
    db.session.refresh(own, with_for_update=True)
    if own.state == EndpointState.DELETED:
        raise NotFound("webhook")
    return own


def seal_again() -> None:
    """Seal the secrets of all endpoints with the newest key. A sweep calls this."""
    # as it is now, not as it was before another rotated it
    every = select(WebhookEndpoint).with_for_update().execution_options(populate_existing=True)
    for own in db.session.scalars(every.order_by(WebhookEndpoint.id)):
        own.seal_again()
    db.session.flush()


def _fresh_secret() -> str:
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


def _check(facts: Mapping[str, Any]) -> None:
    if not outbound.takes(facts["url"]):
        sentence = marked("The address must begin with https://, such as https://example.org/carepool.")
        raise Invalid("bad-webhook-address", sentence, {"url": [sentence]})
    if unknown := sorted(set(facts["events"]) - set(published_events())):
        sentence = marked("There is no event %(name)s.", name=unknown[0])
        raise Invalid("no-such-event", sentence, {"events": [sentence]})
