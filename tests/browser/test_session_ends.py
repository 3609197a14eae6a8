"""A session that ends in the middle of an order: nothing that was typed is lost, with scripts and without."""

from typing import Any

import pytest
from sqlalchemy import update

from carepool.clock import now
from carepool.identity.models import AccessToken, TokenKind
from tests.browser.looking import look
from tests.browser.web import Web, press, sign_in
from tests.buying import open_buy
from tests.cast import State


def _end_sessions(state: State) -> None:
    with state.scope() as session:
        session.execute(update(AccessToken).where(AccessToken.kind == TokenKind.SESSION).values(revoked_at=now()))


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_an_order_outlives_the_session_in_which_it_was_typed(web: Web, here: State, script: bool) -> None:
    buy = open_buy(here)
    path = buy.path(f"/orders/{here.director.program_id}")
    page: Any = web.page(here, script=script)
    sign_in(page, here.director)
    page.goto(path)
    _end_sessions(here)
    page.fill("[name^=wanted]", "37")
    if script:
        page.wait_for_selector("#cost:has-text('Your session ended. What you typed stays here')")
        assert page.input_value("[name^=wanted]") == "37"
    press(page, "button[value=place]")
    assert "what you typed is kept" in page.inner_text("main")
    if script:
        look(page, "session-ended-en")
    page.fill("#email", here.director.email)
    page.fill("#password", "a wrong password")
    press(page, "main form button[type=submit]")
    assert "not right" in page.inner_text("main")
    sign_in(page, here.director)
    assert "You are signed in again" in page.inner_text("main")
    if script:
        look(page, "carry-on-en")
    press(page, "main form button[type=submit]")
    assert "Your order is in" in page.inner_text("main")
    order = here.api("GET", path, here.director).json
    assert (order["state"], [one["wanted"] for one in order["lines"]]) == ("placed", [37])


def test_a_form_with_a_password_is_not_carried(here: State) -> None:
    browser = here.browser(here.director)
    _end_sessions(here)
    answer = browser.submit("/account/password", "POST", {"password": "the old one", "new_password": "a fresh one"})
    assert "the old one" not in answer.text
