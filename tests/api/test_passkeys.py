"""Passkeys: added, used for both steps, renamed, removed; and every way in which one is refused."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pyotp
import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from carepool.identity.models import AccessToken, Membership, Person, RecoveryCode, SignInFailure
from carepool.notifications.models import Message
from carepool.outbox import Activity
from tenants.database import db
from tests.authenticator import Authenticator, b64, unb64
from tests.buying import work
from tests.cast import PASSWORD, Cast, Player, State, posted

REFUSED = "This passkey was not accepted"


@pytest.fixture
def required(app: Flask) -> Iterator[None]:
    app.config["SECOND_FACTOR"] = "required"
    yield
    app.config["SECOND_FACTOR"] = "optional"


def _sign_in(state: State, player: Player) -> FlaskClient:
    client = state.client()
    assert posted(client, "/sign-in", {"email": player.email, "password": PASSWORD}).status_code == 302
    return client


def _options(client: FlaskClient, path: str, page: str = "/sign-in") -> dict[str, Any]:
    answer = posted(client, path, page=page)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    return dict(answer.json)


def _add(client: FlaskClient, key: Authenticator, name: str = "My phone") -> Any:
    options = _options(client, "/account/passkeys/options", "/account/passkeys")
    return posted(client, "/account/passkeys", {"name": name, "answer": key.make(options)})


def _made(state: State, player: Player) -> Authenticator:
    key = Authenticator(state.host)
    assert _add(_sign_in(state, player), key).status_code == 302
    return key


def _enter(state: State, sign: Callable[[dict[str, Any]], str], client: FlaskClient | None = None) -> Any:
    client = client or state.client()
    options = _options(client, "/sign-in/passkey/options")
    return posted(client, "/sign-in/passkey", {"answer": sign(options), "next": "/account"}, page="/sign-in")


def test_a_passkey_signs_in_with_both_steps(here: State, required: None) -> None:
    client, key = _sign_in(here, here.administrator), Authenticator(here.host)
    assert client.get("/people").headers["Location"].startswith("/second-step")
    # who must set up a second step may take a passkey instead of an app, and gets recovery codes with it
    codes = re.findall(r"<code>([A-Z2-7-]+)</code>", _add(client, key).text)
    assert len(codes) == 10
    assert client.get("/people").status_code == 200
    other = here.client()
    answer = _enter(here, key.sign, other)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/account")
    assert other.get("/people").status_code == 200
    # the password alone is half the way: the passkey or a code is the second step
    third = _sign_in(here, here.administrator)
    assert third.get("/people").status_code == 302
    assert "Use my passkey" in third.get("/second-step").text
    options = _options(third, "/second-step/passkey/options", "/second-step")
    assert [one["id"] for one in options["allowCredentials"]] == [b64(key.id)]
    form = {"answer": key.sign(options), "next": "/people"}
    assert posted(third, "/second-step/passkey", form, page="/second-step").headers["Location"] == "/people"
    assert third.get("/people").status_code == 200
    fourth = _sign_in(here, here.administrator)
    assert posted(fourth, "/second-step", {"code": codes[0]}).status_code == 302
    assert fourth.get("/people").status_code == 200


def test_a_session_whose_second_step_is_open_adds_no_passkey(here: State, required: None) -> None:
    _add(_sign_in(here, here.administrator), Authenticator(here.host))
    client = _sign_in(here, here.administrator)
    answer = posted(client, "/account/passkeys/options", page="/second-step")
    assert answer.headers["Location"].startswith("/second-step")
    answer = posted(client, "/account/passkeys", {"name": "x", "answer": "{}"}, page="/second-step")
    assert answer.headers["Location"].startswith("/second-step")


def test_programs_may_add_one_and_keep_their_password(here: State, required: None) -> None:
    key = _made(here, here.director)
    assert _enter(here, key.sign).status_code == 302
    assert _sign_in(here, here.director).get("/").status_code == 200


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key: setattr(key, "verifies", False),
        lambda key: setattr(key, "count", 0),
        lambda key: setattr(key, "origin", "http://evil.example.org"),
        lambda key: setattr(key, "host", "evil.example.org"),
        lambda key: setattr(key, "user", b"another person"),
        lambda key: setattr(key, "id", b"unknown to all!!"),
        lambda key: setattr(key, "key", Authenticator("").key),
    ],
    ids=["not verified", "count went back", "other origin", "other host", "other person", "unknown", "other key"],
)
def test_unknown_and_wrong_get_the_same_answer(here: State, spoil: Callable[[Authenticator], None]) -> None:
    key = _made(here, here.director)
    assert _enter(here, key.sign).status_code == 302
    unknown = _enter(here, Authenticator(here.host, user=key.user).sign)
    was = key.count
    spoil(key)
    if key.count == 0:
        # as a copy of the key would count that was made before
        key.count = was - 1
    wrong = _enter(here, key.sign)
    assert (wrong.status_code, unknown.status_code) == (401, 401)
    plain = [re.sub(r'csrf_token" value="[^"]*"', "", one.text) for one in (wrong, unknown)]
    assert plain[0] == plain[1]
    assert REFUSED in wrong.text


def test_a_challenge_is_good_once_for_one_purpose_and_one_state(cast: Cast) -> None:
    here, there = cast.here, cast.there
    key = _made(here, here.director)
    client = here.client()
    options = _options(client, "/sign-in/passkey/options")
    form = {"answer": key.sign(options)}
    assert posted(client, "/sign-in/passkey", form, page="/sign-in").status_code == 302
    again = {"answer": key.sign(options)}
    assert posted(here.client(), "/sign-in/passkey", again, page="/sign-in").status_code == 401
    mine = _sign_in(here, here.director)
    for other in (
        _options(mine, "/second-step/passkey/options", "/account"),
        _options(there.client(), "/sign-in/passkey/options"),
    ):
        assert _enter(here, lambda _, taken=other: key.sign(taken)).status_code == 401  # type: ignore[misc]
    invented = {"challenge": b64(b"x" * 32)}
    assert _enter(here, lambda _: key.sign(invented)).status_code == 401


def test_a_proof_of_one_session_proves_no_other_and_no_other_persons_key(here: State) -> None:
    mine, theirs = _made(here, here.director), _made(here, here.fellow)
    one, other = _sign_in(here, here.director), _sign_in(here, here.director)
    options = _options(one, "/second-step/passkey/options", "/account")
    form = {"answer": mine.sign(options), "next": "/account"}
    assert posted(other, "/second-step/passkey", form, page="/account").status_code == 422
    options = _options(one, "/second-step/passkey/options", "/account")
    form = {"answer": theirs.sign(options), "next": "/account"}
    refused = posted(one, "/second-step/passkey", form, page="/account")
    assert (refused.status_code, REFUSED in refused.text) == (422, True)


def test_a_passkey_of_another_state_is_unknown(cast: Cast) -> None:
    key = _made(cast.there, cast.there.director)
    key.host = cast.here.host
    assert _enter(cast.here, key.sign).status_code == 401


def test_a_disabled_person_does_not_enter(here: State) -> None:
    key = _made(here, here.director)
    with here.scope():
        db.session.execute(update(Person).where(Person.id == here.director.id).values(disabled_at=func.now()))
    assert _enter(here, key.sign).status_code == 401


def test_wrong_tries_are_counted_for_their_place(here: State) -> None:
    key = _made(here, here.director)
    with here.scope():
        before = db.session.scalar(select(func.coalesce(func.sum(SignInFailure.tries), 0)))
    _enter(here, Authenticator(here.host, user=key.user).sign)
    with here.scope():
        assert db.session.scalar(select(func.sum(SignInFailure.tries))) == (before or 0) + 1
        db.session.execute(update(SignInFailure).values(tries=120))
    assert "Too many wrong tries" in _enter(here, key.sign).text


def test_keys_are_named_renamed_and_removed_by_their_owner_only(here: State) -> None:
    client, key = _sign_in(here, here.director), Authenticator(here.host)
    for name, said in (("", "Write a name"), ("x" * 61, "Write a name")):
        answer = _add(client, Authenticator(here.host), name)
        assert (answer.status_code, said in answer.text) == (422, True)
    assert _add(client, key, "  My   phone ").status_code == 302
    assert "My phone" in client.get("/account/passkeys").text
    twice = _add(client, key)
    assert (twice.status_code, "was not added" in twice.text) == (422, True)
    path = re.search(r'href="(/account/passkeys/[^"]+)"', client.get("/account/passkeys").text).group(1)  # type: ignore[union-attr]
    stranger = _sign_in(here, here.fellow)
    assert stranger.get(path).status_code == 404
    assert posted(stranger, path, {"name": "mine"}, page="/account").status_code == 404
    assert posted(stranger, f"{path}/remove", page="/account").status_code == 404
    assert posted(client, path, {"name": ""}).status_code == 422
    assert posted(client, path, {"name": "Old phone"}).status_code == 302
    assert "Old phone" in client.get("/account/passkeys").text
    assert posted(client, f"{path}/remove", page=path).status_code == 302
    assert _enter(here, key.sign).status_code == 401
    work(here)
    with here.scope():
        verbs = db.session.scalars(
            select(Activity.verb).where(Activity.verb.startswith("passkey.")).order_by(Activity.id)
        ).all()
        assert list(verbs) == ["passkey.added", "passkey.renamed", "passkey.removed"]


def test_the_person_hears_of_a_new_passkey(here: State) -> None:
    _made(here, here.director)
    work(here)
    with here.scope():
        told = db.session.execute(select(Message.person_id, Message.kind, Message.facts)).tuples().all()
    assert list(told) == [(here.director.id, "passkey.added", {"name": "My phone"})]


def test_who_needs_a_second_step_keeps_the_last_one(here: State, required: None) -> None:
    client = _sign_in(here, here.administrator)
    _add(client, Authenticator(here.host))
    path = re.search(r'href="(/account/passkeys/[^"]+)"', client.get("/account/passkeys").text).group(1)  # type: ignore[union-attr]
    assert posted(client, f"{path}/remove", page=path).status_code == 302
    assert "only second step" in client.get("/account/passkeys").text
    _add(client, Authenticator(here.host), "Another")
    assert posted(client, f"{path}/remove", page=path).status_code == 302
    assert "was removed" in client.get("/account/passkeys").text


def test_a_session_left_open_proves_itself_again(here: State) -> None:
    key = _made(here, here.director)
    client = _sign_in(here, here.director)
    page = "/account"

    def grow_old() -> None:
        with here.scope():
            hour_old = func.now() - timedelta(hours=1)
            db.session.execute(update(AccessToken).values(created_at=hour_old, factor_at=None, proved_at=None))

    def asks() -> bool:
        return "/account/prove" in client.get("/account/passkeys").headers.get("Location", "")

    grow_old()
    assert asks()
    for path in ("/account/passkeys", "/account/passkeys/options", "/account/recovery-codes"):
        assert posted(client, path, page=page).headers["Location"].startswith("/account/prove"), path
    assert posted(client, page, {"act": "factor_off"}).headers["Location"].startswith("/account/prove")
    wrong = posted(client, "/account/prove", {"password": "not it at all", "next": "/account/passkeys"})
    assert (wrong.status_code, "not your password" in wrong.text) == (422, True)
    assert asks()
    right = posted(client, "/account/prove", {"password": PASSWORD, "next": "/account/passkeys"})
    assert right.headers["Location"] == "/account/passkeys"
    assert not asks()
    grow_old()
    options = _options(client, "/second-step/passkey/options", "/account/prove")
    form = {"answer": key.sign(options), "next": "/account/passkeys"}
    assert posted(client, "/second-step/passkey", form, page="/account/prove").status_code == 302
    assert not asks()
    grow_old()
    for _ in range(5):
        posted(client, "/account/prove", {"password": "wrong"})
    assert "Too many wrong tries" in posted(client, "/account/prove", {"password": PASSWORD}).text


def test_without_redis_passkeys_say_so_and_passwords_work(app: Flask, here: State) -> None:
    was = app.extensions.get("limits")
    app.extensions["limits"] = redis.Redis.from_url("redis://127.0.0.1:9/0", socket_connect_timeout=0.2)
    try:
        assert posted(here.client(), "/sign-in/passkey/options", page="/sign-in").status_code == 503
        form = {"answer": Authenticator(here.host).sign({"challenge": b64(b"x" * 32)})}
        answer = posted(here.client(), "/sign-in/passkey", form, page="/sign-in")
        assert (answer.status_code, "cannot be checked right now" in answer.text) == (503, True)
        assert _sign_in(here, here.director).get("/").status_code == 200
    finally:
        app.extensions["limits"] = was


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.binary(max_size=60).map(b64),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@hypothesis_settings(max_examples=90, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_sent_is_refused_and_breaks_nothing(here: State, data: st.DataObject) -> None:
    key, client = Authenticator(here.host, user=b"u" * 16), here.client()
    options = _options(client, "/sign-in/passkey/options")
    good = json.loads(key.sign(options))
    place = data.draw(st.sampled_from(["id", "rawId", "type", "response", *good["response"]]))
    junk = data.draw(_JSON | st.just("["), label=place)
    spoiled = good if place in good else good["response"]
    if place in ("authenticatorData", "clientDataJSON", "signature") and data.draw(st.booleans()):
        junk = b64(unb64(spoiled[place])[: data.draw(st.integers(0, 200))] + data.draw(st.binary(max_size=8)))
    spoiled[place] = junk
    answer = data.draw(st.sampled_from([json.dumps(good), json.dumps(junk), "[" * 15000, "", "x" * 30000]))
    assert posted(client, "/sign-in/passkey", {"answer": answer}, page="/sign-in").status_code in (401, 429)


def _remove(client: FlaskClient) -> None:
    [path] = re.findall(r'href="(/account/passkeys/[0-9a-f-]{36})"', client.get("/account/passkeys").text)
    assert posted(client, f"{path}/remove", page=path).status_code == 302


def _codes(page: str) -> list[str]:
    return re.findall(r"<code>([A-Z2-7-]+)</code>", page)


def test_with_the_last_passkey_goes_what_was_proved_with_it(here: State, required: None) -> None:
    client = _sign_in(here, here.coordinator)
    old = _codes(_add(client, Authenticator(here.host)).text)
    with here.scope():
        held = update(Membership).where(Membership.person_id == here.coordinator.id)
        db.session.execute(held.values(valid_to=func.now()))
    # without a role in the state nobody needs one
    _remove(client)
    with here.scope():
        db.session.execute(held.values(valid_to=None))
        assert db.session.scalar(select(func.count()).select_from(RecoveryCode)) == 0
    assert client.get("/messages").headers["Location"].startswith("/second-step")
    assert posted(_sign_in(here, here.coordinator), "/second-step", {"code": old[0]}).status_code == 422


def test_an_app_beside_a_passkey_makes_the_codes_anew(here: State, required: None) -> None:
    client = _sign_in(here, here.administrator)
    old = _codes(_add(client, Authenticator(here.host)).text)
    secret = re.search(r'name="secret" value="([A-Z2-7]+)"', client.get("/second-step").text).group(1)  # type: ignore[union-attr]
    new = _codes(posted(client, "/second-step", {"secret": secret, "code": pyotp.TOTP(secret).now()}).text)
    assert len(new) == 10
    other = _sign_in(here, here.administrator)
    assert posted(other, "/second-step", {"code": old[0]}).status_code == 422
    assert posted(other, "/second-step", {"code": new[0]}).status_code == 302


def test_the_last_passkey_stays_where_a_second_step_is_due(here: State) -> None:
    client = _sign_in(here, here.director)
    with here.scope():
        db.session.execute(update(Person).where(Person.id == here.director.id).values(factor_due=True))
    _add(client, Authenticator(here.host))
    _remove(client)
    assert "only second step" in client.get("/account/passkeys").text
