"""The floor of tasks: bare Celery tasks that do nothing, one message each."""

import os

from celery import Celery

app = Celery("floor", broker=os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0"))
app.conf.update(
    task_ignore_result=True, task_acks_late=True, worker_prefetch_multiplier=1, worker_hijack_root_logger=False
)


@app.task(name="floor.nothing")
def nothing() -> None:
    """Do nothing."""
