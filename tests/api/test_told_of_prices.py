"""A vendor hears by mail what a state decided about its prices: its people at the desk, each once, in their language."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from carepool.clock import now
from carepool.identity.vendor_models import VendorPerson
from carepool.notifications.channels.letter import Answer
from carepool.notifications.channels.mail import MailChannel
from carepool.notifications.desk_models import DeskLetter
from carepool.notifications.models import DeliveryState
from carepool.outbox import OutboxRow
from carepool.vendors.desk.publishing import publish_items
from carepool.vendors.prices.models import PriceProposal
from carepool.vendors.prices.telling import tell_decided
from tenants.database import db
from tests.buying import add_item, make_contract, work
from tests.cast import State
from tests.desks import Desk, colleague, desk_of
from tests.inbox import Inbox, listening
from tests.ordering import VENDOR, sets_terms


def _proposed(state: State, days: int = 40) -> tuple[Desk, str]:
    """A desk that proposes another price, and the proposal's id."""
    contract = make_contract(state, vendor=VENDOR)
    add_item(state, contract, "GLOVES")
    desk = desk_of(state, contract)
    sets_terms(state, contract)
    with state.scope():
        publish_items(desk.vendor_id)
    [item] = [one for one in desk.api("GET", "/desk/items").json["items"] if one["sku"] == "GLOVES"]
    body = {
        "effective_on": (now().date() + timedelta(days=days)).isoformat(),
        "prices": [{"item_id": item["id"], "from_cases": 1, "price_cents": 4400}],
    }
    made = desk.api("POST", "/desk/price-proposals", json=body)
    assert made.status_code == 202, made.text
    work(state)
    return desk, str(made.json["id"])


def _decided(app: Flask, state: State, proposal: str, verb: str, **body: Any) -> Inbox:
    with listening(app) as inbox:
        path = f"/price-proposals/{proposal}/{verb}"
        options = {"json": body} if body else {}
        assert state.api("POST", path, state.coordinator, **options).status_code == 200
        work(state)
    return inbox


def _again(app: Flask, state: State) -> Inbox:
    """Have the work done once more, as when a worker died before it said that it was done."""
    with state.scope():
        mine = update(OutboxRow).where(OutboxRow.topic == "prices.decided")
        db.session.execute(mine.values(done_at=None, attempts=0, available_at=now()))
    with listening(app) as inbox:
        work(state)
    return inbox


def test_each_person_of_the_desk_hears_it_once_in_their_language(app: Flask, here: State) -> None:
    desk, proposal = _proposed(here)
    other = colleague(desk)
    gone = colleague(desk)
    with desk.scope():
        mine = update(VendorPerson).where(VendorPerson.id == other.id)
        db.session.execute(mine.values(language="es"))
        db.session.execute(update(VendorPerson).where(VendorPerson.id == gone.id).values(disabled_at=now()))
    inbox = _decided(app, here, proposal, "accept")
    [english], [spanish] = inbox.texts(desk.administrator.email), inbox.texts(other.email)
    assert f"{here.tenant.title} accepted the prices that you proposed. They hold from" in english
    assert f"http://{desk.host}" in english and f"/desk/price-proposals/{proposal}" in english
    assert "aceptó los precios" in spanish
    assert len(inbox.letters) == 2, "nobody else hears it"
    colleague(desk)  # who came later has it on the page
    assert not _again(app, here).letters
    with here.scope():
        assert db.session.scalars(select(PriceProposal.told_at)).one() is not None


def test_a_no_is_told_with_its_reason(app: Flask, here: State) -> None:
    desk, proposal = _proposed(here)
    inbox = _decided(app, here, proposal, "decline", reason="Too soon after the last one")
    [letter] = inbox.texts(desk.administrator.email)
    assert "declined the prices that you proposed" in letter and "It says: Too soon after the last one" in letter


def test_a_desk_that_nobody_can_sign_in_at_is_told_by_the_vendors_own_address(app: Flask, here: State) -> None:
    desk, proposal = _proposed(here)
    with desk.scope():
        db.session.execute(update(VendorPerson).values(disabled_at=now()))
    inbox = _decided(app, here, proposal, "accept")
    [letter] = inbox.texts("orders@vendor.example")
    assert "accepted the prices that you proposed" in letter
    assert not _again(app, here).letters


def test_a_letter_that_did_not_leave_is_tried_again_and_the_others_are_not_sent_twice(
    app: Flask, here: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, proposal = _proposed(here)
    other = colleague(desk)
    send, refused = MailChannel.send, [other.email]

    def losing(own: MailChannel, letter: Any, address: str) -> Answer:
        if address in refused:
            return Answer(DeliveryState.WAITING, "451 try later")
        return send(own, letter, address)

    monkeypatch.setattr(MailChannel, "send", losing)
    first = _decided(app, here, proposal, "accept")
    assert len(first.texts(desk.administrator.email)) == 1 and not first.texts(other.email)
    with here.scope():
        assert db.session.scalars(select(PriceProposal.told_at)).one() is None, "not everyone was told"
    refused.clear()
    second = _again(app, here)
    assert len(second.texts(other.email)) == 1 and not second.texts(desk.administrator.email)


def test_a_letter_that_was_cut_off_is_never_sent_again(app: Flask, here: State) -> None:
    desk, proposal = _proposed(here)
    _decided(app, here, proposal, "accept")
    with desk.scope():
        db.session.execute(update(DeskLetter).values(state=DeliveryState.SENDING))
    with here.scope():
        db.session.execute(update(PriceProposal).values(told_at=None))
    assert not _again(app, here).letters


def test_what_waits_is_not_told(app: Flask, here: State) -> None:
    _desk, proposal = _proposed(here)
    with listening(app) as inbox, here.scope():
        tell_decided(db.session.scalars(select(PriceProposal.id)).one())
    assert not inbox.letters and proposal


def test_the_page_says_when_the_vendor_was_told(app: Flask, here: State) -> None:
    _desk, proposal = _proposed(here)
    _decided(app, here, proposal, "accept")
    page = here.browser(here.coordinator).submit(f"/vendors/price-proposals/{proposal}", "GET").text
    assert "The vendor was told" in page
