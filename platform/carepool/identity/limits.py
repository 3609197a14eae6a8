"""How often something may be asked for: counted in Redis in fixed windows. A Redis that does not answer lets all pass."""

import hashlib
import hmac
from dataclasses import dataclass

import redis
import structlog
from flask import current_app

from tenants.database import session

_PATIENCE_SECONDS = 0.5


@dataclass(frozen=True)
class Limit:
    """At most `most` times in `seconds`, for each key."""

    name: str
    most: int
    seconds: int


LINKS_TO_ADDRESS = Limit("link-to", 5, 3600)
LINKS_FROM_PLACE = Limit("link-from", 30, 3600)
CLAIMS_FROM_PLACE = Limit("claim-from", 20, 3600)
PASSKEYS_FROM_PLACE = Limit("passkey-from", 300, 3600)


def within(limit: Limit, key: str) -> bool:
    """Count one more and tell whether it is still within the limit. Fails open: True where Redis does not answer."""
    name = f"carepool:limit:{limit.name}:{session().scope}:{keyed_hash(key).hex()}"
    try:
        # a window begins with its first count, and the key goes with it
        with connection().pipeline() as pipe:
            pipe.incr(name)
            pipe.expire(name, limit.seconds, nx=True)
            return bool(int(pipe.execute()[0]) <= limit.most)
    except redis.RedisError as error:
        structlog.get_logger("carepool.identity").warning("limit_not_counted", limit=limit.name, error=str(error))
        return True


def keyed_hash(text: str) -> bytes:
    """Return a hash by which an address is counted and from which nobody without our key can find it again."""
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def connection() -> redis.Redis:
    """Return the connections to Redis of requests, which wait half a second at the most."""
    found: redis.Redis | None = current_app.extensions.get("limits")
    if found is None:
        found = redis.Redis.from_url(
            current_app.config["REDIS_URL"], socket_timeout=_PATIENCE_SECONDS, socket_connect_timeout=_PATIENCE_SECONDS
        )
        current_app.extensions["limits"] = found
    return found
