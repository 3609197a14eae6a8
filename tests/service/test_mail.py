"""Messages go out once through a real SMTP server, in the reader's language."""

from collections.abc import Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from sqlalchemy import select, update

from carepool.identity.models import Person
from carepool.local.ports import free_port
from carepool.notifications import sending
from carepool.notifications.models import Delivery, Message
from tenants.database import db
from tests.buying import open_buy, work
from tests.cast import State


class _Inbox:
    def __init__(self) -> None:
        self.letters: list[Any] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.letters.append(envelope)
        return "250 taken"


@pytest.fixture
def inbox(app: Flask) -> Iterator[_Inbox]:
    inbox, port = _Inbox(), free_port()
    server = Controller(inbox, hostname="127.0.0.1", port=port)
    server.start()
    app.config["SMTP_URL"] = f"smtp://127.0.0.1:{port}"
    yield inbox
    app.config["SMTP_URL"] = ""
    server.stop()


def test_each_invited_person_gets_one_letter(here: State, inbox: _Inbox) -> None:
    with here.scope():
        db.session.execute(update(Person).where(Person.id == here.fellow.id).values(language="es"))
    open_buy(here)
    work(here)
    assert sorted(letter.rcpt_tos[0] for letter in inbox.letters) == ["director@example.org", "fellow@example.org"]
    texts = {letter.rcpt_tos[0]: letter.content.decode() for letter in inbox.letters}
    assert "A group purchase is open" in texts["director@example.org"]
    assert "compra en grupo" in texts["fellow@example.org"]


def test_a_message_is_never_sent_twice(here: State, inbox: _Inbox) -> None:
    open_buy(here)
    work(here)
    with here.scope():
        ids = list(db.session.scalars(select(Message.id)))
        sending.send_messages(ids)
    assert len(inbox.letters) == len(ids) == 2


def test_a_send_that_was_cut_off_becomes_unknown_and_waits_for_a_person(here: State, inbox: _Inbox) -> None:
    open_buy(here)
    work(here)
    with here.scope():
        db.session.execute(update(Delivery).values(state="sending"))
    with here.scope():
        sending.send_messages(list(db.session.scalars(select(Message.id))))
    with here.scope():
        assert set(db.session.scalars(select(Delivery.state))) == {"unknown"}
    assert len(inbox.letters) == 2
