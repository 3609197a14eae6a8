"""What components do in a real browser: with and without scripts, by finger and by keyboard, under a strict policy."""

import threading
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from flask import Flask, request
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

WCAG = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
Opens = Callable[..., Page]


@pytest.fixture
def sent(pages: Flask) -> list[dict[str, str]]:
    """The forms that arrived."""
    arrived: list[dict[str, str]] = []

    @pages.post("/style")
    def take() -> str:
        arrived.append(request.form.to_dict())
        return "taken"

    return arrived


@pytest.fixture
def opens(pages: Flask, browser: Browser, sent: list[dict[str, str]]) -> Iterator[Opens]:
    """Open a path in a fresh browser context; whatever the console complains of fails the test."""
    server = make_server("127.0.0.1", 0, pages, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    contexts, complaints = [], []

    def opened(path: str = "/style?lang=en", width: int = 360, script: bool = True) -> Page:
        contexts.append(browser.new_context(viewport={"width": width, "height": 800}, java_script_enabled=script))
        page = contexts[-1].new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.goto(f"http://127.0.0.1:{server.port}{path}")
        return page

    yield opened
    for context in contexts:
        context.close()
    server.shutdown()
    thread.join()
    server.server_close()
    assert complaints == []


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("width", [360, 1280])
def test_every_component_is_accessible_also_with_the_menus_open(opens: Opens, language: str, width: int) -> None:
    page = opens(f"/style?lang={language}", width)
    assert _violations(page) == []
    page.click("details.cp-menu summary")
    assert _violations(page) == []
    if width < 1024:
        page.keyboard.press("Escape")
        page.click(".usa-menu-btn")
        page.wait_for_selector(".usa-nav.is-visible")
        assert _violations(page) == []


def _violations(page: Page) -> list[str]:
    found = Axe().run(page, options=WCAG).response["violations"]
    return [f"{one['id']}: {[node['target'] for node in one['nodes']]}" for one in found]


@pytest.mark.parametrize("width", [320, 360, 768])
@pytest.mark.parametrize("language", ["en", "es"])
def test_nothing_is_wider_than_the_screen(opens: Opens, width: int, language: str) -> None:
    page = opens(f"/style?lang={language}", width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_everything_to_press_is_as_large_as_a_thumb(opens: Opens) -> None:
    page = opens()
    small = page.evaluate(
        """() => [...document.querySelectorAll(`main button, .cp-strip a, .cp-strip summary, header button, main .usa-button,
              main .usa-input, main select, .usa-radio__label, .usa-checkbox__label`)]
            .filter(one => one.checkVisibility()).map(one => [one.textContent.trim(), one.getBoundingClientRect()])
            .filter(([, box]) => box.height < 44 || box.width < 44).map(([text, box]) => `${text} ${box.width}x${box.height}`)"""
    )
    assert small == []


def test_a_stepper_counts_within_its_limits_by_finger_and_by_arrow_key(opens: Opens) -> None:
    page = opens()
    box = page.locator("#sample-quantity")
    more, less = page.get_by_label("More: Wanted, Washable"), page.get_by_label("Less: Wanted, Washable")
    page.evaluate("document.addEventListener('change', event => { window.told = event.target.value })")
    more.click()
    assert box.input_value() == "24" and page.evaluate("window.told") == "24"
    for _ in range(9):
        more.click()
    assert box.input_value() == "96"
    box.press("ArrowUp")
    assert box.input_value() == "96"
    box.press("ArrowDown")
    assert box.input_value() == "84"
    for _ in range(9):
        less.click()
    assert box.input_value() == "0"
    box.fill("many")
    more.click()
    assert box.input_value() == "12"


def test_a_form_pressed_twice_is_sent_once(opens: Opens, sent: list[dict[str, str]]) -> None:
    page = opens()
    page.evaluate("document.querySelector('main form[method=post]').target = 'elsewhere'")
    button = page.locator("form[method=post] .cp-button--big")
    with page.context.expect_page() as other:
        button.click()
    other.value.wait_for_load_state()
    assert button.text_content() == "Sending…" and button.get_attribute("aria-disabled") == "true"
    button.click(force=True)
    page.wait_for_timeout(300)
    assert [form["sample-quantity"] for form in sent] == ["12"]


@pytest.mark.parametrize("script", [True, False])
def test_the_list_of_errors_has_the_focus_when_the_page_opens(opens: Opens, script: bool) -> None:
    page = opens(script=script)
    assert page.locator(".cp-errors:focus").count() == 1
    page.click(".cp-errors a[href='#sample-wanted']")
    assert page.locator("#sample-wanted:focus").count() == 1


def test_the_account_menu_closes_by_escape_and_by_a_press_elsewhere(opens: Opens) -> None:
    page = opens(width=1280)
    menu = page.locator("details.cp-menu")
    menu.locator("summary").click()
    assert menu.get_by_role("button", name="Sign out").is_visible()
    page.keyboard.press("Escape")
    assert menu.get_attribute("open") is None and menu.locator("summary:focus").count() == 1
    menu.locator("summary").click()
    page.locator("h1").click()
    assert menu.get_attribute("open") is None


def test_without_scripts_the_menu_is_there_and_nothing_shows_that_needs_one(opens: Opens) -> None:
    page = opens(script=False)
    assert page.get_by_role("link", name="My orders").is_visible()
    assert page.locator(".cp-needs-script >> visible=true").count() == 0
    assert page.locator("#sample-quantity").is_visible()
    page.click("details.cp-menu summary")
    assert page.get_by_role("button", name="Sign out").is_visible()


def test_no_script_and_no_style_is_loaded_that_the_page_does_not_name(opens: Opens) -> None:
    page = opens()
    hosts = page.evaluate("performance.getEntriesByType('resource').map(one => new URL(one.name).host)")
    assert set(hosts) == {page.evaluate("location.host")}
    assert not page.evaluate("performance.getEntriesByType('resource').some(one => one.name.includes('woff'))")
