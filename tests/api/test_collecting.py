"""Goods are handed out against a name or code, and what is left goes on at cost: through the API and the pages."""

import re
import secrets
import threading
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from carepool.clock import now
from carepool.notifications.models import Message
from carepool.outbox import Actor
from carepool.programs.models import Program
from carepool.purchasing.receiving import goods
from carepool.purchasing.receiving.actions.offering import offer_left
from carepool.purchasing.receiving.models.collecting import HandOut, LeftoverTaking
from carepool.purchasing.receiving.models.counting import PurchaseReceiving
from tenants.database import db
from tests.buying import Buy, open_buy, work
from tests.cast import Player, State
from tests.receiving import bought, count, finish, first_order, line, orders_of


def _arrived(state: State, cases: int = 9, **terms: Any) -> Buy:
    """A purchase (director 60 + 4, fellow 33: 9 cases of 10) of which so many cases came; shared out."""
    buy = bought(state, **terms)
    count(state, first_order(buy), line(1, cases))
    finish(state, first_order(buy))
    return buy


def _goods(buy: Buy, player: Player) -> dict[str, Any]:
    return dict(buy.state.api("GET", buy.path(f"/goods/{player.program_id}"), player).json)


def _hand_out(buy: Buy, player: Player, by: Player | None = None, **body: Any) -> Any:
    path = buy.path(f"/goods/{player.program_id}/hand-outs")
    body = {"key": secrets.token_hex(8), **body}
    return buy.state.api("POST", path, by or buy.state.coordinator, json=body)


def _uncollected(state: State, **terms: Any) -> Buy:
    """A purchase whose goods nobody collected in time, so that they are offered."""
    buy = _arrived(state, **terms)
    body = {"offer_from": (now() - timedelta(days=3)).date().isoformat()}
    answer = state.api("PUT", buy.path("/receiving-terms"), state.coordinator, json=body, headers={"If-Match": '"1"'})
    assert answer.status_code == 200, answer.text
    with state.scope():
        offer_left(Actor.task(), now())
    work(state)
    return buy


def _offers(state: State, player: Player, everywhere: bool = False) -> list[dict[str, Any]]:
    path = f"/programs/{player.program_id}/leftovers" + ("?everywhere=true" if everywhere else "")
    return list(state.api("GET", path, player).json["items"])


def _take(state: State, player: Player, offer: str, eaches: int, key: str = "") -> Any:
    path = f"/programs/{player.program_id}/leftovers/{offer}/takings"
    return state.api("POST", path, player, json={"key": key or secrets.token_hex(8), "eaches": eaches})


def test_goods_are_handed_out_against_a_name_or_the_right_code(here: State) -> None:
    buy = _arrived(here)
    goods = _goods(buy, here.director)
    assert [one["remaining"] for one in goods["lines"]] == [58] or goods["lines"]
    assert _hand_out(buy, here.director).json["errors"][0]["field"] == "taken_by"
    wrong = f"{(int(goods['code']) + 1) % 10**6:06d}"
    assert _hand_out(buy, here.director, code=wrong).json["errors"][0]["field"] == "code"
    assert _hand_out(buy, here.director, code=goods["code"]).status_code == 201
    assert _hand_out(buy, here.director, taken_by="Ana").json["type"] == "urn:carepool:problem:nothing-left"
    assert _hand_out(buy, here.fellow, taken_by="Luz").status_code == 201
    assert [one["remaining"] for one in _goods(buy, here.fellow)["lines"]] == [0]


def test_the_same_hand_out_sent_twice_is_one_and_a_part_leaves_the_rest(here: State) -> None:
    buy = _arrived(here)
    lines = [{"item_id": buy.items["GLOVES"], "eaches": 10}]
    answers = [_hand_out(buy, here.fellow, taken_by="Luz", lines=lines, key="door-0001") for _ in range(2)]
    assert [one.status_code for one in answers] == [201, 201]
    assert answers[0].json["id"] == answers[1].json["id"]
    [goods] = _goods(buy, here.fellow)["lines"]
    assert (goods["handed"], goods["remaining"]) == (10, goods["share"] - 10)
    too_many = [{"item_id": buy.items["GLOVES"], "eaches": goods["remaining"] + 1}]
    assert _hand_out(buy, here.fellow, taken_by="Luz", lines=too_many).status_code == 422


def test_two_hands_at_once_hand_out_once(here: State) -> None:
    buy = _arrived(here)
    answers: list[Any] = []
    hands = [
        threading.Thread(target=lambda: answers.append(_hand_out(buy, here.fellow, taken_by="Luz"))) for _ in range(4)
    ]
    for one in hands:
        one.start()
    for one in hands:
        one.join()
    assert sorted(one.status_code for one in answers) == [201, 409, 409, 409]
    [goods] = _goods(buy, here.fellow)["lines"]
    assert goods["handed"] == goods["share"]


def test_a_program_does_not_hand_out_and_nothing_goes_out_before_it_is_shared(here: State) -> None:
    buy = bought(here)
    assert _hand_out(buy, here.director, taken_by="Ana").json["type"] == "urn:carepool:problem:not-shared-yet"
    assert _hand_out(buy, here.director, by=here.director, taken_by="Ana").status_code == 403
    with here.scope():
        assert db.session.scalar(select(func.count()).select_from(HandOut)) == 0


def test_what_nobody_collected_is_offered_after_the_day_and_taken_at_cost(here: State) -> None:
    buy = _uncollected(here)
    [offer] = _offers(here, here.fellow)
    assert (offer["each_cents"], offer["place"]) == (400, "Library parking lot")
    share = offer["left"]
    taken = _take(here, here.fellow, offer["id"], 10)
    assert (taken.status_code, taken.json["amount_cents"]) == (201, 4000)
    assert _offers(here, here.fellow)[0]["left"] == share - 10
    assert [one["took"] for one in _goods(buy, here.fellow)["lines"]] == [10]
    assert [one["given_on"] for one in _goods(buy, here.director)["lines"]] == [10]
    credits_ = here.api("GET", buy.path("/credits"), here.coordinator).json["items"]
    assert {one["program_id"]: one["amount_cents"] for one in credits_} == {
        str(here.director.program_id): 4000,
        str(here.fellow.program_id): -4000,
    }
    assert _take(here, here.director, offer["id"], 1).json["type"] == "urn:carepool:problem:own-goods"


def test_nothing_is_offered_before_the_day_nor_twice_nor_when_it_was_collected(here: State) -> None:
    buy = _arrived(here)
    _hand_out(buy, here.director, taken_by="Ana")
    body = {"offer_from": (now() + timedelta(days=9)).date().isoformat()}
    here.api("PUT", buy.path("/receiving-terms"), here.coordinator, json=body, headers={"If-Match": '"1"'})
    with here.scope():
        assert offer_left(Actor.task(), now()) == 0
    for made in (1, 0):
        with here.scope():
            assert offer_left(Actor.task(), now() + timedelta(days=10)) == made
    assert not _offers(here, here.fellow), "its own are not offered to it"
    assert len(_offers(here, here.director)) == 1


def test_two_presses_at_once_take_no_more_than_there_is(here: State) -> None:
    _uncollected(here)
    [offer] = _offers(here, here.fellow)
    answers: list[Any] = []
    more_than_half = offer["left"] // 2 + 1
    hands = [
        threading.Thread(target=lambda: answers.append(_take(here, here.fellow, offer["id"], more_than_half)))
        for _ in range(4)
    ]
    for one in hands:
        one.start()
    for one in hands:
        one.join()
    assert sorted(one.status_code for one in answers) == [201, 422, 422, 422]
    with here.scope():
        assert db.session.scalar(select(func.sum(LeftoverTaking.eaches))) == more_than_half


def test_all_takings_of_an_offer_cost_what_it_does(here: State) -> None:
    buy = _uncollected(here)
    [offer] = _offers(here, here.fellow)
    parts = [7, 1, 3]
    parts.append(offer["left"] - sum(parts))
    cents = [_take(here, here.fellow, offer["id"], one).json["amount_cents"] for one in parts]
    shares = here.api("GET", buy.path(f"/arrived/{here.director.program_id}"), here.director).json["shares"]
    assert sum(cents) == shares[0]["amount_cents"]
    assert not _offers(here, here.fellow)


def test_the_owner_who_comes_after_all_takes_what_is_still_there(here: State) -> None:
    buy = _uncollected(here)
    [offer] = _offers(here, here.fellow)
    _take(here, here.fellow, offer["id"], 10)
    assert _hand_out(buy, here.director, taken_by="Ana").status_code == 201
    assert _take(here, here.fellow, offer["id"], 1).status_code == 422
    assert [one["remaining"] for one in _goods(buy, here.director)["lines"]] == [0]


def test_surplus_that_nobody_is_owed_is_offered_at_once(here: State) -> None:
    buy = open_buy(here)
    buy.order(here.director, {"GLOVES": (50,)})
    buy.close()
    terms = {"over_cases": 1}
    here.api("PUT", buy.path("/receiving-terms"), here.coordinator, json=terms, headers={"If-Match": '"0"'})
    count(here, first_order(buy), line(1, 6))
    finish(here, first_order(buy))
    with here.scope():
        assert offer_left(Actor.task(), now()) == 1
    [offer] = _offers(here, here.fellow)
    assert (offer["left"], offer["each_cents"], offer["county"]) == (10, 400, "Adams")
    assert _take(here, here.fellow, offer["id"], 10).status_code == 201


def test_programs_in_the_county_are_told_and_see_it_first(here: State) -> None:
    buy = bought(here)
    with here.scope():
        far = update(Program).where(Program.id == here.fellow.program_id).values(county="Weld")
        db.session.execute(far)
    count(here, first_order(buy), line(1, 9))
    finish(here, first_order(buy))
    with here.scope():
        told = select(func.count()).select_from(Message).where(Message.kind == "purchase.leftovers_offered")
        assert db.session.scalar(told) == 0
    body = {"offer_from": now().date().isoformat()}
    here.api("PUT", buy.path("/receiving-terms"), here.coordinator, json=body, headers={"If-Match": '"1"'})
    with here.scope():
        offer_left(Actor.task(), now() + timedelta(days=1))
    work(here)
    assert not _offers(here, here.fellow), "nothing of its own, and the other's is far"
    assert len(_offers(here, here.fellow, everywhere=True)) == 1


def test_the_site_finds_a_program_by_name_or_code_and_hands_out_on_the_page(here: State) -> None:
    buy = _arrived(here)
    browser = here.browser(here.coordinator)
    path = f"/purchases/{buy.id}/hand-out"
    assert "Sunny Hill" in browser.submit(path, "GET").text
    assert "Casa Luna" not in browser.submit(f"{path}?words=sunny", "GET").text
    code = _goods(buy, here.director)["code"]
    found = browser.submit(f"{path}?words={code}", "GET").headers["Location"]
    assert f"/hand-out/{here.director.program_id}" in found
    form_path = f"{path}/{here.director.program_id}"
    key = re.search(r'name="key" value="([^"]+)"', browser.submit(form_path, "GET").text)
    assert key
    form = {"key": key.group(1), "act": "some", f"eaches.{buy.items['GLOVES']}": "9999", "taken_by": "Ana"}
    assert browser.submit(form_path, "POST", form).status_code == 422
    for _ in range(2):
        assert browser.submit(form_path, "POST", {**form, "act": "all"}).status_code == 302
    page = browser.submit(form_path, "GET").text
    assert "Handed out to Sunny Hill." in page
    card = here.browser(here.director).submit(f"/purchases/{buy.id}/orders/{here.director.program_id}/pick-up", "GET")
    assert code in card.text
    assert "There is nothing to collect." in card.text


def test_a_program_takes_what_is_left_on_the_page(here: State) -> None:
    _uncollected(here)
    browser = here.browser(here.fellow)
    path = f"/programs/{here.fellow.program_id}/leftovers"
    page = browser.submit(path, "GET").text
    [address] = re.findall(rf'action="({path}/[^"]+)"', page)
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key
    assert browser.submit(address, "POST", {"key": key.group(1), "eaches": "9999"}).status_code == 422
    assert browser.submit(address, "POST", {"key": key.group(1), "eaches": ""}).status_code == 422
    for _ in range(2):
        assert browser.submit(address, "POST", {"key": key.group(1), "eaches": "5"}).status_code == 302
    with here.scope():
        assert db.session.scalar(select(func.sum(LeftoverTaking.eaches))) == 5


def test_a_site_lists_who_gets_something_by_the_newest_count_and_who_took_what_was_left(here: State) -> None:
    buy = bought(here, other=1)
    order = first_order(buy)

    def listed() -> list[bool]:
        page = here.browser(here.coordinator).submit(f"/purchases/{buy.id}/hand-out", "GET").text
        return [name in page for name in ("Sunny Hill", "Casa Luna")]

    count(here, order, line(1, 7))
    finish(here, order)
    assert listed() == [True, True]
    assert count(here, order, line(1, -6), door="corrections", cause="Recounted").status_code == 201
    work(here)
    assert listed() == [True, False], "ten eaches are all the director's"
    with here.scope():
        db.session.execute(update(PurchaseReceiving).values(offer_from=(now() - timedelta(days=3)).date()))
    with here.scope():
        assert offer_left(Actor.task(), now()) == 1
    [offer] = _offers(here, here.fellow)
    assert _take(here, here.fellow, offer["id"], 4).status_code == 201
    assert listed() == [True, True], "what was taken is collected at the same site"


def test_each_site_lists_its_own(here: State) -> None:
    buy = open_buy(here, second_point="Fairgrounds")
    buy.order(here.director, {"GLOVES": (60,)})
    replace(buy, point=buy.points[1]).order(here.fellow, {"GLOVES": (30,)})
    buy.close()
    for order in orders_of(buy):
        count(here, order["id"], line(1, 5))
        finish(here, order["id"])
    browser = here.browser(here.coordinator)
    listed = [browser.submit(f"/purchases/{buy.id}/hand-out?site={site}", "GET").text for site in buy.points]
    assert ["Sunny Hill" in page for page in listed] == [True, False]
    assert ["Casa Luna" in page for page in listed] == [False, True]


def test_those_who_collect_are_gone_through_part_by_part(here: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(goods, "_PROGRAMS_AT_A_TIME", 1)
    buy = _arrived(here)
    with here.scope():
        parts = [[one.id for one in part] for part in islice(goods.collecting_in_parts(UUID(buy.id)), 5)]
    assert parts == [[one] for one in sorted(filter(None, (here.director.program_id, here.fellow.program_id)))]
