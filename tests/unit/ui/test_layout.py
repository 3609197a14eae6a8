"""The frame of every page, and the page of a request that could not be done."""

from collections.abc import Iterator
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
from flask import Flask

from tenants.brand import Brand


class _Inline(HTMLParser):
    """Collects whatever a strict content security policy would block."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "style" or (tag == "script" and not given.get("src")):
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if name == "style" or name.startswith("on") or "javascript:" in (value or "").lower():
                self.found.append(f"{tag} {name}")
            if name in ("src", "href", "action") and (value or "").startswith(("http", "//")):
                self.found.append(f"{tag} {name}={value}")


def _inline(page: str) -> list[str]:
    reader = _Inline()
    reader.feed(page)
    return reader.found


def _all_pages() -> Iterator[str]:
    for language in ("en", "es"):
        yield from (f"{path}?lang={language}{rest}" for path in ("/hello", "/style") for rest in ("", "&nowhere"))
        yield f"/hello?lang={language}&out"
        yield from (f"/problem/{status}?lang={language}" for status in (400, 404, 500))


@pytest.mark.parametrize("path", [path for path in _all_pages() if "nowhere" not in path])
def test_no_page_holds_a_script_or_a_style_of_its_own_or_asks_another_host(pages: Flask, path: str) -> None:
    answer = pages.test_client().get(path)
    assert answer.text.lstrip().startswith("<!doctype html>")
    assert _inline(answer.text) == []


def test_the_check_for_inline_parts_sees_them() -> None:
    bad = '<p style="color:red" onclick="x()"><script>1</script><style></style><img src="https://a.example/b">'
    assert len(_inline(bad)) == 5


def test_the_frame_has_a_way_past_the_menu_a_menu_and_a_person_to_ask(pages: Flask) -> None:
    page = pages.test_client().get("/hello").text
    assert page.index('class="usa-skipnav" href="#main"') < page.index("<header")
    assert '<main id="main" tabindex="-1">' in page
    assert '<a class="usa-nav-link usa-current" href="/purchases" aria-current="page">' in page
    assert 'href="tel:+13035550142"' in page and "Dana Whitfield" in page
    assert "<title>Hello · Meadowlark Shared Services</title>" in page


def test_signing_out_is_a_form_with_a_token(pages: Flask) -> None:
    client = pages.test_client()
    page = client.get("/hello").text
    form = page.partition('<form method="post" action="/sign-out">')[2].partition("</form>")[0]
    token = form.partition('name="csrf_token" value="')[2].partition('"')[0]
    assert client.post("/sign-out").status_code == 400
    answer = client.post("/sign-out", data={"csrf_token": token}, follow_redirects=True)
    assert answer.status_code == 200 and "You are signed out." in answer.text


def test_messages_that_are_not_read_are_counted_for_eyes_and_ears(pages: Flask) -> None:
    page = " ".join(pages.test_client().get("/hello?lang=es").text.split())
    assert '<span class="cp-count" aria-hidden="true">2</span><span class="usa-sr-only">2 sin leer</span>' in page


def test_nobody_signed_in_sees_a_way_to_sign_in_and_no_menu(pages: Flask) -> None:
    page = pages.test_client().get("/hello?out").text
    assert 'href="/sign-in"' in page
    assert "usa-nav" not in page.partition("<header")[2] or "/purchases" not in page
    assert "sign-out" not in page


def test_a_state_without_a_person_to_ask_has_an_empty_place(pages: Flask, tenant: SimpleNamespace) -> None:
    tenant.brand = Brand()
    assert "ask-title" not in pages.test_client().get("/hello").text


def test_names_of_people_and_states_are_written_as_text(
    pages: Flask, tenant: SimpleNamespace, person: SimpleNamespace
) -> None:
    tenant.title, person.name = "<b>Here</b>", "<script>x</script>"
    page = pages.test_client().get("/hello").text
    assert "<b>Here" not in page and "<script>x" not in page


def test_a_page_without_a_state_is_drawn_too(pages: Flask) -> None:
    page = pages.test_client().get("/problem/404?nowhere").text
    assert "We could not find that" in page and "Carepool" in page


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 429, 500, 503])
@pytest.mark.parametrize("language", ["en", "es"])
def test_a_problem_says_what_happened_what_to_do_and_whom_to_ask(pages: Flask, status: int, language: str) -> None:
    page = pages.test_client().get(f"/problem/{status}?lang={language}").text
    assert {"en": "What you can do:", "es": "Lo que puede hacer:"}[language] in page
    assert "8f2c" in page and "303-555-0142" in page
    sentence = {"en": "There is no such purchase here.", "es": "Esa compra no existe aquí."}[language]
    assert (sentence in page) == (status not in (500, 503))


@pytest.mark.parametrize(("unknown", "like"), [(418, 400), (507, 500)])
def test_a_problem_of_an_unknown_kind_is_told_like_its_family(pages: Flask, unknown: int, like: int) -> None:
    client = pages.test_client()
    titles = [
        client.get(f"/problem/{status}").text.partition("<h1>")[2].partition("<")[0] for status in (unknown, like)
    ]
    assert titles[0] and titles[0] == titles[1]


def test_a_problem_inside_a_part_of_a_page_brings_no_second_page(pages: Flask) -> None:
    part = pages.test_client().get("/problem/409", headers={"HX-Request-Type": "partial"}).text
    assert "<html" not in part and 'role="alert"' in part
    assert "There is no such purchase here." in part and "load the page again" in part


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_style_page_shows_every_component(pages: Flask, language: str) -> None:
    page = pages.test_client().get(f"/style?lang={language}").text
    alerts = ("usa-alert--error", "cp-errors", "cp-tag--bad", "cp-progress--failed", "cp-empty")
    forms = ("usa-input--error", "cp-stepper", "usa-button--outline", "aria-disabled", "cp-pager")
    marks = (*alerts, *forms, "usa-breadcrumb", "cp-card", "cp-ladder", "cp-stat", "cp-facts", "cp-table")
    assert [mark for mark in marks if mark not in page] == []
