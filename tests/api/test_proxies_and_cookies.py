"""Behind a proxy: whose address is believed, and what cookies and headers over https look like."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from carepool.app import create_app
from carepool.config import Settings
from carepool.identity.lockout import of_place
from carepool.identity.models import SignInFailure
from tenants.database import db, engine
from tests.authenticator import Authenticator
from tests.cast import PASSWORD, State

Make = Callable[..., Flask]


@pytest.fixture
def made(settings: Settings) -> Iterator[Make]:
    """Applications with other settings on the same servers."""
    with ExitStack() as undo:

        def make(**other: Any) -> Flask:
            own = create_app(replace(settings, **other))

            def dispose() -> None:
                with own.app_context():
                    engine().dispose()

            undo.callback(dispose)
            return own

        yield make


def _posted(client: FlaskClient, path: str, form: dict[str, str], page: str = "/sign-in", **options: Any) -> Any:
    shown = client.get(page, **options).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', shown).group(1)  # type: ignore[union-attr]
    return client.post(path, data={**form, "csrf_token": token}, **options)


@pytest.mark.parametrize(
    ("proxies", "header", "counted"),
    [
        (0, "198.51.100.9", "127.0.0.1"),
        (1, "198.51.100.9", "198.51.100.9"),
        (1, "203.0.113.1, 198.51.100.9", "198.51.100.9"),
        (2, "203.0.113.1, 198.51.100.9, 10.0.0.2", "198.51.100.9"),
        (2, "203.0.113.1", "127.0.0.1"),
        (1, "", "127.0.0.1"),
    ],
)
def test_only_the_counted_hops_are_believed(made: Make, here: State, proxies: int, header: str, counted: str) -> None:
    state = replace(here, app=made(carepool_proxies=proxies))
    form = {"email": "nobody@example.org", "password": "wrong"}
    headers = {"X-Forwarded-For": header} if header else {}
    assert _posted(state.client(), "/sign-in", form, headers=headers).status_code == 401
    with state.scope():
        stored = set(db.session.scalars(select(SignInFailure.key_hash)))
        known = {one: of_place(one).hash for one in ("127.0.0.1", "203.0.113.1", "198.51.100.9", "10.0.0.2")}
    assert [one for one, key in known.items() if key in stored] == [counted]


def test_a_made_up_hop_does_not_get_around_a_limit(made: Make, here: State) -> None:
    state = replace(here, app=made(carepool_proxies=1))
    client = state.client()

    def ask(number: int, last: str) -> int:
        headers = {"X-Forwarded-For": f"203.0.113.{number}, {last}"}
        form = {"email": f"p{number}@example.org"}
        return int(_posted(client, "/sign-in/link", form, "/sign-in/link", headers=headers).status_code)

    assert [ask(number, "198.51.100.7") for number in range(30)] == [200] * 30
    assert ask(31, "198.51.100.7") == 429
    assert ask(32, "198.51.100.8") == 200


def test_cookies_over_https_belong_to_one_host(made: Make, here: State) -> None:
    state = replace(here, app=made(carepool_scheme="https"))
    client, where = state.client(), {"base_url": f"https://{here.host}"}
    form = {"email": here.director.email, "password": PASSWORD}
    page = client.get("/sign-in", **where)
    assert "max-age=31556926" in page.headers["Strict-Transport-Security"]
    answer = _posted(client, "/sign-in", form, **where)
    [form_cookie] = [one for one in page.headers.getlist("Set-Cookie") if "form" in one]
    [session] = [one for one in answer.headers.getlist("Set-Cookie") if "session" in one]
    for cookie, name in ((form_cookie, "__Host-carepool_form="), (session, "__Host-carepool_session=")):
        # what a browser asks of a cookie with this prefix
        assert cookie.startswith(name)
        parts = {one.strip().lower() for one in cookie.split(";")[1:]}
        assert {"secure", "httponly", "path=/", "samesite=lax"} <= parts
        assert not any(one.startswith("domain") for one in parts)
    assert client.get("/account", **where).status_code == 200
    # the plain name of http is not taken here
    forged = state.client()
    forged.set_cookie("carepool_session", session.split("=", 1)[1].split(";")[0], domain=here.host)
    assert forged.get("/account", **where).status_code == 302
    out = _posted(client, "/sign-out", {}, "/account", **where)
    [gone] = [one for one in out.headers.getlist("Set-Cookie") if "session" in one]
    assert gone.startswith("__Host-carepool_session=;") and "Secure" in gone and "Path=/" in gone
    assert client.get("/account", **where).status_code == 302


def test_plain_http_is_sent_to_https(made: Make, here: State) -> None:
    client = replace(here, app=made(carepool_scheme="https")).client()
    answer = client.get("/sign-in")
    assert answer.headers["Location"] == f"https://{here.host}/sign-in"
    assert client.get("/sign-in", headers={"X-Forwarded-Proto": "https"}).status_code == 200


def test_a_passkey_over_https_is_bound_to_the_secure_origin(made: Make, here: State) -> None:
    state = replace(here, app=made(carepool_scheme="https"))
    client, where = state.client(), {"base_url": f"https://{here.host}"}
    _posted(client, "/sign-in", {"email": here.director.email, "password": PASSWORD}, **where)
    for origin, status in ((f"http://{here.host}", 422), (f"https://{here.host}", 302)):
        page = "/account/passkeys"
        options = _posted(client, f"{page}/options", {}, page, **where).json
        form = {"name": "Key", "answer": Authenticator(here.host, origin=origin).make(options)}
        assert _posted(client, page, form, page, **where).status_code == status
