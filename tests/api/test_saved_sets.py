"""Saved sets: kept from a purchase, changed, laid into a draft; what is no longer offered is said."""

from tests.buying import add_item, draft, make_contract, open_buy
from tests.cast import State


def _kept(state: State) -> tuple[str, str, dict[str, str]]:
    """A set of GLOVES and SOAP, at most 4 a place; return its id, the contract and the catalog items."""
    contract = make_contract(state)
    items = {sku: add_item(state, contract, sku) for sku in ("GLOVES", "SOAP")}
    buy = open_buy(state, items, per_place=4)
    answer = state.api("POST", buy.path("/keep-set"), state.coordinator, json={"name": "Every fall"})
    assert answer.status_code == 201, answer.text
    return answer.json["id"], contract, items


def test_a_set_goes_into_a_draft_with_its_limits_and_says_what_is_gone(here: State) -> None:
    kept, _, items = _kept(here)
    gone = here.api("DELETE", f"/catalog-items/{items['SOAP']}", here.coordinator, headers={"If-Match": '"1"'})
    assert gone.status_code < 300
    purchase = f"/purchases/{draft(here)}"
    laid = here.api("POST", f"{purchase}/lay-set", here.coordinator, json={"set_id": kept})
    assert laid.json == {"added": 1, "present": 0, "gone": ["Item SOAP"]}
    again = here.api("POST", f"{purchase}/lay-set", here.coordinator, json={"set_id": kept})
    assert again.json == {"added": 0, "present": 1, "gone": ["Item SOAP"]}
    [item] = here.api("GET", f"{purchase}/items", here.coordinator).json["items"]
    assert (item["sku"], item["eaches_per_place"]) == ("GLOVES", 4)
    opened = open_buy(here)
    refused = here.api("POST", opened.path("/lay-set"), here.coordinator, json={"set_id": kept})
    assert refused.status_code == 409 and refused.json["type"].endswith("wrong-state")


def test_a_set_is_changed_by_one_at_a_time_and_its_name_is_its_own(here: State) -> None:
    kept, contract, _ = _kept(here)
    path, etag = f"/sets/{kept}", {"If-Match": '"1"'}
    items = [{"contract_id": contract, "sku": "SOAP", "eaches_per_place": 9}]
    changed = here.api("PUT", path, here.coordinator, json={"name": "Soap", "items": items}, headers=etag)
    assert changed.status_code == 200, changed.text
    assert [(one["sku"], one["eaches_per_place"]) for one in changed.json["items"]] == [("SOAP", 9)]
    stale = here.api("PUT", path, here.coordinator, json={"name": "Soap", "items": []}, headers=etag)
    assert stale.status_code == 412
    unknown = [{"contract_id": contract, "sku": "NOTHING"}]
    body = {"name": "Soap", "items": unknown}
    refused = here.api("PUT", path, here.coordinator, json=body, headers={"If-Match": '"2"'})
    assert refused.status_code == 422 and "NOTHING" in refused.json["detail"]
    louder = here.api("PUT", path, here.coordinator, json={"name": "SOAP", "items": items}, headers={"If-Match": '"2"'})
    assert louder.status_code == 200 and louder.json["name"] == "SOAP"
    other = here.api("POST", open_buy(here).path("/keep-set"), here.coordinator, json={"name": "soap"})
    assert other.status_code == 409 and other.json["type"].endswith("name-taken")
    assert here.api("GET", "/sets", here.director).status_code == 403
    assert here.api("DELETE", path, here.coordinator).status_code == 204
    assert here.api("GET", "/sets", here.coordinator).json["items"] == []


def test_sets_are_kept_changed_and_laid_in_by_forms(here: State) -> None:
    contract = make_contract(here)
    items = {sku: add_item(here, contract, sku) for sku in ("GLOVES", "SOAP", "TOWELS")}
    buy = open_buy(here, {sku: items[sku] for sku in ("GLOVES", "SOAP")})
    browser = here.browser(here.coordinator)
    empty = browser.submit(buy.path("/keep-set"), "POST", {"set_name": ""})
    assert empty.status_code == 422 and 'href="#set_name"' in empty.text
    assert browser.submit(buy.path("/keep-set"), "POST", {"set_name": "Fall"}).status_code == 302
    assert browser.submit(buy.path("/keep-set"), "POST", {"set_name": "Fall"}).status_code == 409
    [kept] = here.api("GET", "/sets", here.coordinator).json["items"]
    page = f"/sets/{kept['id']}"
    assert "Fall" in browser.submit("/sets", "GET").text
    found = browser.submit(f"{page}?words=towels", "GET").text
    assert "Item TOWELS" in found
    added = browser.submit(f"{page}/items/{items['TOWELS']}/add", "POST", {"version": "1"})
    assert added.status_code == 302, added.text
    wrong = browser.submit(page, "POST", {"version": "2", "name": "Fall", "limit.0": "many"})
    assert wrong.status_code == 422 and 'value="many"' in wrong.text
    form = {"version": "2", "name": "Autumn", "limit.0": "3", "out.1": "1"}
    assert browser.submit(page, "POST", form).status_code == 302
    after = here.api("GET", page, here.coordinator).json
    assert after["name"] == "Autumn"
    assert [(one["sku"], one["eaches_per_place"]) for one in after["items"]] == [("GLOVES", 3), ("TOWELS", None)]
    path = f"/purchases/{draft(here)}"
    assert "Autumn" in browser.submit(path, "GET").text
    assert browser.submit(f"{path}/lay-set", "POST", {"set_id": "no"}).status_code == 422
    assert browser.submit(f"{path}/lay-set", "POST", {"set_id": kept["id"]}).status_code == 302
    shown = browser.submit(path, "GET").text
    assert "2 items were added" in shown and "Item GLOVES" in shown
    assert browser.submit(f"{page}/remove", "POST", {}).status_code == 302
    assert browser.submit(page, "GET").status_code == 404
