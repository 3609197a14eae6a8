"""What a page weighs in a real browser on a first and a second visit, and how soon it answers beside its JSON endpoint."""

import re
import statistics
import time
from datetime import timedelta
from typing import Any

import httpx

from bench import filling
from bench.place import Place
from bench.serving import web
from carepool.clock import now
from carepool.identity import actions as identity
from carepool.identity.rights import Permission, Role
from carepool.local.browser import find_browser
from carepool.outbox import Actor
from tenants.scope import visiting

_BY = Actor.operator()
_EMAIL, _PASSWORD = "browsing@example.org", "seven quiet otters paint"
_LISTS = {
    "purchases": ("/", "/purchases?limit=25"),
    "programs": ("/programs", "/programs?limit=50"),
    "orders": ("/purchases/{purchase}/orders", "/purchases/{purchase}/orders?limit=50"),
    "people": ("/people", "/people?limit=50"),
    "messages": ("/messages", "/messages?limit=25"),
}
"""{name: (page, JSON endpoint behind it)}."""


def pages(place: Place, programs: int = 300, times: int = 100) -> dict[str, Any]:
    """Return bytes over the wire of a first and a second visit, without fonts, and p95 to the first byte in ms.

    The weights are those of the heaviest page; `lists` holds p95 of each list page, of the JSON endpoint behind it,
    and their ratio. Both are asked in turns on kept connections.
    """
    joined = filling.programs(place, programs)
    purchase, point, items = filling.purchase(place, filling.catalog(place, 500), 40)
    filling.wishes(place, purchase, point, items, joined, 5)
    with visiting(place.tenant.scope, place.app):
        person = identity.invite_person(_BY, _EMAIL, "Browsing")
        identity.grant_role(_BY, person.id, Role.STATE_ADMINISTRATOR)
        identity.set_password(person, _PASSWORD)
        at = now()
        token = identity.issue_api_token(_BY, person.id, list(Permission), "", at + timedelta(days=1), at)
    paths = {
        name: (page.format(purchase=purchase), api.format(purchase=purchase)) for name, (page, api) in _LISTS.items()
    }
    seen = [page for page, _ in paths.values()]
    seen += [
        f"/purchases/{purchase}",
        f"/purchases/{purchase}/orders/{joined[0]}",
        "/purchases/new",
        "/state",
        "/account",
    ]
    with web(place, "carepool.app:create_app()") as port:
        told = _first_bytes(port, paths, str(token), times)
        return {**_weights(port, seen), "lists": told}


def _first_bytes(port: int, paths: dict[str, tuple[str, str]], token: str, times: int) -> dict[str, Any]:
    base = f"http://127.0.0.1:{port}"
    with httpx.Client(base_url=base, headers={"Host": "bench.localhost"}) as person:
        form = person.get("/sign-in").text
        csrf = re.search(r'name="csrf_token" value="([^"]+)"', form)
        assert csrf
        person.post("/sign-in", data={"email": _EMAIL, "password": _PASSWORD, "csrf_token": csrf[1]})
        headers = {"Host": "bench.localhost", "Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=f"{base}/api/v1", headers=headers) as program:
            told = {}
            for name, (page, api) in paths.items():
                taken = [(_one(person, page), _one(program, api)) for _ in range(times)]
                ours, floor = (statistics.quantiles(one, n=20)[18] for one in zip(*taken, strict=True))
                told[name] = {"page_ms": round(ours, 1), "json_ms": round(floor, 1), "ratio": round(ours / floor, 2)}
            return told


def _one(client: httpx.Client, path: str) -> float:
    """Return milliseconds to the first byte of the answer."""
    began = time.perf_counter()
    with client.stream("GET", path) as answer:
        taken = time.perf_counter() - began
        answer.read()
    if answer.status_code != 200:
        raise SystemExit(f"{path} answered {answer.status_code}")
    return taken * 1000


def _weights(port: int, paths: list[str]) -> dict[str, Any]:
    from playwright.sync_api import sync_playwright

    path = find_browser()
    if path is None:
        return {"first_visit_kb": None, "second_visit_kb": None}
    flags = ["--no-sandbox", "--host-resolver-rules=MAP *.localhost 127.0.0.1"]
    first, second = {}, {}
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=flags)
        signed_in = browser.new_context(base_url=f"http://bench.localhost:{port}")
        page = signed_in.new_page()
        page.goto("/sign-in")
        page.fill("#email", _EMAIL)
        page.fill("#password", _PASSWORD)
        page.click("main form button[type=submit]")
        cookies: Any = signed_in.cookies()
        for one in paths:
            # a context of its own has an empty cache
            fresh = browser.new_context(base_url=f"http://bench.localhost:{port}")
            fresh.add_cookies(cookies)
            page = fresh.new_page()
            first[one] = _weigh(page, one)
            second[one] = _weigh(page, one)
            fresh.close()
        browser.close()
    heaviest = max(first, key=lambda one: first[one])
    return {
        "heaviest": re.sub(r"[0-9a-f-]{36}", "ID", heaviest),
        "first_visit_kb": round(max(first.values()) / 1000, 1),
        "second_visit_kb": round(max(second.values()) / 1000, 1),
    }


def _weigh(page: Any, path: str) -> int:
    """Return the bytes that came over the wire for a visit, without fonts."""
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    kinds: dict[str, str] = {}
    sizes: dict[str, int] = {}
    wire.on("Network.responseReceived", lambda told: kinds.update({told["requestId"]: told["type"]}))
    wire.on("Network.loadingFinished", lambda told: sizes.update({told["requestId"]: int(told["encodedDataLength"])}))
    page.goto(path, wait_until="networkidle")
    wire.detach()
    return sum(size for one, size in sizes.items() if kinds.get(one) != "Font")
