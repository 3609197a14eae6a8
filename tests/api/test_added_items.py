"""The page of changes after the close lets a coordinator add an item that an order does not have, out of many."""

import re
from typing import Any

from flask import Flask

from tests.buying import Buy, add_item, make_contract, open_buy, work
from tests.canceling import edit
from tests.cast import State
from tests.inbox import listening
from tests.ordering import VENDOR, Ordered, sets_terms

MANY = 25


def _many(state: State) -> Ordered:
    """A closed purchase of gloves, and of many crayons that nobody ordered."""
    contract = make_contract(state, vendor=VENDOR)
    sets_terms(state, contract)
    items = {"GLOVES": add_item(state, contract, "GLOVES")}
    for number in range(MANY):
        items[f"CRAYON-{number:02d}"] = add_item(state, contract, f"CRAYON-{number:02d}", pack_text="10/CS")
    buy = open_buy(state, items)
    buy.order(state.director, {"GLOVES": (30,)})
    buy.close()
    return Ordered(buy, contract)


def _offered(page: str) -> list[str]:
    """The items that a page offers, in its order."""
    return re.findall(r'name="item" value="[^"]+"[^>]*>\s*Add<span class="usa-sr-only"> ([^<]+)</span>', page)


def _form(own: Ordered, **more: str) -> dict[str, str]:
    return {"program": str(own.state.director.program_id), **more}


def _page(own: Ordered, **more: str) -> Any:
    path = own.buy.path("/change-orders")
    return own.state.browser(own.state.coordinator).submit(path, "POST", _form(own, **more))


def _box(buy: Buy, sku: str) -> str:
    return f"wanted.{buy.state.director.program_id}.{buy.items[sku]}"


def test_an_item_is_found_added_seen_and_ordered(app: Flask, here: State) -> None:
    own = _many(here)
    with listening(app):
        own.send()
        work(here)
    program = str(here.director.program_id)
    found = _page(own, of=program, **{f"items.{program}": "crayon 07"}).text
    assert _offered(found) == ["Item CRAYON-07"]
    added = _page(own, item=f"{program}.{own.buy.items['CRAYON-07']}").text
    box = _box(own.buy, "CRAYON-07")
    assert f'name="{box}"' in added and "Not in the order so far. 10/CS" in added
    wrong = _page(own, act="look", **{box: "many"})
    assert wrong.status_code == 422 and 'value="many"' in wrong.text
    seen = _page(own, act="look", **{box: "20"}).text
    assert "Item CRAYON-07" in seen and "0 → 2" in seen and f'name="{box}"' in seen
    key = re.search(r'name="key" value="([^"]+)"', seen).group(1)  # type: ignore[union-attr]
    done = _page(own, act="confirm", key=key, version="1", reason="A class began", **{box: "20"})
    assert done.status_code == 302, done.text
    with listening(app):
        work(here)
    order = here.api("GET", own.buy.path(f"/orders/{program}"), here.director).json
    assert {one["item_id"]: one["wanted"] for one in order["lines"]}[own.buy.items["CRAYON-07"]] == 20
    got = {one["sku"]: one["got"] for one in own.buy.result(here.director)["shares"]}
    assert got == {"GLOVES": 30, "CRAYON-07": 20}


def test_many_items_come_page_by_page_and_what_is_chosen_is_not_offered_again(here: State) -> None:
    own = _many(here)
    program = str(here.director.program_id)
    seen, more = [], {"of": program, f"items.{program}": ""}
    while more:
        page = _page(own, **more).text
        some = _offered(page)
        assert len(some) <= 10, "never all at once"
        seen += some
        following = re.search(rf'name="of" value="({program} [^"]+)"', page)
        more = {"of": following.group(1), f"items.{program}": ""} if following else {}
    assert seen == [f"Item CRAYON-{number:02d}" for number in range(MANY)], "each once, and not the gloves that it has"
    chosen = {_box(own.buy, "CRAYON-00"): "10"}
    rest = _offered(_page(own, of=program, **{f"items.{program}": "crayon-0"}, **chosen).text)
    assert rest == [f"Item CRAYON-{number:02d}" for number in range(1, 10)]
    nothing = _page(own, of=program, **{f"items.{program}": "cement"}).text
    assert "No other item of this purchase has this name or number." in nothing
    long = _page(own, of=program, **{f"items.{program}": "9" * 101})
    assert long.status_code == 422 and "Use at most 100 characters." in long.text


def test_the_enter_key_does_what_is_meant_and_never_takes_a_program_out(here: State) -> None:
    own = _many(here)
    program = str(here.director.program_id)
    page = _page(own).text
    assert re.search(r'<button type="submit" name="act" value="enter"', page).start() < page.index('name="remove"')  # type: ignore[union-attr]
    assert _offered(_page(own, act="enter", **{f"items.{program}": "crayon-03"}).text) == ["Item CRAYON-03"]
    assert "What follows" in _page(own, act="enter", **{_box(own.buy, "GLOVES"): "10"}).text
    assert "Sunny Hill" in _page(own, act="enter", words="sunny").text


def test_an_item_of_another_purchase_and_of_a_vendor_that_was_left_out_are_refused(here: State) -> None:
    own, other = _many(here), _many(here)
    program = str(here.director.program_id)
    foreign = f"wanted.{program}.{other.buy.items['CRAYON-01']}"
    refused = _page(own, act="look", **{foreign: "10"})
    assert refused.status_code == 422 and "This purchase has no such item." in refused.text
    assert f'name="{foreign}"' not in _page(own, item=f"{program}.{other.buy.items['CRAYON-01']}").text
    minimum = make_contract(here, 10**6)
    kept = make_contract(here, vendor=VENDOR)
    sets_terms(here, kept)
    buy = open_buy(here, {"GLOVES": add_item(here, kept, "GLOVES"), "PENS": add_item(here, minimum, "PENS"),
                          "INK": add_item(here, minimum, "INK")})  # fmt: skip
    buy.order(here.director, {"GLOVES": (30,), "PENS": (10,)})
    buy.close()
    dropped = Ordered(buy, kept)
    told = _page(dropped, act="look", **{_box(buy, "INK"): "10"})
    assert told.status_code == 409 and "minimum was missed" in told.text


def test_only_programs_with_an_order_or_a_draft_are_changed_and_the_page_says_so(here: State) -> None:
    own = _many(here)
    page = here.browser(here.coordinator).submit(own.buy.path("/change-orders"), "GET").text
    assert "Only programs that have an order or a draft in this purchase can be changed here." in page
    assert "Casa Luna" not in _page(own, act="find", words="luna").text
    never = {"program_id": str(here.fellow.program_id), "lines": [{"item_id": own.buy.items["GLOVES"], "wanted": 10}]}
    assert edit(own, never).status_code == 404
