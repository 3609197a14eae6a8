"""Messages through the API, and deliveries whose outcome a person must settle."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from carepool.identity.models import Person
from carepool.notifications.actions import tell
from carepool.notifications.models import Delivery
from carepool.notifications.notices import Notice
from carepool.outbox import Activity, OutboxRow
from tenants.database import db
from tenants.ids import new_id
from tests.buying import open_buy, work
from tests.cast import Player, State
from tests.posting import losing_mail


def _messages(state: State, player: Player, query: str = "", **options: Any) -> Any:
    answer = state.api("GET", f"/messages{query}", player, **options)
    assert answer.status_code == 200, answer.text
    return answer.json


def _told(state: State, count: int) -> None:
    with state.scope():
        for number in range(count):
            tell([state.director.id], Notice.PURCHASE_OPENED, new_id(), {"title": f"Purchase {number}"})


def test_own_messages_come_newest_first_in_pages_and_only_the_unread_ones_where_asked(here: State) -> None:
    _told(here, 5)
    first = _messages(here, here.director, "?limit=2")
    second = _messages(here, here.director, f"?limit=2&cursor={first['next_cursor']}")
    titles = [one["sentence"].split(": ")[1][:10] for one in first["items"] + second["items"]]
    assert titles == ["Purchase 4", "Purchase 3", "Purchase 2", "Purchase 1"]
    read = here.api("POST", "/messages/read", here.director, json={"up_to": second["items"][0]["id"]})
    assert (read.status_code, read.json) == (200, {"unread": 2})
    unread = _messages(here, here.director, "?unread=true")["items"]
    assert [one["id"] for one in unread] == [one["id"] for one in first["items"]]
    assert _messages(here, here.fellow)["items"] == []


def test_a_sentence_is_in_the_readers_language_unless_another_is_asked_for(here: State) -> None:
    _told(here, 1)
    with here.scope():
        db.session.execute(update(Person).where(Person.id == here.director.id).values(language="es"))
    assert "compra en grupo" in _messages(here, here.director)["items"][0]["sentence"]
    english = _messages(here, here.director, headers={"Accept-Language": "en"})["items"][0]["sentence"]
    assert english.startswith("A group purchase is open")


def test_a_message_of_someone_else_cannot_be_marked(here: State) -> None:
    _told(here, 1)
    [one] = _messages(here, here.director)["items"]
    refused = here.api("POST", "/messages/read", here.fellow, json={"up_to": one["id"]})
    assert refused.status_code == 404
    assert _messages(here, here.director)["items"][0]["read_at"] is None


@pytest.fixture
def deaf(app: Flask) -> Iterator[None]:
    """A mail server whose answers are lost."""
    with losing_mail() as url:
        app.config["SMTP_URL"] = url
        yield
        app.config["SMTP_URL"] = ""


def test_telling_twice_makes_neither_a_second_message_nor_a_second_letter(here: State, deaf: None) -> None:
    subject = new_id()
    for _ in range(2):
        with here.scope():
            tell([here.director.id, here.fellow.id], Notice.PURCHASE_OPENED, subject, {"title": "T"})
    with here.scope():
        waiting = select(func.count()).select_from(OutboxRow).where(OutboxRow.topic == "message.waiting")
        assert db.session.scalar(waiting) == 2
    assert len(_messages(here, here.director)["items"]) == 1


def _unknown(state: State) -> list[Any]:
    answer = state.api("GET", "/deliveries?state=unknown", state.coordinator)
    assert answer.status_code == 200, answer.text
    return list(answer.json["items"])


def _resolve(state: State, one: Any, outcome: str, player: Player | None = None) -> Any:
    path = f"/deliveries/{one['message_id']}/resolve"
    return state.api("POST", path, player or state.coordinator, json={"outcome": outcome})


def test_a_person_settles_deliveries_whose_outcome_is_unknown(here: State, deaf: None) -> None:
    open_buy(here)
    work(here)
    sent, again = _unknown(here)
    assert sent["error"]
    settled = _resolve(here, sent, "sent")
    assert (settled.status_code, settled.json["state"]) == (200, "sent")
    assert [one["message_id"] for one in _unknown(here)] == [again["message_id"]]
    twice = _resolve(here, sent, "send_again")
    assert (twice.status_code, twice.json["type"].rsplit(":", 1)[1]) == (409, "delivery-settled")
    assert _resolve(here, again, "send_again").json["state"] == "waiting"
    work(here)
    [tried] = _unknown(here)
    assert (tried["message_id"], tried["attempts"]) == (again["message_id"], 2)
    with here.scope():
        verbs = select(Activity.verb, Activity.person_id, Activity.diff).where(Activity.verb.startswith("delivery."))
        assert [(verb, person, diff["state"][1]) for verb, person, diff in db.session.execute(verbs.order_by(Activity.id))] == [
            ("delivery.settled", here.coordinator.id, "sent"),
            ("delivery.repeated", here.coordinator.id, "waiting"),
        ]  # fmt: skip


def test_nothing_that_is_unknown_is_sent_again_by_itself(here: State, deaf: None) -> None:
    open_buy(here)
    work(here)
    with here.scope():
        again = update(OutboxRow).where(OutboxRow.topic == "message.waiting")
        db.session.execute(again.values(done_at=None, handed_at=None))
    work(here)
    with here.scope():
        assert set(db.session.execute(select(Delivery.state, Delivery.attempts)).tuples()) == {("unknown", 1)}


def test_deliveries_are_for_people_with_the_right_in_the_whole_state(here: State, deaf: None) -> None:
    open_buy(here)
    work(here)
    [one, _] = _unknown(here)
    assert here.api("GET", "/deliveries?state=unknown", here.director).status_code == 403
    assert _resolve(here, one, "sent", here.director).status_code == 403
