"""State-driven sweeps: each finds what is due and not done, in one state after another, with no look-back window."""

import time
from collections.abc import Callable
from datetime import timedelta

import structlog
from flask import Flask
from sqlalchemy import delete, func, select

from carepool import canaries
from carepool.events import Queue
from carepool.identity import lockout
from carepool.imports import actions as imports
from carepool.notifications import digests, sending
from carepool.outbox import Actor, OutboxRow
from carepool.purchasing import notices
from carepool.purchasing.actions import closing
from carepool.web.idempotency import IdempotencyKey
from tenants.database import db
from tenants.registry import active_tenants
from tenants.scope import visiting

KEEP_DONE = timedelta(days=7)
KEEP_KEYS = timedelta(days=2)
_FORGET_ROWS = 10_000


def forget_done() -> None:
    """Remove outbox rows that were done a week ago idempotency keys of two days ago and old wrong tries, some at a time."""
    week_old = OutboxRow.done_at < func.now() - KEEP_DONE
    old = select(OutboxRow.id).where(week_old).order_by(OutboxRow.done_at).limit(_FORGET_ROWS)
    db.session.execute(
        delete(OutboxRow).where(OutboxRow.id.in_(old.scalar_subquery())).execution_options(synchronize_session=False)
    )
    lockout.forget_old()
    db.session.execute(
        delete(IdempotencyKey)
        .where(IdempotencyKey.created_at < func.now() - KEEP_KEYS)
        .execution_options(synchronize_session=False)
    )


def close_due() -> None:
    """Begin the close of purchases whose time has come."""
    closing.close_due(Actor.task())


def forget_previews() -> None:
    """Remove staged rows of imports whose previews are too old."""
    imports.forget_previews(Actor.task())


def send_due() -> None:
    """Hand over the messages whose time to be tried, or tried again, has come."""
    sending.send_due()


def send_digests() -> None:
    """Make the daily summaries that are due."""
    digests.send_digests()


def remind_drafts() -> None:
    """Remind programs of orders that they did not send or approve, one day before the close."""
    notices.drafts_unsent()
    notices.approvals_waiting()


SWEEPS: dict[str, Callable[[], None]] = {
    "close_due": close_due,
    "forget_done": forget_done,
    "forget_previews": forget_previews,
    "remind_drafts": remind_drafts,
    "send_due": send_due,
    "send_digests": send_digests,
}


def sweep(app: Flask, name: str) -> None:
    """Run one sweep in every active state, each in its own scope and transaction."""
    with app.app_context():
        tenants = active_tenants()
    for tenant in tenants:
        with structlog.contextvars.bound_contextvars(tenant=tenant.code, scope=str(tenant.scope)):
            try:
                with visiting(tenant.scope, app):
                    SWEEPS[name]()
            except Exception as error:
                # one state's failure does not stop the others
                structlog.get_logger("carepool.sweeps").error("sweep_failed", sweep=name, exc_info=error)


def canary(app: Flask, queue: Queue, sent_at: float) -> None:
    """Keep that a canary came out of a queue, and how many seconds it had waited."""
    delay = max(0.0, time.time() - sent_at)
    canaries.note(app.config["REDIS_URL"], str(queue), delay)
    structlog.get_logger("carepool.sweeps").info("canary", queue=str(queue), delay=round(delay, 3))
