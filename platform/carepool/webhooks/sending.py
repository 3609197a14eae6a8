"""Posting deliveries to one endpoint, signed; what came of each attempt is kept at once.

At least once: an attempt that was cut off is made again with the same webhook-id, by which a receiver knows it.
"""

import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

import httpx
from prometheus_client import Counter
from sqlalchemy import func, select, update
from standardwebhooks import Webhook

from carepool import events, outbound
from carepool.clock import now
from carepool.outbox import Actor, record_event
from carepool.sealing import NotReadable
from carepool.sentences import NOTHING, Sentence, marked
from carepool.webhooks.models import EndpointState, HookState, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from carepool.webhooks.retrying import LONGEST, next_try
from tenants.database import db, find, session
from tenants.scope import visiting

TIMEOUT_SECONDS = 10
TURN_SECONDS = 15
"""After so long another endpoint has its turn."""
LEASE = timedelta(minutes=2)
"""How far a delivery is put off while it is tried; longer than a turn with its last attempt."""
SILENT_WAIT = timedelta(minutes=1)
"""How long the others wait where an endpoint did not answer one at all."""
_AT_A_TIME = 20
_EXCERPT = 500
_GONE = 410
_SAID_GONE = marked("The other system said that it is gone (410).")
_IN_VAIN = marked("It was tried for about a day and did not arrive.")
Held = TypeVar("Held", WebhookEndpoint, WebhookDelivery)
_TRIED = Counter("carepool_webhook_attempts_total", "Attempts to post an event, by what came of it", ["result"])


@dataclass(frozen=True)
class Answer:
    """What came of an attempt: status (None: no answer), the beginning of the answer, why it does not count."""

    status: int | None
    excerpt: str
    error: Sentence = NOTHING

    @property
    def arrived(self) -> bool:
        """Whether the receiver took it."""
        return self.status is not None and 200 <= self.status < 300


def send_waiting(endpoint_id: UUID) -> None:
    """Post an endpoint's due deliveries, the oldest first, for one turn; the sweep gives it another for what is left."""
    until = time.monotonic() + TURN_SECONDS
    with outbound.client(TIMEOUT_SECONDS) as client:
        while time.monotonic() < until:
            endpoint, claimed = _claim(endpoint_id)
            if endpoint is None or not claimed:
                return
            for place, delivery in enumerate(claimed):
                if time.monotonic() >= until:
                    _put_back(claimed[place:])
                    break
                at = now()
                answer = post(client, endpoint, delivery, at)
                still_on = _note(endpoint_id, delivery.id, answer, at)
                if answer.status is None or not still_on:
                    _put_back(claimed[place + 1 :])
                    _put_off_others(endpoint_id)
                    return


def _claim(endpoint_id: UUID) -> tuple[WebhookEndpoint | None, list[WebhookDelivery]]:
    """Take some due deliveries by putting them off, and commit, before anything is posted."""
    with visiting(session().scope):
        own = find(WebhookEndpoint, endpoint_id)
        if own is None or own.state != EndpointState.ON:
            return None, []
        due = (
            select(WebhookDelivery)
            .where(WebhookDelivery.endpoint_id == endpoint_id, WebhookDelivery.due_at <= func.now())
            .order_by(WebhookDelivery.due_at, WebhookDelivery.id)
            .limit(_AT_A_TIME)
            .with_for_update(skip_locked=True)
        )
        taken = list(db.session.scalars(due))
        for delivery in taken:
            delivery.due_at = now() + LEASE
        return own, taken


def post(client: httpx.Client, endpoint: WebhookEndpoint, delivery: WebhookDelivery, at: datetime) -> Answer:
    """Post one delivery, signed by the endpoint's secrets that count at `at`. Never raises for the other side."""
    name = str(delivery.id)
    try:
        valid = [endpoint.secret]
        if endpoint.previous_until is not None and at < endpoint.previous_until:
            valid += filter(None, [endpoint.previous_secret])
    except NotReadable:
        return Answer(None, "", marked("The secret cannot be read any more, as its key is gone. Make a new one."))
    headers = {
        "content-type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(name, at, delivery.body) for secret in valid),
    }
    try:
        with client.stream("POST", endpoint.url, content=delivery.body.encode(), headers=headers) as said:
            return _read(said)
    except outbound.OutboundRefused as refused:
        return Answer(None, "", refused.sentence)
    except httpx.TimeoutException:
        return Answer(None, "", marked("It did not answer within %(seconds)s seconds.", seconds=TIMEOUT_SECONDS))
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as failed:
        return Answer(None, str(failed)[:_EXCERPT].replace("\0", ""), marked("It could not be reached."))


def _read(said: httpx.Response) -> Answer:
    found = b""
    # the status has come, so an answer that breaks off or goes on for ever changes nothing any more
    with suppress(httpx.HTTPError):
        for piece in said.iter_bytes():
            found += piece
            if len(found) >= _EXCERPT:
                break
    excerpt = found[:_EXCERPT].decode(errors="replace").replace("\0", "")
    if said.is_redirect:
        error = marked(
            "It sent us elsewhere (%(status)s). Write down the address that answers.", status=said.status_code
        )
        return Answer(said.status_code, str(said.headers.get("location", ""))[:_EXCERPT], error)
    if not said.is_success:
        return Answer(said.status_code, excerpt, marked("It answered %(status)s.", status=said.status_code))
    return Answer(said.status_code, excerpt)


def _note(endpoint_id: UUID, delivery_id: UUID, answer: Answer, at: datetime) -> bool:
    """Keep an attempt and what follows from it, committed before the next one; tell whether the endpoint is still on."""
    _TRIED.labels("arrived" if answer.arrived else str(answer.status or "no answer")).inc()
    with visiting(session().scope):
        endpoint, own = _held(WebhookEndpoint, endpoint_id), _held(WebhookDelivery, delivery_id)
        if own is None or endpoint is None:
            return False
        took = round((now() - at) / timedelta(milliseconds=1))
        facts = {"status": answer.status, "answer": answer.excerpt, "error": answer.error}
        db.session.add(WebhookAttempt(delivery_id=own.id, at=at, milliseconds=max(0, took), **facts))
        own.attempts += 1
        if answer.arrived:
            own.state, own.due_at, own.reason = HookState.DELIVERED, None, NOTHING
            endpoint.failing_since = None
        elif endpoint.state == EndpointState.DELETED:
            # while this was tried; it was ended with all that waited
            return False
        elif answer.status == _GONE:
            endpoint.state = EndpointState.GONE
            _give_up(endpoint, at, WebhookDelivery.due_at.is_not(None), _SAID_GONE)
        else:
            own.due_at = next_try(own.attempts, own.since, at, secrets.randbelow(1001) / 1000)
            if own.due_at is None:
                _give_up(endpoint, at, WebhookDelivery.id == own.id, _IN_VAIN)
        return endpoint.state == EndpointState.ON


def _held(model: type[Held], row_id: UUID) -> Held | None:
    """Return a row as it is now, locked: an endpoint before its deliveries, as where it is deleted."""
    return db.session.get(model, (session().scope.id, row_id), with_for_update=True)


def _give_up(endpoint: WebhookEndpoint, at: datetime, which: object, reason: Sentence) -> None:
    """Stop trying some deliveries of an endpoint and have the administrators told, once until something arrives."""
    db.session.flush()
    old = update(WebhookDelivery).where(
        WebhookDelivery.endpoint_id == endpoint.id,
        WebhookDelivery.state == HookState.WAITING,
        which,  # type: ignore[arg-type]
    )
    given_up = old.values(state=HookState.FAILED, due_at=None, reason=reason)
    db.session.execute(given_up.execution_options(synchronize_session=False))
    if endpoint.failing_since is None:
        endpoint.failing_since = at
        record_event(events.WEBHOOK_FAILING, endpoint.id, Actor.task())


def _put_back(claimed: list[WebhookDelivery]) -> None:
    """Let deliveries that were taken and not tried be due again."""
    with visiting(session().scope):
        mine = update(WebhookDelivery).where(
            WebhookDelivery.id.in_([one.id for one in claimed]), WebhookDelivery.due_at.is_not(None)
        )
        db.session.execute(mine.values(due_at=func.now()).execution_options(synchronize_session=False))


def _put_off_others(endpoint_id: UUID) -> None:
    """Let the other deliveries of a silent endpoint wait a little; give those up that have waited for too long."""
    with visiting(session().scope):
        endpoint = _held(WebhookEndpoint, endpoint_id)
        if endpoint is None:
            return
        due = WebhookDelivery.due_at <= func.now()
        if db.session.scalars(
            select(WebhookDelivery.id)
            .where(WebhookDelivery.endpoint_id == endpoint_id, due, WebhookDelivery.since < now() - LONGEST)
            .limit(1)
        ).first():
            _give_up(endpoint, now(), due & (WebhookDelivery.since < now() - LONGEST), _IN_VAIN)
        others = update(WebhookDelivery).where(WebhookDelivery.endpoint_id == endpoint_id, due)
        waits = others.values(due_at=func.now() + SILENT_WAIT)
        db.session.execute(waits.execution_options(synchronize_session=False))
