"""/healthz, /readyz and /metrics."""

import hmac
from collections.abc import Callable
from typing import Any, TypeVar

import redis
from flask import Blueprint, Response, current_app, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from carepool import canaries, metrics
from carepool.notifications.standing import told_standings
from carepool.sentences import marked
from carepool.web.guards import open_to_all
from carepool.web.problems import problem
from tenants.database import engine

blueprint = Blueprint("health", __name__)
Route = TypeVar("Route", bound=Callable[..., Any])


def _also_plain(route: Route) -> Route:
    """Answer without TLS too: whoever asks stands inside the network and has no certificate to check."""
    route.talisman_view_options = {"force_https": False}  # type: ignore[attr-defined]
    return route


@blueprint.get("/healthz")
@_also_plain
@open_to_all
def healthz() -> Response:
    """Answer that the process lives."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@_also_plain
@open_to_all
def readyz() -> tuple[Response, int]:
    """Answer whether database and Redis can be reached, and which queues and channels stand still: no fault of the web."""
    parts = {"database": _database_ready(), "redis": _redis_ready()}
    ready = all(parts.values())
    told = canaries.told(_redis_url()) if parts["redis"] else {}
    queues = {name: canaries.standing(canary) for name, canary in told.items()}
    noted = told_standings(_redis_url()) if parts["redis"] else {}
    channels = {name: "stuck" if one["stuck"] else "moving" for name, one in noted.items()}
    told_all = {"status": "ready" if ready else "not ready", **parts, "queues": queues, "channels": channels}
    return jsonify(told_all), 200 if ready else 503


@blueprint.get("/metrics", endpoint="metrics")
@_also_plain
@open_to_all
def show_metrics() -> Response:
    """Answer the metrics of this machine's processes in Prometheus' text format, to it or a holder of METRICS_TOKEN."""
    token = current_app.config["METRICS_TOKEN"]
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    local = not token and request.remote_addr in ("127.0.0.1", "::1")
    if not local and not (token and hmac.compare_digest(given.encode(), token.encode())):
        return problem(403, "forbidden", marked("Send the bearer token of METRICS_TOKEN."))
    return Response(metrics.exposition(_redis_url()), content_type=CONTENT_TYPE_LATEST)


def _database_ready() -> bool:
    try:
        with engine().connect() as connection:
            connection.execute(text("select 1"))
    except SQLAlchemyError:
        return False
    return True


def _redis_url() -> str:
    return str(current_app.config["REDIS_URL"])


def _redis_ready() -> bool:
    try:
        client = redis.Redis.from_url(
            _redis_url(), socket_connect_timeout=2, socket_timeout=2, retry=Retry(NoBackoff(), 0)
        )
        with client:
            return bool(client.ping())
    except redis.RedisError:
        return False
