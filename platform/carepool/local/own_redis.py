"""Is a Redis that someone else runs fit to carry the work?"""

import redis

from tenants.refusals import Refused

OLDEST = 7


def refuse_redis(url: str) -> None:
    """Refuse a Redis that does not answer, is older than 7, or evicts keys and so would lose messages. Raises Refused."""
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5, decode_responses=True) as client:
            told = client.info()
    except (redis.RedisError, ValueError) as error:
        raise Refused(f"REDIS_URL: the server does not answer. {error}") from None
    version = str(told.get("valkey_version") or told["redis_version"])
    if int(version.split(".")[0]) < OLDEST:
        raise Refused(f"REDIS_URL: Redis or Valkey {OLDEST} or newer is needed, and this is {version}.")
    policy = told.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        raise Refused(f"REDIS_URL: the server's maxmemory-policy is {policy}; it must be noeviction, or work is lost.")
