"""Signing in with the state's provider in a real browser, and the page that sets it up, at phone width."""

import pytest
from flask import Flask

from tests.browser.looking import look
from tests.browser.web import Web, press, sign_in
from tests.cast import State
from tests.provider import running, set_up


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_person_signs_in_with_the_agencys_account(
    web: Web, app: Flask, here: State, language: str, script: bool
) -> None:
    with running(app) as provider:
        provider.account("s-director", "director@example.org")
        set_up(here, provider)
        page = web.page(here, language=language, script=script)
        if script:
            look(page, f"provider-offered-{language}")
        press(page, "text=Agency account" if language == "en" else "text=Cuenta de la agencia")
        assert page.url.startswith(f"{provider.issuer}/oauth2/authorize")
        page.fill("input[name=sub]", "s-director")
        press(page, "button[type=submit]:not([value=deny])")
        page.wait_for_url(f"http://{here.host}:{web.port}/")
        page.goto("/account")
        assert "director@example.org" in page.content()
        # from another browser nothing of it is taken, and the other ways are offered
        other = web.page(here, language=language, script=script)
        other.goto("/sign-in/provider/return?code=x&state=y")
        if script:
            look(other, f"provider-refused-{language}")
        assert other.query_selector("#password") and other.query_selector(".usa-alert--error")


@pytest.mark.parametrize("language", ["en", "es"])
def test_an_administrator_sets_it_up_and_tries_it(web: Web, app: Flask, here: State, language: str) -> None:
    with running(app) as provider:
        page = web.page(here, language=language)
        sign_in(page, here.administrator)
        page.goto("/state/sign-in")
        typed = {"issuer": provider.issuer, "client_id": "carepool", "client_secret": "secret", "label_en": "Agency"}
        for name, text in {**typed, "domains": "example.org"}.items():
            page.fill(f"#{name}", text)
        press(page, "main form button[type=submit] >> nth=0")
        look(page, f"provider-kept-{language}")
        press(page, "form[action$='/try'] button")
        assert page.query_selector(".usa-alert--success")
        look(page, f"provider-tried-{language}")
        provider.stop()
        press(page, "form[action$='/try'] button")
        assert page.query_selector(".usa-alert--error")
        page.fill("#issuer", "nowhere")
        press(page, "main form button[type=submit] >> nth=0")
        assert page.query_selector("a[href='#issuer']")
        look(page, f"provider-mended-{language}")
