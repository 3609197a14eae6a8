"""Pages of books: the state's staff choose one, an alliance's hub reads its own, a program sees what it owes to each."""

import re
from typing import Any

import pytest

from carepool.clock import now
from tests.cast import State
from tests.hubs import hub_staff
from tests.owning import Owners, alliance_of, owners
from tests.settling import invoice_of, settled

_PAGES = ("", "/entries", "/export")


@pytest.fixture
def both(here: State) -> Owners:
    return owners(here)


def _account(both: Owners) -> dict[str, dict[str, Any]]:
    return dict(both.account(both.state.director)["by"])


def test_a_state_without_alliances_sees_no_books(here: State) -> None:
    settled(here)
    staff, director = here.browser(here.coordinator), here.browser(here.director)
    for browser, path in (
        (staff, "/money"),
        (staff, f"/programs/{here.director.program_id}/account"),
        (director, f"/programs/{here.director.program_id}/account"),
    ):
        page = browser.submit(path, "GET").text
        assert not re.search(r'name="(book|books|off_book|of_book)"', page), path
        assert "The state" not in page


def test_staff_choose_a_book_without_scripts(both: Owners) -> None:
    staff = both.state.browser(both.state.coordinator)
    money = staff.submit("/money", "GET").text
    assert f'<option value="{both.alliance}">' in money and "Whose money" in money
    other = staff.submit(f"/money?book={both.alliance}", "GET").text
    assert f'<input type="hidden" name="book" value="{both.alliance}">' in other
    assert f'<option value="{both.alliance}" selected>' in other
    assert staff.submit("/money?book=nobody", "GET").status_code == 404
    assert staff.submit("/money/settings?book=" + both.alliance, "GET").text.count("The bank of") >= 2
    origin = {
        "book": both.alliance, "version": "0", "bank_name": "Hub Bank", "bank_routing": "021000021",
        "company_id": "1840000001", "company_name": "Hub",
    }  # fmt: skip
    kept = staff.submit("/money/settings/bank", "POST", origin)
    assert kept.status_code == 302 and both.alliance in kept.headers["Location"]
    assert "Hub Bank" in staff.submit(f"/money/settings?book={both.alliance}", "GET").text
    assert "Hub Bank" not in staff.submit("/money/settings", "GET").text


def test_staff_record_what_is_paid_to_an_alliance_and_two_write_off_the_rest(both: Owners) -> None:
    here, program = both.state, both.state.director.program_id
    staff, other = here.browser(here.coordinator), here.browser(here.administrator)
    owed = {book: one["owed_cents"] for book, one in _account(both).items()}
    check = {"book": both.alliance, "amount_cents": "1.00", "method": "check", "reference": "9", "key": "key-of-check"}
    assert staff.submit(f"/programs/{program}/payments", "POST", check).status_code == 302
    assert staff.submit(f"/programs/{program}/payments", "POST", {**check, "book": "nobody"}).status_code == 404
    off = {"off_book": both.alliance, "off_cents": "2.00", "off_reason": "It closed"}
    assert staff.submit(f"/programs/{program}/write-offs", "POST", off).status_code == 302
    assert "/write-offs/" not in other.submit("/money", "GET").text
    decision = re.search(r'action="(/write-offs/[^"]+)"', other.submit(f"/money?book={both.alliance}", "GET").text)
    assert decision
    done = other.submit(decision[1], "POST", {"act": "approve"})
    assert done.status_code == 302 and both.alliance in done.headers["Location"]
    found = {book: one["owed_cents"] for book, one in _account(both).items()}
    assert found == {"": owed[""], both.alliance: owed[both.alliance] - 300}


def test_a_program_sees_what_it_owes_to_each_and_in_all(both: Owners) -> None:
    here, sums = both.state, _account(both)
    turned_on = {"is_on": True, "secret": "sk_test_1234"}
    here.api("PUT", "/card-provider", here.administrator, json=turned_on, headers={"If-Match": '"0"'})
    browser = here.browser(here.director)
    page = browser.submit(f"/programs/{here.director.program_id}/account", "GET").text
    for cents in (
        sums[""]["owed_cents"],
        sums[both.alliance]["owed_cents"],
        sum(x["owed_cents"] for x in sums.values()),
    ):
        assert f"${cents / 100:,.2f}" in page
    assert "What you owe to each" in page and "Front Range Alliance" in page and "Record a payment" not in page
    card = re.search(r'name="card_cents"[^>]* value="([^"]+)"', page)
    assert card and card[1] == f"{sums['']['owed_cents'] / 100:.2f}", "a card pays the state only"
    asked = {"of_book": both.alliance, "since": "2026-01-01", "until": "2026-12-31"}
    assert browser.submit(f"/programs/{here.director.program_id}/statements", "POST", asked).status_code == 302
    outsider = here.browser(both.outsider).submit(f"/programs/{both.outsider.program_id}/account", "GET").text
    assert "Front Range" not in outsider


def test_a_hub_reads_its_own_ledger_and_nothing_else(both: Owners) -> None:
    here = both.state
    hub, other = hub_staff(here, both.alliance), alliance_of(here, here.fellow)
    browser, path = here.browser(hub), f"/alliances/{both.alliance}/ledger"
    page = browser.submit(path, "GET").text
    owed = invoice_of(both.of_alliance, here.director)["total_cents"]
    assert f"${owed / 100:,.2f}" in page and "Sunny Hill" in page and "Casa Luna" in page and "Oak House" not in page
    assert "/programs/" not in page and "/money" not in page, "what a hub may not open is no link"
    assert "Invoice" in browser.submit(f"{path}/entries", "GET").text
    export = browser.submit(f"{path}/export?format=journal_csv", "GET")
    assert export.text.count("\n") > 6
    assert "ledger-front-range-alliance-" in export.headers["Content-Disposition"]
    assert browser.submit(f"{path}/export?since=soon", "GET").status_code == 422
    for rest in _PAGES:
        assert browser.submit(f"/alliances/{other}/ledger{rest}", "GET").status_code == 404
    for rest in ("", "/balances", "/members", "/export"):
        own = here.api("GET", f"/alliances/{both.alliance}/ledger{rest}", hub)
        assert own.status_code == 200 and own.text
        assert here.api("GET", f"/alliances/{other}/ledger{rest}", hub).status_code == 404
    assert browser.submit("/money", "GET").status_code == 403
    for door in ("/ledger", "/payments", "/ledger/export", "/ach-files"):
        assert here.api("GET", door, hub).status_code == 403
    program = here.director.program_id
    for door in (f"/programs/{program}/account", f"/programs/{program}/invoices"):
        assert here.api("GET", door, hub).status_code in (403, 404)
    paid = {"key": "a-hub-s-check", "method": "check", "paid_on": "2026-11-26", "reference": "1", "amount_cents": 5}
    booked = {**paid, "program_id": str(program), "alliance_id": both.alliance}
    assert here.api("POST", "/payments", hub, json=booked).status_code == 403


def test_a_director_does_not_read_the_ledger_of_the_alliance(both: Owners) -> None:
    here = both.state
    browser = here.browser(here.director)
    for rest in _PAGES:
        assert browser.submit(f"/alliances/{both.alliance}/ledger{rest}", "GET").status_code == 403


def test_balances_and_debts_of_an_alliance_are_those_of_its_entries(both: Owners) -> None:
    here = both.state
    path = f"/alliances/{both.alliance}/ledger"
    told = here.api("GET", f"{path}/balances", here.coordinator).json["balances"]
    found: dict[str, int] = {}
    entries = here.api("GET", path, here.coordinator, query_string={"limit": 200}).json["items"]
    for entry in entries:
        for line in entry["lines"]:
            cents = line["debit_cents"] - line["credit_cents"]
            found[line["account"]] = found.get(line["account"], 0) + cents
    assert {name: cents for name, cents in told.items() if cents} == {n: c for n, c in found.items() if c}
    first = here.api("GET", f"{path}/members", here.coordinator, query_string={"limit": 1}).json
    rest = here.api("GET", f"{path}/members", here.coordinator, query_string={"cursor": first["next_cursor"]}).json
    debts = [*first["items"], *rest["items"]]
    assert [one["program"] for one in debts] == ["Casa Luna", "Sunny Hill"]
    assert sum(one["owed_cents"] for one in debts) == told["receivable"]


def test_all_books_are_one_file_for_other_programs_only(both: Owners) -> None:
    staff = both.state.browser(both.state.coordinator)
    today = now().date()
    answer = staff.submit(f"/money/export?books=all&format=journal_csv&since={today.replace(day=1)}", "GET")
    assert "ledger-all-books-" in answer.headers["Content-Disposition"]
    text = answer.get_data().decode("utf-8-sig")
    assert ",state" in text and "Front Range Alliance" in text
    refused = staff.submit(f"/money/export?books=all&format=quickbooks_iif&book={both.alliance}", "GET")
    assert refused.status_code == 422 and "A file for QuickBooks is of one book" in refused.text
