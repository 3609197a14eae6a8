"""The way of someone at a vendor's desk in a real browser: sign in, see an order, answer it, propose a price."""

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask

from carepool.clock import now
from tests.browser.looking import SCREENS, look
from tests.browser.web import Web, press, sign_in, touch, visit
from tests.buying import work
from tests.cast import State
from tests.desks import shown_order
from tests.receiving import count, finish, first_order, line
from workers.sweeps import SWEEPS


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_vendor_signs_in_answers_and_proposes_a_price_on_a_phone(
    web: Web, app: Flask, here: State, language: str
) -> None:
    desk, own, order = shown_order(here, wanted=30, fellow=10)
    with here.scope():
        SWEEPS["show_catalogs"]()
    page = web.page(desk, 360, language)
    look(page, f"desk-sign-in-{language}", widths=SCREENS[language])
    sign_in(page, desk.administrator)
    look(page, f"desk-orders-{language}", widths=SCREENS[language])
    press(page, ".cp-card a")
    look(page, f"desk-order-{language}", widths=SCREENS[language])
    press(page, "main form button[type=submit]")
    work(here)
    assert own.deliveries()[0]["state"] == "acknowledged"
    visit(page, f"/desk/orders/{order}")
    touch(page, "details.cp-more summary")
    page.locator("select[name='code.1']").select_option("substitute")
    press(page, "form[action$='/answer'] button[type=submit]")
    look(page, f"desk-order-refused-{language}", widths=SCREENS[language])
    page.locator("input[name='substitute_name.1']").fill("Nitrile gloves")
    page.locator("input[name='cases.1']").fill("2")
    press(page, "form[action$='/answer'] button[type=submit]")
    look(page, f"desk-order-waiting-{language}", widths=SCREENS[language])
    work(here)
    visit(page, f"/desk/orders/{order}")
    look(page, f"desk-order-answered-{language}", widths=SCREENS[language])
    visit(page, "/desk/prices")
    press(page, ".cp-card a")
    look(page, f"desk-items-{language}", widths=SCREENS[language])
    press(page, ".cp-card a")
    page.fill("#price_1", "42.00")
    page.fill("#effective_on", (now().date() + timedelta(days=1)).isoformat())
    press(page, "main form button[type=submit]")
    look(page, f"desk-item-refused-{language}", widths=SCREENS[language])
    page.fill("#effective_on", (now().date() + timedelta(days=60)).isoformat())
    press(page, "main form button[type=submit]")
    look(page, f"desk-prices-{language}", widths=SCREENS[language])
    press(page, page.locator(".cp-card a").last)
    look(page, f"desk-price-proposal-{language}", widths=SCREENS[language])
    assert count(here, first_order(own.buy), line(1, 1)).status_code == 201
    finish(here, first_order(own.buy))
    for name in ("scorecard", "forecast", "people"):
        visit(page, f"/desk/{name}")
        look(page, f"desk-{name}-{language}", widths=SCREENS[language])
    reader = web.page(here, 360, language)
    sign_in(reader, here.coordinator)
    contract = UUID(own.contract)
    for name, path in {
        "vendor-desk": f"/vendors/{contract}/desk",
        "vendor-scorecard": f"/vendors/{contract}/scorecard",
        "price-proposals": "/vendors/price-proposals",
    }.items():
        visit(reader, path)
        look(reader, f"{name}-{language}", widths=SCREENS[language])
    press(reader, ".cp-card a")
    look(reader, f"price-proposal-{language}", widths=SCREENS[language])
