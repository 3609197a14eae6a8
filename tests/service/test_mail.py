"""Messages go out once through a real SMTP server, in the reader's language."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select, update

from carepool.identity.models import Person
from carepool.notifications import sending
from carepool.notifications.models import Delivery, Message
from tenants.database import db
from tests.buying import open_buy, work
from tests.cast import State
from tests.inbox import Inbox, listening


@pytest.fixture
def inbox(app: Flask) -> Iterator[Inbox]:
    with listening(app) as made:
        yield made


def test_each_invited_person_gets_one_letter(here: State, inbox: Inbox) -> None:
    with here.scope():
        db.session.execute(update(Person).where(Person.id == here.fellow.id).values(language="es"))
    open_buy(here)
    work(here)
    assert sorted(letter.rcpt_tos[0] for letter in inbox.letters) == ["director@example.org", "fellow@example.org"]
    texts = {letter.rcpt_tos[0]: letter.content.decode() for letter in inbox.letters}
    assert "A group purchase is open" in texts["director@example.org"]
    assert "compra en grupo" in texts["fellow@example.org"]


def test_a_message_is_never_sent_twice(here: State, inbox: Inbox) -> None:
    open_buy(here)
    work(here)
    with here.scope():
        ids = list(db.session.scalars(select(Message.id)))
        sending.send_messages(ids)
    assert len(inbox.letters) == len(ids) == 2


def test_a_send_that_was_cut_off_becomes_unknown_and_waits_for_a_person(here: State, inbox: Inbox) -> None:
    open_buy(here)
    work(here)
    with here.scope():
        db.session.execute(update(Delivery).values(state="sending"))
    with here.scope():
        sending.send_messages(list(db.session.scalars(select(Message.id))))
    with here.scope():
        assert set(db.session.scalars(select(Delivery.state))) == {"unknown"}
    assert len(inbox.letters) == 2
