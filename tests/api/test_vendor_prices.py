"""Prices that a vendor proposes at its desk: with notice, by item or as a file; a state decides."""

import io
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from carepool.clock import now
from carepool.notifications.models import Message
from carepool.notifications.notices import Notice
from carepool.purchasing.models.catalogs import CatalogItem
from carepool.vendors.desk.models import DeskItem, DeskPartner
from carepool.vendors.prices.models import PriceProposal
from tenants.database import db
from tests.buying import add_item, make_contract, open_buy, work
from tests.cast import State
from tests.desks import Desk, desk_of
from tests.ordering import VENDOR
from workers.sweeps import SWEEPS

LATER = (now().date() + timedelta(days=45)).isoformat()
SOON = (now().date() + timedelta(days=5)).isoformat()


def _sold(state: State) -> tuple[Desk, str, str]:
    """A desk, and (contract, item id) of an item that its vendor sells to the state."""
    contract = make_contract(state, vendor=VENDOR)
    item = add_item(state, contract, "GLOVES")
    desk = desk_of(state, contract)
    with state.scope():
        SWEEPS["show_catalogs"]()
    return desk, contract, item


def _partner(state: State) -> UUID:
    with state.scope():
        return db.session.scalars(select(DeskPartner.id)).one()


def _proposed(state: State, desk: Desk, item: str, day: str = LATER, **prices: str) -> Any:
    form = {"effective_on": day, "note": "Freight rose.", **(prices or {"price_1": "42.00", "price_10": "36.00"})}
    answer = desk.browser().submit(f"/desk/items/{item}", "POST", form)
    work(state)
    return answer


def _proposals(desk: Desk) -> list[PriceProposal]:
    with desk.scope():
        own = select(PriceProposal).where(PriceProposal.vendor_id == desk.vendor_id)
        return list(db.session.scalars(own.order_by(PriceProposal.id)))


def _ladder(state: State, item: str) -> list[Any]:
    with state.scope():
        return db.session.scalars(select(CatalogItem.ladder).where(CatalogItem.id == UUID(item))).one()


def _day_comes(state: State) -> None:
    with state.scope():
        db.session.execute(update(PriceProposal).values(effective_on=now().date() - timedelta(days=2)))
    with state.scope():
        SWEEPS["take_over_prices"]()


def test_accepted_prices_hold_from_their_day_and_never_in_an_open_purchase(here: State) -> None:
    desk, _, item = _sold(here)
    assert _proposed(here, desk, item).status_code == 302
    [proposal] = _proposals(desk)
    buy = open_buy(here, {"GLOVES": item})
    page = here.browser(here.coordinator)
    shown = page.client.get(f"/vendors/price-proposals/{proposal.id}").text
    assert "$42.00" in shown and "Freight rose." in shown
    assert page.submit(f"/vendors/price-proposals/{proposal.id}", "POST", {"act": "accept"}).status_code == 302
    with here.scope():
        SWEEPS["take_over_prices"]()
    assert _ladder(here, item) == [[1, 4000], [10, 3400]]
    _day_comes(here)
    assert _ladder(here, item) == [[1, 4200], [10, 3600]]
    assert [one.state for one in _proposals(desk)] == ["in_force"]
    [frozen] = here.api("GET", buy.path("/items"), here.coordinator).json["items"]
    assert frozen["ladder"] == [[1, 4000], [10, 3400]]
    with desk.scope():
        assert db.session.scalars(select(DeskItem.ladder)).all() == [[[1, 4200], [10, 3600]]]


def test_the_coordinators_are_told_once_and_declining_needs_a_reason_that_the_vendor_reads(here: State) -> None:
    desk, _, item = _sold(here)
    _proposed(here, desk, item)
    [proposal] = _proposals(desk)
    with here.scope():
        told = select(Message.person_id).where(Message.kind == Notice.PRICES_PROPOSED)
        assert db.session.scalars(told).all() == [here.coordinator.id]
    path = f"/vendors/price-proposals/{proposal.id}"
    browser = here.browser(here.coordinator)
    assert browser.submit(path, "POST", {"act": "decline"}).status_code == 422
    assert browser.submit(path, "POST", {"act": "decline", "reason": "Too much."}).status_code == 302
    assert browser.submit(path, "POST", {"act": "accept"}).status_code == 409
    _day_comes(here)
    assert _ladder(here, item) == [[1, 4000], [10, 3400]]
    page = desk.browser().client.get(f"/desk/price-proposals/{proposal.id}").text
    assert "Too much." in page and "Declined" in page


def test_a_change_with_too_little_notice_is_refused_and_the_state_sets_how_much(here: State) -> None:
    desk, contract, item = _sold(here)
    answer = _proposed(here, desk, item, SOON)
    assert answer.status_code == 422 and "30 days of notice" in answer.text
    settings = {"version": "1", "shown": "1", "notice_days": "3"}
    path = f"/vendors/{contract}/desk/settings"
    assert here.browser(here.coordinator).submit(path, "POST", settings).status_code == 302
    assert _proposed(here, desk, item, SOON).status_code == 302
    assert here.browser(here.coordinator).submit(path, "POST", settings).status_code == 412


@pytest.mark.parametrize(
    ("prices", "told"),
    [
        ({"price_1": "40.00", "price_10": "34.00"}, "No price differs"),
        ({"price_1": "40.00", "price_10": "45.00"}, "Each rung must cost less"),
        ({"price_1": "much"}, "Write an amount"),
    ],
)
def test_prices_that_cannot_be_are_refused_on_the_form(here: State, prices: dict[str, str], told: str) -> None:
    desk, _, item = _sold(here)
    answer = _proposed(here, desk, item, **prices)
    assert answer.status_code == 422 and told in answer.text
    assert not _proposals(desk)


def _file(here: State, desk: Desk, text: str) -> Any:
    data = {"effective_on": LATER, "file": (io.BytesIO(text.encode()), "prices.csv")}
    return desk.browser().submit(f"/desk/prices/{_partner(here)}", "POST", data)


def test_a_file_of_prices_is_proposed_whole(here: State) -> None:
    desk, contract, _ = _sold(here)
    add_item(here, contract, "SOAP")
    with here.scope():
        SWEEPS["show_catalogs"]()
    given = desk.browser().client.get(f"/desk/prices/{_partner(here)}/file")
    assert given.text.splitlines()[0].startswith("SKU,Contract,From cases,New price")
    text = "SKU,From cases,New price\nGLOVES,1,41.00\nGLOVES,10,35.50\nSOAP,1,39.00\nSOAP,10,\n"
    assert _file(here, desk, text).status_code == 302
    work(here)
    [proposal] = _proposals(desk)
    page = desk.browser().client.get(f"/desk/price-proposals/{proposal.id}").text
    assert "$41.00" in page and "$35.50" in page and "$39.00" in page


def test_a_bad_file_is_refused_with_row_and_column_and_nothing_is_taken(here: State) -> None:
    desk, _, _ = _sold(here)
    text = "SKU,From cases,New price\nGLOVES,1,41.00\nGLOVES,x,35.50\nHATS,1,3.00\nGLOVES,1,nothing\n"
    answer = _file(here, desk, text)
    assert answer.status_code == 422
    for told in (
        "Row 3: Column From cases",
        "Row 4: Column SKU: the state buys no item HATS",
        "Row 5: Column New price",
    ):
        assert told in answer.text
    assert not _proposals(desk)
    assert "has no column" in _file(here, desk, "A,B\n1,2\n").text


def test_the_list_price_of_an_item_with_percents_is_proposed(here: State) -> None:
    contract = make_contract(here, vendor=VENDOR)
    item = add_item(here, contract, "TOWELS", price_basis="percent_off", ladder=[[1, 1000], [10, 1500]])
    desk = desk_of(here, contract)
    assert "List price of a case" in desk.browser().client.get(f"/desk/items/{item}").text
    assert _proposed(here, desk, item, price_1="60.00").status_code == 302
    [proposal] = _proposals(desk)
    here.browser(here.coordinator).submit(f"/vendors/price-proposals/{proposal.id}", "POST", {"act": "accept"})
    _day_comes(here)
    with here.scope():
        row = select(CatalogItem.list_cents, CatalogItem.ladder).where(CatalogItem.id == UUID(item))
        assert db.session.execute(row).one() == (6000, [[1, 1000], [10, 1500]])


def test_the_vendors_token_lists_orders_items_and_proposes(here: State) -> None:
    desk, _, item = _sold(here)
    items = desk.api("GET", f"/desk/items?state={here.tenant.code}").json["items"]
    assert [one["sku"] for one in items] == ["GLOVES"]
    assert desk.api("GET", "/desk/items?state=zz").json["items"] == []
    body = {"effective_on": LATER, "prices": [{"item_id": item, "price_cents": 4100}]}
    headers = {"Idempotency-Key": "once"}
    made = [desk.api("POST", "/desk/price-proposals", json=body, headers=headers) for _ in range(2)]
    assert [one.status_code for one in made] == [202, 202]
    assert len(_proposals(desk)) == 1
    unknown = {"effective_on": LATER, "prices": [{"item_id": str(uuid4()), "price_cents": 4100}]}
    assert desk.api("POST", "/desk/price-proposals", json=unknown).status_code == 404
    told = desk.api("GET", f"/desk/price-proposals/{made[0].json['id']}").json
    assert told["state"] == "waiting"
