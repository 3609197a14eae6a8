"""The relay: outbox rows -> Celery, one state after another from a rotating start, with a cap on rows in flight.

A row is marked "handed over" and committed before its message is sent. If the message is lost, the row is handed over
again after a while; the worker's claim makes the second delivery harmless.
"""

import signal
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby
from typing import Protocol
from uuid import UUID

import structlog
from flask import Flask
from prometheus_client import Counter
from sqlalchemy import func, or_, select, update

from carepool import canaries
from carepool.events import Queue, topics
from carepool.outbox import OutboxRow
from tenants.database import db
from tenants.registry import active_tenants
from tenants.scope import Scope, visiting

MESSAGE_ROWS = 200
"""Outbox rows of one topic that one message carries at the most."""

LOOK_SECONDS = 30.0
"""How often the relay looks whether the queues move."""

_HANDED = Counter("carepool_relay_handed_total", "Outbox rows handed to workers")


class Publish(Protocol):
    """Sends one message: the rows of one scope and topic, to a queue."""

    def __call__(self, queue: Queue, scope: Scope, topic: str, row_ids: Sequence[UUID]) -> None:
        """Send, or raise."""


@dataclass
class Relay:
    """Goes round the states for ever; `start` rotates so that no state is always last."""

    app: Flask
    publish: Publish
    start: int = 0
    _log: structlog.stdlib.BoundLogger = field(default_factory=lambda: structlog.get_logger("carepool.relay"))

    def round(self) -> int:
        """Visit every active state once and return how many rows were handed over."""
        with self.app.app_context():
            tenants = active_tenants()
        handed = 0
        for place in range(len(tenants)):
            tenant = tenants[(self.start + place) % len(tenants)]
            with structlog.contextvars.bound_contextvars(tenant=tenant.code, scope=str(tenant.scope)):
                try:
                    handed += self.visit(tenant.scope)
                except Exception as error:
                    # one state's failure does not stop the others
                    self._log.error("relay_failed", exc_info=error)
        self.start = (self.start + 1) % max(1, len(tenants))
        return handed

    def visit(self, scope: Scope) -> int:
        """Hand over one batch of one scope; return its number of rows."""
        batch = self._take(scope)
        sent = 0
        for topic, row_ids in _messages(batch):
            self.publish(_queue_of(topic), scope, topic, row_ids)
            sent += len(row_ids)
        _HANDED.inc(sent)
        return sent

    def _take(self, scope: Scope) -> list[tuple[str, UUID]]:
        again = timedelta(seconds=self.app.config["RELAY_AGAIN_SECONDS"])
        with visiting(scope, self.app):
            now = func.clock_timestamp()
            flying = select(func.count()).where(OutboxRow.done_at.is_(None), OutboxRow.handed_at > now - again)
            free = self.app.config["RELAY_IN_FLIGHT"] - (db.session.scalar(flying) or 0)
            if free <= 0:
                return []
            waiting = (
                select(OutboxRow.id)
                .where(
                    OutboxRow.done_at.is_(None),
                    OutboxRow.available_at <= now,
                    or_(OutboxRow.handed_at.is_(None), OutboxRow.handed_at <= now - again),
                )
                .order_by(OutboxRow.available_at, OutboxRow.id)
                .limit(min(free, self.app.config["RELAY_BATCH"]))
                .with_for_update(skip_locked=True)
                # as a part of its own it runs once; inside IN it would run again for every row, past its limit
                .cte("waiting")
            )
            taken = db.session.execute(
                update(OutboxRow)
                .where(OutboxRow.id.in_(select(waiting.c.id)))
                .values(handed_at=now)
                .returning(OutboxRow.topic, OutboxRow.id)
                .execution_options(synchronize_session=False)
            )
            return sorted((topic, row_id) for topic, row_id in taken)


def _messages(batch: Sequence[tuple[str, UUID]]) -> Iterator[tuple[str, list[UUID]]]:
    for topic, rows in groupby(batch, key=lambda row: row[0]):
        ids = [row_id for _, row_id in rows]
        size = 1 if _queue_of(topic) in (Queue.CLOSING, Queue.FILES) else MESSAGE_ROWS
        for first in range(0, len(ids), size):
            yield topic, ids[first : first + size]


def _queue_of(topic: str) -> Queue:
    known = topics().get(topic)
    return (known.queue if known else None) or Queue.NOTICES


def look_out(redis_url: str) -> None:
    """Leave the relay's sign of life, and log an error for each queue that stands still."""
    canaries.note(redis_url, canaries.RELAY, 0.0)
    for name, canary in canaries.told(redis_url).items():
        if canary is not None and canaries.standing(canary) == "stuck":
            log = structlog.get_logger("carepool.relay")
            log.error("queue_stuck", queue=name, age=round(canary.age()), delay=round(canary.delay))


def run(relay: Relay, pause_seconds: float = 0.5) -> None:
    """Go round until the process is asked to stop; pause only after a round that found nothing."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    log = structlog.get_logger("carepool.relay")
    look_again = 0.0
    while not stopping.is_set():
        began = time.monotonic()
        try:
            handed = relay.round()
            if began >= look_again:
                look_out(relay.app.config["REDIS_URL"])
                look_again = began + LOOK_SECONDS
        except Exception as error:
            log.error("round_failed", exc_info=error)
            handed = 0
        if handed:
            log.info("round", handed=handed, ms=round((time.monotonic() - began) * 1000))
        else:
            stopping.wait(pause_seconds)
