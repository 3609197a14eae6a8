"""A program's own pages with something on them, on a phone and in both languages: nothing too wide, no violation."""

import pytest

from tests.browser.looking import look
from tests.browser.web import Web, sign_in, visit
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
    page.click("button[value=send_back]")
    look(page, f"approval-refused-{language}-360")
