"""The coordinator's pages: a purchase from draft to bulk order on one page, by forms alone."""

import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from carepool.clock import now
from tests.buying import Buy, add_item, draft, make_contract, make_item, open_buy, work
from tests.cast import Browser, State


def _terms(**other: str) -> dict[str, Any]:
    at = now()
    return {
        "title": "Cleaning supplies",
        "opens_at": (at - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M"),
        "closes_at": (at + timedelta(days=9)).strftime("%Y-%m-%dT%H:%M"),
        "shortage_policy": "equal",
        "freight_cents": "1,250.50",
        "freight_rule": "by_eaches",
        **other,
    }


def _drafted(browser: Browser, **other: str) -> str:
    answer = browser.submit("/purchases/new", "POST", _terms(**other))
    assert answer.status_code == 302, answer.text
    return str(answer.headers["Location"])


def _page(browser: Browser, path: str) -> str:
    answer = browser.submit(path, "GET")
    assert answer.status_code == 200, answer.text
    return str(answer.text)


def test_a_purchase_runs_from_draft_to_bulk_order_on_one_page(here: State) -> None:
    item, browser = make_item(here), here.browser(here.coordinator)
    path = _drafted(browser)
    assert "Open the purchase" not in _page(browser, path)
    for form, body in (
        ("points", {"kind": "site", "name": "Fairgrounds", "hours": "Saturday"}),
        (f"items/{item}/add", {"eaches_per_place": "3", "baseline_kind": "dated_quote", "baseline": "48.00"}),
        ("open", {}),
    ):
        answer = browser.submit(f"{path}/{form}", "POST", body)
        assert (answer.status_code, answer.headers["Location"]) == (302, path), answer.text
    purchase = path.rpartition("/")[2]
    found = here.api("GET", f"/purchases/{purchase}", here.coordinator).json
    assert (found["state"], found["shortage_policy"], found["freight_cents"]) == ("open", "equal", 125050)
    [one] = here.api("GET", f"/purchases/{purchase}/items", here.coordinator).json["items"]
    assert (one["eaches_per_place"], one["baseline_kind"], one["baseline_cents"]) == (3, "dated_quote", 4800)
    point = here.api("GET", f"/purchases/{purchase}/delivery-points", here.coordinator).json["items"][0]["id"]
    Buy(here, purchase, {"GLOVES": one["id"]}, point).order(here.director, {"GLOVES": (20,)})
    assert browser.submit(f"{path}/close", "POST", {}).status_code == 302
    assert "Working out cases and shares" in _page(browser, path)
    work(here)
    closed = _page(browser, path)
    assert "/purchase-orders/" in closed and "Ordered" in closed


def test_times_are_those_of_the_states_clock(here: State) -> None:
    browser = here.browser(here.coordinator)
    path = _drafted(browser, opens_at="2027-03-01T08:00", closes_at="2027-03-20T17:00")
    found = here.api("GET", path, here.coordinator).json
    zone = ZoneInfo(here.tenant.zone)
    assert datetime.fromisoformat(found["closes_at"]) == datetime(2027, 3, 20, 17, tzinfo=zone)
    assert 'value="2027-03-20T17:00"' in _page(browser, f"{path}/terms")
    skipped = browser.submit("/purchases/new", "POST", _terms(closes_at="2027-03-14T02:30"))
    assert skipped.status_code == 422 and "The clock skips this time" in skipped.text


def test_nothing_typed_is_lost_and_every_fault_is_told(here: State) -> None:
    browser = here.browser(here.coordinator)
    wrong = _terms(title="", freight_cents="much", handling_cents="12.50", counties="Adams\nNowhere", closes_at="soon")
    answer = browser.submit("/purchases/new", "POST", wrong)
    assert answer.status_code == 422
    for text in ('value="much"', 'value="12.50"', "Adams\nNowhere", 'value="soon"', "No program is in Nowhere"):
        assert text in answer.text, text
    assert "4 things need your attention" in answer.text


def test_terms_change_while_a_draft_and_two_people_do_not_overwrite_each_other(here: State) -> None:
    browser = here.browser(here.coordinator)
    path = _drafted(browser)
    first = _page(browser, f"{path}/terms")
    version = re.search(r'name="version" value="(\d+)"', first)
    assert version
    changed = _terms(title="Renamed", version=version[1])
    assert browser.submit(f"{path}/terms", "POST", changed).status_code == 302
    again = browser.submit(f"{path}/terms", "POST", {**changed, "title": "Mine"})
    assert again.status_code == 412 and 'value="Mine"' in again.text
    assert here.api("GET", path, here.coordinator).json["title"] == "Renamed"


def test_the_catalog_is_searched_with_and_without_a_script(here: State) -> None:
    contract = make_contract(here)
    for sku, name in (("A", "Blue crayons"), ("B", "Paper towels")):
        add_item(here, contract, sku, name=name)
    browser, path = here.browser(here.coordinator), f"/purchases/{draft(here)}"
    whole = _page(browser, f"{path}?words=crayons")
    assert "Blue crayons" in whole and "Paper towels" not in whole and "<html" in whole
    part = browser.client.get(f"{path}?words=crayons", headers={"HX-Request-Type": "partial"}).text
    assert "Blue crayons" in part and "<html" not in part
    assert "Nothing in the catalogs fits" in _page(browser, f"{path}?words=zebra")


def test_a_refused_item_keeps_its_form_open(here: State) -> None:
    browser, item, path = here.browser(here.coordinator), make_item(here), f"/purchases/{draft(here)}"
    answer = browser.submit(
        f"{path}/items/{item}/add", "POST", {"baseline_kind": "dated_quote", "eaches_per_place": "7"}
    )
    assert answer.status_code == 422
    assert f'href="#baseline-{item}"' in answer.text and 'value="7"' in answer.text


def test_the_same_purchase_again_takes_terms_places_and_items_still_offered(here: State) -> None:
    contract = make_contract(here)
    items = {sku: add_item(here, contract, sku) for sku in ("KEPT", "GONE")}
    buy = open_buy(here, items, per_place=4, freight_cents=900)
    gone = here.api("DELETE", f"/catalog-items/{items['GONE']}", here.coordinator, headers={"If-Match": '"1"'})
    assert gone.status_code < 300, gone.text
    answer = here.browser(here.coordinator).submit(buy.path("/copy"), "POST", {})
    assert answer.status_code == 302
    copy = answer.headers["Location"].removesuffix("/terms")
    found = here.api("GET", copy, here.coordinator).json
    assert (found["state"], found["freight_cents"], found["number"]) == ("draft", 900, None)
    listed = here.api("GET", f"{copy}/items", here.coordinator).json["items"]
    assert [(one["sku"], one["eaches_per_place"]) for one in listed] == [("KEPT", 4)]
    assert len(here.api("GET", f"{copy}/delivery-points", here.coordinator).json["items"]) == 1
    assert here.api("POST", buy.path("/copy"), here.coordinator).status_code == 201
    assert here.api("POST", buy.path("/copy"), here.director).status_code == 403


def test_a_purchase_is_canceled_only_when_that_was_meant(here: State) -> None:
    buy, browser = open_buy(here), here.browser(here.coordinator)
    refused = browser.submit(buy.path("/cancel"), "POST", {})
    assert refused.status_code == 422 and "Tick the box" in refused.text
    assert browser.submit(buy.path("/cancel"), "POST", {"sure": "1"}).status_code == 302
    assert here.api("GET", buy.path(), here.coordinator).json["state"] == "cancelled"


def test_two_dry_runs_show_what_changed_between_them(here: State) -> None:
    buy, browser = open_buy(here), here.browser(here.coordinator)
    buy.order(here.director, {"GLOVES": (20,)})
    browser.submit(buy.path("/try"), "POST", {})
    work(here)
    buy.order(here.fellow, {"GLOVES": (100,)})
    browser.submit(buy.path("/try"), "POST", {})
    work(here)
    page = _page(browser, buy.path())
    assert "20 → 120" in page and "2 → 12" in page and "$40.00 → $34.00" in page


def test_progress_asks_the_open_page_to_load_again_when_the_close_is_done(here: State) -> None:
    buy, browser = open_buy(here), here.browser(here.coordinator)
    buy.order(here.director, {"GLOVES": (20,)})
    browser.submit(buy.path("/close"), "POST", {})
    partial = {"HX-Request-Type": "partial"}
    running = browser.client.get(buy.path("/progress"), headers=partial)
    assert "HX-Refresh" not in running.headers and "Working" in running.text
    work(here)
    assert browser.client.get(buy.path("/progress"), headers=partial).headers["HX-Refresh"] == "true"
    assert browser.client.get(buy.path("/progress")).headers["Location"] == buy.path()


def test_orders_of_programs_are_listed_by_state_and_a_caller_is_found(here: State) -> None:
    buy, browser = open_buy(here), here.browser(here.coordinator)
    buy.order(here.director, {"GLOVES": (20,)})
    buy.order(here.fellow, {"GLOVES": (5,)}, place=False)
    everything = _page(browser, buy.path("/orders"))
    assert "Sunny Hill" in everything and "Casa Luna" in everything
    drafts = _page(browser, buy.path("/orders?state=draft"))
    assert "Casa Luna" in drafts and "Sunny Hill" not in drafts
    found = _page(browser, buy.path("/orders?state=draft&words=sunny"))
    assert buy.path(f"/orders/{here.director.program_id}") in found
    assert here.browser(here.director).submit(buy.path("/orders"), "GET").status_code == 403
