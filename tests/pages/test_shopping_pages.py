"""A program looks around: unit prices, favourites that last, items side by side."""

import re
from typing import Any

from tests.buying import add_item, make_contract, make_item, open_buy
from tests.cast import State
from tests.staffing import staff_of


def _items(here: State) -> tuple[str, dict[str, str]]:
    contract = make_contract(here)
    facts: dict[str, dict[str, Any]] = {
        "A": {"name": "Apple wipes", "uses_per_each": 80, "storage": "cold", "min_cases": 2},
        "B": {"name": "Blue wipes", "case_size": 4},
        "C": {"name": "Clear bags"},
    }
    return contract, {sku: add_item(here, contract, sku, **one) for sku, one in facts.items()}


def _get(here: State, path: str, player: Any = None) -> str:
    answer = here.browser(player or here.director).submit(path, "GET")
    assert answer.status_code == 200, answer.text
    return str(answer.text)


def test_the_catalog_says_what_an_each_and_a_use_cost(here: State) -> None:
    _items(here)
    path = f"/programs/{here.director.program_id}/catalog"
    page = _get(here, path)
    for text in ("$4.00 each", "$0.05 a use", "$40.00 a case", "$10.00 each", "Keep cold", "At least 2 cases"):
        assert text in page, text
    assert "Clear bags" not in _get(here, f"{path}?words=wipes")
    listed = here.api("GET", f"{path}?words=apple", here.director).json["items"]
    assert [(one["case_cents"], one["uses_per_each"], one["favourite"]) for one in listed] == [(4000, 80, False)]
    assert here.browser(here.fellow).submit(path, "GET").status_code == 404


def test_favourites_come_first_and_outlive_catalogs_and_purchases(here: State) -> None:
    _, items = _items(here)
    path = f"/programs/{here.director.program_id}"
    browser = here.browser(staff_of(here, here.director))
    for _ in range(2):
        marked = browser.submit(f"{path}/favourites/{items['C']}", "POST", {"act": "mark"})
        assert marked.status_code == 302
    page = browser.submit(f"{path}/catalog", "GET").text
    assert page.index("Clear bags") < page.index("Apple wipes") and "Your favorites" in page
    names = [one["name"] for one in here.api("GET", f"{path}/favourites", here.director).json["items"]]
    assert names == ["Clear bags"]
    buy = open_buy(here, items)
    order = _get(here, buy.path(f"/orders/{here.director.program_id}"))
    assert re.findall(r'name="wanted\.([^"]+)"', order)[0] == buy.items["C"] and "Favorite" in order
    theirs = _get(here, buy.path(f"/orders/{here.fellow.program_id}"), here.fellow)
    assert re.findall(r'name="wanted\.([^"]+)"', theirs)[0] == buy.items["A"]
    # a fault in a line stands at its own box although favourites come first
    box = f"wanted.{buy.items['A']}"
    wrong = {"act": "place", "point": buy.point, box: "9999999", f"wanted.{buy.items['C']}": "1"}
    refused = browser.submit(buy.path(f"/orders/{here.director.program_id}"), "POST", wrong)
    assert refused.status_code == 422 and f'href="#{box}"' in refused.text
    assert here.api("DELETE", f"{path}/favourites/{items['C']}", here.director).status_code == 204
    assert here.api("GET", f"{path}/favourites", here.director).json["items"] == []


def test_two_to_four_items_are_compared_with_what_was_paid_last(here: State) -> None:
    _, items = _items(here)
    buy = open_buy(here, items)
    buy.order(here.director, {"A": (20,)})
    buy.close()
    path = f"/programs/{here.director.program_id}/compare"
    page = _get(here, f"{path}?item={items['A']}&item={items['B']}")
    paid = here.api("GET", f"/programs/{here.director.program_id}/catalog?words=apple", here.director).json["items"][0]
    assert (paid["last_paid_cents"], paid["last_paid_eaches"]) == (8000, 20)
    for text in ("Apple wipes", "Blue wipes", "$0.05 a use", "Not known", "Not bought yet", 'role="columnheader"'):
        assert text in page, text
    assert "Choose two to four items" in _get(here, f"{path}?item={items['A']}&item=nothing")
    assert "Choose two to four items" in _get(here, path)


def test_what_was_saved_is_shown_with_what_was_lost_and_given_as_a_file(here: State) -> None:
    gloves = {"GLOVES": make_item(here)}
    good, bad = open_buy(here, gloves), open_buy(here, gloves, title="Dear freight", freight_cents=9000)
    for buy in (good, bad):
        buy.order(here.director, {"GLOVES": (40,)})
        buy.close()
    path = f"/programs/{here.director.program_id}/savings"
    told = here.api("GET", path, here.director).json
    saved = {one["title"]: one["saved_cents"] for one in told["purchases"]}
    results = {"Fall supplies": good.result(here.director), "Dear freight": bad.result(here.director)}
    assert saved == {title: one["saved_cents"] for title, one in results.items()}
    assert saved["Dear freight"] < 0 < saved["Fall supplies"]
    assert told["years"][0]["saved_cents"] == sum(saved.values())
    page = _get(here, path)
    assert "-$50.00" in page and "#b50909" in page and "<script" not in page.split("<svg viewBox")[1].split("</svg>")[0]
    file = here.browser(here.director).submit(f"{path}.csv", "GET")
    assert file.mimetype == "text/csv" and "Dear freight" in file.text and "-50.00" in file.text
    assert "Nothing to show yet" in _get(here, f"/programs/{here.fellow.program_id}/savings", here.fellow)
    assert here.browser(here.fellow).submit(f"{path}.csv", "GET").status_code == 404
