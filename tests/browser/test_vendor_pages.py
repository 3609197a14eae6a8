"""What a vendor without an account sees behind its link, and what a coordinator sees of it, in a real browser."""

from uuid import UUID

import pytest
from flask import Flask

from tests.browser.looking import look
from tests.browser.web import Web, sign_in, visit
from tests.buying import work
from tests.cast import State
from tests.inbox import listening
from tests.ordering import closed, link_to

WIDTHS = {"en": (360, 768, 1280), "es": (360,)}


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_vendor_opens_acknowledges_and_answers_on_a_phone(web: Web, app: Flask, here: State, language: str) -> None:
    own = closed(here, wanted=30, fellow=10, cutoff_minute=840, payment_terms="net 30", remit_to="PO Box 7")
    with listening(app):
        own.send()
        work(here)
    delivery = own.deliveries()[0]["id"]
    page = web.page(here, 360, language)
    visit(page, link_to(here, UUID(delivery)))
    look(page, f"order-cover-{language}", widths=WIDTHS[language])
    page.locator("main button[type=submit]").click()
    look(page, f"order-{language}", widths=WIDTHS[language])
    page.locator("main form button[type=submit]").first.click()
    assert own.deliveries()[0]["state"] == "acknowledged"
    page.locator("details summary").first.click()
    page.locator("select[name='code.1']").select_option("substitute")
    page.locator("form[action$='/answer'] button[type=submit]").click()
    look(page, f"order-refused-{language}", widths=WIDTHS[language])
    page.locator("input[name='substitute_name.1']").fill("Nitrile gloves")
    page.locator("input[name='cases.1']").fill("2")
    page.locator("form[action$='/answer'] button[type=submit]").click()
    look(page, f"order-answered-{language}", widths=WIDTHS[language])
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
        look(reader, f"{name}-{language}", widths=WIDTHS[language])
