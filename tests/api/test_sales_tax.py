"""Sales tax of a purchase: in the most it can cost, in approval and budget, in the bill; who is exempt and until when."""

import json
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from carepool.clock import now
from carepool.purchasing.models.closings import MemberBill
from tenants.database import db
from tests.buying import Buy, add_item, draft, make_contract, make_item, open_buy, work
from tests.cast import Cast, Player, State
from tests.staffing import set_spending, staff_of

_RATE = 62_500


def _two(state: State) -> dict[str, str]:
    """A taxable item and one that is not."""
    contract = make_contract(state)
    return {"SOAP": add_item(state, contract, "SOAP"), "MILK": add_item(state, contract, "MILK", taxable=False)}


def _exempt(state: State, player: Player, number: str = "CO-77", days: int | None = None, etag: str = '"0"') -> Any:
    """Keep a certificate whose last day is so many days from now on the state's calendar; None: it does not end."""
    today = now().astimezone(ZoneInfo(state.tenant.zone)).date()
    last = None if days is None else (today + timedelta(days=days)).isoformat()
    path, body = f"/programs/{player.program_id}/tax-exemption", {"certificate": number, "expires_on": last}
    return state.api("PUT", path, state.coordinator, json=body, headers={"If-Match": etag})


def _look(buy: Buy, player: Player, **wanted: int) -> str:
    boxes = {f"wanted.{buy.items[sku]}": str(eaches) for sku, eaches in wanted.items()}
    path = buy.path(f"/orders/{player.program_id}")
    return str(buy.state.browser(player).submit(path, "POST", {"act": "look", "point": buy.point, **boxes}).text)


def _tried(buy: Buy) -> dict[str, Any]:
    run = buy.state.api("POST", buy.path("/dry-runs"), buy.state.coordinator).json["id"]
    work(buy.state)
    return dict(buy.state.api("GET", f"/dry-runs/{run}", buy.state.coordinator).json)


def test_a_member_pays_tax_on_taxable_goods_and_an_exempt_one_pays_none(here: State) -> None:
    buy = open_buy(here, _two(here), tax_millionths=_RATE, freight_cents=1001, handling_cents=500)
    assert _exempt(here, here.fellow).status_code == 200
    buy.order(here.director, {"SOAP": (33,), "MILK": (20,)})
    buy.order(here.fellow, {"SOAP": (27,)})
    tried = _tried(buy)
    buy.close()
    mine, theirs = buy.result(here.director), buy.result(here.fellow)
    taxed = sum(one["amount_cents"] for one in mine["shares"] if one["taxable"])
    assert 0 < taxed < mine["goods_cents"] and mine["taxable_cents"] == taxed
    assert mine["tax_cents"] == (2 * taxed * _RATE + 1_000_000) // 2_000_000
    owed = ("goods_cents", "freight_cents", "handling_cents", "tax_cents")
    assert mine["total_cents"] == sum(mine[name] for name in owed) and mine["certificate"] == ""
    assert (theirs["tax_cents"], theirs["certificate"]) == (0, "CO-77") and theirs["taxable_cents"] > 0
    close = here.api("GET", buy.path("/close"), here.coordinator).json
    assert close["sums"] == tried["sums"] and close["sha256"] == tried["sha256"]
    assert close["sums"]["tax_cents"] == mine["tax_cents"] + theirs["tax_cents"]
    # savings are against prices without tax
    assert mine["saved_cents"] == sum(one["baseline_cents"] - one["amount_cents"] for one in mine["shares"]) - (
        mine["freight_cents"] + mine["handling_cents"]
    )
    saved = here.api("GET", f"/programs/{here.director.program_id}/savings", here.director).json["purchases"]
    assert [one["saved_cents"] for one in saved] == [mine["saved_cents"]]


def test_the_record_of_a_close_says_the_rate_what_is_taxable_and_who_is_exempt(here: State) -> None:
    buy = open_buy(here, _two(here), tax_millionths=_RATE)
    _exempt(here, here.fellow)
    buy.order(here.director, {"SOAP": (30,), "MILK": (10,)})
    buy.order(here.fellow, {"SOAP": (30,)})
    before = _tried(buy)["sha256"]
    _exempt(here, here.fellow, number="", etag='"1"')
    assert _tried(buy)["sha256"] != before
    _exempt(here, here.fellow, etag='"2"')
    buy.close()
    assert here.api("GET", buy.path("/close"), here.coordinator).json["sha256"] == before
    with here.api("GET", buy.path("/close/record"), here.coordinator) as answer:
        record = json.loads(answer.data)
    assert record["tax_millionths"] == _RATE and len(record["exempt"]) == 1
    assert {one["sku"]: one["terms"]["taxable"] for one in record["lines"]} == {"SOAP": True, "MILK": False}


@pytest.mark.parametrize(("days", "pays"), [(-1, True), (0, False), (1, False)])
def test_a_certificate_must_hold_on_the_day_of_the_close(here: State, days: int, pays: bool) -> None:
    buy = open_buy(here, tax_millionths=_RATE)
    _exempt(here, here.director, days=days)
    buy.order(here.director, {"GLOVES": (20,)})
    buy.close()
    result = buy.result(here.director)
    assert (result["tax_cents"], result["certificate"]) == ((500, "") if pays else (0, "CO-77"))


def test_a_certificate_that_ends_before_the_closing_time_is_not_counted_on(here: State) -> None:
    buy = open_buy(here, tax_millionths=_RATE, closes_at=(now() + timedelta(days=9)).isoformat())
    _exempt(here, here.director, days=3)
    looked = _look(buy, here.director, GLOVES=20)
    assert "$85.00" in looked and "the last day of your certificate CO-77 is" in looked
    _exempt(here, here.director, days=10, etag='"1"')
    looked = _look(buy, here.director, GLOVES=20)
    assert "$80.00" in looked and "$85.00" not in looked and "You pay no sales tax" in looked


def test_the_most_it_can_cost_has_the_tax_in_it_line_by_line(here: State) -> None:
    buy = open_buy(here, _two(here), tax_millionths=_RATE, freight_cents=900, handling_cents=100)
    looked = _look(buy, here.director, SOAP=20, MILK=10)
    for told in ("$120.00", "$9.00", "$1.00", "$5.00 (6.25% of $80.00 taxable)", "$135.00", "Not taxed", "Taxed",
                 "send your certificate to your coordinator before the close", "You are billed by", "Collect at"):  # fmt: skip
        assert told in looked, told
    plain = _look(open_buy(here), here.director, GLOVES=20)
    assert "No sales tax is added in this purchase." in plain and "Taxed" not in plain


def test_approval_and_budget_count_the_tax(here: State) -> None:
    buy, staff = open_buy(here, tax_millionths=_RATE, freight_cents=100), staff_of(here, here.director)
    set_spending(here, here.director, approve_above_cents=8599, budget_cents=8600)
    asked = buy.order(staff, {"GLOVES": (20,)})
    assert asked.json["state"] == "waiting"
    path = buy.path(f"/orders/{here.director.program_id}")
    waiting = here.api("GET", f"{path}/approval", here.director).json
    assert waiting["most_cents"] == 8000 + 100 + 500
    refused = buy.order(here.director, {"GLOVES": (21,)}, etag=asked.headers["ETag"])
    assert refused.status_code == 409 and "can cost $90.25 at the most" in refused.json["detail"]
    placed = buy.order(here.director, {"GLOVES": (20,)}, etag=asked.headers["ETag"])
    assert placed.status_code == 200
    stands = here.api("GET", f"{path}/budget", here.director).json
    assert stands == {"most_cents": 8600, "goods_cents": 8000, "freight_cents": 100, "handling_cents": 0,
                      "tax_cents": 500, "left_cents": 8600, "over_cents": 0}  # fmt: skip
    _exempt(here, here.director)
    assert here.api("GET", f"{path}/budget", here.director).json["most_cents"] == 8100


def test_a_budget_of_a_year_counts_the_tax_of_open_orders_and_of_bills(here: State) -> None:
    gloves = {"GLOVES": make_item(here)}
    first, second = (open_buy(here, gloves, tax_millionths=_RATE) for _ in range(2))
    set_spending(here, here.director, budget_cents=100_000, budget_per="year", year_starts=(now().month % 12) + 1)
    first.order(here.director, {"GLOVES": (20,)})
    stands = second.path(f"/orders/{here.director.program_id}/budget")
    assert here.api("GET", stands, here.director).json["left_cents"] == 100_000 - 8500
    first.close()
    owed = first.result(here.director)["total_cents"]
    assert owed == 8500 and here.api("GET", stands, here.director).json["left_cents"] == 100_000 - owed


def test_the_pages_of_a_closed_purchase_say_the_tax(here: State) -> None:
    buy = open_buy(here, _two(here), tax_millionths=_RATE)
    _exempt(here, here.fellow)
    for player in (here.director, here.fellow):
        buy.order(player, {"SOAP": (20,), "MILK": (10,)})
    buy.close()
    path = buy.path("/orders/{}")
    mine = here.browser(here.director).submit(path.format(here.director.program_id), "GET").text
    owed = buy.result(here.director)
    for told in (f"6.25% of ${owed['taxable_cents'] / 100:.2f} for taxable items", f"${owed['tax_cents'] / 100:.2f}",
                 f"${owed['total_cents'] / 100:.2f}", "both without tax", "Item MILK · Not taxed"):  # fmt: skip
        assert told in mine, told
    assert f"${owed['total_cents'] / 100:.2f}" in here.browser(here.director).submit("/orders", "GET").text
    theirs = here.browser(here.fellow).submit(path.format(here.fellow.program_id), "GET").text
    assert "your certificate CO-77 held on the day of the close" in theirs
    run = here.browser(here.coordinator).submit(buy.path(), "GET").text
    assert f"Sales tax that programs pay in all: ${owed['tax_cents'] / 100:.2f} (6.25% on taxable items)." in run


def test_whether_an_item_is_taxable_is_fixed_when_the_purchase_opens(here: State) -> None:
    item = make_item(here)
    purchase = draft(here, tax_millionths=_RATE)
    here.api("POST", f"/purchases/{purchase}/delivery-points", here.coordinator, json={"name": "Hall"})
    wanted = {"items": [{"catalog_item_id": item, "baseline_kind": "vendor_list"}]}
    here.api("POST", f"/purchases/{purchase}/items", here.coordinator, json=wanted)

    def change(taxable: bool) -> None:
        read = here.api("GET", f"/catalog-items/{item}", here.coordinator)
        gone = {"id", "contract_id", "gone_at", "version"}
        body = {**{name: value for name, value in read.json.items() if name not in gone}, "taxable": taxable}
        path = f"/catalog-items/{item}"
        answer = here.api("PUT", path, here.coordinator, json=body, headers={"If-Match": read.headers["ETag"]})
        assert answer.status_code == 200, answer.text

    def shown() -> list[bool]:
        answer = here.api("GET", f"/purchases/{purchase}/items", here.coordinator)
        return [one["taxable"] for one in answer.json["items"]]

    assert shown() == [True]
    change(False)
    assert here.api("POST", f"/purchases/{purchase}/open", here.coordinator).status_code == 200
    assert shown() == [False]
    change(True)
    assert shown() == [False]


def test_the_coordinator_sets_the_rate_on_the_page_and_a_copy_keeps_it(here: State) -> None:
    buy, browser = open_buy(here, tax_millionths=68_750), here.browser(here.coordinator)
    assert here.api("GET", buy.path(), here.director).json["tax_millionths"] == 68_750
    copy = here.api("POST", buy.path("/copy"), here.coordinator).json
    assert copy["tax_millionths"] == 68_750
    path = f"/purchases/{copy['id']}/terms"
    assert 'name="tax"' in browser.submit(path, "GET").text and 'value="6.875"' in browser.submit(path, "GET").text
    terms = {"title": "T", "opens_at": "2026-01-01T00:00", "closes_at": "2099-01-01T00:00", "version": copy["version"]}
    refused = browser.submit(path, "POST", {**terms, "tax": "62.5"})
    assert refused.status_code == 422 and "Write a percentage such as 6.25, at most 25." in refused.text
    assert browser.submit(path, "POST", {**terms, "tax": "6.25 %"}).status_code == 302
    assert "6.25% on taxable items" in browser.submit(f"/purchases/{copy['id']}", "GET").text
    body = {"title": "T", "opens_at": "2026-01-01T00:00:00Z", "closes_at": "2099-01-01T00:00:00Z"}
    for wrong in (-1, 250_001, 6.25, "6"):
        answer = here.api("POST", "/purchases", here.coordinator, json={**body, "tax_millionths": wrong})
        assert answer.status_code == 422, wrong


def test_a_certificate_is_kept_by_staff_of_the_state_and_read_by_the_program(cast: Cast) -> None:
    here, path = cast.here, f"/programs/{cast.here.director.program_id}/tax-exemption"
    coordinator, director = here.browser(here.coordinator), here.browser(here.director)
    assert "No exemption certificate is on file" in director.submit(path, "GET").text
    kept = coordinator.submit(path, "POST", {"version": "0", "certificate": " CO-9 ", "expires_on": "2020-01-31"})
    assert kept.status_code == 302
    shown = director.submit(path, "GET").text
    assert "The certificate ended on Fri, Jan 31, 2020" in shown and "CO-9" in shown and "<form" not in _main(shown)
    assert director.submit(path, "POST", {"version": "1", "certificate": "MINE"}).status_code == 403
    stale = coordinator.submit(path, "POST", {"version": "0", "certificate": "CO-10"})
    assert stale.status_code == 412 and 'value="CO-10"' in stale.text
    wrong = coordinator.submit(path, "POST", {"version": "1", "certificate": "C" * 61, "expires_on": "soon"})
    assert wrong.status_code == 422 and "Write a day such as" in wrong.text and "at most 60" in wrong.text
    assert coordinator.submit(path, "POST", {"version": "1", "certificate": ""}).status_code == 302
    read = here.api("GET", path, here.director)
    assert (read.json, read.headers["ETag"]) == ({"certificate": "", "expires_on": None, "version": 2}, '"2"')
    for player, state in ((here.fellow, here), (cast.there.coordinator, cast.there), (cast.there.director, cast.there)):
        assert state.api("GET", path, player).status_code == 404
    body = {"certificate": "X"}
    assert here.api("PUT", path, here.director, json=body, headers={"If-Match": '"2"'}).status_code == 403
    assert here.api("PUT", path, here.coordinator, json=body, headers={"If-Match": '"1"'}).status_code == 412


def test_a_certificate_of_later_changes_no_bill(here: State) -> None:
    buy = open_buy(here, tax_millionths=_RATE)
    buy.order(here.director, {"GLOVES": (20,)})
    buy.close()
    _exempt(here, here.director)
    assert buy.result(here.director)["tax_cents"] == 500
    with here.scope():
        [bill] = db.session.scalars(select(MemberBill))
        assert (bill.taxable_cents, bill.tax_cents, bill.total_cents) == (8000, 500, 8500)


def test_items_beyond_the_form_are_in_the_most_it_can_cost_and_stay_in_the_order(here: State) -> None:
    contract = make_contract(here)
    items = {f"S{place:03}": add_item(here, contract, f"S{place:03}") for place in range(201)}
    buy = open_buy(here, items, tax_millionths=_RATE)
    buy.order(here.director, {"S000": (10,), "S200": (10,)})
    path = buy.path(f"/orders/{here.director.program_id}")
    browser = here.browser(here.director)
    assert f"wanted.{buy.items['S200']}" not in browser.submit(path, "GET").text
    assert "$85.00" in browser.submit(path, "GET").text
    assert "$127.50" in _look(buy, here.director, S000=20)
    typed = {"act": "place", "version": "1", "point": buy.point, f"wanted.{buy.items['S000']}": "20"}
    assert browser.submit(path, "POST", typed).status_code == 302
    lines = here.api("GET", path, here.director).json["lines"]
    assert {one["item_id"]: one["wanted"] for one in lines} == {buy.items["S000"]: 20, buy.items["S200"]: 10}


def _main(page: str) -> str:
    return page[page.index("<main") : page.index("</main>")]
