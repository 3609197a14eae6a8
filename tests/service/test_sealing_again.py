"""A secret that is changed while the sweep seals old ones anew is not lost, whoever comes first."""

import secrets
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from carepool.clock import now
from carepool.oidc import client_secret
from carepool.oidc.actions import save_provider
from carepool.oidc.models import SignInProvider
from carepool.outbox import Actor
from carepool.webhooks import endpoints
from carepool.webhooks.models import WebhookEndpoint
from tenants.database import db
from tests.cast import State
from tests.waiting import until_someone_waits

FACTS: dict[str, Any] = {
    "switched_on": True,
    "issuer": "https://login.example.gov",
    "client_id": "carepool",
    "label_en": "Agency account",
    "label_es": "",
    "domains": ["example.gov"],
    "factor_values": [],
    "newcomer_role": None,
}


@pytest.fixture
def newer_key(app: Flask) -> Iterator[Callable[[], None]]:
    """Puts a newer key in front of the one in use."""
    was = app.config["DATA_KEYS"]

    def put() -> None:
        app.config["DATA_KEYS"] = f"2:{secrets.token_hex(32)},{was}"
        app.extensions.pop("sealer", None)

    yield put
    app.config["DATA_KEYS"] = was
    app.extensions.pop("sealer", None)


def _provider(state: State) -> str:
    with state.scope():
        return client_secret.secret_of(db.session.scalars(select(SignInProvider)).one())


def _at_once(state: State, first: Callable[[], Any], second: Callable[[], Any]) -> None:
    """Let the second begin when the first is done and has not committed."""

    def then() -> None:
        with state.scope():
            second()

    other = threading.Thread(target=then)
    with state.scope() as session:
        first()
        session.flush()
        other.start()
        until_someone_waits(session)
    other.join(30)
    assert not other.is_alive()


@pytest.mark.parametrize("sweep_first", [True, False], ids=["sweep first", "change first"])
def test_the_client_secret(here: State, newer_key: Callable[[], None], sweep_first: bool) -> None:
    def change() -> None:
        save_provider(Actor.operator(), here.tenant.public_id, FACTS, "the new secret")

    with here.scope():
        save_provider(Actor.operator(), here.tenant.public_id, FACTS, "the old secret")
    newer_key()
    _at_once(here, *((client_secret.seal_again, change) if sweep_first else (change, client_secret.seal_again)))
    assert _provider(here) == "the new secret"


@pytest.mark.parametrize("sweep_first", [True, False], ids=["sweep first", "change first"])
def test_the_secret_of_a_webhook(here: State, newer_key: Callable[[], None], sweep_first: bool) -> None:
    made = {}

    def change() -> None:
        made["new"] = endpoints.rotate_secret(Actor.operator(), made["id"], now()).secret

    with here.scope():
        own = endpoints.add_endpoint(
            Actor.operator(), {"url": "https://example.org/x", "description": "", "events": []}
        )
        made |= {"id": own.id, "old": own.secret}
    newer_key()
    _at_once(here, *((endpoints.seal_again, change) if sweep_first else (change, endpoints.seal_again)))
    with here.scope():
        own = db.session.scalars(select(WebhookEndpoint)).one()
        assert (own.secret, own.previous_secret) == (made["new"], made["old"])


def test_two_sweeps_at_once_lose_nothing(here: State, newer_key: Callable[[], None]) -> None:
    with here.scope():
        save_provider(Actor.operator(), here.tenant.public_id, FACTS, "the secret")
    newer_key()
    _at_once(here, client_secret.seal_again, client_secret.seal_again)
    assert _provider(here) == "the secret"
