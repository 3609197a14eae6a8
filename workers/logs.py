"""Every line that a worker logs while it does a task carries the task's id and name."""

import json
import os
from typing import Any

import structlog
from celery import signals
from celery.apps import worker


@signals.setup_logging.connect
def _leave_to_us(**_: Any) -> None:
    """Celery sets up no log of its own where someone answers this signal; `create_app` did it."""


@signals.task_prerun.connect
def _name_task(task_id: str, task: Any, **_: Any) -> None:
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(task_id=task_id, task=task.name)


@signals.task_postrun.connect
def _forget_task(**_: Any) -> None:
    structlog.contextvars.clear_contextvars()


def _say(text: str, *_: Any) -> None:
    """Write what Celery says from its signal handlers, where no lock of the log may be taken, as one JSON line."""
    line = {"event": text.strip(), "level": "info", "logger": "celery.apps.worker"}
    os.write(2, f"{json.dumps(line)}\n".encode())


worker.safe_say = _say
