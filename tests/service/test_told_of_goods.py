"""Programs hear that it is ordered, that their goods are there and until when they wait: each once, with its own code."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from carepool.clock import now
from carepool.notifications.models import Message
from carepool.notifications.notices import Notice
from carepool.notifications.sentences import sentence_of
from carepool.purchasing.receiving.models.counting import PurchaseReceiving
from carepool.purchasing.receiving.pick_up_codes import pick_up_code
from carepool.purchasing.receiving.ready import ready_to_collect
from tenants.database import db
from tests.buying import Buy, work
from tests.cast import State
from tests.ordering import closed
from tests.receiving import bought, bought_two, count, finish, first_order, line, short_purchase
from workers.sweeps import SWEEPS


def _told(state: State, notice: Notice) -> dict[Any, Message]:
    with state.scope():
        found = list(db.session.scalars(select(Message).where(Message.kind == notice).order_by(Message.id)))
    assert len({one.person_id for one in found}) == len(found), "nobody hears it twice"
    return {one.person_id: one for one in found}


def _waits_until(state: State, buy: Buy, days: int) -> None:
    with state.scope():
        own = update(PurchaseReceiving).where(PurchaseReceiving.purchase_id == buy.id)
        db.session.execute(own.values(offer_from=now().date() + timedelta(days=days)))


def _remind(state: State) -> None:
    for _ in range(2):
        with state.scope():
            SWEEPS["remind_of_goods"]()


def test_closed_is_told_at_the_close_and_ordered_when_the_vendor_has_the_order(here: State) -> None:
    own = closed(here, fellow=20, channel="hand")
    assert own.purchase_state() == "closed"
    both = {here.director.id, here.fellow.id}
    assert set(_told(here, Notice.PURCHASE_CLOSED)) == both and not _told(here, Notice.PURCHASE_ORDERED)
    [vendor] = own.vendors()
    body = {"vendor_id": vendor["vendor_id"], "note": "By phone with Pat"}
    path = own.buy.path("/vendor-orders/by-hand")
    assert here.api("POST", path, here.coordinator, json=body).status_code == 200
    work(here)
    assert own.purchase_state() == "ordered"
    assert set(_told(here, Notice.PURCHASE_ORDERED)) == both


def test_where_vendors_are_ordered_from_elsewhere_one_word_is_enough(here: State) -> None:
    bought(here)
    assert set(_told(here, Notice.PURCHASE_ORDERED)) == {here.director.id, here.fellow.id}
    assert not _told(here, Notice.PURCHASE_CLOSED)


def test_programs_hear_where_when_and_with_which_code(here: State) -> None:
    buy, _ = short_purchase(here)
    told = _told(here, Notice.READY_TO_COLLECT)
    assert set(told) == {here.director.id, here.fellow.id}
    for player in (here.director, here.fellow):
        assert player.program_id is not None
        with here.app.test_request_context(), here.scope():
            code = pick_up_code(buy.id, player.program_id)  # type: ignore[arg-type]
            sentence = sentence_of(told[player.id])
        assert code in sentence and told[player.id].facts["place"] in sentence
    codes = {one.facts["code"] for one in told.values()}
    assert len(codes) == 2, "each has its own"


def test_nobody_is_sent_before_all_is_counted(here: State) -> None:
    buy = bought_two(here)
    order = first_order(buy)
    assert count(here, order, line(1, 1)).status_code == 201
    here.api("POST", buy.path("/arrivals"), here.coordinator)
    work(here)
    assert not _told(here, Notice.READY_TO_COLLECT)
    assert finish(here, order).status_code == 200
    assert set(_told(here, Notice.READY_TO_COLLECT)) <= {here.director.id, here.fellow.id}


def test_a_recount_and_a_second_run_tell_nobody_again(here: State) -> None:
    buy, order = short_purchase(here)
    assert count(here, order, line(1, -1), door="corrections", cause="Recounted").status_code == 201
    work(here)
    for one in here.api("GET", buy.path("/arrivals"), here.coordinator).json["items"]:
        with here.scope():
            ready_to_collect(one["id"])
    assert len(_told(here, Notice.READY_TO_COLLECT)) == 2


def test_those_who_did_not_collect_are_reminded_once_before_the_day(here: State) -> None:
    buy, _ = short_purchase(here)
    _waits_until(here, buy, 9)
    _remind(here)
    assert not _told(here, Notice.COLLECT_REMINDER), "it is early"
    director = str(here.director.program_id)
    goods = here.api("GET", buy.path(f"/goods/{director}"), here.coordinator).json
    lines = [{"item_id": one["item_id"], "eaches": one["remaining"]} for one in goods["lines"]]
    body = {"key": "all-of-it", "code": goods["code"], "lines": lines}
    given = here.api("POST", buy.path(f"/goods/{director}/hand-outs"), here.coordinator, json=body)
    assert given.status_code == 201, given.text
    _waits_until(here, buy, 1)
    _remind(here)
    told = _told(here, Notice.COLLECT_REMINDER)
    assert set(told) == {here.fellow.id}, "who has its goods hears nothing"
    assert told[here.fellow.id].facts["until"] == now().date().isoformat()
