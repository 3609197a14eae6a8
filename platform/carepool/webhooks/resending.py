"""Verbs of the log: send one delivery again, or all that failed since a moment; forget old ones."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, func, select, update

from carepool import events
from carepool.errors import NotFound
from carepool.outbox import Actor, record_event
from carepool.sentences import NOTHING
from carepool.webhooks.announcing import wake
from carepool.webhooks.endpoints import endpoint_on
from carepool.webhooks.models import EndpointState, HookState, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from tenants.database import db, find

KEEP = timedelta(days=30)
_FORGET_ROWS = 10_000


def deliveries_of(endpoint_id: UUID, state: HookState | None = None) -> Select[Any]:
    """Return the deliveries of an endpoint, of one state where it is given."""
    found = select(WebhookDelivery).where(WebhookDelivery.endpoint_id == endpoint_id)
    return found if state is None else found.where(WebhookDelivery.state == state)


def delivery_or_404(delivery_id: UUID) -> WebhookDelivery:
    """Return a delivery of this state. Raises NotFound."""
    own = find(WebhookDelivery, delivery_id)
    if own is None:
        raise NotFound("webhook delivery")
    return own


def attempts_of(delivery_id: UUID) -> list[WebhookAttempt]:
    """Return the attempts of a delivery, the newest first, 100 at the most."""
    own = select(WebhookAttempt).where(WebhookAttempt.delivery_id == delivery_id)
    return list(db.session.scalars(own.order_by(WebhookAttempt.id.desc()).limit(100)))


def resend(by: Actor, delivery_id: UUID) -> WebhookDelivery:
    """Send a delivery again, with the same webhook-id, also one that arrived. Raises NotFound, Refusal."""
    own = delivery_or_404(delivery_id)
    endpoint_on(own.endpoint_id)
    _again(WebhookDelivery.id == own.id)
    record_event(events.WEBHOOK_RESENT, own.endpoint_id, by, {"delivery": str(own.id)})
    wake({own.endpoint_id})
    db.session.refresh(own)
    return own


def resend_failed(by: Actor, endpoint_id: UUID, since: datetime) -> int:
    """Send all that was made since a moment and given up again; return how many. Raises NotFound, Refusal."""
    own = endpoint_on(endpoint_id)
    failed = (WebhookDelivery.state == HookState.FAILED) & (WebhookDelivery.created_at >= since)
    count = _again((WebhookDelivery.endpoint_id == own.id) & failed)
    if count:
        record_event(events.WEBHOOK_RESENT, own.id, by, {"since": since.isoformat(), "deliveries": count})
        wake({own.id})
    return count


def _again(which: Any) -> int:
    again = update(WebhookDelivery).where(which)
    fresh = {"state": HookState.WAITING, "attempts": 0, "since": func.now(), "due_at": func.now()}
    fresh["reason"] = NOTHING
    done = db.session.execute(again.values(fresh).execution_options(synchronize_session=False, preserve_rowcount=True))
    return int(done.rowcount)  # type: ignore[attr-defined]


def forget_old() -> None:
    """Remove deliveries of a month ago that no longer wait, with their attempts, some at a time.

    An endpoint that was deleted goes with the last of its log.
    """
    old = select(WebhookDelivery.id).where(
        WebhookDelivery.created_at < func.now() - KEEP, WebhookDelivery.due_at.is_(None)
    )
    gone = delete(WebhookDelivery).where(WebhookDelivery.id.in_(old.limit(_FORGET_ROWS).scalar_subquery()))
    db.session.execute(gone.execution_options(synchronize_session=False))
    log = select(WebhookDelivery.id).where(WebhookDelivery.endpoint_id == WebhookEndpoint.id).correlate(WebhookEndpoint)
    empty = delete(WebhookEndpoint).where(WebhookEndpoint.state == EndpointState.DELETED, ~log.exists())
    db.session.execute(empty.execution_options(synchronize_session=False))
