"""A session that was left open makes nothing of its own: no second step, no password, no proof."""

import re
from datetime import timedelta
from typing import Any

import pyotp
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from carepool.identity.models import AccessToken, Person
from carepool.notifications.models import Message
from tenants.database import db
from tests.buying import work
from tests.cast import PASSWORD, Player, State, posted

GOOD = "seven quiet ladders hum"


def _sign_in(state: State, player: Player) -> FlaskClient:
    client = state.client()
    assert posted(client, "/sign-in", {"email": player.email, "password": PASSWORD}).status_code == 302
    return client


def _grow_old(state: State) -> None:
    with state.scope():
        hour_old = func.now() - timedelta(hours=1)
        aged = update(AccessToken).where(AccessToken.proved_at.is_not(None))
        db.session.execute(update(AccessToken).values(created_at=hour_old))
        db.session.execute(aged.values(proved_at=hour_old))


def _asks(answer: Any) -> bool:
    return answer.status_code == 302 and answer.headers["Location"].startswith("/account/prove")


def test_it_sets_up_no_second_step(here: State) -> None:
    client = _sign_in(here, here.director)
    page = client.get("/second-step").text
    secret = re.search(r'name="secret" value="([A-Z2-7]+)"', page).group(1)  # type: ignore[union-attr]
    _grow_old(here)
    assert _asks(client.get("/second-step"))
    form = {"secret": secret, "code": pyotp.TOTP(secret).now()}
    assert _asks(posted(client, "/second-step", form, page="/account"))
    with here.scope():
        assert db.session.scalar(select(Person.totp_since).where(Person.id == here.director.id)) is None
    proved = posted(client, "/account/prove", {"password": PASSWORD, "next": "/second-step"})
    assert proved.headers["Location"] == "/second-step"
    assert posted(client, "/second-step", form).status_code == 200
    work(here)
    with here.scope():
        told = select(Message.kind).where(Message.person_id == here.director.id)
        assert db.session.scalars(told).all() == ["factor.set_up"]


def test_it_chooses_no_first_password(here: State) -> None:
    client = _sign_in(here, here.director)
    with here.scope():
        db.session.execute(update(Person).where(Person.id == here.director.id).values(password_hash=None))
    _grow_old(here)
    form = {"act": "password", "password": GOOD}
    assert _asks(posted(client, "/account", form))
    with here.scope():
        assert db.session.scalar(select(Person.password_hash).where(Person.id == here.director.id)) is None


def test_wrong_old_passwords_are_counted(here: State) -> None:
    client = _sign_in(here, here.director)
    form = {"act": "password", "old_password": "not it", "password": GOOD}
    for _ in range(5):
        assert "not your password" in posted(client, "/account", form).text
    answer = posted(client, "/account", {**form, "old_password": PASSWORD})
    assert answer.status_code == 302
    assert "Too many wrong tries" in client.get("/account").text
    assert posted(here.client(), "/sign-in", {"email": here.director.email, "password": GOOD}).status_code == 401
