"""Who is told of a moved close, of a case that is missing, and of a close that was worked out again: exactly those."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import event, select, update

from carepool.clock import now
from carepool.notifications import choices
from carepool.notifications.models import Message
from carepool.notifications.notices import Notice
from carepool.outbox import Actor
from carepool.purchasing.actions.closing import compute_close
from carepool.purchasing.models.orders import Wish
from carepool.purchasing.models.purchases import Purchase, PurchaseState
from tenants.database import db
from tests.buying import Buy, add_item, make_contract, open_buy, work
from tests.cast import Player, State
from workers.sweeps import SWEEPS


def _told(state: State, notice: Notice) -> list[tuple[Any, dict[str, Any]]]:
    with state.scope():
        found = select(Message).where(Message.kind == notice).order_by(Message.id)
        return [(one.person_id, one.facts) for one in db.session.scalars(found)]


def _sweep(state: State) -> None:
    for _ in range(2):
        with state.scope():
            SWEEPS["tell_missing"]()
    work(state)


def _soon(state: State, items: dict[str, str] | None = None, **terms: Any) -> Buy:
    return open_buy(state, items, closes_at=(now() + timedelta(hours=20)).isoformat(), **terms)


def test_those_who_ordered_or_began_to_hear_once_of_an_earlier_closing_time(here: State) -> None:
    buy = open_buy(here, closes_at=(now() + timedelta(days=20)).isoformat())
    buy.order(here.director, {"GLOVES": (20,)})
    sooner = (now() + timedelta(days=9)).replace(microsecond=0).isoformat()

    def move(closes_at: str, version: int, player: Player = here.coordinator) -> Any:
        etag = {"If-Match": f'"{version}"'}
        return here.api("PUT", buy.path("/closing-time"), player, json={"closes_at": closes_at}, headers=etag)

    for version in (1, 2):
        moved = move(sooner, version)
        assert moved.status_code == 200 and moved.headers["ETag"] == '"2"', moved.text
    assert move((now() + timedelta(days=5)).isoformat(), 1).status_code == 412
    unread = here.api("PUT", buy.path("/closing-time"), here.coordinator, json={"closes_at": sooner})
    assert unread.status_code == 428
    work(here)
    assert [person for person, _ in _told(here, Notice.TERMS_CHANGED)] == [here.director.id]
    for days in (-9, 30):
        assert move((now() + timedelta(days=days)).isoformat(), 2).status_code == 422
    assert move(sooner, 2, here.director).status_code == 403
    buy.close()
    assert move(sooner, 2).status_code == 409


def test_the_coordinator_moves_the_close_on_the_page(here: State) -> None:
    buy = open_buy(here, closes_at="2032-05-01T00:00:00Z")
    browser, path = here.browser(here.coordinator), f"/purchases/{buy.id}/closing-time"
    page = browser.submit(f"/purchases/{buy.id}", "GET").text
    [version] = re.findall(r'name="version" value="(\d+)"', page)
    form = {"closes_at": "2031-05-01T17:00", "version": version}
    assert browser.submit(path, "POST", form).status_code == 302
    assert here.api("GET", buy.path(), here.coordinator).json["closes_at"].startswith("2031-05-01T23:00")
    # another device still shows the time from before
    late = browser.submit(path, "POST", {**form, "closes_at": "2030-05-01T17:00"})
    assert late.status_code == 412 and 'datetime="2031-05-01T23:00:00Z"' in late.text
    assert browser.submit(path, "POST", {"closes_at": "soon", "version": "2"}).status_code == 422


def test_yours_is_the_case_that_is_missing_is_told_once_to_those_whose_case_it_is(here: State) -> None:
    contract = make_contract(here)
    items = {sku: add_item(here, contract, sku) for sku in ("GLOVES", "WIPES")}
    buy = _soon(here, items)
    buy.order(here.director, {"GLOVES": (13,), "WIPES": (10,)})
    buy.order(here.fellow, {"WIPES": (10,)})
    _sweep(here)
    [(person, facts)] = _told(here, Notice.CASE_MISSING)
    assert person == here.director.id
    assert (facts["item"], facts["missing"], facts["gain"], facts["more"]) == ("Item GLOVES", 7, "case", 0)
    page = here.browser(here.director).submit("/messages?lang=es", "GET").text
    assert "7 más de Item GLOVES" in page


def test_the_next_price_step_is_told_to_all_who_would_pay_less(here: State) -> None:
    buy = _soon(here)
    buy.order(here.director, {"GLOVES": (50,)})
    buy.order(here.fellow, {"GLOVES": (40, 4)})
    _sweep(here)
    told = _told(here, Notice.CASE_MISSING)
    assert {person for person, _ in told} == {here.director.id, here.fellow.id}
    assert {(facts["missing"], facts["gain"]) for _, facts in told} == {(6, "price")}


def test_wishes_are_read_once_a_deadline_and_each_hears_of_the_least_that_is_missing(here: State) -> None:
    contract = make_contract(here)
    items = {sku: add_item(here, contract, sku) for sku in ("GLOVES", "WIPES")}
    buy = _soon(here, items)
    buy.order(here.director, {"GLOVES": (13,), "WIPES": (6,)})
    buy.order(here.fellow, {"WIPES": (13,)})
    statements: list[str] = []

    def note(*facts: Any) -> None:
        statements.append(facts[2])

    with here.scope():
        SWEEPS["tell_missing"]()
    with here.scope():
        engine = db.session.connection().engine
        event.listen(engine, "before_cursor_execute", note)
        SWEEPS["tell_missing"]()
        event.remove(engine, "before_cursor_execute", note)
    assert statements and not any("wish" in one for one in statements)
    told = {
        person: (facts["item"], facts["missing"], facts["more"]) for person, facts in _told(here, Notice.CASE_MISSING)
    }
    assert told == {here.director.id: ("Item WIPES", 1, 1), here.fellow.id: ("Item WIPES", 1, 0)}


def test_nothing_is_told_where_nothing_is_missing_long_before_the_close_and_to_who_wants_no_mail(here: State) -> None:
    _soon(here).order(here.director, {"GLOVES": (20,)})
    open_buy(here).order(here.director, {"GLOVES": (13,)})
    _sweep(here)
    assert _told(here, Notice.CASE_MISSING) == []
    with here.scope():
        assert choices.choices_of(here.director.id)[Notice.CASE_MISSING] == {"mail": True, "sms": False}


def test_a_close_that_is_worked_out_again_is_told_to_those_for_whom_it_is_different(here: State) -> None:
    contract = make_contract(here)
    items = {sku: add_item(here, contract, sku, ladder=[[1, 4000]]) for sku in ("GLOVES", "WIPES")}
    buy = open_buy(here, items)
    buy.order(here.director, {"GLOVES": (20,)})
    buy.order(here.fellow, {"WIPES": (20,)})
    buy.close()
    assert _told(here, Notice.RESULT_CHANGED) == []
    with here.scope():
        mended = update(Wish).where(Wish.program_id == here.fellow.program_id)
        db.session.execute(mended.values(wanted=10))
        again = update(Purchase).where(Purchase.id == buy.id)
        db.session.execute(again.values(state=PurchaseState.CLOSING, job_id=None))
    with here.scope():
        compute_close(Actor.task(), UUID(buy.id))
    work(here)
    assert [person for person, _ in _told(here, Notice.RESULT_CHANGED)] == [here.fellow.id]
    assert len(_told(here, Notice.PURCHASE_ORDERED)) == 2, "nobody hears twice that it closed"
