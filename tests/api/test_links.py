"""Invitations and sign-in links: a letter with a link that works once, and one answer for known and unknown addresses."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from carepool.identity.limits import LINKS_TO_ADDRESS
from carepool.identity.models import AccessToken, Membership, Person, TokenKind
from carepool.local.ports import free_port
from carepool.notifications import sending
from carepool.notifications.models import Message
from tenants.database import db
from tests.buying import work
from tests.cast import State, posted
from tests.inbox import Inbox, listening
from tests.isolation.statements import counting


@pytest.fixture
def inbox(app: Flask) -> Iterator[Inbox]:
    with listening(app) as made:
        yield made


def _invite(state: State, language: str = "en") -> Any:
    body = {"email": "new@example.org", "role": "purchasing_coordinator", "language": language}
    return state.api("POST", "/people", state.administrator, json=body)


def _links(state: State) -> int:
    with state.scope():
        kinds = select(func.count()).select_from(AccessToken).where(AccessToken.kind == TokenKind.LINK)
        return db.session.scalar(kinds) or 0


def test_an_invited_person_signs_in_once_with_the_link_in_the_welcome_letter(here: State, inbox: Inbox) -> None:
    _invite(here, "es")
    work(here)
    [text] = inbox.texts("new@example.org")
    assert "Bienvenida" in text
    path = inbox.path_in("new@example.org")
    first, second = here.client(), here.client()
    assert posted(first, path).headers["Location"] == "/"
    assert posted(second, path).status_code == 401
    with here.scope():
        stored = db.session.scalars(select(AccessToken).where(AccessToken.kind == TokenKind.LINK)).one()
        assert path.rpartition("_")[2].encode() not in (stored.secret_hash, stored.secret_hash.hex().encode())


def test_someone_whose_role_ended_is_invited_again_with_a_letter(here: State, inbox: Inbox) -> None:
    with here.scope():
        db.session.execute(update(Membership).where(Membership.person_id == here.fellow.id).values(valid_to=func.now()))
    body = {
        "email": "",
        "name": "Somebody else",
        "language": "en",
        "role": "purchasing_coordinator",
        "program_id": None,
    }
    for player in (here.fellow, here.director):
        again = here.api("POST", "/people", here.administrator, json={**body, "email": player.email})
        assert (again.status_code, again.json["id"]) == (201, str(player.id))
    work(here)
    assert inbox.path_in("fellow@example.org")
    assert not inbox.texts("director@example.org"), "who has a role was invited long ago"
    with here.scope() as session:
        assert session.get_one(Person, (here.tenant.id, here.fellow.id)).name == "Fellow"


def test_a_letter_that_is_handed_over_twice_makes_one_link(here: State, inbox: Inbox) -> None:
    _invite(here)
    work(here)
    with here.scope():
        message = db.session.scalars(select(Message.id)).one()
        sending.send_messages([message])
    assert (len(inbox.letters), _links(here)) == (1, 1)


def test_without_a_mail_server_the_welcome_is_a_message_and_no_link_is_made(here: State) -> None:
    person = _invite(here).json["id"]
    work(here)
    with here.scope():
        [(whose, kind)] = db.session.execute(select(Message.person_id, Message.kind)).tuples()
        assert (str(whose), kind) == (person, "person.welcome")
    assert _links(here) == 0


def test_known_and_unknown_addresses_get_the_same_answer_by_the_same_statements(
    app: Flask, here: State, inbox: Inbox
) -> None:
    answers, statements = [], []
    for address in ("nobody@example.org", here.director.email):
        client = here.client()
        posted(client, "/sign-in/link", {"email": "warm@example.org"})
        with counting(app) as asked:
            answers.append(posted(client, "/sign-in/link", {"email": address}))
        statements.append(asked)
    assert [one.status_code for one in answers] == [200, 200]
    assert answers[0].text == answers[1].text
    assert statements[0] == statements[1]
    work(here)
    assert [one.rcpt_tos for one in inbox.letters] == [[here.director.email]]
    client = here.client()
    assert posted(client, inbox.path_in(here.director.email)).status_code == 302
    assert "Director" in client.get("/messages").text


def test_links_are_limited_for_each_address_known_or_not(here: State) -> None:
    for address in (here.director.email, "nobody@example.org"):
        statuses = [
            posted(here.client(), "/sign-in/link", {"email": address}).status_code
            for _ in range(LINKS_TO_ADDRESS.most + 1)
        ]
        assert statuses == [200] * LINKS_TO_ADDRESS.most + [429]
    assert posted(here.client(), "/sign-in/link", {"email": here.fellow.email}).status_code == 200


def test_without_redis_links_are_still_sent(app: Flask, here: State, inbox: Inbox) -> None:
    kept, app.config["REDIS_URL"] = app.config["REDIS_URL"], f"redis://127.0.0.1:{free_port()}"
    app.extensions.pop("limits", None)
    try:
        assert posted(here.client(), "/sign-in/link", {"email": here.director.email}).status_code == 200
    finally:
        app.config["REDIS_URL"] = kept
        app.extensions.pop("limits", None)
    work(here)
    assert len(inbox.letters) == 1


def test_an_administrator_makes_a_link_and_nobody_else_does(here: State) -> None:
    path = f"/people/{here.director.id}/links"
    made = here.api("POST", path, here.administrator)
    assert made.status_code == 201
    assert posted(here.client(), "/" + made.json["link"].split("/", 3)[3]).status_code == 302
    assert here.api("POST", path, here.coordinator).status_code == 403
