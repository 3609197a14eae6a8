"""The Celery application: what the broker may and may not do to us."""

import os
from typing import Any

from celery import Celery, signals
from flask import Flask
from kombu.entity import Exchange
from kombu.entity import Queue as KombuQueue

import workers.logs  # noqa: F401 - connects its signals
from carepool import metrics
from carepool.app import create_app
from carepool.config import load_settings
from carepool.events import Queue
from carepool.local.parents import end_with_parent

_HOUR = 3600


def _queue(queue: Queue) -> KombuQueue:
    """Each queue has its own key, so that a message reaches one queue only."""
    return KombuQueue(str(queue), Exchange("carepool", "direct"), routing_key=str(queue))  # type: ignore[no-untyped-call]


def make_celery(flask_app: Flask) -> Celery:
    """Return a Celery application whose tasks run beside a Flask application."""
    celery = Celery("carepool", broker=flask_app.config["REDIS_URL"])
    celery.conf.update(
        task_default_queue=Queue.NOTICES,
        task_queues=[_queue(queue) for queue in Queue],
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=False,
        task_retry_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        worker_soft_shutdown_timeout=10,
        worker_hijack_root_logger=False,
        worker_cancel_long_running_tasks_on_connection_loss=True,
        broker_connection_retry_on_startup=True,
        broker_transport_options={"visibility_timeout": _HOUR},
        task_time_limit=_HOUR - 300,
        task_soft_time_limit=_HOUR - 600,
        task_serializer="json",
        accept_content=["json"],
        timezone="UTC",
        imports=["workers.tasks"],
    )
    celery.flask_app = flask_app
    celery.set_default()
    return celery


flask_app = create_app(load_settings())
app = make_celery(flask_app)

from workers.schedule import SCHEDULE  # noqa: E402 - the schedule names tasks of the application above

app.conf.beat_schedule = SCHEDULE


_WORKER = os.getpid()


@signals.worker_process_init.connect
def _end_with_worker(**_: Any) -> None:
    """End a process of the pool with its worker: those that wait for work hold each other's pipes open, and would stay."""
    end_with_parent(parent=_WORKER)


@signals.worker_ready.connect
def _show_metrics(**_: Any) -> None:
    """Show the worker's metrics when its processes are forked, so that none inherits the thread that serves them."""
    metrics.listen(flask_app.config["METRICS_PORT"])
