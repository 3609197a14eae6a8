"""Where each channel stands: what waits, since when, why, and whether it is stuck; asking it to try again at once."""

import json
import re
import time
from dataclasses import dataclass
from datetime import datetime

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import Select, and_, case, func, or_, select, update

from carepool.notifications.channels import CHANNELS, in_use
from carepool.notifications.models import Delivery, DeliveryState, Message
from carepool.sentences import NOTHING, Sentence, marked
from tenants.database import db
from tenants.scope import Scope

STUCK_ATTEMPTS = 4
"""Attempts in vain after which a channel counts as stuck."""
NOT_SET_UP = marked("This channel is not set up here.")
_KEY = "carepool:channels"
_FRESH_SECONDS = 300


@dataclass(frozen=True)
class Standing:
    """One channel of one state: messages that should be out and are not."""

    channel: str
    waiting: int = 0
    oldest: datetime | None = None
    #: Since when the oldest message waits that was tried in vain.
    failing_since: datetime | None = None
    error: str = ""
    stuck: bool = False

    @property
    def reason(self) -> Sentence:
        """Why, in words for a person."""
        return plain(self.error) if self.error else NOTHING


def plain(error: str) -> Sentence:
    """Say what an error of a mail server or provider means; the error itself is for operators."""
    if error == NOT_SET_UP:
        return NOT_SET_UP
    text = error.lower()
    if re.search(r"\b(530|534|535|401|403)\b|authenticat", text):
        return marked("The other server does not accept our password.")
    if re.search(r"refused|unreachable|timed out|timeout|name or service|resolve|closed|reset|errno", text):
        return marked("The other server does not answer.")
    if re.match(r"\D*4\d\d\b", text):
        return marked("The other server says: not now.")
    return marked("The other server did not take it.")


def standings() -> list[Standing]:
    """Return where each channel of this state stands: those in use, and those for which something waits."""
    tried = Delivery.attempts > 0
    # what waits for quiet hours to end or for a summary is not late
    late = and_(Delivery.state == DeliveryState.WAITING, or_(tried, Delivery.due_at.is_(None)))
    rows = db.session.execute(
        select(
            Delivery.channel,
            func.count(),
            func.min(Message.created_at),
            func.min(case((tried, Message.created_at))),
            func.max(Delivery.attempts),
        )
        .join(Message, (Message.tenant_id == Delivery.tenant_id) & (Message.id == Delivery.message_id))
        .where(late, Delivery.channel.in_(CHANNELS))
        .group_by(Delivery.channel)
    )
    found = {
        name: Standing(name, count, oldest, failing, _last_error(name), attempts >= STUCK_ATTEMPTS)
        for name, count, oldest, failing, attempts in rows
    }
    return [found.get(name) or Standing(name) for name in CHANNELS if name in found or name in in_use()]


def _last_error(channel: str) -> str:
    tried = select(Delivery.error).where(
        Delivery.channel == channel, Delivery.state == DeliveryState.WAITING, Delivery.attempts > 0
    )
    return str(db.session.scalar(tried.order_by(Delivery.changed_at.desc()).limit(1)) or "")


def retry_channel(channel: str) -> int:
    """Let everything that waits after an attempt in vain be tried within seconds; return how many."""
    waiting = update(Delivery).where(
        Delivery.channel == channel,
        Delivery.state == DeliveryState.WAITING,
        Delivery.attempts > 0,
        Delivery.due_at > func.now(),
    )
    options = {"synchronize_session": False, "preserve_rowcount": True}
    done = db.session.execute(waiting.values(due_at=func.now()).execution_options(**options))
    return int(done.rowcount)  # type: ignore[attr-defined]


def unsettled() -> Select[tuple[Delivery]]:
    """Return the deliveries of which nobody knows whether they went out."""
    return select(Delivery).where(Delivery.state == DeliveryState.UNKNOWN)


def note_standings(url: str, scope: Scope, found: list[Standing]) -> None:
    """Keep for operators where a state's channels stand; a Redis that does not answer costs nothing but the note."""
    told = {f"{scope}:{one.channel}": one for one in found}
    try:
        with _client(url) as client:
            for name, one in told.items():
                if one.waiting:
                    kept = {"at": time.time(), "waiting": one.waiting, "stuck": one.stuck}
                    client.hset(_KEY, name, json.dumps(kept))
                else:
                    client.hdel(_KEY, name)
    except redis.RedisError:
        return


def told_standings(url: str) -> dict[str, dict[str, int]]:
    """Return {channel: {waiting: messages, stuck: states}} over all states, as they were noted in the last minutes."""
    found = {name: {"waiting": 0, "stuck": 0} for name in CHANNELS}
    try:
        with _client(url) as client:
            kept = client.hgetall(_KEY)
    except redis.RedisError:
        kept = {}
    for name, written in kept.items():
        channel = name.rpartition(":")[2]
        one = json.loads(written)
        if channel in found and time.time() - one["at"] < _FRESH_SECONDS:
            found[channel]["waiting"] += one["waiting"]
            found[channel]["stuck"] += bool(one["stuck"])
    return found


def _client(url: str) -> "redis.Redis":
    once = Retry(NoBackoff(), 0)
    return redis.Redis.from_url(url, socket_connect_timeout=2, socket_timeout=2, decode_responses=True, retry=once)
