"""A lost second step: fresh recovery codes by oneself, or a reset by another administrator."""

import re
from collections.abc import Iterator
from typing import Any

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from carepool.identity import actions
from carepool.identity.models import AccessToken, Passkey, RecoveryCode
from carepool.identity.rights import Role
from carepool.notifications.models import Message
from carepool.outbox import Activity, Actor
from tenants.database import db
from tests.authenticator import Authenticator
from tests.buying import work
from tests.cast import PASSWORD, Player, State, posted

_CODE = r"<code>([A-Z2-7-]+)</code>"


@pytest.fixture
def required(app: Flask) -> Iterator[None]:
    app.config["SECOND_FACTOR"] = "required"
    yield
    app.config["SECOND_FACTOR"] = "optional"


def _sign_in(state: State, player: Player) -> FlaskClient:
    client = state.client()
    assert posted(client, "/sign-in", {"email": player.email, "password": PASSWORD}).status_code == 302
    return client


def _set_up(client: FlaskClient) -> Any:
    page = client.get("/second-step").text
    secret = re.search(r'name="secret" value="([A-Z2-7]+)"', page).group(1)  # type: ignore[union-attr]
    return posted(client, "/second-step", {"secret": secret, "code": pyotp.TOTP(secret).now()})


def _reset_path(player: Player) -> str:
    return f"/people/{player.id}/second-step"


def test_the_page_of_recovery_codes_is_shown_once_and_kept_nowhere(here: State) -> None:
    client = _sign_in(here, here.director)
    page = _set_up(client)
    codes = re.findall(_CODE, page.text)
    assert (page.status_code, len(set(codes)), page.headers["Cache-Control"]) == (200, 10, "no-store")
    assert "Print these codes" in page.text
    assert not set(codes) & set(re.findall(_CODE, client.get("/second-step").text + client.get("/account").text))
    with here.scope():
        stored = db.session.scalars(select(RecoveryCode.code_hash)).all()
    assert len(stored) == 10
    assert not any(code.replace("-", "").encode() in bytes(one) for code in codes for one in stored)


def test_new_codes_make_the_old_ones_useless(here: State) -> None:
    client = _sign_in(here, here.director)
    assert "Set up the second step first" in _follow(client, posted(client, "/account/recovery-codes", page="/account"))
    old = re.findall(_CODE, _set_up(client).text)
    page = posted(client, "/account/recovery-codes", page="/account")
    new = re.findall(_CODE, page.text)
    assert (page.status_code, len(new), page.headers["Cache-Control"]) == (200, 10, "no-store")
    assert "work no more" in page.text
    other = _sign_in(here, here.director)
    assert posted(other, "/second-step", {"code": old[0]}).status_code == 422
    assert posted(other, "/second-step", {"code": new[0]}).status_code == 302
    with here.scope():
        assert db.session.scalar(select(func.count()).where(Activity.verb == "factor.codes_made")) == 1


def _follow(client: FlaskClient, answer: Any) -> str:
    return str(client.get(answer.headers["Location"]).text)


def test_an_administrator_resets_the_lost_second_step_of_another(here: State) -> None:
    owner = _sign_in(here, here.director)
    old = re.findall(_CODE, _set_up(owner).text)
    key = Authenticator(here.host)
    options = posted(owner, "/account/passkeys/options", page="/account/passkeys").json
    assert posted(owner, "/account/passkeys", {"name": "Key", "answer": key.make(options)}).status_code == 302
    staff = _sign_in(here, here.administrator)
    assert "Reset the second step" in staff.get(f"/people/{here.director.id}").text
    assert posted(staff, _reset_path(here.director)).headers["Location"] == f"/people/{here.director.id}"
    assert owner.get("/account").headers["Location"].startswith("/sign-in")
    # only the password is left; it opens nothing but the set-up, though no role asks for a second step
    again = _sign_in(here, here.director)
    for path in ("/", "/account", "/messages"):
        assert again.get(path).headers["Location"].startswith("/second-step")
    assert posted(again, "/second-step", {"code": old[0]}).status_code == 422
    with here.scope():
        assert db.session.scalar(select(func.count()).select_from(Passkey)) == 0
        done = select(Activity.person_id).where(Activity.verb == "factor.reset")
        assert db.session.scalars(done).all() == [here.administrator.id]
    assert _set_up(again).status_code == 200
    assert again.get("/account").status_code == 200
    work(here)
    with here.scope():
        told = select(Message.kind).where(Message.person_id == here.director.id).order_by(Message.id)
        assert "factor.reset" in db.session.scalars(told).all()
    assert here.api("GET", "/me", here.director).status_code == 200


def test_a_passkey_set_up_after_a_reset_is_asked_for(here: State) -> None:
    owner = _sign_in(here, here.director)
    _set_up(owner)
    assert posted(_sign_in(here, here.administrator), _reset_path(here.director)).status_code == 302
    again = _sign_in(here, here.director)
    options = posted(again, "/account/passkeys/options", page="/account/passkeys").json
    page = posted(again, "/account/passkeys", {"name": "Key", "answer": Authenticator(here.host).make(options)})
    assert len(re.findall(_CODE, page.text)) == 10
    assert again.get("/account").status_code == 200
    assert _sign_in(here, here.director).get("/account").headers["Location"].startswith("/second-step")


def test_nobody_resets_ones_own_and_only_administrators_reset_others(here: State) -> None:
    staff = _sign_in(here, here.administrator)
    _set_up(staff)
    assert "cannot reset your own" in staff.get(_reset_path(here.administrator)).text
    answer = posted(staff, _reset_path(here.administrator), page="/account")
    assert "cannot reset your own" in _follow(staff, answer)
    assert "The second step is on" in staff.get("/account").text
    answer = posted(staff, _reset_path(here.director), page="/account")
    assert "no second step" in _follow(staff, answer)
    for player in (here.coordinator, here.director):
        client = _sign_in(here, player)
        assert client.get(_reset_path(here.administrator)).status_code == 403
        assert posted(client, _reset_path(here.administrator), page="/account").status_code == 403


def test_an_old_session_of_an_administrator_proves_itself_before_a_reset(here: State) -> None:
    _set_up(_sign_in(here, here.director))
    staff = _sign_in(here, here.administrator)
    with here.scope():
        db.session.execute(update(AccessToken).values(created_at=func.now() - func.make_interval(0, 0, 0, 0, 1)))
    assert posted(staff, _reset_path(here.director)).headers["Location"].startswith("/account/prove")
    assert _sign_in(here, here.director).get("/account").status_code == 302


def test_two_administrators_may_reset_each_other(here: State, required: None) -> None:
    with here.scope():
        actions.grant_role(Actor.operator(), here.fellow.id, Role.STATE_ADMINISTRATOR)
    first, second = _sign_in(here, here.administrator), _sign_in(here, here.fellow)
    _set_up(first), _set_up(second)
    assert posted(first, _reset_path(here.fellow)).status_code == 302
    assert second.get("/people").headers["Location"].startswith("/sign-in")
    again = _sign_in(here, here.fellow)
    assert again.get("/people").headers["Location"].startswith("/second-step")
