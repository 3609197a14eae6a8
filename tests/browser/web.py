"""A served application and a real browser that reads its pages."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from carepool.config import Settings
from carepool.local.browser import find_browser
from carepool.local.ports import free_port
from tests.cast import Player, State
from tests.running import environment_of
from tests.waiting import answers, until

_SINCE = "performance.timeOrigin"
_FLAGS = ["--no-sandbox", "--disable-background-networking", "--host-resolver-rules=MAP *.localhost 127.0.0.1"]


@dataclass(frozen=True)
class Web:
    """A served application and a browser."""

    browser: Any
    port: int

    def page(self, state: State, width: int = 360, language: str = "en", script: bool = True) -> Any:
        """Open the sign-in page of a state as somebody new."""
        context = self.browser.new_context(
            viewport={"width": width, "height": 800},
            java_script_enabled=script,
            base_url=f"http://{state.host}:{self.port}",
            bypass_csp=script,
            has_touch=True,
        )
        page = context.new_page()
        page.goto(f"/sign-in?lang={language}")
        return page


@contextlib.contextmanager
def chromium() -> Iterator[Any]:
    """Start the machine's Chromium; only one may be driven in a process. Skips the test where there is none."""
    from playwright.sync_api import sync_playwright

    path = find_browser()
    if path is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=_FLAGS)
        yield browser
        browser.close()


@contextlib.contextmanager
def browsing(settings: Settings, browser: Any) -> Iterator[Web]:
    """Serve an application with these settings to a browser."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--threads", "4", "--no-control-socket"]
    command += ["--log-level", "error", "carepool.app:create_app()"]
    serving = subprocess.Popen(command, env={**environment_of(settings), "CAREPOOL_OUTBOUND_ALLOW": "localhost"})
    try:
        until(lambda: answers(f"http://127.0.0.1:{port}/healthz"), "the web process answers", 60)
        yield Web(browser, port)
    finally:
        serving.terminate()
        serving.wait()


def sign_in(page: Any, player: Player) -> None:
    """Sign in with the password on the page that is open."""
    page.fill("#email", player.email)
    page.fill("#password", player.password)
    press(page, "main form button[type=submit]")


def press(page: Any, what: Any, key: str = "") -> None:
    """Press what leads to another page, and return when that page is there; a click alone returns while it arrives.

    `what`: a locator, or a selector whose first match is meant. `key`: is struck there in place of a click.
    """
    with page.expect_navigation():
        one = _first(page, what)
        one.press(key) if key else one.click()


def touch(page: Any, what: Any) -> None:
    """Press what stays on the page. Fails where another page begins to arrive: that must be waited for."""
    since = page.evaluate(_SINCE)
    _first(page, what).click()
    assert page.evaluate(_SINCE) == since, f"{what} led to another page: press it"


def _first(page: Any, what: Any) -> Any:
    return page.locator(what).first if isinstance(what, str) else what


def visit(page: Any, path: str, status: int = 200) -> None:
    """Open a path and see that it answers as it should: an error's page can be just as accessible."""
    answer = page.goto(path)
    assert answer.status == status, f"{path} answered {answer.status}"
