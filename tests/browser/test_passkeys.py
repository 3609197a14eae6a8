"""A passkey in a real browser with a virtual authenticator, on a phone: added, used to sign in, and as the second step."""

from typing import Any

import pytest
from sqlalchemy import func, update

from carepool.identity import second_factor
from carepool.identity.models import AccessToken, Person
from tenants.database import db
from tests.browser.looking import look
from tests.browser.web import Web, press, sign_in, touch
from tests.cast import PASSWORD, State


def _authenticator(page: Any, *, verified: bool = True) -> Any:
    """Give the page's browser an authenticator that keeps passkeys and asks for a fingerprint; return its wire."""
    wire = page.context.new_cdp_session(page)
    wire.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": verified, "automaticPresenceSimulation": True}
    wire.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return wire


def _sign_out(page: Any) -> None:
    touch(page, ".cp-menu summary")
    press(page, "button:has-text('Sign out')")


def _add(page: Any, name: str) -> None:
    page.goto("/account")
    press(page, "a:has-text('My passkeys')")
    page.fill("#name", name)
    press(page, "form[data-passkey=create] button")


def test_a_passkey_signs_in_on_a_phone_and_is_the_second_step(web: Web, here: State) -> None:
    page = web.page(here, 360)
    _authenticator(page)
    sign_in(page, here.director)
    _add(page, "My phone")
    page.wait_for_selector(".usa-alert--success:has-text('was added')")
    look(page, "passkeys-en-360")
    # the same device makes no second one
    page.fill("#name", "Again")
    touch(page, "form[data-passkey=create] button")
    page.wait_for_selector("[data-passkey-said] .usa-alert--error:has-text('already')")
    _sign_out(page)
    press(page, "button:has-text('Sign in with a passkey')")
    page.wait_for_selector(".cp-menu")
    assert page.url.endswith("/")
    page.goto("/account")
    assert "You have 1 passkey." in page.inner_text("main")
    _sign_out(page)
    with here.scope():
        db.session.execute(
            update(Person)
            .where(Person.id == here.director.id)
            .values(totp_secret=second_factor.fresh_secret(), totp_since=func.now())
        )
    sign_in(page, here.director)
    page.wait_for_selector("button:has-text('Use my passkey')")
    look(page, "second-step-passkey-en-360")
    press(page, "button:has-text('Use my passkey')")
    page.wait_for_selector(".cp-menu")
    page.goto("/account")
    assert "The second step is on." in page.inner_text("main")


def test_a_session_left_open_is_proved_again_with_a_passkey(web: Web, here: State) -> None:
    page = web.page(here, 360)
    _authenticator(page)
    sign_in(page, here.director)
    _add(page, "My phone")
    page.wait_for_selector(".usa-alert--success")
    with here.scope():
        db.session.execute(update(AccessToken).values(created_at=func.now() - func.make_interval(0, 0, 0, 0, 1)))
        db.session.execute(update(AccessToken).values(factor_at=None))
    # the open page asks for what must be proved first
    page.fill("#name", "Another")
    press(page, "form[data-passkey=create] button")
    page.wait_for_selector("h1:has-text('Is it you?')")
    look(page, "prove-en-360")
    press(page, "button:has-text('Use my passkey')")
    page.wait_for_selector("h1:has-text('My passkeys')")


def test_who_is_not_verified_by_the_device_does_not_enter(web: Web, here: State) -> None:
    page = web.page(here, 360)
    _authenticator(page, verified=False)
    touch(page, "button:has-text('Sign in with a passkey')")
    page.wait_for_selector("[data-passkey-said] .usa-alert--error")
    assert page.url.endswith("/sign-in?lang=en")


@pytest.mark.parametrize(("language", "word"), [("en", "need JavaScript"), ("es", "necesitan JavaScript")])
def test_without_script_the_page_says_so_and_the_password_works(
    web: Web, here: State, language: str, word: str
) -> None:
    page = web.page(here, 360, language, script=False)
    assert word in page.inner_text("main")
    assert not page.is_visible("form[data-passkey] button")
    page.fill("#email", here.director.email)
    page.fill("#password", PASSWORD)
    press(page, "main form button[type=submit]")
    page.goto("/account/passkeys")
    assert word in page.inner_text("main")
    assert not page.is_visible("form[data-passkey] button")


def test_the_pages_in_spanish(web: Web, here: State) -> None:
    page = web.page(here, 360, "es")
    _authenticator(page)
    look(page, "sign-in-passkey-es-360")
    sign_in(page, here.director)
    page.goto("/account/passkeys")
    page.fill("#name", "Mi teléfono")
    press(page, "form[data-passkey=create] button")
    page.wait_for_selector(".usa-alert--success")
    look(page, "passkeys-es-360")
    press(page, "a:has-text('Cambiar el nombre')")
    page.wait_for_selector("h1:has-text('Mi teléfono')")
    look(page, "passkey-es-360")
    page.goto("/account/prove")
    look(page, "prove-es-360")
    page.goto("/account")
    look(page, "account-passkeys-es-360")


def test_the_content_security_policy_lets_passkeys_through(web: Web, here: State) -> None:
    where = f"http://{here.host}:{web.port}"
    page = web.browser.new_context(viewport={"width": 360, "height": 800}, base_url=where).new_page()
    page.goto("/sign-in")
    _authenticator(page)
    sign_in(page, here.director)
    _add(page, "My phone")
    page.wait_for_selector(".usa-alert--success:has-text('was added')")
