"""From a history row to deliveries: one for each endpoint that wants to hear of it, however often this is run."""

import json
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from carepool import events
from carepool.clock import now
from carepool.outbox import Activity, OutboxRow, hand_over
from carepool.publishing import published_of
from carepool.webhooks.endpoints import endpoint_on
from carepool.webhooks.models import EndpointState, HookState, WebhookDelivery, WebhookEndpoint
from tenants.database import bulk_insert, db
from tenants.ids import new_id

TEST_EVENT = "webhook.test"


def announce(activity_ids: Sequence[UUID]) -> None:
    """Write the deliveries of history rows and wake the endpoints that have any."""
    on = select(WebhookEndpoint).where(WebhookEndpoint.state == EndpointState.ON).order_by(WebhookEndpoint.id)
    # none is deleted before what is written here for it waits, and can be ended with the rest
    listening = list(db.session.scalars(on.with_for_update(read=True)))
    rows = select(Activity).where(Activity.id.in_(activity_ids)).order_by(Activity.id)
    awake: set[UUID] = set()
    made = []
    for activity in db.session.scalars(rows):
        for name, subject_id, body in _told(activity):
            for endpoint in listening:
                if not endpoint.events or name in endpoint.events:
                    awake.add(endpoint.id)
                    made.append((new_id(), endpoint.id, name, activity.id, subject_id, body))
    columns = ("id", "endpoint_id", "event", "source_id", "subject_id", "body")
    waiting = {"state": HookState.WAITING, "attempts": 0, "due_at": now()}
    bulk_insert(WebhookDelivery, columns, made, same=waiting, keep=True)
    wake(awake)


def _told(activity: Activity) -> Iterator[tuple[str, UUID, str]]:
    for event in published_of(activity.verb):
        for fact in event.facts(activity.subject_id, activity.diff):
            yield event.name, fact.subject_id, written(event.name, activity.at.isoformat(), dict(fact.data))


def written(name: str, at: str, data: dict[str, Any]) -> str:
    """Return the text that is posted: {type, timestamp, data}."""
    return json.dumps({"type": name, "timestamp": at, "data": data}, ensure_ascii=False, separators=(",", ":"))


def send_test(endpoint_id: UUID) -> WebhookDelivery:
    """Send an endpoint an event that tells of nothing. Raises NotFound, Refusal where it is off."""
    own = endpoint_on(endpoint_id)
    at, source = now(), new_id()
    body = written(TEST_EVENT, at.isoformat(), {"endpoint_id": str(own.id)})
    one = WebhookDelivery(
        id=new_id(), endpoint_id=own.id, event=TEST_EVENT, source_id=source, subject_id=own.id, body=body, due_at=at
    )
    db.session.add(one)
    db.session.flush()
    wake({own.id})
    return one


def wake(endpoint_ids: set[UUID]) -> None:
    """Hand over endpoints that have something to send; one that is on its way already is not handed over again.

    So a slow receiver never has more than a few rows in hand. What comes while one is worked on waits for the sweep.
    """
    if not endpoint_ids:
        return
    on_its_way = select(OutboxRow.subject_id).where(
        OutboxRow.topic == events.WEBHOOK_WAITING.name,
        OutboxRow.done_at.is_(None),
        OutboxRow.subject_id.in_(endpoint_ids),
    )
    hand_over(events.WEBHOOK_WAITING, sorted(endpoint_ids - set(db.session.scalars(on_its_way))))


def wake_due() -> int:
    """Hand over every endpoint with a delivery whose time has come; return how many."""
    due = (
        select(WebhookDelivery.endpoint_id)
        .join(
            WebhookEndpoint,
            (WebhookEndpoint.tenant_id == WebhookDelivery.tenant_id)
            & (WebhookEndpoint.id == WebhookDelivery.endpoint_id),
        )
        .where(WebhookDelivery.due_at <= func.now(), WebhookEndpoint.state == EndpointState.ON)
        .distinct()
    )
    found = set(db.session.scalars(due))
    wake(found)
    return len(found)
