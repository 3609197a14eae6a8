"""A worker that dies: a child process is killed, without any chance to tidy up, just before a chosen statement."""

import os
import signal
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import event, text

from tenants.database import engine
from tests.cast import State
from tests.waiting import until
from workers.deliveries import deliver


def _die_at(app: Flask, statement: int) -> None:
    """Kill this process just before its n-th statement or its n-th commit."""
    seen = 0
    os.environ["PGAPPNAME"] = _name(os.getpid())

    def count(*_: Any) -> None:
        nonlocal seen
        seen += 1
        if seen == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    with app.app_context():
        engine().dispose(close=False)
        event.listen(engine(), "before_cursor_execute", count)
        event.listen(engine(), "commit", count)


def deliver_in_child(state: State, topic: str, row_id: UUID, statement: int) -> bool:
    """Deliver an outbox row in a child that dies at a statement; return whether it lived to its end."""
    child = os.fork()
    if child == 0:
        _die_at(state.app, statement)
        deliver(state.app, state.tenant.scope, topic, [row_id])
        os._exit(0)
    _, status = os.waitpid(child, 0)
    _wait_for_its_connections(state, child)
    return os.WIFEXITED(status)


def _wait_for_its_connections(state: State, child: int) -> None:
    """Wait until PostgreSQL has seen that a child is gone: till then it may hold locks, as it would from any worker."""
    left = text("select count(*) from pg_catalog.pg_stat_activity where application_name = :name")

    def gone() -> bool:
        with state.scope() as session:
            return not session.scalar(left, {"name": _name(child)})

    until(gone, "the connections of a dead worker end", 30)


def _name(child: int) -> str:
    return f"dying-{child}"
