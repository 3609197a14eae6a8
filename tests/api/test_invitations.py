"""Who is told of a purchase: chosen, counted, each program once; reminders by hand at most once a day."""

from typing import Any

import pytest
from sqlalchemy import func, select

from carepool.identity import actions
from carepool.identity.rights import Role
from carepool.notifications.models import Message
from carepool.outbox import Actor
from carepool.programs.actions import add_program
from tenants.database import db
from tests.buying import Buy, open_buy, work
from tests.cast import State


def _told(state: State, kind: str = "purchase.opened") -> list[Any]:
    with state.scope():
        return list(db.session.scalars(select(Message.person_id).where(Message.kind == kind)))


def _choose(buy: Buy, **choice: Any) -> Any:
    return buy.state.api("PUT", buy.path("/invitation"), buy.state.coordinator, json=choice)


def test_everyone_who_may_join_is_told_where_nothing_was_chosen(here: State) -> None:
    buy = open_buy(here)
    before = here.api("GET", buy.path("/invitation"), here.coordinator).json
    work(here)
    after = here.api("GET", buy.path("/invitation"), here.coordinator).json
    assert ((before["told"], before["to_tell"]), (after["told"], after["to_tell"])) == ((0, 2), (2, 0))
    assert sorted(_told(here)) == sorted([here.director.id, here.fellow.id])


def test_those_who_were_chosen_are_told_first_and_the_others_when_asked_each_once(here: State) -> None:
    buy = open_buy(here)
    named = _choose(buy, only_named=True, program_ids=[str(here.director.program_id)])
    assert named.status_code == 200 and named.json["to_tell"] == 1, named.text
    work(here)
    assert _told(here) == [here.director.id]
    with here.scope():
        # someone who joins a program later is not told of what it was told before
        late = actions.invite_person(Actor.operator(), "late@example.org", "Late")
        actions.grant_role(Actor.operator(), late.id, Role.PROGRAM_STAFF, here.director.program_id)
    assert _choose(buy, counties=["Adams"]).json["to_tell"] == 1
    for _ in range(2):
        assert here.api("POST", buy.path("/invitation"), here.coordinator).status_code == 202
    work(here)
    assert sorted(_told(here)) == sorted([here.director.id, here.fellow.id])
    assert here.api("GET", buy.path("/invitation"), here.coordinator).json["to_tell"] == 0


@pytest.mark.parametrize(
    ("choice", "count"),
    [({}, 2), ({"counties": ["Nowhere"]}, 0), ({"program_types": ["head_start"]}, 0), ({"counties": ["Adams"]}, 2)],
)
def test_counts_follow_the_choice(here: State, choice: dict[str, Any], count: int) -> None:
    assert _choose(open_buy(here), **choice).json["to_tell"] == count


def test_a_choice_that_cannot_be_is_refused(here: State) -> None:
    buy = open_buy(here, counties=["Adams"])
    assert _choose(buy, only_named=True).status_code == 422
    with here.scope():
        elsewhere = add_program(Actor.operator(), {"licence_number": "E-1", "name": "Far", "county": "Mesa"}).id
    assert _choose(buy, program_ids=[str(elsewhere)]).status_code == 404
    browser = here.browser(here.coordinator)
    page = buy.path("/invitation")
    for number, words in (("E-1", "may not join"), ("X-9", "No program has the license number X-9")):
        refused = browser.submit(page, "POST", {"named": number})
        assert refused.status_code == 422 and words in refused.text and f">\n{number}</textarea>" in refused.text
    buy.close()
    assert _choose(buy).status_code == 409


def test_reminders_by_hand_go_out_once_a_day(here: State) -> None:
    buy, browser = open_buy(here), here.browser(here.coordinator)
    nobody = here.api("POST", buy.path("/reminders"), here.coordinator)
    assert nobody.status_code == 409 and "not sent" in nobody.json["detail"]
    buy.order(here.director, {"GLOVES": (5,)}, place=False)
    assert "1 program typed an order" in browser.submit(buy.path("/invitation"), "GET").text
    assert browser.submit(buy.path("/remind"), "POST", {}).status_code == 302
    again = here.api("POST", buy.path("/reminders"), here.coordinator)
    assert again.status_code == 409 and "today" in again.json["detail"]
    work(here)
    assert _told(here, "purchase.draft_reminder") == [here.director.id]
    [made] = here.api("GET", buy.path("/reminders"), here.coordinator).json["items"]
    assert made["programs"] == 1
    assert "Last reminder by hand" in browser.submit(buy.path("/invitation"), "GET").text
    assert here.api("POST", buy.path("/reminders"), here.director).status_code == 403


def test_the_choice_is_kept_and_sent_by_forms(here: State) -> None:
    buy, browser = open_buy(here), here.browser(here.coordinator)
    page = buy.path("/invitation")
    number = here.api("GET", f"/programs/{here.fellow.program_id}", here.coordinator).json["licence_number"]
    assert browser.submit(page, "POST", {"named": number, "only_named": "1"}).status_code == 302
    shown = browser.submit(page, "GET").text
    assert "Tell 1 program now" in shown and number in shown
    assert browser.submit(f"{page}/send", "POST", {}).status_code == 302
    work(here)
    assert _told(here) == [here.fellow.id]
    with here.scope():
        assert db.session.scalar(select(func.count()).select_from(Message)) == 1
