"""A program's pages: the same as last time, what it can cost, my orders, the card; and what the coordinator packs."""

import io
import re
from typing import Any

from openpyxl import load_workbook

from tests.buying import Buy, add_item, draft, make_contract, open_buy, work
from tests.cast import Browser, Player, State


def _order_path(buy: Buy, player: Player) -> str:
    return buy.path(f"/orders/{player.program_id}")


def _page(browser: Browser, path: str) -> str:
    answer = browser.submit(path, "GET")
    assert answer.status_code == 200, answer.text
    return str(answer.text)


def _boxes(page: str) -> dict[str, str]:
    found = re.findall(r'name="((?:wanted|extra|boost)\.[^"]+)" value="([^"]*)"', page)
    return {name: value for name, value in found if value}


def _two_buys(here: State) -> tuple[Buy, Buy]:
    """A purchase of three items that ended, and an open one without the first and with another."""
    contract = make_contract(here)
    items = {sku: add_item(here, contract, sku) for sku in ("A", "B", "C", "D")}
    first = open_buy(here, {sku: items[sku] for sku in ("A", "B", "C")})
    first.order(here.director, {"A": (10,), "B": (20, 3, 1), "C": (30,)})
    first.close()
    return first, open_buy(here, {sku: items[sku] for sku in ("B", "C", "D")})


def test_the_same_as_last_time_takes_the_lines_of_items_that_are_offered_now(here: State) -> None:
    _, buy = _two_buys(here)
    browser, path = here.browser(here.director), _order_path(buy, here.director)
    assert "fill=last" in _page(browser, path)
    filled = _boxes(_page(browser, f"{path}?fill=last"))
    b, c = buy.items["B"], buy.items["C"]
    assert filled == {f"wanted.{b}": "20", f"extra.{b}": "3", f"boost.{b}": "1", f"wanted.{c}": "30"}
    listed = here.api("GET", buy.path(f"/orders/{here.director.program_id}/last"), here.director).json["lines"]
    assert {one["item_id"]: one["wanted"] for one in listed} == {b: 20, c: 30}
    assert browser.submit(path, "POST", {"act": "place", "point": buy.point, **filled}).status_code == 302
    order = here.api("GET", path, here.director).json
    assert {(one["wanted"], one["extra"], one["boost"]) for one in order["lines"]} == {(20, 3, 1), (30, 0, 0)}
    other = _page(here.browser(here.fellow), _order_path(buy, here.fellow))
    assert "fill=last" not in other


def test_a_withdrawn_order_is_not_the_last(here: State) -> None:
    first, buy = _two_buys(here)
    order = buy.order(here.director, {"B": (7,)})
    path = buy.path(f"/orders/{here.director.program_id}")
    here.api("DELETE", path, here.director, headers={"If-Match": order.headers["ETag"]})
    third = open_buy(here, None)
    assert here.api("GET", third.path(f"/orders/{here.director.program_id}/last"), here.director).json["lines"] == []
    assert first.result(here.director)["shares"]


def test_limits_of_licensed_places_give_the_suggested_quantities(here: State) -> None:
    buy = open_buy(here, per_place=2)
    path = _order_path(buy, here.director)
    page = _page(here.browser(here.director), f"{path}?fill=usual")
    assert _boxes(page) == {f"wanted.{buy.items['GLOVES']}": "80"}


def test_what_it_can_cost_is_shown_before_it_is_confirmed(here: State) -> None:
    buy = open_buy(here, freight_cents=900, handling_cents=100)
    browser, path = here.browser(here.director), _order_path(buy, here.director)
    item = buy.items["GLOVES"]
    typed = {"act": "look", f"wanted.{item}": "20", f"extra.{item}": "3", f"boost.{item}": "2", "point": buy.point}
    looked = browser.submit(path, "POST", typed)
    assert looked.status_code == 200 and _boxes(looked.text)[f"wanted.{item}"] == "20"
    for text in ("$100.00", "$10.00", "$110.00", "No sales tax is added", "You are billed by"):
        assert text in looked.text, text
    part = browser.client.post(path, data={**typed, "csrf_token": browser.csrf}, headers={"HX-Request-Type": "partial"})
    assert "$110.00" in part.text and "<html" not in part.text
    assert here.api("GET", path, here.director).status_code == 404


def test_an_order_far_above_the_usual_is_pointed_out_and_can_be_placed(here: State) -> None:
    _, buy = _two_buys(here)
    browser, path = here.browser(here.director), _order_path(buy, here.director)
    typed = {f"wanted.{buy.items['B']}": "41", f"wanted.{buy.items['C']}": "60", "point": buy.point}
    looked = browser.submit(path, "POST", {"act": "look", **typed}).text
    assert "Item B: 41 is more than twice the usual 20" in looked and "Item C: 60 is" not in looked
    assert browser.submit(path, "POST", {"act": "place", **typed}).status_code == 302


def test_nothing_typed_is_lost_when_a_box_is_wrong(here: State) -> None:
    buy = open_buy(here)
    item, path = buy.items["GLOVES"], _order_path(buy, here.director)
    typed = {"act": "place", "point": "no-such", f"wanted.{item}": "many", f"boost.{item}": "5"}
    answer = here.browser(here.director).submit(path, "POST", typed)
    assert answer.status_code == 422
    assert _boxes(answer.text) == {f"wanted.{item}": "many", f"boost.{item}": "5"}
    again = here.browser(here.director).submit(path, "POST", {**typed, f"wanted.{item}": "5"})
    assert again.status_code == 422 and "Choose one of the purchase" in again.text


def test_the_coordinator_orders_for_a_program_that_phones_in(here: State) -> None:
    buy = open_buy(here)
    path, item = _order_path(buy, here.fellow), buy.items["GLOVES"]
    answer = here.browser(here.coordinator).submit(
        path, "POST", {"act": "place", "point": buy.point, f"wanted.{item}": "12"}
    )
    assert answer.status_code == 302, answer.text
    work(here)
    told = here.api("GET", "/messages", here.fellow).json["items"]
    assert any("Coordinator placed your order in Fall supplies for you" in one["sentence"] for one in told), told
    changed = here.browser(here.fellow).submit(
        path, "POST", {"act": "place", "version": "1", "point": buy.point, f"wanted.{item}": "9"}
    )
    assert changed.status_code == 302
    assert here.api("GET", path, here.fellow).json["lines"][0]["wanted"] == 9
    work(here)
    after = here.api("GET", "/messages", here.fellow).json["items"]
    assert len(after) == len(told), "an own order tells nobody"


def test_my_orders_show_all_purchases_and_what_they_cost(here: State) -> None:
    first, buy = _two_buys(here)
    buy.order(here.director, {"B": (7,)})
    page = _page(here.browser(here.director), "/orders")
    assert first.number and buy.number and first.number in page and buy.number in page
    owed = first.result(here.director)
    total = sum(owed[name] for name in ("goods_cents", "freight_cents", "handling_cents"))
    assert f"You pay ${total / 100:,.2f}." in page
    assert "You have not ordered yet" in _page(here.browser(here.fellow), "/orders")


def test_the_pick_up_card_says_what_where_and_when(here: State) -> None:
    first, buy = _two_buys(here)
    page = _page(here.browser(here.director), f"{_order_path(first, here.director)}/pick-up")
    for text in (first.number or "", "Sunny Hill", "Library parking lot", "Item B", "Print"):
        assert text in page, text
    buy.order(here.director, {"B": (7,)})
    early = here.browser(here.director).submit(f"{_order_path(buy, here.director)}/pick-up", "GET")
    assert early.status_code == 404
    foreign = here.browser(here.fellow).submit(f"{_order_path(first, here.director)}/pick-up", "GET")
    assert foreign.status_code == 404


def test_packing_lists_hold_each_share_by_item_and_by_program(here: State) -> None:
    buy = open_buy(here)
    buy.order(here.director, {"GLOVES": (60,)})
    buy.order(here.fellow, {"GLOVES": (40,)})
    buy.close()
    browser = here.browser(here.coordinator)
    by_item, by_program = _page(browser, buy.path("/packing")), _page(browser, buy.path("/packing?by=program"))
    assert "Sunny Hill" in by_item and "Casa Luna" in by_item and "Item GLOVES" in by_program
    file = browser.submit(buy.path("/packing.xlsx"), "GET")
    assert file.status_code == 200
    book = load_workbook(io.BytesIO(file.data), read_only=True)
    got: list[Any] = [[row[-1] for row in sheet.iter_rows(min_row=2, values_only=True)] for sheet in book.worksheets]
    assert [sorted(one) for one in got] == [[40, 60], [40, 60]]
    assert browser.submit(f"/purchases/{draft(here)}/packing", "GET").status_code == 404


def test_a_name_that_looks_like_a_formula_stays_a_name_in_the_workbook(here: State) -> None:
    items = {"F": add_item(here, make_contract(here), "F", name="=1+1")}
    buy = open_buy(here, items)
    buy.order(here.director, {"F": (10,)})
    buy.close()
    file = here.browser(here.coordinator).submit(buy.path("/packing.xlsx"), "GET")
    sheet = load_workbook(io.BytesIO(file.data)).worksheets[0]
    assert (sheet["A2"].value, sheet["A2"].data_type) == ("=1+1", "s")
