"""The ways of orders that change after the close in a real browser, on a phone: an item added, an order canceled."""

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import update

from carepool.clock import now
from carepool.vendors.deliveries.models import OrderDelivery
from tenants.database import db
from tests.browser.looking import SCREENS, look
from tests.browser.web import Web, press, sign_in, touch, visit
from tests.buying import add_item, make_contract, open_buy, work
from tests.canceling import canceled, edit, sent, two_vendors, vendor, wish
from tests.cast import State
from tests.desks import shown_order
from tests.ordering import VENDOR, Ordered, link_to, sets_terms


def _button(name: str, value: str = "") -> str:
    return f"button[name='{name}'][value{'^' if value else '*'}='{value}']:not(.cp-enter)"


@pytest.mark.parametrize(("language", "script"), [("en", True), ("en", False), ("es", True)])
def test_a_coordinator_adds_an_item_on_a_phone(web: Web, app: Flask, here: State, language: str, script: bool) -> None:
    contract = make_contract(here, vendor=VENDOR)
    sets_terms(here, contract)
    items = {
        sku: add_item(here, contract, sku, pack_text="10/CS") for sku in ("GLOVES", *(f"C-{n}" for n in range(12)))
    }
    buy = open_buy(here, items)
    buy.order(here.director, {"GLOVES": (30,)})
    buy.close()
    name, widths = f"change-orders-{language}-{script}", SCREENS[language]
    page = web.page(here, 360, language, script)
    sign_in(page, here.coordinator)
    visit(page, buy.path("/change-orders"))
    page.fill("input[name='words']", "sunny")
    press(page, "input[name='words']", key="Enter")
    press(page, _button("add", str(here.director.program_id)))
    touch(page, "details.cp-more summary")
    press(page, _button("of", str(here.director.program_id)))
    look(page, f"{name}-items", widths=widths, script=script)
    press(page, f"button[name='of'][value^='{here.director.program_id} ']")
    look(page, f"{name}-more-items", widths=widths, script=script)
    press(page, _button("item", str(here.director.program_id)))
    box = page.locator(f"input[name^='wanted.{here.director.program_id}.']").last
    box.fill("20")
    press(page, box, key="Enter")
    look(page, f"{name}-follows", widths=widths, script=script)
    assert "0 → 2" in page.locator("main").inner_text()
    page.fill("input[name='reason']", "A class began")
    press(page, _button("act", "confirm"))
    assert page.url.endswith("/order-changes")
    work(here)
    visit(page, buy.path("/order-changes"))
    look(page, f"order-changes-{language}-{script}", widths=widths, script=script)


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_vendor_says_at_its_desk_that_a_whole_order_may_go(web: Web, app: Flask, here: State, language: str) -> None:
    desk, own, _order = shown_order(here, wanted=30)
    with here.scope():
        db.session.execute(update(OrderDelivery).values(cutoff_at=now() - timedelta(minutes=1)))
    assert edit(own, wish(own, here.director, 0)).json["state"] == "asking"
    work(here)
    page, widths = web.page(desk, 360, language), SCREENS[language]
    sign_in(page, desk.administrator)
    look(page, f"desk-asked-{language}", widths=widths)
    press(page, "#asked + p + ul a")
    look(page, f"desk-question-{language}", widths=widths)
    press(page, "form[action$='/change'] button[value='yes']")
    look(page, f"desk-question-answered-{language}", widths=widths)
    work(here)
    visit(page, "/desk?standing=canceled")
    look(page, f"desk-canceled-list-{language}", widths=widths)
    press(page, ".cp-card a")
    look(page, f"desk-canceled-{language}", widths=widths)
    press(page, "form[action$='/acknowledge'] button")
    look(page, f"desk-canceled-known-{language}", widths=widths)
    work(here)
    assert vendor(own)["deliveries"][0]["state"] == "acknowledged"


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_canceled_order_is_read_behind_a_link_and_by_the_coordinator(
    web: Web, app: Flask, here: State, language: str
) -> None:
    own: Ordered = two_vendors(here)
    sent(app, own)
    canceled(app, own)
    widths = SCREENS[language]
    page = web.page(here, 360, language)
    visit(page, link_to(here, UUID(vendor(own)["deliveries"][0]["id"])))
    look(page, f"canceled-cover-{language}", widths=widths)
    press(page, "main form button[type=submit]")
    look(page, f"canceled-link-{language}", widths=widths)
    reader = web.page(here, 360, language)
    sign_in(reader, here.coordinator)
    for name, path in {
        "canceled-vendor-orders": "/vendor-orders",
        "canceled-versions": "/order-versions",
        "canceled-settlement": "/settlement",
    }.items():
        visit(reader, own.buy.path(path))
        look(reader, f"{name}-{language}", widths=widths)
    visit(reader, f"/order-messages/{vendor(own)['deliveries'][0]['id']}")
    look(reader, f"canceled-message-{language}", widths=widths)
