"""A program's budget stops or warns, over purchases and devices."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from carepool.clock import now
from tests.api.test_approval import _act, _at_once
from tests.buying import Buy, make_item, open_buy
from tests.cast import Player, State
from tests.staffing import set_spending, staff_of


def _left(buy: Buy, player: Player) -> Any:
    answer = buy.state.api("GET", buy.path(f"/orders/{player.program_id}/budget"), player)
    return answer.json["most_cents"], answer.json["left_cents"], answer.json["over_cents"]


def test_an_order_above_the_budget_is_refused_and_says_how_much_is_left(here: State) -> None:
    buy = open_buy(here, freight_cents=1000)
    set_spending(here, here.director, budget_cents=9000)
    refused = buy.order(here.director, {"GLOVES": (21,)})
    assert refused.status_code == 409 and refused.json["type"].endswith("over-budget")
    assert "can cost $94.00 at the most, and $90.00 is left of the budget of $90.00" in refused.json["detail"]
    placed = buy.order(here.director, {"GLOVES": (20,)})
    assert placed.status_code == 201 and _left(buy, here.director) == (9000, 9000, 0)
    assert set_spending(here, here.director, budget_cents=5000).status_code == 200
    # less is always allowed, also where it is still above
    less = buy.order(here.director, {"GLOVES": (15,)}, etag=placed.headers["ETag"])
    assert less.status_code == 200 and _left(buy, here.director) == (7000, 5000, 2000)
    assert buy.order(here.director, {"GLOVES": (16,)}, etag=less.headers["ETag"]).status_code == 409
    assert buy.order(here.fellow, {"GLOVES": (99,)}).status_code == 201


def test_a_budget_that_warns_lets_the_order_pass_and_the_page_says_so(here: State) -> None:
    buy = open_buy(here)
    set_spending(here, here.director, budget_cents=5000, over_budget="warn")
    path, box = buy.path(f"/orders/{here.director.program_id}"), f"wanted.{buy.items['GLOVES']}"
    browser = here.browser(here.director)
    looked = browser.submit(path, "POST", {"act": "look", "point": buy.point, box: "20"}).text
    assert "Your budget for this purchase is $50.00." in looked and "can go $30.00 above your budget." in looked
    assert browser.submit(path, "POST", {"act": "place", "point": buy.point, box: "20"}).status_code == 302
    set_spending(here, here.director, budget_cents=5000)
    refused = browser.submit(path, "POST", {"act": "place", "version": "1", "point": buy.point, box: "30"})
    assert refused.status_code == 409 and "ask your director about the budget" in refused.text


def test_a_period_counts_open_orders_at_their_most_and_closed_ones_at_their_bill(here: State) -> None:
    gloves = {"GLOVES": make_item(here)}
    first = open_buy(here, gloves)
    first.order(here.director, {"GLOVES": (60,)})
    first.order(here.fellow, {"GLOVES": (60,)})
    set_spending(here, here.director, budget_cents=50_000, budget_per="year", year_starts=(now().month % 12) + 1)
    second = open_buy(here, gloves)
    assert _left(second, here.director) == (0, 50_000 - 24_000, 0)
    first.close()
    bill = first.result(here.director)
    paid = bill["goods_cents"] + bill["freight_cents"] + bill["handling_cents"]
    assert paid < 24_000
    # both purchases close in one program year unless its first day lies between them
    assert _left(second, here.director) == (0, 50_000 - paid, 0)
    third = open_buy(here, gloves)
    third.order(here.director, {"GLOVES": (10,)})
    here.api("POST", third.path("/cancel"), here.coordinator)
    later = open_buy(here, gloves, closes_at=(now() + timedelta(days=400)).isoformat())
    assert _left(second, here.director) == (0, 50_000 - paid, 0)
    assert _left(later, here.director) == (0, 50_000, 0)


@pytest.mark.parametrize("again", range(6))
def test_two_purchases_at_once_do_not_both_take_what_is_left(here: State, again: int) -> None:
    gloves = {"GLOVES": make_item(here)}
    set_spending(here, here.director, budget_cents=6000, budget_per="year")
    buys = [open_buy(here, gloves), open_buy(here, gloves)]
    answers = _at_once(*(partial(buy.order, here.director, {"GLOVES": (15,)}) for buy in buys))
    assert sorted(answer.status_code for answer in answers) == [201, 409], [answer.text for answer in answers]


@pytest.mark.parametrize("again", range(3))
def test_an_approval_is_held_against_the_budget(here: State, again: int) -> None:
    gloves = {"GLOVES": make_item(here)}
    one, other, staff = open_buy(here, gloves), open_buy(here, gloves), staff_of(here, here.director)
    set_spending(here, here.director, budget_cents=6000, budget_per="year")
    asked = [buy.order(staff, {"GLOVES": (15,)}) for buy in (one, other)]
    assert [answer.json["state"] for answer in asked] == ["waiting", "waiting"]
    calls = [partial(_act, buy, here.director, "approve", answer.headers["ETag"])
             for buy, answer in zip((one, other), asked, strict=True)]  # fmt: skip
    assert sorted(answer.status_code for answer in _at_once(*calls)) == [200, 409]
