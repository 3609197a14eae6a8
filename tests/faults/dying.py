"""A worker that dies: a child process is killed, without any chance to tidy up, just before a chosen statement."""

import os
import signal
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import event

from tenants.database import engine
from tests.cast import State
from workers.deliveries import deliver


def _die_at(app: Flask, statement: int) -> None:
    """Kill this process just before its n-th statement or its n-th commit."""
    seen = 0

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
    return os.WIFEXITED(status)
