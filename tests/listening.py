"""Endpoints that listen on this machine, and the steps of a test with them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import func, select, update
from standardwebhooks import Webhook

from carepool.webhooks.models import WebhookAttempt, WebhookDelivery
from tenants.database import db
from tests.buying import work
from tests.cast import State
from tests.posting import Double, http_double
from workers.sweeps import SWEEPS


@contextmanager
def receiver(app: Flask) -> Iterator[tuple[Double, str]]:
    """A server of the state's own that the operator allows; yields it and its address. It answers 204."""
    with http_double() as (double, url):
        double.usual = (204, {})
        app.config["CAREPOOL_OUTBOUND_ALLOW"] = urlsplit(url).netloc
        yield double, f"{url}/hook"
        app.config["CAREPOOL_OUTBOUND_ALLOW"] = ""


def listens(state: State, url: str, *events: str) -> dict[str, Any]:
    """Set an endpoint up as an administrator would; return what the API answered, with its secret."""
    made = state.api("POST", "/webhooks", state.administrator, json={"url": url, "events": list(events)})
    assert made.status_code == 201, made.text
    return dict(made.json)


def verified(secret: str, taken: dict[str, Any]) -> dict[str, Any]:
    """Return the event of a request after the library has checked its signature."""
    return dict(Webhook(secret).verify(taken["body"], taken["headers"]))


def log_of(here: State, endpoint: dict[str, Any], **query: str) -> list[dict[str, Any]]:
    """Return the deliveries of an endpoint, the newest first."""
    answer = here.api("GET", f"/webhooks/{endpoint['id']}/deliveries", here.administrator, query_string=query)
    assert answer.status_code == 200, answer.text
    return list(answer.json["items"])


def attempts(state: State) -> list[tuple[int | None, str]]:
    """Return status and error of all attempts of a state, the oldest first."""
    with state.scope():
        found = db.session.execute(select(WebhookAttempt.status, WebhookAttempt.error).order_by(WebhookAttempt.id))
        return [(status, str(error)) for status, error in found]


def later(state: State, wait: timedelta = timedelta(0)) -> None:
    """Let time pass for waiting deliveries until they are due, and do what follows."""
    with state.scope():
        waiting = update(WebhookDelivery).where(WebhookDelivery.due_at.is_not(None))
        db.session.execute(waiting.values(due_at=func.now(), since=WebhookDelivery.since - wait))
    with state.scope():
        SWEEPS["wake_webhooks"]()
    work(state)
