"""JSON logs: one object a line, with the ids of state, request and task."""

import logging
import sys
import time

import structlog
from flask import Flask, Response, g, request
from prometheus_client import Counter, Histogram
from structlog.typing import Processor

_REQUESTS = Counter("carepool_requests_total", "Requests answered", ["endpoint", "method", "status"])
_SECONDS = Histogram("carepool_request_seconds", "Time to answer a request", ["endpoint"])


def configure(level: str) -> None:
    """Send all logs, ours and the libraries', to standard error as JSON."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        # never the local variables: they hold passwords and tokens
        structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False)),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.captureWarnings(True)
    # lines for each call and each task tell nothing that our own do not
    for chatty in ("httpx", "celery.worker.strategy", "celery.app.trace", "celery.beat", "alembic"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.getLevelName(level)))


def init_app(app: Flask) -> None:
    """Log and count each request when it is answered."""
    app.before_request(_start)
    app.after_request(_finish)


def _start() -> None:
    g.started = time.perf_counter()


def _finish(response: Response) -> Response:
    endpoint = request.endpoint or "unknown"
    seconds = time.perf_counter() - g.get("started", time.perf_counter())
    _REQUESTS.labels(endpoint, request.method, response.status_code).inc()
    _SECONDS.labels(endpoint).observe(seconds)
    if endpoint not in ("health.healthz", "health.readyz", "health.metrics", "assets.serve", "assets.serve_brand"):
        structlog.get_logger("carepool.web").info(
            "request",
            method=request.method,
            endpoint=endpoint,
            status=response.status_code,
            ms=round(seconds * 1000, 1),
        )
    return response
