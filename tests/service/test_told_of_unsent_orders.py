"""Who is told of lines that were not sent, of a second close, and of orders that moved: exactly those whom it concerns."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from carepool.clock import now
from carepool.notifications.models import Message
from carepool.notifications.notices import Notice
from tenants.database import db
from tests.buying import Buy, add_item, make_contract, open_buy, work
from tests.cast import State
from tests.staffing import staff_of
from workers.sweeps import SWEEPS


def _told(state: State, notice: Notice) -> set[Any]:
    work(state)
    with state.scope():
        return set(db.session.scalars(select(Message.person_id).where(Message.kind == notice)))


def _short(state: State, **terms: Any) -> Buy:
    """An open purchase of GLOVES whose vendor takes no order below $100.00."""
    return open_buy(state, {"GLOVES": add_item(state, make_contract(state, 10_000), "GLOVES")}, **terms)


def _patch(buy: Buy, path: str, body: dict[str, Any], method: str = "POST") -> Any:
    version = buy.state.api("GET", buy.path(), buy.state.coordinator).json["version"]
    etag = {"If-Match": f'"{version}"'}
    return buy.state.api(method, buy.path(path), buy.state.coordinator, json=body, headers=etag)


def test_an_order_taken_back_or_waiting_is_not_counted_nor_reminded_as_unsent(here: State) -> None:
    buy = open_buy(here, closes_at=(now() + timedelta(hours=20)).isoformat())
    tag = buy.order(here.fellow, {"GLOVES": (20,)}).headers["ETag"]
    mine = buy.path(f"/orders/{here.fellow.program_id}")
    assert here.api("DELETE", mine, here.fellow, headers={"If-Match": tag}).status_code == 200
    waiting = buy.order(staff_of(here, here.director), {"GLOVES": (30,)})
    assert waiting.json["state"] == "waiting"
    refused = here.api("POST", buy.path("/reminders"), here.coordinator)
    assert refused.status_code == 409 and "No program has an order that is not sent" in refused.json["detail"]
    with here.scope():
        SWEEPS["remind_drafts"]()
    assert _told(here, Notice.DRAFT_UNSENT) == set()


def test_after_a_close_that_failed_everyone_hears_that_it_was_ordered_now(here: State) -> None:
    buy = _short(here)
    buy.order(here.director, {"GLOVES": (10,)})
    buy.order(here.fellow, {"GLOVES": (3,)})
    buy.close()
    assert len(_told(here, Notice.PURCHASE_FAILED)) == 2
    until = (now() + timedelta(days=9)).isoformat()
    assert _patch(buy, "/extend", {"until": until}).status_code == 200
    tag = here.api("GET", buy.path(f"/orders/{here.director.program_id}"), here.director).headers["ETag"]
    assert buy.order(here.director, {"GLOVES": (30,)}, etag=tag).status_code == 200
    buy.close()
    assert here.api("GET", buy.path(), here.coordinator).json["state"] == "ordered"
    assert _told(here, Notice.PURCHASE_ORDERED) == {here.director.id, here.fellow.id}
    assert _told(here, Notice.RESULT_CHANGED) == set()


def test_orders_move_only_to_programs_that_may_join_the_new_purchase(here: State) -> None:
    buy = _short(here)
    buy.order(here.director, {"GLOVES": (10,)})
    buy.close()
    new = here.api("POST", buy.path("/roll-over"), here.coordinator).json
    keys = ("title", "opens_at", "closes_at")
    terms = {**{key: new[key] for key in keys}, "counties": ["Nowhere"]}
    etag = {"If-Match": f'"{new["version"]}"'}
    changed = here.api("PUT", f"/purchases/{new['id']}", here.coordinator, json=terms, headers=etag)
    assert changed.status_code == 200, changed.text
    assert here.api("POST", f"/purchases/{new['id']}/open", here.coordinator).status_code == 200
    assert _told(here, Notice.ORDER_TO_CONFIRM) == set()
    orders = here.api("GET", f"/purchases/{new['id']}/orders", here.coordinator).json["items"]
    assert orders == []
