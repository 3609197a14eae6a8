"""Orders in a real browser at phone width, with and without script."""

import pytest

from tests.browser.web import Web, press, sign_in, touch
from tests.buying import add_item, make_contract, make_item, open_buy
from tests.cast import State


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_director_orders_on_a_phone(web: Web, here: State, script: bool) -> None:
    buy = open_buy(here)
    page = web.page(here, script=script)
    sign_in(page, here.director)
    press(page, ".cp-card .usa-button")
    page.fill("[name^=wanted]", "99999999")
    press(page, "button[value=place]")
    assert "Write a whole number" in page.inner_text("main")
    page.fill("[name^=wanted]", "90")
    touch(page, "summary:has-text('Would you take more?')")
    page.fill("[name^=extra]", "10")
    press(page, "button[value=place]")
    assert "Your order is in" in page.inner_text("main")
    order = here.api("GET", buy.path(f"/orders/{here.director.program_id}"), here.director).json
    assert [(line["wanted"], line["extra"]) for line in order["lines"]] == [(90, 10)]


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_home_provider_joins_in_spanish_in_three_taps(web: Web, here: State, script: bool) -> None:
    gloves = {"GLOVES": make_item(here)}
    before = open_buy(here, gloves)
    before.order(here.fellow, {"GLOVES": (12,)})
    before.close()
    buy = open_buy(here, gloves)
    page = web.page(here, language="es", script=script)
    sign_in(page, here.fellow)
    taps = ["Pedir para Casa Luna", "Lo mismo que la última vez", "Hacer mi pedido"]
    for tap in taps:
        press(page, f".usa-button:has-text('{tap}')")
    assert "Recibimos su pedido" in page.inner_text(".usa-alert--success")
    order = here.api("GET", buy.path(f"/orders/{here.fellow.program_id}"), here.fellow).json
    assert (order["state"], [line["wanted"] for line in order["lines"]]) == ("placed", [12])


def test_the_most_it_can_cost_follows_what_is_typed(web: Web, here: State) -> None:
    buy = open_buy(here)
    page = web.page(here)
    sign_in(page, here.director)
    page.goto(f"/purchases/{buy.id}/orders/{here.director.program_id}")
    page.fill("[name^=wanted]", "30")
    page.wait_for_selector("#cost:has-text('$120.00')")
    touch(page, "[data-step='1'][data-step-for^=wanted]")
    page.wait_for_selector("#cost:has-text('$124.00')")


def test_a_search_in_the_catalogs_changes_only_the_list(web: Web, here: State) -> None:
    contract = make_contract(here)
    for sku, name in (("A", "Blue crayons"), ("B", "Paper towels")):
        add_item(here, contract, sku, name=name)
    made = here.api("POST", open_buy(here).path("/copy"), here.coordinator).json["id"]
    page = web.page(here)
    sign_in(page, here.coordinator)
    page.goto(f"/purchases/{made}")
    page.fill("#words", "crayons")
    page.wait_for_selector("#offered:not(:has-text('Paper towels')):has-text('Blue crayons')")
    assert page.input_value("#words") == "crayons"
    press(page, "#offered .usa-button")
    assert "Blue crayons was added" in page.inner_text("main")


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(web: Web, here: State) -> None:
    page = web.page(here)
    texts = []
    for email in (here.director.email, "nobody@example.org"):
        page.fill("#email", email)
        page.fill("#password", "wrong password!")
        press(page, "main form button[type=submit]")
        texts.append(page.inner_text("main"))
    assert texts[0] == texts[1]
    assert "not right" in texts[0]
