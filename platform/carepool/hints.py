"""A hint in Redis after a commit that left work: whose outbox the relay should visit first.

A hint that is lost costs seconds, never a row: the relay's full round finds everything.
"""

import time

import redis
import structlog
from flask import Flask, current_app
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import event

from tenants.scope import Scope, ScopedSession, ScopeKind

_KEY = "carepool:hints"
_PATIENCE_SECONDS = 0.5
_MARK = "left_work"


class Hints:
    """The scopes that left work, the oldest hint first; each is held once however often it is given."""

    def __init__(self, redis_url: str) -> None:
        # a request must not hang because Redis does, nor a relay that is to stop; the library would try for seconds
        once = Retry(NoBackoff(), 0)
        self._giver = redis.Redis.from_url(
            redis_url, socket_timeout=_PATIENCE_SECONDS, socket_connect_timeout=_PATIENCE_SECONDS, retry=once
        )
        self._waiter = redis.Redis.from_url(
            redis_url, socket_timeout=30, socket_connect_timeout=5, decode_responses=True, retry=once
        )

    def give(self, scope: Scope) -> None:
        """Say that a scope left work. Never raises for Redis."""
        try:
            self._giver.zadd(_KEY, {str(scope): time.time()}, nx=True)
        except redis.RedisError as error:
            structlog.get_logger("carepool.hints").warning("hint_lost", scope=str(scope), error=str(error))

    def wait(self, seconds: float) -> Scope | None:
        """Return the scope of the oldest hint, waiting for one at most some seconds; None where there was none."""
        try:
            found = self._waiter.bzpopmin(_KEY, timeout=seconds)
        except redis.RedisError:
            time.sleep(seconds)
            return None
        if not found:
            return None
        kind, _, number = str(found[1]).partition(":")
        return Scope(ScopeKind(kind), int(number))


def init_app(app: Flask) -> None:
    """Give an application its hints."""
    app.extensions["hints"] = Hints(app.config["REDIS_URL"])


def left_work(session: ScopedSession, scope: Scope | None = None) -> None:
    """Remember that the running transaction leaves work for the relay: in its own scope, or in the one named."""
    session.info.setdefault(_MARK, set()).add(scope or session.scope)


@event.listens_for(ScopedSession, "after_commit")
def _hint(session: ScopedSession) -> None:
    for scope in session.info.pop(_MARK, ()):
        current_app.extensions["hints"].give(scope)


@event.listens_for(ScopedSession, "after_rollback")
def _forget(session: ScopedSession) -> None:
    session.info.pop(_MARK, None)
