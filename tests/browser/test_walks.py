"""The walk of each role on a phone, from its first page to its last; `make walks` leaves pictures in `var/walks`.

In both languages, and once more in a browser that runs no scripts.
"""

from datetime import timedelta
from pathlib import Path

import pytest

from carepool.clock import now
from tests.browser.looking import VAR, look
from tests.browser.web import Web, press, sign_in, visit
from tests.buying import add_item, make_contract, make_item, open_buy, work
from tests.cast import Player, State
from tests.staffing import set_spending, staff_of

_ROSTER = """License Number,Name,Type,Capacity,County
N-1,Maple Street Center,Center,40,Adams
N-2,Little Fern,Family Home,6,Adams
N-3,,Center,12,Weld
"""
_BROWSERS = pytest.mark.parametrize(
    ("language", "script"), [("en", True), ("es", True), ("en", False)], ids=["en", "es", "without-scripts"]
)


class Walk:
    """One person's way; each `see` is a picture with a number, and the page is accessible there where scripts run."""

    def __init__(self, web: Web, state: State, who: str, language: str, script: bool) -> None:
        self.page = web.page(state, language=language, script=script)
        self._folder = VAR / "walks" / f"{who}-{language}{'' if script else '-without-scripts'}"
        self._script = script
        self._steps = 0

    def see(self, what: str) -> None:
        self._steps += 1
        look(self.page, f"{self._steps:02}-{what}", folder=self._folder, script=self._script)

    def press(self, selector: str) -> None:
        press(self.page, selector)

    def go(self, path: str, what: str) -> None:
        visit(self.page, path)
        self.see(what)


def _link(state: State, player: Player) -> str:
    """Return the path of a sign-in link that staff make for a person."""
    answer = state.api("POST", f"/people/{player.id}/links", state.administrator)
    assert answer.status_code == 201, answer.text
    return "/" + str(answer.json["link"]).split("/", 3)[3]


@_BROWSERS
def test_a_home_provider(web: Web, here: State, language: str, script: bool) -> None:
    gloves = {"GLOVES": make_item(here)}
    before = open_buy(here, gloves)
    before.order(here.fellow, {"GLOVES": (12,)})
    before.close()
    buy = open_buy(here, gloves)
    walk = Walk(web, here, "home-provider", language, script)
    visit(walk.page, _link(here, here.fellow))
    walk.see("link")
    walk.press("main form button[type=submit]")
    visit(walk.page, "/")
    walk.see("purchases")
    walk.press(f"a.usa-button[href$='{buy.id}/orders/{here.fellow.program_id}']")
    walk.see("order")
    walk.press("a[href*='fill=last']")
    walk.see("same-as-last-time")
    walk.press("button[value=place]")
    walk.see("placed")
    buy.order(here.director, {"GLOVES": (8,)})
    buy.close()
    walk.go(f"/purchases/{buy.id}/orders/{here.fellow.program_id}", "what-i-got")
    walk.go(f"/purchases/{buy.id}/orders/{here.fellow.program_id}/pick-up", "pick-up-card")
    walk.go("/orders", "my-orders")
    walk.go("/messages", "messages")
    walk.go("/messages/settings", "message-choices")


@_BROWSERS
def test_program_staff_and_their_director(web: Web, here: State, language: str, script: bool) -> None:
    buy = open_buy(here)
    staff = staff_of(here, here.director)
    assert set_spending(here, here.director, approve_above_cents=1_000).status_code == 200
    path = f"/purchases/{buy.id}/orders/{here.director.program_id}"
    walk = Walk(web, here, "program-staff", language, script)
    sign_in(walk.page, staff)
    visit(walk.page, path)
    walk.page.fill("[name^=wanted]", "40")
    walk.press("button[value=place]")
    walk.see("waits-for-approval")
    walk = Walk(web, here, "director", language, script)
    sign_in(walk.page, here.director)
    walk.go(path, "asked-for-approval")
    walk.press("form[action$='/approval'] button[type=submit]")
    walk.see("approved")
    order = here.api("GET", path, here.director).json
    assert (order["state"], [line["wanted"] for line in order["lines"]]) == ("placed", [40])


@_BROWSERS
def test_a_coordinator(web: Web, here: State, language: str, script: bool) -> None:
    contract = make_contract(here)
    add_item(here, contract, "CRAYONS", name="Blue crayons")
    walk = Walk(web, here, "coordinator", language, script)
    page = walk.page
    sign_in(page, here.coordinator)
    walk.go("/", "nothing-yet")
    walk.press("a[href='/purchases/new']")
    page.fill("#title", "Winter supplies")
    at = now()
    page.fill("#opens_at", f"{at - timedelta(days=1):%Y-%m-%dT%H:%M}")
    page.fill("#closes_at", f"{at + timedelta(days=5):%Y-%m-%dT%H:%M}")
    walk.see("terms")
    walk.press("main form:has(#title) button[type=submit]")
    walk.see("draft")
    page.fill("#name", "Fairgrounds, hall B")
    walk.press("form[action$='delivery-points'] button[type=submit], form:has(#name):has(#hours) button[type=submit]")
    walk.press("#offered form button")
    walk.see("ready-to-open")
    walk.press("form[action$='/open'] button")
    walk.see("open")
    path = page.url.split("?")[0].split("localhost", 1)[1].split("/", 1)[1]
    purchase = path.removeprefix("purchases/")
    work(here)
    points = here.api("GET", f"/purchases/{purchase}/delivery-points", here.coordinator).json["items"]
    [item] = here.api("GET", f"/purchases/{purchase}/items", here.coordinator).json["items"]
    for player, eaches in ((here.director, 25), (here.fellow, 8)):
        body = {
            "delivery_point_id": points[0]["id"],
            "lines": [{"item_id": item["id"], "wanted": eaches}],
            "place": True,
        }
        order = f"/purchases/{purchase}/orders/{player.program_id}"
        placed = here.api("PUT", order, player, json=body, headers={"If-None-Match": "*"})
        assert placed.status_code == 201, placed.text
    walk.go(f"/{path}/filling", "it-fills")
    walk.go(f"/{path}/invitation", "invitation")
    walk.go(f"/{path}/orders", "orders")
    visit(page, f"/{path}")
    walk.press("form[action$='/try'] button")
    work(here)
    walk.go(f"/{path}", "dry-run")
    walk.press("form[action$='/close'] button")
    walk.see("closing")
    work(here)
    walk.go(f"/{path}", "closed")
    walk.go(f"/{path}/packing", "packing")
    orders = here.api("GET", f"/{path}/purchase-orders", here.coordinator).json["items"]
    walk.go(f"/purchase-orders/{orders[0]['id']}", "purchase-order")


@_BROWSERS
def test_a_state_administrator(web: Web, here: State, language: str, script: bool, tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text(_ROSTER)
    walk = Walk(web, here, "state-administrator", language, script)
    page = walk.page
    sign_in(page, here.administrator)
    walk.go("/state", "set-up")
    walk.go("/state/settings", "your-site")
    walk.go("/state/words", "words-of-the-state")
    visit(page, "/imports/new")
    page.set_input_files("#file", str(roster))
    walk.see("bring-a-file")
    walk.press("main form button[type=submit]")
    walk.see("columns")
    walk.press("main form:has(select) button[type=submit]")
    walk.see("busy")
    address = page.url
    page.reload()
    walk.see("still-busy-after-loading-again")
    work(here)
    visit(page, address)
    walk.see("preview")
    walk.press("form[action$='/apply'] button")
    work(here)
    visit(page, address)
    walk.see("applied")
    walk.go("/programs", "programs")
    walk.go("/people", "people")
    walk.go("/people/new", "invite")
    walk.go("/claims", "requests")
    walk.go("/tokens/all", "tokens")
    walk.go("/state/activity", "activity")
    walk.go("/state/isolation", "kept-apart")
    walk.go("/state/retention", "keeping")
    walk.go("/state/records", "public-records")
    walk.go("/state/sign-in", "own-accounts")
    found = {one["name"] for one in here.api("GET", "/programs", here.administrator).json["items"]}
    assert found >= {"Maple Street Center", "Little Fern"}
