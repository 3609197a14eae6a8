"""Verbs of endpoints: set up, change, switch, rotate the secret."""

import base64
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from carepool import events, outbound
from carepool.errors import Invalid, NotFound, Refusal
from carepool.outbox import Actor, record_event
from carepool.publishing import published_events
from carepool.sentences import marked
from carepool.webhooks.models import EndpointState, WebhookEndpoint
from tenants.database import db, find
from tenants.ids import new_id

MOST_ENDPOINTS = 20
OVERLAP = timedelta(hours=24)
"""How long the secret before signs beside the new one."""


def add_endpoint(by: Actor, facts: Mapping[str, Any]) -> WebhookEndpoint:
    """Set up an endpoint with a fresh secret. `facts`: url, description, events (none: all). Raises Invalid, Refusal."""
    _check(facts)
    if (db.session.scalar(select(func.count()).select_from(WebhookEndpoint)) or 0) >= MOST_ENDPOINTS:
        raise Refusal("too-many-webhooks", marked("A state has at most %(most)s webhooks.", most=MOST_ENDPOINTS))
    own = WebhookEndpoint(id=new_id(), secret=_fresh_secret(), **facts)
    db.session.add(own)
    record_event(events.WEBHOOK_MADE, own.id, by, {"url": [None, own.url]})
    db.session.flush()
    return own


def change_endpoint(by: Actor, endpoint_id: UUID, facts: Mapping[str, Any]) -> WebhookEndpoint:
    """Change an endpoint. `facts`: as in `add_endpoint`, and `enabled`. Raises NotFound, Invalid."""
    own = endpoint_or_404(endpoint_id)
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
    own = endpoint_or_404(endpoint_id)
    db.session.refresh(own, with_for_update=True)
    own.sealed_previous, own.previous_until = own.sealed_secret, at + OVERLAP
    own.secret = _fresh_secret()
    record_event(events.WEBHOOK_CHANGED, own.id, by, {"secret": "rotated"})
    db.session.flush()
    return own


def endpoint_or_404(endpoint_id: UUID) -> WebhookEndpoint:
    """Return an endpoint of this state. Raises NotFound."""
    own = find(WebhookEndpoint, endpoint_id)
    if own is None:
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
