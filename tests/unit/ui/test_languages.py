"""Which language a page speaks."""

from types import SimpleNamespace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from carepool.ui import languages


def _spoken(client: FlaskClient, path: str = "/hello", **headers: str) -> str:
    page = client.get(path, headers={key.replace("_", "-"): value for key, value in headers.items()}).text
    return page.partition('<html lang="')[2][:2]


def test_the_choice_wins_over_the_person_and_the_browser_and_is_kept(pages: Flask, person: SimpleNamespace) -> None:
    person.language = "en"
    client = pages.test_client()
    assert _spoken(client, "/hello?lang=es", Accept_Language="en-US") == "es"
    assert _spoken(client, Accept_Language="en-US") == "es"
    assert _spoken(client, "/hello?lang=en") == "en"
    assert _spoken(client, Accept_Language="es") == "en"


def test_the_cookie_of_the_choice_is_not_readable_by_scripts_and_lasts_a_year(pages: Flask) -> None:
    set_cookie = pages.test_client().get("/hello?lang=es").headers["Set-Cookie"]
    assert "carepool_language=es" in set_cookie and "HttpOnly" in set_cookie and "SameSite=Lax" in set_cookie
    assert "Max-Age=31536000" in set_cookie


def test_the_person_wins_over_the_browser(pages: Flask, person: SimpleNamespace) -> None:
    person.language = "es"
    assert _spoken(pages.test_client(), Accept_Language="en-US,en") == "es"


@pytest.mark.parametrize(
    ("wish", "spoken"), [("es-MX,es;q=0.9,en;q=0.5", "es"), ("fr-CA, en;q=0.3", "en"), ("so", "en"), ("", "en")]
)
def test_the_browser_decides_where_nobody_chose(pages: Flask, wish: str, spoken: str) -> None:
    assert _spoken(pages.test_client(), "/hello?out", Accept_Language=wish) == spoken


@pytest.mark.parametrize("choice", ["fr", "", "es'><script>", "en_US"])
def test_a_language_that_is_not_spoken_is_neither_shown_nor_kept(pages: Flask, choice: str) -> None:
    client = pages.test_client()
    answer = client.get("/hello", query_string={"lang": choice})
    assert '<html lang="en"' in answer.text
    assert languages.COOKIE not in answer.headers.get("Set-Cookie", "")


def test_a_state_speaks_only_its_languages_in_its_order(pages: Flask, tenant: SimpleNamespace) -> None:
    tenant.languages = ("es",)
    client = pages.test_client()
    assert _spoken(client, "/hello?lang=en") == "es"
    assert 'aria-label="Idioma"' not in client.get("/hello").text, "one language needs no switch"


def test_the_switch_leads_to_the_same_page_with_its_other_questions(pages: Flask) -> None:
    page = pages.test_client().get("/hello?lang=en&q=a%26b&q=c").text
    assert 'href="/hello?q=a%26b&amp;q=c&amp;lang=es"' in page


def test_after_a_form_the_switch_leads_to_a_page_that_can_be_read(pages: Flask) -> None:
    pages.config["WTF_CSRF_ENABLED"] = False
    assert 'href="/?lang=es"' in pages.test_client().post("/only-post").text


def test_outside_of_a_request_the_first_language_is_spoken(pages: Flask) -> None:
    with pages.app_context():
        assert languages.chosen_locale() == "en_US"
        assert languages.zone() == "UTC"
