"""Every line that a worker logs while it does a task carries the task's id and name."""

from typing import Any

import structlog
from celery import signals


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
