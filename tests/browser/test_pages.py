"""Pages in a real browser at phone width, in both languages: no accessibility violation, and the walk of an order."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import httpx
import pytest

from carepool.config import Settings
from carepool.local.browser import find_browser
from carepool.local.ports import free_port
from tests.buying import Buy, open_buy
from tests.cast import Player, State

sync_api = pytest.importorskip("playwright.sync_api")
SHOTS = Path(__file__).resolve().parents[2] / "var" / "screenshots"
_AXE = "(async () => JSON.stringify((await axe.run(document, {runOnly: ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa']}))"
_AXE += ".violations.map(v => ({id: v.id, nodes: v.nodes.map(n => n.html)}))))()"


@dataclass(frozen=True)
class Web:
    """A served application and a browser."""

    browser: Any
    port: int

    def page(self, state: State, width: int = 360, language: str = "en", script: bool = True) -> Any:
        context = self.browser.new_context(
            viewport={"width": width, "height": 800},
            java_script_enabled=script,
            base_url=f"http://{state.host}:{self.port}",
            bypass_csp=script,
        )
        page = context.new_page()
        page.goto(f"/sign-in?lang={language}")
        return page


@pytest.fixture(scope="module")
def web(settings: Settings) -> Iterator[Web]:
    path = find_browser()
    if path is None:
        pytest.skip("no Chromium on this machine")
    own = {one.name.upper(): str(getattr(settings, one.name)) for one in fields(Settings)}
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--threads", "4", "--no-control-socket"]
    command += ["--log-level", "error", "carepool.app:create_app()"]
    flags = ["--no-sandbox", "--disable-background-networking", "--host-resolver-rules=MAP *.localhost 127.0.0.1"]
    serving = subprocess.Popen(command, env={**os.environ, **own})
    try:
        _wait_for(port)
        with sync_api.sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=path, args=flags)
            yield Web(browser, port)
            browser.close()
    finally:
        serving.terminate()
        serving.wait()


def _wait_for(port: int) -> None:
    for _ in range(300):
        try:
            if httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise AssertionError("the web process did not start")


def _sign_in(page: Any, player: Player) -> None:
    page.fill("#email", player.email)
    page.fill("#password", player.password)
    page.click("main form button[type=submit]")


def _violations(page: Any) -> list[Any]:
    from axe_playwright_python.sync_playwright import Axe

    Axe()
    source = next(Path(__import__("axe_playwright_python").__file__).parent.rglob("axe*.js"))
    page.evaluate(source.read_text())
    return list(json.loads(page.evaluate(_AXE)))


def _look(page: Any, name: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(SHOTS / f"{name}.png"), full_page=True)
    assert not _violations(page), name
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{name} is wider than the screen by {wide} px"


def _paths(state: State, buy: Buy, closed: Buy) -> dict[str, tuple[Player, str]]:
    orders = state.api("GET", closed.path("/purchase-orders"), state.coordinator).json["items"]
    return {
        "list-program": (state.director, "/"),
        "order": (state.director, f"/purchases/{buy.id}/orders/{state.director.program_id}"),
        "result": (state.director, f"/purchases/{closed.id}/orders/{state.director.program_id}"),
        "messages": (state.director, "/messages"),
        "messages-empty": (state.administrator, "/messages"),
        "list-coordinator": (state.coordinator, "/"),
        "purchase-open": (state.coordinator, f"/purchases/{buy.id}"),
        "purchase-closed": (state.coordinator, f"/purchases/{closed.id}"),
        "purchase-order": (state.coordinator, f"/purchase-orders/{orders[0]['id']}"),
        "account": (state.director, "/account"),
        "second-step": (state.director, "/second-step"),
        "claims": (state.administrator, "/claims"),
        "join": (state.administrator, "/join"),
        "join-code": (state.administrator, "/join/code"),
        "sign-in-link": (state.administrator, "/sign-in/link"),
        "not-found": (state.coordinator, "/nothing-here"),
        "api": (state.coordinator, "/api"),
        "style": (state.coordinator, "/style"),
    }


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("width", [360, 1280])
def test_every_page_is_accessible(web: Web, here: State, language: str, width: int) -> None:
    closed = open_buy(here)
    closed.order(here.director, {"GLOVES": (60, 4)})
    closed.order(here.fellow, {"GLOVES": (33,)})
    closed.close()
    buy = open_buy(here)
    buy.order(here.fellow, {"GLOVES": (42,)})
    page = web.page(here, width, language)
    _look(page, f"sign-in-{language}-{width}")
    last = None
    for name, (player, path) in _paths(here, buy, closed).items():
        if player is not last:
            page = web.page(here, width, language)
            _sign_in(page, player)
            last = player
        page.goto(path)
        assert page.get_attribute("html", "lang") == language
        _look(page, f"{name}-{language}-{width}")


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_director_orders_on_a_phone(web: Web, here: State, script: bool) -> None:
    buy = open_buy(here)
    page = web.page(here, script=script)
    _sign_in(page, here.director)
    page.click(".cp-card .usa-button")
    page.fill("[name^=wanted]", "99999999")
    page.click("button[value=place]")
    assert "Write a whole number" in page.inner_text("main")
    page.fill("[name^=wanted]", "90")
    page.fill("[name^=extra]", "10")
    page.click("button[value=place]")
    assert "Your order is in" in page.inner_text("main")
    order = here.api("GET", buy.path(f"/orders/{here.director.program_id}"), here.director).json
    assert [(line["wanted"], line["extra"]) for line in order["lines"]] == [(90, 10)]


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(web: Web, here: State) -> None:
    page = web.page(here)
    texts = []
    for email in (here.director.email, "nobody@example.org"):
        page.fill("#email", email)
        page.fill("#password", "wrong password!")
        page.click("main form button[type=submit]")
        texts.append(page.inner_text("main"))
    assert texts[0] == texts[1]
    assert "not right" in texts[0]
