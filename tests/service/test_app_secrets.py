"""Secrets of authenticator apps at rest: never plain, sealed again under a new key, one state after another."""

import secrets
from collections.abc import Iterator

import pyotp
import pytest
from flask import Flask
from sqlalchemy import func, select, update

from carepool.identity.models import Person
from tenants.database import db
from tests.cast import PASSWORD, Player, State, posted
from workers.sweeps import sweep


@pytest.fixture
def rotated(app: Flask) -> Iterator[str]:
    """A newer key in front of the one in use."""
    was = app.config["DATA_KEYS"]
    app.config["DATA_KEYS"] = newer = f"2:{secrets.token_hex(32)},{was}"
    app.extensions.pop("sealer", None)
    yield newer
    app.config["DATA_KEYS"] = was
    app.extensions.pop("sealer", None)


def _on(state: State, player: Player, secret: str) -> None:
    with state.scope():
        values = {"totp_secret": secret, "totp_since": func.now(), "totp_step": 0}
        db.session.execute(update(Person).where(Person.id == player.id).values(values))


def _stored(state: State, player: Player) -> str:
    with state.scope():
        return db.session.scalar(select(Person.totp_secret).where(Person.id == player.id)) or ""


def _enter(state: State, player: Player, code: str) -> int:
    client = state.client()
    posted(client, "/sign-in", {"email": player.email, "password": PASSWORD})
    return int(posted(client, "/second-step", {"code": code}).status_code)


def test_a_secret_is_never_stored_plain(here: State) -> None:
    client = here.client()
    posted(client, "/sign-in", {"email": here.director.email, "password": PASSWORD})
    secret = pyotp.random_base32()
    form = {"secret": secret, "code": pyotp.TOTP(secret).now()}
    assert posted(client, "/second-step", form).status_code == 200
    assert _stored(here, here.director).startswith("1:")
    assert secret not in _stored(here, here.director)


def test_a_plain_secret_of_before_still_works_and_is_sealed_when_used(here: State) -> None:
    secret = pyotp.random_base32()
    _on(here, here.director, secret)
    assert _enter(here, here.director, "000000") == 422
    assert _stored(here, here.director) == secret
    assert _enter(here, here.director, pyotp.TOTP(secret).now()) == 302
    assert _stored(here, here.director).startswith("1:")


def test_the_sweep_seals_plain_and_old_ones_with_the_newest_key(here: State, rotated: str) -> None:
    plain = pyotp.random_base32()
    _on(here, here.fellow, plain)
    sweep(here.app, "seal_secrets")
    sealed = _stored(here, here.fellow)
    assert sealed.startswith("2:")
    sweep(here.app, "seal_secrets")
    assert _stored(here, here.fellow) == sealed
    assert _enter(here, here.fellow, pyotp.TOTP(plain).now()) == 302


def test_a_secret_copied_to_another_person_or_without_its_key_proves_nothing(here: State, app: Flask) -> None:
    secret = pyotp.random_base32()
    _on(here, here.director, secret)
    sweep(app, "seal_secrets")
    _on(here, here.fellow, _stored(here, here.director))
    assert _enter(here, here.fellow, pyotp.TOTP(secret).now()) == 422
    assert _enter(here, here.director, pyotp.TOTP(secret).now()) == 302
    stored = _stored(here, here.director)
    was = app.config["DATA_KEYS"]
    app.config["DATA_KEYS"] = f"3:{secrets.token_hex(32)}"
    app.extensions.pop("sealer")
    try:
        assert _enter(here, here.director, pyotp.TOTP(secret).now()) == 422
        sweep(app, "seal_secrets")
        assert _stored(here, here.director) == stored
    finally:
        app.config["DATA_KEYS"] = was
        app.extensions.pop("sealer")
