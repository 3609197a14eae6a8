"""A coordinator settles a purchase on pages, a program sees what it owes: without scripts."""

import re

from tests.buying import work
from tests.cast import State
from tests.receiving import bought, count, finish, first_order, line
from tests.settling import invoice_of, received, settled, standing, vendors_of


def test_an_invoice_is_entered_matched_settled_and_paid_on_pages(here: State) -> None:
    buy = received(here)
    browser = here.browser(here.coordinator)
    path = f"/purchases/{buy.id}"
    page = browser.submit(f"{path}/vendor-invoices/new", "GET").text
    form = dict(re.findall(r'name="([^"]+)"[^>]* value="([^"]*)"', page))
    form.pop("is_credit")
    answer = browser.submit(f"{path}/vendor-invoices/new", "POST", {**form, "number": "INV-1"})
    assert answer.status_code == 302, answer.text
    assert "Matched" in browser.submit(answer.headers["Location"], "GET").text
    assert "Settle this purchase" in browser.submit(f"{path}/settlement", "GET").text
    assert browser.submit(f"{path}/settlement", "POST", {"due_days": "30"}).status_code == 302
    work(here)
    shown = browser.submit(f"{path}/settlement", "GET").text
    assert "Invoices of programs" in shown and "$280.00" in shown
    vendor = vendors_of(buy)[0]
    pay = {"vendor_id": vendor["vendor_id"], "amount_cents": "280.00", "reference": "77", "key": "key-of-form"}
    for _ in range(2):
        assert browser.submit(f"{path}/vendor-payments", "POST", pay).status_code == 302
    assert standing(buy)["sums"]["paid_cents"] == 28_000


def test_an_invoice_that_differs_is_decided_about(here: State) -> None:
    buy = bought(here)
    count(here, first_order(buy), line(1, 7))
    finish(here, first_order(buy))
    browser = here.browser(here.coordinator)
    path = f"/purchases/{buy.id}/vendor-invoices/new"
    form = dict(re.findall(r'name="([^"]+)"[^>]* value="([^"]*)"', browser.submit(path, "GET").text))
    form.pop("is_credit")
    answer = browser.submit(path, "POST", {**form, "number": "INV-2", "total_cents": "1.00"})
    place = answer.headers["Location"]
    page = browser.submit(place, "GET").text
    assert "The total says $1.00" in page
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    assert browser.submit(place, "POST", {"act": "accepted", "version": version[1], "reason": ""}).status_code == 422
    body = {"act": "accepted", "version": version[1], "reason": "The vendor typed it wrong"}
    assert browser.submit(place, "POST", body).status_code == 302
    assert "Accepted" in browser.submit(place, "GET").text


def test_a_program_sees_what_it_owes_and_gets_its_invoice_as_a_pdf(here: State) -> None:
    buy = settled(here, freight_cents=1000)
    own = invoice_of(buy, here.director)
    browser = here.browser(here.director)
    page = browser.submit(f"/programs/{here.director.program_id}/account", "GET").text
    assert own["number"] in page and "Record a payment" not in page
    assert browser.submit(f"/programs/{here.fellow.program_id}/account", "GET").status_code == 404
    place = f"/program-invoices/{own['id']}"
    assert browser.submit(f"{place}/files", "POST").status_code == 302
    assert "is being made" in browser.submit(place, "GET").text
    work(here)
    link = re.search(r'href="(/invoice-files/[^"]+)"', browser.submit(place, "GET").text)
    assert link
    pdf = browser.submit(link[1], "GET")
    assert pdf.data.startswith(b"%PDF") and b"/StructTreeRoot" in pdf.data
    assert here.browser(here.fellow).submit(link[1], "GET").status_code == 404


def test_staff_record_a_check_and_two_write_off_the_rest(here: State) -> None:
    settled(here)
    program = here.director.program_id
    owed = here.api("GET", f"/programs/{program}/account", here.director).json["owed_cents"]
    staff, other = here.browser(here.coordinator), here.browser(here.administrator)
    path = f"/programs/{program}"
    assert staff.submit(f"{path}/payments", "POST", {"amount_cents": "x"}).status_code == 422
    check = {"amount_cents": "100.00", "method": "check", "reference": "9", "key": "key-of-check"}
    assert staff.submit(f"{path}/payments", "POST", check).status_code == 302
    rest = f"{(owed - 10_000) / 100:.2f}"
    asked = staff.submit(f"{path}/write-offs", "POST", {"off_cents": rest, "off_reason": "It closed"})
    assert asked.status_code == 302
    assert "another person has to decide" in staff.submit("/money", "GET").text
    decision = re.search(r'action="(/write-offs/[^"]+)"', other.submit("/money", "GET").text)
    assert decision
    assert other.submit(decision[1], "POST", {"act": "approve"}).status_code == 302
    assert here.api("GET", f"/programs/{program}/account", here.director).json["owed_cents"] == 0


def test_the_ledger_is_downloaded_from_the_page(here: State) -> None:
    settled(here)
    browser = here.browser(here.coordinator)
    answer = browser.submit("/money/export?format=quickbooks_iif", "GET")
    assert answer.text.startswith("!ACCNT") and "attachment" in answer.headers["Content-Disposition"]
    assert browser.submit("/money/export?since=yesterday", "GET").status_code == 422
    assert here.browser(here.director).submit("/money", "GET").status_code == 403
