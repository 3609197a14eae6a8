"""What was typed when a session had ended comes back to its writer by every way to sign in, and to nobody else."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from carepool.clock import now
from carepool.identity import kept_forms
from carepool.identity.models import AccessToken, KeptForm, Person, TokenKind
from tenants.database import db
from tests.authenticator import Authenticator
from tests.buying import Buy, open_buy, work
from tests.cast import PASSWORD, Player, State, posted
from tests.inbox import listening
from tests.provider import running, set_up
from workers.sweeps import sweep


@pytest.fixture
def required(app: Flask) -> Iterator[None]:
    app.config["SECOND_FACTOR"] = "required"
    yield
    app.config["SECOND_FACTOR"] = "optional"


def _sign_in(client: FlaskClient, player: Player, target: str = "/", page: str = "/sign-in") -> Any:
    form = {"email": player.email, "password": PASSWORD, "next": target}
    return posted(client, "/sign-in", form, page=page)


def _boxes(form: str) -> dict[str, str]:
    return {name: unescape(text) for name, text in re.findall(r'name="([^"]+)" value="([^"]*)"', form)}


def _form_on(client: FlaskClient, path: str, action: str) -> dict[str, str]:
    """The boxes of the form of a page that goes to an address, or has none."""
    page = client.get(path)
    assert page.status_code == 200, page.headers.get("Location")
    [form] = re.findall(rf'<form method="post"[^>]*action="{re.escape(action)}".*?</form>', page.text, re.DOTALL)
    return _boxes(form)


def _end_sessions(state: State) -> None:
    with state.scope() as session:
        session.execute(update(AccessToken).where(AccessToken.kind == TokenKind.SESSION).values(revoked_at=now()))


def _typed(state: State, client: FlaskClient, player: Player, text: str = "Flora") -> Any:
    """Type a new name on one's account, and send it when the session has ended."""
    assert _sign_in(client, player).status_code == 302
    page = client.get("/account").text
    form = next(form for form in re.findall(r"<form.*?</form>", page, re.DOTALL) if 'name="name"' in form)
    boxes = _boxes(form) | {"name": text, "language": "en"}
    _end_sessions(state)
    return client.post("/account", data=boxes)


def _next_of(answer: Any) -> str:
    return unescape(re.search(r'name="next" value="([^"]*)"', answer.text).group(1))  # type: ignore[union-attr]


def _sent(state: State, client: FlaskClient, player: Player, text: str = "Flora") -> None:
    """What waits is shown in a page that no browser keeps; sent, it does what it was to do, and waits no more."""
    page = client.get("/kept")
    assert page.headers["Cache-Control"] == "no-store"
    assert "What you typed is still here" in page.text
    answer = client.post("/account", data=_form_on(client, "/kept", "/account"))
    assert answer.status_code == 302, answer.text
    with state.scope():
        assert db.session.scalar(select(Person.name).where(Person.id == player.id)) == text
        assert db.session.scalars(select(KeptForm)).all() == []


def test_by_password(here: State) -> None:
    client = here.client()
    answer = _typed(here, client, here.director)
    assert (answer.status_code, "Flora" in answer.text) == (401, False)
    assert "what you typed is kept" in answer.text
    wrong = posted(client, "/sign-in", {"email": here.director.email, "password": "no", "next": _next_of(answer)})
    back = _sign_in(client, here.director, _next_of(wrong))
    assert (back.status_code, back.headers["Location"]) == (302, "/kept")
    _sent(here, client, here.director)


def test_by_passkey(here: State) -> None:
    client, key = here.client(), Authenticator(here.host)
    _sign_in(client, here.director)
    options = posted(client, "/account/passkeys/options", page="/account/passkeys").json
    posted(client, "/account/passkeys", {"name": "Key", "answer": key.make(options)})
    answer = _typed(here, client, here.director)
    options = posted(client, "/sign-in/passkey/options", page="/sign-in").json
    form = {"answer": key.sign(options), "next": _next_of(answer)}
    back = posted(client, "/sign-in/passkey", form, page="/sign-in")
    assert client.get(back.headers["Location"]).status_code == 200
    _sent(here, client, here.director)


def test_by_the_states_own_provider_also_after_it_refused(app: Flask, here: State) -> None:
    with running(app) as provider:
        provider.account("s-director", here.director.email)
        provider.account("s-nobody", "nobody@example.org")
        set_up(here, provider)
        client = here.client()
        answer = _typed(here, client, here.director)
        for subject, status in (("s-nobody", 401), ("s-director", 302)):
            way = unescape(re.search(r'href="(/sign-in/provider\?[^"]*)"', answer.text).group(1))  # type: ignore[union-attr]
            there = client.get(way).headers["Location"]
            answer = client.get(provider.agree(there, subject))
            assert answer.status_code == status, answer.text
        assert client.get(answer.headers["Location"]).status_code == 200
        _sent(here, client, here.director)


def test_by_a_link_that_is_opened_in_another_browser(app: Flask, here: State) -> None:
    with listening(app) as inbox:
        client, other = here.client(), here.client()
        _typed(here, client, here.director)
        posted(client, "/sign-in/link", {"email": here.director.email})
        work(here)
        back = posted(other, inbox.path_in(here.director.email))
        assert back.headers["Location"] == "/kept"
        _sent(here, other, here.director)


def test_with_the_second_step_set_up_on_the_way_and_asked_for(here: State, required: None) -> None:
    client = here.client()
    assert _sign_in(client, here.administrator).status_code == 302
    page = client.get("/second-step").text
    secret = re.search(r'name="secret" value="([A-Z2-7]+)"', page).group(1)  # type: ignore[union-attr]
    form = {"secret": secret, "code": pyotp.TOTP(secret).now(), "next": "/kept"}
    assert 'href="/kept"' in posted(client, "/second-step", form).text
    page = client.get("/account").text
    boxes = _boxes(next(one for one in re.findall(r"<form.*?</form>", page, re.DOTALL) if 'name="name"' in one))
    # the session is there and the second step is not
    with here.scope():
        db.session.execute(update(AccessToken).values(factor_at=None))
        db.session.execute(update(Person).values(totp_step=0))
    asked = client.post("/account", data=boxes | {"name": "Ada", "language": "en"})
    assert asked.headers["Location"] == "/second-step?next=/kept"
    code = {"code": pyotp.TOTP(secret).now(), "next": "/kept"}
    assert posted(client, "/second-step", code).headers["Location"] == "/kept"
    _sent(here, client, here.administrator, "Ada")


def test_another_person_who_signs_in_there_sees_nothing_of_it(here: State) -> None:
    client = here.client()
    _typed(here, client, here.director)
    back = _sign_in(client, here.fellow, "/kept")
    page = client.get(back.headers["Location"])
    assert page.status_code == 200
    assert "Flora" not in page.text and "Nothing that you typed waits here" in page.text
    with here.scope():
        kept = db.session.scalars(select(KeptForm.id)).one()
    # nor can they throw it away
    posted(client, "/kept", {"kept_form": str(kept)}, page="/account")
    with here.scope():
        assert db.session.scalars(select(KeptForm.person_id)).all() == [here.director.id]


def test_a_form_that_does_not_say_who_wrote_it_is_not_kept(here: State) -> None:
    client = here.client()
    _sign_in(client, here.director)
    token = _boxes(client.get("/account").text)["csrf_token"]
    _end_sessions(here)
    with here.scope():
        old = kept_forms.writer_sign(here.director.id)
    # at the front, as the last letters of base64 may stand for the same bytes
    for sign in ("", "made-up", ("B" if old[0] == "A" else "A") + old[1:]):
        form = {"name": "Flora", "csrf_token": token, "form_writer": sign}
        assert client.post("/account", data=form).headers["Location"].startswith("/sign-in?next=")
    with here.scope():
        assert db.session.scalar(select(func.count()).select_from(KeptForm)) == 0


def test_secrets_are_not_kept(here: State) -> None:
    client = here.client()
    _sign_in(client, here.director)
    boxes = _boxes(client.get("/account").text) | {"act": "password", "old_password": PASSWORD, "password": "x" * 20}
    _end_sessions(here)
    client.post("/account", data=boxes)
    with here.scope():
        assert db.session.scalars(select(KeptForm)).all() == []


def test_it_is_thrown_away_when_its_writer_says_so_or_after_a_day(app: Flask, here: State) -> None:
    client = here.client()
    for text in ("One", "Two"):
        _typed(here, client, here.director, text)
    _sign_in(client, here.director)
    page = client.get("/kept").text
    assert "Two" in page and "One" in page
    kept = re.search(r'name="kept_form" value="([^"]+)"', page).group(1)  # type: ignore[union-attr]
    posted(client, "/kept", {"kept_form": kept})
    page = client.get("/kept").text
    assert "Two" not in page and "One" in page
    with here.scope():
        db.session.execute(update(KeptForm).values(kept_at=now() - timedelta(days=1, minutes=1)))
    assert "Nothing that you typed" in client.get("/kept").text
    sweep(app, "forget_done")
    with here.scope():
        assert db.session.scalars(select(KeptForm)).all() == []


def test_the_newest_five_wait(here: State) -> None:
    with here.scope():
        for number in range(7):
            assert kept_forms.keep_form(here.director.id, "/account", [("name", str(number))])
        assert [one.boxes[0][1] for one in kept_forms.kept_of(here.director.id)] == list("65432")


def test_what_is_refused_when_it_is_sent_is_shown_again_and_waits_no_more(here: State) -> None:
    client = here.client()
    _typed(here, client, here.director, "  ")
    _sign_in(client, here.director)
    answer = client.post("/account", data=_form_on(client, "/kept", "/account"))
    assert answer.status_code == 422
    with here.scope():
        assert db.session.scalars(select(KeptForm)).all() == []


def test_an_order_that_meets_an_ended_session_twice_waits_once(here: State) -> None:
    buy: Buy = open_buy(here)
    client, path = here.client(), f"/purchases/{buy.id}/orders/{here.director.program_id}"
    _sign_in(client, here.director)
    boxes = _boxes(client.get(path).text) | {"act": "place"}
    _end_sessions(here)
    assert client.post(path, data=boxes).status_code == 401
    _sign_in(client, here.director)
    boxes = _form_on(client, "/kept", path)
    _end_sessions(here)
    assert client.post(path, data=boxes).status_code == 401
    with here.scope():
        assert db.session.scalars(select(KeptForm.path)).all() == [path]
