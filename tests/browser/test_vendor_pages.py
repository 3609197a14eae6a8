"""What a vendor without an account sees behind its link, and what a coordinator sees of it, in a real browser."""

from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, update

from carepool.vendors.deliveries.models import OrderDelivery
from tenants.database import db
from tests.browser.looking import SCREENS, look
from tests.browser.web import Web, press, sign_in, touch, visit
from tests.buying import work
from tests.cast import State
from tests.inbox import listening
from tests.ordering import closed, link_to


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_vendor_opens_acknowledges_and_answers_on_a_phone(web: Web, app: Flask, here: State, language: str) -> None:
    own = closed(here, wanted=30, fellow=10, cutoff_minute=840, payment_terms="net 30", remit_to="PO Box 7")
    with listening(app):
        own.send()
        work(here)
    delivery = own.deliveries()[0]["id"]
    page = web.page(here, 360, language)
    visit(page, link_to(here, UUID(delivery)))
    look(page, f"order-cover-{language}", widths=SCREENS[language])
    press(page, "main button[type=submit]")
    look(page, f"order-{language}", widths=SCREENS[language])
    press(page, "main form button[type=submit]")
    assert own.deliveries()[0]["state"] == "acknowledged"
    touch(page, "details summary")
    page.locator("select[name='code.1']").select_option("substitute")
    press(page, "form[action$='/answer'] button[type=submit]")
    look(page, f"order-refused-{language}", widths=SCREENS[language])
    page.locator("input[name='substitute_name.1']").fill("Nitrile gloves")
    page.locator("input[name='cases.1']").fill("2")
    press(page, "form[action$='/answer'] button[type=submit]")
    look(page, f"order-answered-{language}", widths=SCREENS[language])
    work(here)
    reader = web.page(here, 360, language)
    sign_in(reader, here.coordinator)
    for name, path in {
        "vendors": "/vendors",
        "vendor": f"/vendors/{own.contract}",
        "vendor-orders": f"/purchases/{own.buy.id}/vendor-orders",
        "vendor-answers": f"/purchases/{own.buy.id}/vendor-answers",
        "order-message": f"/order-messages/{delivery}",
    }.items():
        visit(reader, path)
        look(reader, f"{name}-{language}", widths=SCREENS[language])


@pytest.mark.parametrize("language", ["en", "es"])
def test_an_order_is_changed_after_its_close_and_the_vendor_says_yes(
    web: Web, app: Flask, here: State, language: str
) -> None:
    own = closed(here, wanted=30, fellow=10, cutoff_minute=840)
    with listening(app):
        own.send()
        work(here)
    delivery = UUID(own.deliveries()[0]["id"])
    with here.scope():
        db.session.execute(update(OrderDelivery).where(OrderDelivery.id == delivery).values(cutoff_at=func.now()))
    page = web.page(here, 360, language)
    sign_in(page, here.coordinator)
    visit(page, f"/purchases/{own.buy.id}/change-orders")
    look(page, f"change-orders-empty-{language}", widths=SCREENS[language])
    page.locator("input[name=words]").fill("sunny")
    press(page, "button[value=find]")
    press(page, "button[name=add]")
    page.locator("input[name^='wanted.']").first.fill("10")
    press(page, "button[value=look]")
    look(page, f"change-orders-{language}", widths=SCREENS[language])
    press(page, "button[value=confirm]")
    look(page, f"change-orders-refused-{language}", widths=SCREENS[language])
    page.locator("input[name=reason]").fill("A room is closed until spring")
    press(page, "button[value=confirm]")
    touch(page, page.locator("main details summary").last)
    look(page, f"order-changes-{language}", widths=SCREENS[language])
    vendor = web.page(here, 360, language)
    visit(vendor, link_to(here, delivery))
    press(vendor, "main button[type=submit]")
    look(vendor, f"order-asked-{language}", widths=SCREENS[language])
    press(vendor, "button[name=said][value=yes]")
    work(here)
    visit(page, f"/purchases/{own.buy.id}/order-versions")
    look(page, f"order-versions-{language}", widths=SCREENS[language])
    visit(vendor, link_to(here, UUID(own.deliveries()[-1]["id"])))
    press(vendor, "main button[type=submit]")
    look(vendor, f"order-changed-{language}", widths=SCREENS[language])
    director = web.page(here, 360, language)
    sign_in(director, here.director)
    visit(director, f"/programs/{here.director.program_id}/substitutes")
    look(director, f"substitutes-{language}", widths=SCREENS[language])
