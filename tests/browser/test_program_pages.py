"""A program's own pages with something on them, on a phone and in both languages: nothing too wide, no violation."""

import pytest

from tests.browser.looking import look
from tests.browser.web import Web, press, sign_in, visit
from tests.buying import add_item, make_contract, open_buy
from tests.cast import State
from tests.staffing import set_spending, staff_of


@pytest.mark.parametrize("language", ["en", "es"])
def test_approval_catalog_and_savings_are_accessible_on_a_phone(web: Web, here: State, language: str) -> None:
    contract, program = make_contract(here), here.director.program_id
    items = {sku: add_item(here, contract, sku, uses_per_each=80) for sku in ("WIPES", "GLOVES")}
    for freight in (0, 30_000):
        closed = open_buy(here, items, freight_cents=freight)
        closed.order(here.director, {"WIPES": (60,)})
        closed.close()
    here.api("PUT", f"/programs/{program}/favourites/{items['WIPES']}", here.director)
    set_spending(here, here.director, approve_above_cents=1000, budget_cents=1_000_000, budget_per="month")
    buy, staff = open_buy(here, items), staff_of(here, here.director)
    assert buy.order(staff, {"WIPES": (200,)}).json["state"] == "waiting"
    page = web.page(here, language=language)
    sign_in(page, here.director)
    order = buy.path(f"/orders/{program}")
    paths = {
        "approval-waits": order,
        "program-catalog": f"/programs/{program}/catalog",
        "compare": f"/programs/{program}/compare?item={items['WIPES']}&item={items['GLOVES']}",
        "compare-too-few": f"/programs/{program}/compare",
        "savings": f"/programs/{program}/savings",
        "spending": f"/programs/{program}/spending",
        "my-orders-with-waiting": "/orders",
    }
    for name, path in paths.items():
        visit(page, path)
        look(page, f"{name}-{language}-360")
    visit(page, order)
    press(page, "button[value=send_back]")
    look(page, f"approval-refused-{language}-360")


@pytest.mark.parametrize("language", ["en", "es"])
def test_sales_tax_is_seen_on_a_phone(web: Web, here: State, language: str) -> None:
    contract, program = make_contract(here), here.director.program_id
    items = {
        "SOAP": add_item(here, contract, "SOAP", name="Hand soap, unscented, 1 gallon"),
        "MILK": add_item(here, contract, "MILK", name="Whole milk, shelf-stable", taxable=False),
    }
    terms = {"tax_millionths": 68_750, "freight_cents": 4500, "handling_cents": 1200}
    closed, buy = open_buy(here, items, **terms), open_buy(here, items, **terms)
    closed.order(here.director, {"SOAP": (60,), "MILK": (40,)})
    closed.close()
    ended = {"certificate": "CO-98-40011", "expires_on": "2020-01-31"}
    exemption = f"/programs/{program}/tax-exemption"
    here.api("PUT", exemption, here.coordinator, json=ended, headers={"If-Match": '"0"'})
    page = web.page(here, language=language)
    sign_in(page, here.director)
    visit(page, buy.path(f"/orders/{program}"))
    page.fill(f"[name='wanted.{buy.items['SOAP']}']", "60")
    page.fill(f"[name='wanted.{buy.items['MILK']}']", "40")
    page.wait_for_selector("#cost :text('$473.50')")  # 400.00 + 45.00 + 12.00 + 6.875 % of 240.00
    look(page, f"tax-order-{language}")
    visit(page, closed.path(f"/orders/{program}"))
    look(page, f"tax-result-{language}")
    visit(page, exemption)
    look(page, f"tax-certificate-{language}")
    page = web.page(here, language=language)
    sign_in(page, here.coordinator)
    draft = here.api("POST", buy.path("/copy"), here.coordinator).json["id"]
    for name, path in {"certificate": exemption, "draft": f"/purchases/{draft}", "closed": closed.path()}.items():
        visit(page, path)
        look(page, f"tax-{name}-coordinator-{language}")
    visit(page, f"/purchases/{draft}/terms")
    page.fill("[name=tax]", "62.5")
    press(page, "main form button.cp-button--big")
    look(page, f"tax-terms-refused-{language}")
