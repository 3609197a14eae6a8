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
from flask import Flask

from carepool.config import Settings
from carepool.local.browser import find_browser
from carepool.local.ports import free_port
from carepool.web.model_ids import ModelIdConverter
from tests.buying import Buy, add_item, make_contract, make_item, open_buy, work
from tests.cast import Player, State
from tests.isolation.bodies import NO_PAGES, ON_PAGES
from tests.isolation.factories import make
from tests.isolation.test_routes_guarded import OPEN

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
            has_touch=True,
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
    own["CAREPOOL_OUTBOUND_ALLOW"] = "localhost"
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


def _paths(state: State, buy: Buy, closed: Buy, draft: str) -> dict[str, tuple[Player, str]]:
    orders = state.api("GET", closed.path("/purchase-orders"), state.coordinator).json["items"]
    return {
        "list-program": (state.director, "/"),
        "order": (state.director, f"/purchases/{buy.id}/orders/{state.director.program_id}"),
        "result": (state.director, f"/purchases/{closed.id}/orders/{state.director.program_id}"),
        "order-last-time": (state.director, f"/purchases/{buy.id}/orders/{state.director.program_id}?fill=last"),
        "pick-up-card": (state.director, f"/purchases/{closed.id}/orders/{state.director.program_id}/pick-up"),
        "my-orders": (state.director, "/orders"),
        "messages": (state.director, "/messages"),
        "messages-empty": (state.administrator, "/messages"),
        "list-coordinator": (state.coordinator, "/"),
        "purchase-new": (state.coordinator, "/purchases/new"),
        "purchase-draft": (state.coordinator, f"/purchases/{draft}"),
        "purchase-draft-nothing-found": (state.coordinator, f"/purchases/{draft}?words=zebra"),
        "program-orders": (state.coordinator, f"/purchases/{buy.id}/orders?words=casa"),
        "order-for-a-caller": (state.coordinator, f"/purchases/{buy.id}/orders/{state.director.program_id}"),
        "packing-by-item": (state.coordinator, f"/purchases/{closed.id}/packing"),
        "packing-by-program": (state.coordinator, f"/purchases/{closed.id}/packing?by=program"),
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
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_every_page_is_accessible(web: Web, here: State, language: str, width: int) -> None:
    gloves = {"GLOVES": make_item(here)}
    closed = open_buy(here, gloves)
    closed.order(here.director, {"GLOVES": (60, 4)})
    closed.order(here.fellow, {"GLOVES": (33,)})
    closed.close()
    buy = open_buy(here, gloves, per_place=20, freight_cents=12_000)
    buy.order(here.fellow, {"GLOVES": (42,)})
    for _ in range(2):
        here.api("POST", buy.path("/dry-runs"), here.coordinator)
        work(here)
    draft = here.api("POST", closed.path("/copy"), here.coordinator).json["id"]
    page = web.page(here, width, language)
    _look(page, f"sign-in-{language}-{width}")
    last = None
    for name, (player, path) in _paths(here, buy, closed, draft).items():
        if player is not last:
            page = web.page(here, width, language)
            _sign_in(page, player)
            last = player
        page.goto(path)
        assert page.get_attribute("html", "lang") == language
        _look(page, f"{name}-{language}-{width}")


_READERS = ("administrator", "director")


def _pages(app: Flask, state: State) -> Iterator[tuple[str, Player, str]]:
    """Yield (endpoint, reader, path) of every page, found from the route map; ids come from the factories."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        plain = all(isinstance(one, ModelIdConverter) for one in rule._converters.values())
        if (
            "GET" not in (rule.methods or set())
            or rule.rule.startswith("/api/")
            or not plain
            or rule.endpoint in OPEN | NO_PAGES
        ):
            continue
        ids = {name: make(one.model, state) for name, one in rule._converters.items()}  # type: ignore[attr-defined]
        if rule.endpoint in ON_PAGES:
            ids = {name: one for name, one in ON_PAGES[rule.endpoint](state).items() if name in ids}
        yield from ((rule.endpoint, getattr(state, name), rule.build(ids)[1]) for name in _READERS)


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_page_of_the_route_map_is_accessible_on_a_phone(web: Web, app: Flask, here: State, language: str) -> None:
    seen: set[str] = set()
    asked = list(_pages(app, here))
    for name in _READERS:
        reader = getattr(here, name)
        page = web.page(here, 360, language)
        _sign_in(page, reader)
        for endpoint, player, path in asked:
            if player is not reader or endpoint in seen:
                continue
            answer = page.goto(path)
            assert answer.status < 500, f"{path} answered {answer.status}"
            if answer.status != 200 or not page.url.endswith(path):
                continue
            seen.add(endpoint)
            _look(page, f"{endpoint}-{language}")
    unseen = {endpoint for endpoint, _, _ in asked} - seen
    assert not unseen, f"no reader saw {unseen}"


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
    page.click("summary:has-text('Would you take more?')")
    page.fill("[name^=extra]", "10")
    page.click("button[value=place]")
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
    _sign_in(page, here.fellow)
    taps = ["Pedir para Casa Luna", "Lo mismo que la última vez", "Hacer mi pedido"]
    for tap in taps:
        page.tap(f".usa-button:has-text('{tap}')")
    assert "Recibimos su pedido" in page.inner_text(".usa-alert--success")
    order = here.api("GET", buy.path(f"/orders/{here.fellow.program_id}"), here.fellow).json
    assert (order["state"], [line["wanted"] for line in order["lines"]]) == ("placed", [12])


def test_the_most_it_can_cost_follows_what_is_typed(web: Web, here: State) -> None:
    buy = open_buy(here)
    page = web.page(here)
    _sign_in(page, here.director)
    page.goto(f"/purchases/{buy.id}/orders/{here.director.program_id}")
    page.fill("[name^=wanted]", "30")
    page.wait_for_selector("#cost:has-text('$120.00')")
    page.click("[data-step='1'][data-step-for^=wanted]")
    page.wait_for_selector("#cost:has-text('$124.00')")


def test_a_search_in_the_catalogs_changes_only_the_list(web: Web, here: State) -> None:
    contract = make_contract(here)
    for sku, name in (("A", "Blue crayons"), ("B", "Paper towels")):
        add_item(here, contract, sku, name=name)
    made = here.api("POST", open_buy(here).path("/copy"), here.coordinator).json["id"]
    page = web.page(here)
    _sign_in(page, here.coordinator)
    page.goto(f"/purchases/{made}")
    page.fill("#words", "crayons")
    page.wait_for_selector("#offered:not(:has-text('Paper towels')):has-text('Blue crayons')")
    assert page.input_value("#words") == "crayons"
    page.click("#offered .usa-button")
    assert "Blue crayons was added" in page.inner_text("main")


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
