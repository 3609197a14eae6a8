"""The coordinator's page of vendors' minimums, by forms alone; programs see beforehand what was set."""

import re
from datetime import timedelta

from carepool.clock import now
from tests.buying import Buy, add_item, make_contract, open_buy, work
from tests.cast import Browser, State


def _short(state: State, **terms: object) -> tuple[Buy, str]:
    contract = make_contract(state, 100_000, "Tall Order Inc.")
    buy = open_buy(state, {"GLOVES": add_item(state, contract, "GLOVES")}, **terms)
    buy.order(state.director, {"GLOVES": (20,)})
    return buy, contract


def _page(browser: Browser, path: str) -> str:
    answer = browser.submit(path, "GET")
    assert answer.status_code == 200, answer.text
    return str(answer.text)


def _version(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    return found[1]


def test_programs_see_before_they_order_what_happens_where_a_minimum_is_missed(here: State) -> None:
    buy, _ = _short(here, extend_days=5, minimum_rule="roll_over")
    page = _page(here.browser(here.fellow), buy.path(f"/orders/{here.fellow.program_id}"))
    assert "the close is put off once, by 5 days" in page and "moves to a new purchase" in page


def test_the_coordinator_sees_the_gap_decides_and_is_told_what_is_wrong(here: State) -> None:
    buy, contract = _short(here)
    browser, path = here.browser(here.coordinator), buy.path("/minimums")
    page = _page(browser, path)
    assert "Missed by $920.00" in page and "28 more cases of Item GLOVES (280 pieces)" in page
    form = {"version": _version(page), "remedy": "lower", "minimum_cents": "2,000", "reason": ""}
    refused = browser.submit(f"{path}/{contract}", "POST", form)
    assert refused.status_code == 422 and 'value="2,000"' in refused.text and "Fill this in." in refused.text
    refused = browser.submit(f"{path}/{contract}", "POST", {**form, "reason": "By phone"})
    assert refused.status_code == 422 and "smaller than the minimum" in refused.text
    kept = browser.submit(f"{path}/{contract}", "POST", {**form, "reason": "By phone", "minimum_cents": "80"})
    assert kept.status_code == 302
    page = _page(browser, path)
    assert "Reached" in page and "By phone" in page and "in the contract: $1,000.00" in page
    stale = browser.submit(f"{path}/{contract}", "POST", {**form, "reason": "Late", "minimum_cents": "70"})
    assert stale.status_code == 412


def test_a_purchase_that_failed_is_opened_again_or_moved_by_forms(here: State) -> None:
    buy, _ = _short(here)
    buy.close()
    browser, path = here.browser(here.coordinator), buy.path("/minimums")
    assert "Open it again" in _page(browser, path)
    moved = browser.submit(buy.path("/roll-over"), "POST", {})
    again = browser.submit(buy.path("/roll-over"), "POST", {})
    assert moved.status_code == 302 and moved.headers["Location"] == again.headers["Location"] != buy.path()
    assert "Item GLOVES" in _page(browser, moved.headers["Location"])
    page = _page(browser, path)
    assert "See the new purchase" in page
    until = (now() + timedelta(days=8)).strftime("%Y-%m-%dT%H:%M")
    bad = browser.submit(buy.path("/extend"), "POST", {"version": _version(page), "until": "soon"})
    assert bad.status_code == 422
    later = {"version": _version(page), "until": until}
    refused = browser.submit(buy.path("/extend"), "POST", later)
    assert refused.status_code == 409 and "Cancel the new purchase first" in refused.text
    assert here.api("POST", f"{moved.headers['Location']}/cancel", here.coordinator).status_code == 200
    assert "See the new purchase" not in _page(browser, path)
    assert browser.submit(buy.path("/extend"), "POST", later).status_code == 302
    assert here.api("GET", buy.path(), here.coordinator).json["state"] == "open"
    work(here)
    order = _page(here.browser(here.director), buy.path(f"/orders/{here.director.program_id}"))
    assert "What you got and why" not in order


def test_the_rule_is_set_with_the_terms(here: State) -> None:
    at = now()
    form = {
        "title": "Paper",
        "opens_at": at.strftime("%Y-%m-%dT%H:%M"),
        "closes_at": (at + timedelta(days=9)).strftime("%Y-%m-%dT%H:%M"),
        "extend_days": "61",
        "minimum_rule": "roll_over",
    }
    browser = here.browser(here.coordinator)
    refused = browser.submit("/purchases/new", "POST", form)
    assert refused.status_code == 422 and "from 0 to 60" in refused.text
    made = browser.submit("/purchases/new", "POST", {**form, "extend_days": "7"})
    found = here.api("GET", made.headers["Location"], here.coordinator).json
    assert (found["extend_days"], found["minimum_rule"]) == (7, "roll_over")
    assert 'value="7"' in _page(browser, f"{made.headers['Location']}/terms")
