"""The Celery tasks, few and thin, and the handlers of topics (importing this package registers them all)."""

import time
from collections.abc import Sequence
from uuid import UUID

import structlog
from celery import current_app, shared_task

from carepool.events import Queue
from tenants.registry import names_for_log
from tenants.scope import Scope, ScopeKind
from workers import deliveries, sweeps
from workers.tasks import (
    alliances,
    contracts,
    imports,
    messages,
    people,
    purchases,
    receiving,
    records,
    settlement,
    webhooks,
)

__all__ = ["imports", "messages", "people", "purchases", "receiving", "records", "webhooks"]
from workers.tasks import vendors

__all__ = ["imports", "messages", "people", "purchases", "records", "vendors", "webhooks"]
__all__ = [
    "alliances",
    "contracts",
    "imports",
    "messages",
    "people",
    "purchases",
    "receiving",
    "records",
    "settlement",
    "webhooks",
]


@shared_task(name="carepool.deliver")
def deliver(scope_kind: str, scope_id: int, topic: str, row_ids: list[str]) -> None:
    """Do the work of outbox rows; the arguments are ids only."""
    scope = Scope(ScopeKind(scope_kind), int(scope_id))
    with current_app.flask_app.app_context():
        names = names_for_log(scope)
    structlog.contextvars.bind_contextvars(topic=topic, **names)
    began = time.monotonic()
    deliveries.deliver(current_app.flask_app, scope, topic, [UUID(row_id) for row_id in row_ids])
    log = structlog.get_logger("carepool.workers")
    log.info("delivered", rows=len(row_ids), ms=round((time.monotonic() - began) * 1000, 1))


@shared_task(name="carepool.sweep", ignore_result=True)
def sweep(name: str) -> None:
    """Go round the states and do what is due and not done."""
    sweeps.sweep(current_app.flask_app, name)


@shared_task(name="carepool.canary")
def canary(queue: str, sent_at: float) -> None:
    """Prove that a queue moves: its delay is a metric."""
    sweeps.canary(current_app.flask_app, Queue(queue), sent_at)


@shared_task(name="carepool.send_canary")
def send_canary(queue: str) -> None:
    """Put a canary into a queue."""
    canary.apply_async((queue, time.time()), queue=queue, expires=600)


def publish(queue: Queue, scope: Scope, topic: str, row_ids: Sequence[UUID]) -> None:
    """Send the message that makes a worker deliver these rows."""
    deliver.apply_async(
        (str(scope.kind), scope.id, topic, [str(row_id) for row_id in row_ids]), queue=queue, retry=False
    )
