"""What a vendor answers of one line is not lost when another line is decided first, and nothing is worked in twice."""

import re
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from carepool.outbox import Actor
from carepool.purchasing.models.closings import PoolCases
from carepool.vendors.answers import proposals as verbs
from carepool.vendors.answers.carrying import changes_left
from carepool.vendors.answers.models import OrderAnswer, OrderProposal
from carepool.vendors.changes.actions import apply_edit
from tenants.database import db
from tests.buying import add_item, make_contract, open_buy, work
from tests.canceling import edit, letters, sent, text_of, wish
from tests.cast import State, posted
from tests.inbox import listening
from tests.ordering import VENDOR, Ordered, link_in, sets_terms


def _answered(app: Flask, state: State, form: dict[str, str], **facts: Any) -> tuple[Ordered, str, Any]:
    """A purchase of 4 cases of gloves and 2 of pens from one vendor, which answered so: purchase, link, browser."""
    contract = make_contract(state, vendor=VENDOR)
    sets_terms(state, contract, **facts)
    items = {sku: add_item(state, contract, sku) for sku in ("GLOVES", "PENS")}
    own = Ordered(open_buy(state, items), contract)
    own.buy.order(state.director, {"GLOVES": (30,), "PENS": (20,)})
    own.buy.order(state.fellow, {"GLOVES": (10,)})
    own.buy.close()
    path, client = link_in(text_of(letters(sent(app, own))[0])), state.client()
    posted(client, path)
    assert posted(client, f"{path}/answer", form, page=f"{path}/order").status_code == 302
    work(state)
    return own, path, client


def _proposals(own: Ordered) -> dict[int, dict[str, Any]]:
    found = own.state.api("GET", own.buy.path("/proposals"), own.state.coordinator).json["items"]
    return {one["line"]: one for one in found if one["state"] != "overtaken"}


def _decide(app: Flask, own: Ordered, line: int, verb: str = "accept") -> list[str]:
    """Decide about a line and let the workers do what follows; return the letters to the vendor."""
    with listening(app) as inbox:
        done = own.state.api("POST", f"/order-proposals/{_proposals(own)[line]['id']}/{verb}", own.state.coordinator)
        assert done.status_code in (200, 202), done.text
        work(own.state)
        return [text_of(one) for one in letters(inbox)]


def _version(own: Ordered) -> int:
    return int(own.state.api("GET", own.buy.path(), own.state.coordinator).json["close_version"])


def _cases(own: Ordered) -> dict[str, int]:
    """Return how many cases are ordered of each item in the newest version."""
    version = _version(own)
    with own.state.scope():
        mine = PoolCases.purchase_id == UUID(own.buy.id), PoolCases.version == version
        found = {str(one.item_id): one.cases for one in db.session.scalars(select(PoolCases).where(*mine))}
    return {sku: found.get(item, 0) for sku, item in own.buy.items.items()}


FEWER = {"code.1": "change", "cases.1": "3", "code.2": "backorder", "cases.2": "1"}


def test_two_changes_of_one_answer_are_decided_one_after_the_other_and_both_count(app: Flask, here: State) -> None:
    own, _, _ = _answered(app, here, FEWER)
    assert {line: one["changes"]["cases"] for line, one in _proposals(own).items()} == {1: [4, 3], 2: [2, 1]}
    [first] = _decide(app, own, 1)
    assert "version 2" in first and _cases(own) == {"GLOVES": 3, "PENS": 2}
    undecided = "What you said of other lines is not decided yet."
    assert undecided in first, "the vendor does not think that it was passed over"
    path, client = link_in(first), here.client()
    posted(client, path)
    assert undecided in client.get(f"{path}/order").text
    waiting = _proposals(own)[2]
    assert (waiting["state"], waiting["changes"]["cases"]) == ("waiting", [2, 1])
    [second] = _decide(app, own, 2)
    assert undecided not in second
    assert "version 3" in second and _cases(own) == {"GLOVES": 3, "PENS": 1}, "the first is not undone"
    assert [one["into_version"] for one in _proposals(own).values()] == [2, 3]
    with here.scope():
        for _ in range(2):
            verbs.apply_accepted(Actor.task(), UUID(own.buy.id))
    assert _version(own) == 3, "nothing is worked in twice"


def test_a_no_to_one_and_a_yes_to_the_other_are_both_told(app: Flask, here: State) -> None:
    own, _, _ = _answered(app, here, FEWER)
    _decide(app, own, 1)
    told = _decide(app, own, 2, "decline")
    assert any("We did not accept this change" in one for one in told)
    assert _cases(own) == {"GLOVES": 3, "PENS": 2} and _version(own) == 2


def test_an_edit_of_one_line_leaves_what_was_said_of_the_others(app: Flask, here: State) -> None:
    own, _, _ = _answered(app, here, FEWER)
    with listening(app):
        assert edit(own, wish(own, here.fellow, 20)).status_code == 202
        work(here)
    assert _cases(own) == {"GLOVES": 5, "PENS": 2}
    found = _proposals(own)
    assert found[2]["state"] == "waiting" and found[2]["changes"]["cases"] == [2, 1]
    assert found[1]["changes"]["cases"] == [5, 3], "held against what is ordered now"
    bill = found[1]["consequences"]["bill_cents"]
    assert bill == [5 * 4000, 3 * 4000], "and what follows is worked out anew"
    _decide(app, own, 2)
    _decide(app, own, 1)
    assert _cases(own) == {"GLOVES": 3, "PENS": 1}


def test_an_answer_of_the_moment_before_a_new_version_is_not_lost(app: Flask, here: State) -> None:
    own, path, client = _answered(app, here, {})
    made = edit(own, wish(own, here.fellow, 20))
    posted(client, f"{path}/answer", FEWER, page=f"{path}/order")
    with here.scope():
        apply_edit(Actor.task(), UUID(made.json["id"]))
    with listening(app):
        work(here)
    found = _proposals(own)
    assert {line: (one["state"], one["changes"]["cases"]) for line, one in found.items()} == {
        1: ("waiting", [5, 3]),
        2: ("waiting", [2, 1]),
    }
    assert found[1]["consequences"]["bill_cents"] == [5 * 4000, 3 * 4000]
    with here.scope():
        for _ in range(2):
            verbs.work_out(Actor.task(), db.session.scalars(select(OrderAnswer.id).order_by(OrderAnswer.id)).all()[-1])
    assert len(_proposals(own)) == 2, "nothing is made of it twice"
    _decide(app, own, 1)
    _decide(app, own, 2)
    assert _cases(own) == {"GLOVES": 3, "PENS": 1}


def test_what_was_read_before_a_new_version_is_not_accepted(app: Flask, here: State) -> None:
    own, _, _ = _answered(app, here, FEWER)
    browser, path = here.browser(here.coordinator), own.buy.path("/vendor-answers")
    [version] = set(re.findall(r'name="version" value="(\d+)"', browser.submit(path, "GET").text))
    with listening(app):
        edit(own, wish(own, here.fellow, 20))
        work(here)
    accept = f"/order-proposals/{_proposals(own)[1]['id']}/accept"
    for typed in ({"version": version}, {}):
        stale = browser.submit(accept, "POST", typed)
        assert stale.status_code == 412 and "changed in the meantime" in stale.text
    query = {"based_on": int(version)}
    assert here.api("POST", accept, here.coordinator, query_string=query).status_code == 412
    assert _proposals(own)[1]["state"] == "waiting"
    assert browser.submit(accept, "POST", {"version": str(_version(own))}).status_code == 302


def test_what_an_edit_makes_needless_is_overtaken(app: Flask, here: State) -> None:
    own, _, _ = _answered(app, here, FEWER)
    with listening(app):
        edit(own, wish(own, here.director, 10), wish(own, here.fellow, 10))
        work(here)
    assert _cases(own)["GLOVES"] == 2, "fewer than the vendor brings"
    assert set(_proposals(own)) == {2}


def test_what_was_accepted_and_not_worked_in_never_orders_more_than_an_edit_left(app: Flask, here: State) -> None:
    own, _, _ = _answered(app, here, FEWER)
    made, gloves = edit(own, wish(own, here.director, 10)), UUID(_proposals(own)[1]["id"])
    with here.scope():
        verbs.accept(Actor.operator(), gloves)
    with here.scope():
        apply_edit(Actor.task(), UUID(made.json["id"]))
    assert _cases(own)["GLOVES"] == 2
    with listening(app):
        work(here)
    assert _cases(own)["GLOVES"] == 2, "three were accepted of four, and two are wanted now"


def test_a_price_that_holds_for_all_places_is_not_asked_about_again(app: Flask, here: State) -> None:
    contract = make_contract(here, vendor=VENDOR)
    sets_terms(here, contract)
    buy = open_buy(here, {"GLOVES": add_item(here, contract, "GLOVES")}, second_point="North gate")
    own = Ordered(buy, contract)
    buy.order(here.director, {"GLOVES": (30,)})
    body = {"delivery_point_id": buy.points[1], "place": True,
            "lines": [{"item_id": buy.items["GLOVES"], "wanted": 20}]}  # fmt: skip
    path, fresh = buy.path(f"/orders/{here.fellow.program_id}"), {"If-None-Match": "*"}
    assert here.api("PUT", path, here.fellow, json=body, headers=fresh).status_code == 201
    buy.close()
    link, client = link_in(text_of(letters(sent(app, own))[0])), here.client()
    posted(client, link)
    dearer = {"code.1": "change", "price.1": "41.00", "code.2": "change", "price.2": "41.00", "cases.2": "1"}
    posted(client, f"{link}/answer", dearer, page=f"{link}/order")
    work(here)
    with here.scope():
        found = db.session.scalars(select(OrderProposal).order_by(OrderProposal.id))
        first, second = sorted(found, key=lambda one: len(one.changes))
        alone, both = first.id, second.id
        assert set(second.changes) == {"price_cents", "cases"}
    with listening(app):
        assert here.api("POST", f"/order-proposals/{alone}/accept", here.coordinator).status_code == 202
        work(here)
    left = next(one for one in here.api("GET", buy.path("/proposals"), here.coordinator).json["items"]
                if one["id"] == str(both))  # fmt: skip
    assert left["state"] == "waiting" and set(left["changes"]) == {"cases"}
    before, after = left["consequences"]["bill_cents"]
    assert before % 4100 == 0 and before - after == 4100, "worked out at the price that holds now"


def test_a_newer_answer_counts_instead_of_all_that_waits(app: Flask, here: State) -> None:
    own, _, client = _answered(app, here, FEWER)
    path = link_in(_decide(app, own, 1)[0])
    posted(client, path)
    posted(client, f"{path}/answer", {"code.2": "accept"}, page=f"{path}/order")
    work(here)
    assert set(_proposals(own)) == {1}, "the vendor brings the pens after all"
    assert _cases(own) == {"GLOVES": 3, "PENS": 2}


def test_a_price_for_all_places_leaves_only_what_still_differs() -> None:
    changes = {"cases": [5, 3], "price_cents": [4000, 4100]}
    assert changes_left(changes, 5, 4100, "GLOVES Gloves") == {"cases": [5, 3]}
    assert changes_left(changes, 5, 4000, "GLOVES Gloves") == changes


@pytest.mark.parametrize(
    ("said", "ordered", "left"),
    [([4, 3], 4, [4, 3]), ([4, 3], 5, [5, 3]), ([4, 3], 2, None), ([4, 3], 3, None), ([4, 6], 4, [4, 6]),
     ([4, 6], 5, None), ([4, 0], 2, [2, 0])],
)  # fmt: skip
def test_cases_are_held_against_what_is_ordered_now(said: list[int], ordered: int, left: list[int] | None) -> None:
    assert changes_left({"cases": said}, ordered, 4000, "").get("cases") == left


@given(st.integers(0, 50), st.integers(1, 50), st.integers(0, 60))
def test_a_carried_change_never_brings_more_than_ordered_or_than_said(before: int, said: int, now: int) -> None:
    left = changes_left({"cases": [before, said]}, now, 4000, "").get("cases")
    if left is None:
        return
    assert left[0] == now and left[1] != now
    if said < before:
        assert left[1] <= min(said, now)
    assert changes_left({"cases": left}, now, 4000, "")["cases"] == left, "held against it again, the same"
