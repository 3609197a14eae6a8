"""Canaries: small messages that go through each queue every minute, and what the last one of each told.

Kept in Redis, which only carries work: a lost key means "unknown" and nothing else. The relay and the beat, which have no
queue, leave a sign of life of their own in the same place.
"""

import json
import time
from dataclasses import dataclass

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from carepool.events import Queue

STUCK_SECONDS = 300.0
RELAY, BEAT = "relay", "beat"
NAMES = (*(str(queue) for queue in Queue), RELAY, BEAT)
"""Whose canaries there are."""

_KEY = "carepool:canaries"


@dataclass(frozen=True)
class Canary:
    """The last canary of a queue: when it came out (seconds since 1970) and how many seconds it had waited."""

    at: float
    delay: float

    def age(self, now: float | None = None) -> float:
        """Return how many seconds ago it came out."""
        return max(0.0, (time.time() if now is None else now) - self.at)


def standing(canary: Canary | None, now: float | None = None, limit: float = STUCK_SECONDS) -> str:
    """Return `moving`, `stuck` when the last canary is older or had waited longer than the limit, or `unknown`."""
    if canary is None:
        return "unknown"
    return "stuck" if max(canary.age(now), canary.delay) > limit else "moving"


def note(url: str, name: str, delay: float) -> None:
    """Keep that a canary came out now after `delay` seconds; a Redis that does not answer costs nothing but the note."""
    try:
        with _client(url) as client:
            client.hset(_KEY, name, json.dumps({"at": time.time(), "delay": delay}))
    except redis.RedisError:
        return


def told(url: str) -> dict[str, Canary | None]:
    """Return the last canary of every name, None where it is not known or Redis does not answer."""
    try:
        with _client(url) as client:
            kept = client.hgetall(_KEY)
    except redis.RedisError:
        kept = {}
    return {name: _read(kept.get(name)) for name in NAMES}


def _read(written: str | None) -> Canary | None:
    try:
        return Canary(**json.loads(written)) if written else None
    except (ValueError, TypeError):
        return None


def _client(url: str) -> "redis.Redis":
    # without the library's own tries again, which take seconds
    once = Retry(NoBackoff(), 0)
    return redis.Redis.from_url(url, socket_connect_timeout=2, socket_timeout=2, decode_responses=True, retry=once)
