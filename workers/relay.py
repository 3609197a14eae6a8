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
from typing import Any, Protocol
from uuid import UUID

import structlog
from flask import Flask
from prometheus_client import Counter
from sqlalchemy import Integer, Interval, Uuid, bindparam, func, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import SQLAlchemyError

from carepool import canaries
from carepool.events import Queue, topics
from carepool.hints import Hints
from carepool.outbox import OutboxRow
from tenants.database import execute
from tenants.registry import active_tenants, desks, names_for_log
from tenants.scope import Scope, visiting

MESSAGE_ROWS = 500
"""Outbox rows of one topic that one message carries at the most."""

LOOK_SECONDS = 30.0
"""How often the relay looks whether the queues move."""

_PAUSE_SECONDS = 0.5
_HANDED = Counter("carepool_relay_handed_total", "Outbox rows handed to workers")


class Publish(Protocol):
    """Sends one message: the rows of one scope and topic, to a queue."""

    def __call__(self, queue: Queue, scope: Scope, topic: str, row_ids: Sequence[UUID]) -> None:
        """Send, or raise."""


@dataclass
class Relay:
    """Goes round the states and vendors' desks for ever; `start` rotates so that none is always last."""

    app: Flask
    publish: Publish
    start: int = 0
    _log: structlog.stdlib.BoundLogger = field(default_factory=lambda: structlog.get_logger("carepool.relay"))

    def round(self) -> int:
        """Visit every active state and every desk once and return how many rows were handed over."""
        with self.app.app_context():
            scopes = [tenant.scope for tenant in active_tenants()] + [vendor.scope for vendor in desks()]
        handed = sum(self.visit(scopes[(self.start + place) % len(scopes)]) for place in range(len(scopes)))
        self.start = (self.start + 1) % max(1, len(scopes))
        return handed

    def visit(self, scope: Scope) -> int:
        """Hand over one batch of one scope and return its number of rows; a failure is told and does not stop others."""
        try:
            batch = self._take(scope)
            for topic, row_ids in _messages(batch):
                self.publish(_queue_of(topic), scope, topic, row_ids)
        except Exception as error:
            with self.app.app_context():
                self._log.error("relay_failed", **_names(scope), exc_info=error)
            return 0
        _HANDED.inc(len(batch))
        return len(batch)

    def _take(self, scope: Scope) -> list[tuple[str, UUID]]:
        """Mark rows as handed over: those among the oldest open rows that are not on their way already.

        Looking only at the oldest ones keeps to the cap in flight, however many wait behind them.
        """
        limits = {
            "again": timedelta(seconds=self.app.config["RELAY_AGAIN_SECONDS"]),
            "in_flight": self.app.config["RELAY_IN_FLIGHT"],
            "batch": self.app.config["RELAY_BATCH"],
        }
        with visiting(scope, self.app):
            seen = [row.id for row in execute(_OLDEST, **limits)]
            if not seen:
                return []
            taken = [(row.topic, row.id) for row in execute(_LOCKED, again=limits["again"], rows=seen)]
            execute(_HANDED_OVER, rows=[row_id for _, row_id in taken])
            return sorted(taken)


_AGAIN = bindparam("again", type_=Interval())
_ROWS = OutboxRow.id == func.any(bindparam("rows", type_=ARRAY(Uuid())))
_OPEN = (OutboxRow.done_at.is_(None), OutboxRow.available_at <= func.clock_timestamp())


def _not_flying(row: Any) -> Any:
    return or_(row.handed_at.is_(None), row.handed_at <= func.clock_timestamp() - _AGAIN)


_WINDOW = (
    select(OutboxRow.id, OutboxRow.handed_at)
    .where(*_OPEN)
    .order_by(OutboxRow.available_at, OutboxRow.id)
    .limit(bindparam("in_flight", type_=Integer()))
    .subquery("oldest")
)
_OLDEST = select(_WINDOW.c.id).where(_not_flying(_WINDOW.c)).limit(bindparam("batch", type_=Integer()))
# a row that a worker holds is being done; of two relays each row goes to one
_LOCKED = (
    select(OutboxRow.topic, OutboxRow.id).where(_ROWS, *_OPEN, _not_flying(OutboxRow)).with_for_update(skip_locked=True)
)
_HANDED_OVER = update(OutboxRow).where(_ROWS).values(handed_at=func.clock_timestamp())


def _names(scope: Scope) -> dict[str, str]:
    try:
        return names_for_log(scope)
    except SQLAlchemyError:
        # what failed may be the database itself
        return {"scope": str(scope)}


def _messages(batch: Sequence[tuple[str, UUID]]) -> Iterator[tuple[str, list[UUID]]]:
    for topic, rows in groupby(batch, key=lambda row: row[0]):
        ids = [row_id for _, row_id in rows]
        size = 1 if _queue_of(topic) in (Queue.CLOSING, Queue.FILES, Queue.WEBHOOKS) else MESSAGE_ROWS
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


def run(relay: Relay, hints: Hints, round_seconds: float = 2.0) -> None:
    """Go where a hint says, and round all states every few seconds, until the process is asked to stop."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    log = structlog.get_logger("carepool.relay")
    full = relay.app.config["RELAY_BATCH"]
    next_round = look_again = 0.0
    while not stopping.is_set():
        hinted = hints.wait(_PAUSE_SECONDS)
        if hinted is not None and relay.visit(hinted) >= full:
            # more is waiting; it queues behind the others' hints
            hints.give(hinted)
        if time.monotonic() < next_round:
            continue
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
        next_round = time.monotonic() + round_seconds
