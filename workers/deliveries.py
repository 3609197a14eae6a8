"""Doing the work of outbox rows: claim, call the handler, mark done, all in one transaction.

A row that was done already, or that another worker holds, is passed over; so a message may come twice, late or never.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import structlog
from flask import Flask
from prometheus_client import Counter
from sqlalchemy import Uuid, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from carepool.errors import NotFound
from carepool.hints import left_work
from carepool.outbox import OutboxRow
from tenants.database import database_now, db, execute
from tenants.scope import Scope, visiting
from workers.handlers import work_of

_DONE = Counter("carepool_outbox_done_total", "Outbox rows whose work was done", ["topic"])
_FAILED = Counter("carepool_outbox_failed_total", "Outbox rows whose work failed", ["topic"])
LONGEST_WAIT = timedelta(hours=1)


def deliver(app: Flask, scope: Scope, topic: str, row_ids: Sequence[UUID]) -> None:
    """Do the work of some outbox rows of one topic; a batch that fails is tried again row by row."""
    try:
        _deliver_together(app, scope, topic, row_ids)
    except Exception as error:
        if len(row_ids) == 1:
            _note_failure(app, scope, topic, row_ids[0], error)
            return
        log = structlog.get_logger("carepool.workers")
        log.warning("batch_failed", topic=topic, rows=len(row_ids), error=f"{type(error).__name__}: {error}"[:1000])
        for row_id in row_ids:
            deliver(app, scope, topic, [row_id])


_ROWS = OutboxRow.id == func.any(bindparam("rows", type_=ARRAY(Uuid())))
_CLAIM = (
    select(OutboxRow.id, OutboxRow.subject_id)
    .where(_ROWS, OutboxRow.topic == bindparam("topic"), OutboxRow.done_at.is_(None))
    .order_by(OutboxRow.id)
    .with_for_update(skip_locked=True)
)
_MARK_DONE = update(OutboxRow).where(_ROWS).values(done_at=func.clock_timestamp(), last_error=None)


def _deliver_together(app: Flask, scope: Scope, topic: str, row_ids: Sequence[UUID]) -> None:
    with visiting(scope, app) as session:
        rows = execute(_CLAIM, rows=row_ids, topic=topic).all()
        if not rows:
            return
        work = work_of(topic)
        if work is not None:
            work.handle([row.subject_id for row in rows])
        execute(_MARK_DONE, rows=[row.id for row in rows])
        # rows that waited for room among those in flight may follow
        left_work(session)
    _DONE.labels(topic).inc(len(rows))


def _note_failure(app: Flask, scope: Scope, topic: str, row_id: UUID, error: Exception) -> None:
    """Write the error on the row and wait longer before each next try."""
    _FAILED.labels(topic).inc()
    structlog.get_logger("carepool.workers").error("work_failed", topic=topic, row=str(row_id), exc_info=error)
    with visiting(scope, app):
        waiting = select(OutboxRow).where(OutboxRow.id == row_id, OutboxRow.done_at.is_(None))
        row = db.session.scalars(waiting.with_for_update(skip_locked=True)).one_or_none()
        if row is None:
            return
        row.attempts += 1
        row.last_error = f"{type(error).__name__}: {error}"[:1000]
        if isinstance(error, NotFound):
            # its subject is gone or was never of this scope: no later try can succeed
            row.done_at = database_now()
            return
        row.handed_at = None
        row.available_at = database_now() + min(timedelta(seconds=2 ** min(row.attempts, 12)), LONGEST_WAIT)
