"""The pages of the door, without a script: counting, all as ordered, a photo, corrections, results, claims."""

import io
import re
from typing import Any

from tests.buying import Buy, add_item, make_contract, make_item, open_buy, work
from tests.cast import Browser, State
from tests.receiving import JPEG, arrived, bought, bought_two, count, first_order, line, short_purchase


def _key(page: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', page)
    assert found
    return found.group(1)


def _send(browser: Browser, order: str, **boxes: Any) -> Any:
    page = browser.submit(f"/receive/{order}", "GET").text
    form = {name.replace("__", "."): value for name, value in boxes.items()}
    return browser.submit(f"/receive/{order}", "POST", {"key": _key(page), **form})


def _counted(state: State, order: str) -> list[tuple[int, int]]:
    found = state.api("GET", f"/purchase-orders/{order}/receiving", state.coordinator).json["lines"]
    return [(one["counted_cases"], one["usable"]) for one in found]


def test_a_count_is_typed_and_sent(here: State) -> None:
    order = first_order(bought(here))
    browser = here.browser(here.coordinator)
    answer = _send(browser, order, cases__1="8", short__1="2", damaged__1="1", note__1="Wet box")
    assert answer.status_code == 302, answer.text
    assert "The count is in." in browser.submit(f"/receive/{order}", "GET").text
    assert _counted(here, order) == [(8, 77)]


def test_the_same_form_sent_twice_is_one_count(here: State) -> None:
    order = first_order(bought(here))
    browser = here.browser(here.coordinator)
    for act, cases in (("count", {"cases.1": "3"}), ("all", {})):
        key = _key(browser.submit(f"/receive/{order}", "GET").text)
        for _ in range(2):
            answer = browser.submit(f"/receive/{order}", "POST", {"key": key, "act": act, **cases})
            assert answer.status_code == 302, answer.text
    assert _counted(here, order) == [(9, 90)]


def test_all_as_ordered_in_one_tap_leaves_out_what_needs_its_lot(here: State) -> None:
    buy = open_buy(here, {"GLOVES": make_item(here), "MILK": make_item(here, "MILK", storage="cold")})
    buy.order(here.director, {"GLOVES": (20,), "MILK": (10,)})
    buy.close()
    order = first_order(buy)
    browser = here.browser(here.coordinator)
    assert _send(browser, order, act="all").status_code == 302
    assert sorted(_counted(here, order)) == [(0, 0), (2, 20)]
    assert _send(browser, order, act="all").status_code == 422, "only the line whose lot is wanted is left"


def test_a_refused_count_keeps_what_was_typed_and_says_where(here: State) -> None:
    order = first_order(bought(here))
    browser = here.browser(here.coordinator)
    answer = _send(browser, order, cases__1="2", damaged__1="21")
    assert answer.status_code == 422
    assert "More is missing or damaged than these cases hold." in answer.text
    assert 'value="21"' in answer.text
    assert _send(browser, order, cases__1="many").status_code == 422
    assert _send(browser, order).status_code == 422
    assert _counted(here, order) == [(0, 0)]


def test_a_queued_count_is_answered_without_a_page(here: State) -> None:
    order = first_order(bought(here))
    browser = here.browser(here.coordinator)
    page = browser.submit(f"/receive/{order}", "GET").text
    form = {"key": _key(page), "cases.1": "9", "counted_at": "2026-01-01T08:00:00.000Z", "csrf_token": browser.csrf}
    for _ in range(2):
        answer = browser.client.post(f"/receive/{order}", data=form, headers={"X-Count": "1"})
        assert (answer.status_code, answer.text) == (204, "")
    wrong = {**form, "key": "another-key", "cases.1": "-"}
    refused = browser.client.post(f"/receive/{order}", data=wrong, headers={"X-Count": "1"})
    assert (refused.status_code, refused.json["message"]) == (422, "Write a whole number from 0 to 100,000.")
    signed_out = here.client().post(f"/receive/{order}", data=form, headers={"X-Count": "1"})
    assert signed_out.status_code in (400, 401, 302)
    [receipt] = here.api("GET", f"/purchase-orders/{order}/receipts", here.coordinator).json["items"]
    assert receipt["counted_at"].startswith("2026-01-01T08:00")


def test_a_photo_goes_along_and_another_file_does_not(here: State) -> None:
    order = first_order(bought(here))
    browser = here.browser(here.coordinator)
    bad = _send(browser, order, cases__1="9", photo__1=(io.BytesIO(b"MZ not a picture"), "x.jpg"))
    assert bad.status_code == 422
    assert _counted(here, order) == [(0, 0)], "a count whose photo is refused is refused as a whole"
    assert _send(browser, order, cases__1="9", photo__1=(io.BytesIO(JPEG), "x.jpg")).status_code == 302
    page = browser.submit(f"/receive/{order}", "GET").text
    [address] = re.findall(r'href="(/receipt-photos/[^"]+)"', page)
    got = browser.client.get(address).data
    assert got.startswith(b"\xff\xd8\xff") and b"Acme" not in got


def test_a_number_on_the_list_or_the_case_leads_to_the_order(here: State) -> None:
    buy = open_buy(here, {"GLOVES": make_item(here, gtin="00012345600012")})
    buy.order(here.director, {"GLOVES": (20,)})
    buy.close()
    order = here.api("GET", buy.path("/purchase-orders"), here.coordinator).json["items"][0]
    browser = here.browser(here.coordinator)
    for number in (order["number"], order["number"].lower(), "GLOVES", "00012345600012"):
        answer = browser.submit(f"/receive?number={number}", "GET")
        assert answer.headers["Location"].endswith(f"/receive/{order['id']}"), number
    assert "Nothing that arrives has this number" in browser.submit("/receive?number=0", "GET").text


def test_a_correction_shows_the_sums_and_keeps_the_first_count(here: State) -> None:
    order = first_order(bought(here))
    count(here, order, line(1, 9))
    browser = here.browser(here.coordinator)
    page = browser.submit(f"/receive/{order}/correct", "GET").text
    form = {"key": _key(page), "seen.cases.1": "9", "cases.1": "8", "cause": "One was another order's"}
    assert browser.submit(f"/receive/{order}/correct", "POST", {**form, "cause": ""}).status_code == 422
    assert browser.submit(f"/receive/{order}/correct", "POST", {**form, "cases.1": "9"}).status_code == 422
    assert browser.submit(f"/receive/{order}/correct", "POST", {**form, "damaged.1": "99"}).status_code == 422
    for _ in range(2):
        assert browser.submit(f"/receive/{order}/correct", "POST", form).status_code == 302
    assert _counted(here, order) == [(8, 80)]
    assert "One was another order&#39;s" in browser.submit(f"/receive/{order}", "GET").text


def test_finishing_shares_out_and_the_program_sees_why(here: State) -> None:
    buy = bought(here)
    order = first_order(buy)
    browser = here.browser(here.coordinator)
    _send(browser, order, cases__1="7")
    for _ in range(2):
        assert browser.submit(f"/receive/{order}/finish", "POST").status_code == 302
    work(here)
    page = browser.submit(f"/purchases/{buy.id}/arrivals", "GET").text
    assert "All has come" in page
    assert "$280.00" in page
    own = here.browser(here.director).submit(f"/purchases/{buy.id}/arrived/{here.director.program_id}", "GET").text
    assert "70 of 90 came and can be used." in own
    assert "Less than at the close" in own


def test_the_coordinator_notes_that_orders_were_sent_and_sets_the_terms(here: State) -> None:
    buy = bought(here)
    browser = here.browser(here.coordinator)
    path = f"/purchases/{buy.id}"
    assert "I sent these orders" in browser.submit(f"{path}/arrivals", "GET").text
    assert browser.submit(f"{path}/orders-sent", "POST").status_code == 302
    assert "I sent these orders" not in browser.submit(f"{path}/arrivals", "GET").text
    form = {"version": "1", "over_percent": "12", "over_cases": "", "tracked": [buy.items["GLOVES"]]}
    assert browser.submit(f"{path}/receiving-terms", "POST", {**form, "over_percent": "900"}).status_code == 422
    assert browser.submit(f"{path}/receiving-terms", "POST", {**form, "offer_from": "soon"}).status_code == 422
    assert browser.submit(f"{path}/receiving-terms", "POST", form).status_code == 302
    assert browser.submit(f"{path}/receiving-terms", "POST", form).status_code == 412
    assert here.api("GET", f"{path}/receiving-terms", here.coordinator).json["over_percent"] == 12
    assert "Lot number" in browser.submit(f"/receive/{first_order(buy)}", "GET").text


def test_claims_are_settled_on_their_page_with_their_history(here: State) -> None:
    buy, _ = short_purchase(here)
    browser = here.browser(here.coordinator)
    path = f"/purchases/{buy.id}/vendor-claims"
    [address] = re.findall(r'action="(/vendor-claims/[^"]+)"', browser.submit(path, "GET").text)
    assert browser.submit(address, "POST", {"act": "sent", "version": "1", "note": "By phone"}).status_code == 302
    too_much = {"act": "accepted", "version": "2", "accepted_cents": "500"}
    assert browser.submit(address, "POST", too_much).status_code == 422
    assert browser.submit(address, "POST", {**too_much, "accepted_cents": "75.50"}).status_code == 302
    page = browser.submit(path, "GET").text
    assert "The vendor gives $75.50." in page
    assert "By phone" in page
    assert "Coordinator" in page


def test_a_result_of_two_items_is_the_same_as_through_the_api(here: State) -> None:
    buy: Buy = bought_two(here)
    order = first_order(buy)
    browser = here.browser(here.coordinator)
    _send(browser, order, cases__1="9", cases__2="0")
    browser.submit(f"/receive/{order}/finish", "POST")
    work(here)
    got = {one["sku"]: one["got"] for one in arrived(buy, here.director)["shares"]}
    assert got["SOAP"] == 0


def test_a_long_order_comes_in_parts_and_a_label_opens_its_line(here: State) -> None:
    contract = make_contract(here)
    many = {f"S{n:03d}": add_item(here, contract, f"S{n:03d}") for n in range(103)}
    buy = open_buy(here, many)
    buy.order(here.director, dict.fromkeys(many, (10,)))
    buy.close()
    order = first_order(buy)
    browser = here.browser(here.coordinator)
    first, second = (browser.submit(f"/receive/{order}{part}", "GET").text for part in ("", "?part=2"))
    assert ('id="line-100"' in first, 'id="line-101"' in first) == (True, False)
    assert ('id="line-100"' in second, 'id="line-101"' in second) == (False, True)
    assert browser.submit(f"/receive/{order}?line=102", "GET").text.count('id="line-102"') == 1
    sent = browser.submit(f"/receive/{order}?part=2", "POST", {"key": _key(second), "cases.103": "1"})
    assert sent.headers["Location"].endswith("?part=2")
    assert _counted(here, order)[102] == (1, 10)
    assert _send(browser, order, act="all").status_code == 302
    assert {cases for cases, _ in _counted(here, order)} == {1}
