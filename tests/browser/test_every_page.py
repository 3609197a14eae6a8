"""Every page in a real browser, in both languages: full at three widths, empty, refused, and with the keyboard alone.

The pages and forms are found from the route map, so a new page is looked at as soon as it has an address.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException

from carepool.notifications.letters import unsubscribe_token
from carepool.notifications.notices import Notice
from carepool.outbox import Actor
from carepool.programs.actions import add_program
from carepool.web.model_ids import ModelIdConverter
from tests.browser.looking import WIDTHS, look
from tests.browser.web import Web, sign_in, visit
from tests.buying import Buy, add_item, make_contract, make_item, open_buy, work
from tests.cast import State, make_state, posted
from tests.desks import desk_of
from tests.inbox import listening
from tests.isolation.bodies import NO_PAGES, ON_PAGES
from tests.isolation.factories import make
from tests.isolation.test_routes_guarded import OPEN

_READERS = ("administrator", "director", "desk")
_LANGUAGES = pytest.mark.parametrize("language", ["en", "es"])


def _rules(app: Flask) -> Iterator[Any]:
    """Yield the rules of pages that a signed-in person reads."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        plain = all(isinstance(one, ModelIdConverter) for one in rule._converters.values())
        page = "GET" in (rule.methods or set()) and not rule.rule.startswith("/api/") and plain
        if page and rule.endpoint not in OPEN | NO_PAGES:
            yield rule


def _addresses(app: Flask, state: State) -> list[tuple[str, str]]:
    """Return (endpoint, path) of every page; ids come from the factories of the isolation tests."""
    found = []
    made = cache(lambda model: make(model, state))
    for rule in _rules(app):
        ids = {name: made(one.model) for name, one in rule._converters.items()}
        if rule.endpoint in ON_PAGES:
            ids = {name: one for name, one in ON_PAGES[rule.endpoint](state).items() if name in ids}
        found.append((rule.endpoint, rule.build(ids)[1]))
    return found


@pytest.fixture(scope="module")
def full(app: Flask) -> tuple[State, list[tuple[str, str]]]:
    """A state that has something on every page, and the addresses of all; whoever uses it only reads."""
    state = make_state(app)
    return state, _addresses(app, state)


def _visited(
    web: Web, state: State, asked: list[tuple[str, str]], language: str, script: bool = True
) -> Iterator[tuple[Any, str, str]]:
    """Yield (browser page, endpoint, path) of every address that one of the readers may see, once."""
    left = dict(asked)
    for name in _READERS:
        site: Any = desk_of(state) if name == "desk" else state
        page = web.page(site, 360, language, script)
        sign_in(page, site.administrator if name == "desk" else getattr(state, name))
        for endpoint, path in asked:
            if endpoint not in left:
                continue
            answer = page.goto(path)
            assert answer.status < 500, f"{path} answered {answer.status}"
            if answer.status == 200 and page.url.endswith(path):
                del left[endpoint]
                yield page, endpoint, path
        page.context.close()
    assert not left, f"no reader saw {sorted(left)}"


@_LANGUAGES
def test_every_page_is_accessible(web: Web, full: tuple[State, list[tuple[str, str]]], language: str) -> None:
    for page, endpoint, _ in _visited(web, *full, language):
        assert page.get_attribute("html", "lang") == language
        look(page, f"{endpoint}-{language}", widths=WIDTHS)


@_LANGUAGES
def test_every_page_is_accessible_in_a_state_that_has_nothing_yet(
    web: Web, app: Flask, here: State, language: str
) -> None:
    plain = [(rule.endpoint, rule.build({})[1]) for rule in _rules(app) if not rule._converters]
    for page, endpoint, _ in _visited(web, here, plain, language):
        look(page, f"{endpoint}-empty-{language}")


_FORMS = "() => [...document.querySelectorAll('form')].map(form => [form.method, form.getAttribute('action') || ''])"
_TYPED = """([number, typed]) => {
  const form = document.querySelectorAll('form')[number];
  form.noValidate = true;
  const fields = [...form.elements].filter(one => one.matches('textarea, input:not([type=hidden], [type=submit],' +
    ' [type=checkbox], [type=radio], [type=file])'));
  for (const one of fields) {
    if (one.type !== 'textarea') one.type = 'text';
    one.removeAttribute('maxlength');
    one.value = typed;
  }
  return fields.length;
}"""
# past the scripts, as a browser without them sends it
_SEND = """number => {
  const form = document.querySelectorAll('form')[number];
  const button = form.querySelector('[type=submit], button:not([type=button])');
  if (button && button.name) {
    const act = document.createElement('input');
    [act.type, act.name, act.value] = ['hidden', button.name, button.value];
    form.append(act);
  }
  HTMLFormElement.prototype.submit.call(form);
}"""


_TAKES_ALL = {
    "order_message_pages.by_hand",
    "price_pages.decide",
    "retention_pages.hold",
    "savings_pages.withdraw_evidence",
    "settlement_pages.decide_invoice",
    "settlement_pages.reverse",
    "webhooks_pages.resend_failed",
}
"""Forms with boxes for words that are not refused on the spot: any reason will do, or the next page says what is wrong."""


@_LANGUAGES
def test_every_form_that_is_refused_is_accessible(web: Web, app: Flask, here: State, language: str) -> None:
    match = app.url_map.bind(here.host).match
    tried: set[str] = set()
    asking: set[str] = set()
    refused: set[str] = set()
    for page, _, path in _visited(web, here, _addresses(app, here), language):
        for number, (method, action) in enumerate(page.evaluate(_FORMS)):
            endpoint = _endpoint(match, action or path)
            if method != "post" or endpoint is None or endpoint in tried or "sign_out" in endpoint:
                continue
            tried.add(endpoint)
            for typed in ("\u2603 zz", "", "9" * 400):
                page.goto(path)
                if number >= len(page.evaluate(_FORMS)) or not page.evaluate(_TYPED, [number, typed]):
                    break
                asking.add(endpoint)
                with page.expect_navigation() as waiting:
                    page.evaluate(_SEND, number)
                status = waiting.value.status
                assert status < 500, f"{endpoint} answered {status} to {typed!r}"
                if status in (400, 409, 422):
                    refused.add(endpoint)
                    look(page, f"{endpoint}-refused-{language}")
                    assert page.locator(".usa-alert--error, .usa-alert--warning, .usa-error-message").count(), endpoint
                    break
    assert asking - refused == _TAKES_ALL, f"not refused: {asking - refused}"


def _endpoint(match: Any, action: str) -> str | None:
    try:
        return str(match(action.split("?")[0], method="POST")[0])
    except HTTPException:
        return None


_RING = """
  const line = own => own.outlineStyle === 'none' || own.outlineWidth === '0px' ? '' :
    own.outlineStyle + own.outlineWidth + own.outlineColor;
  const ring = one => [one, one.labels && one.labels[0]].filter(Boolean).flatMap(each => {
    const own = getComputedStyle(each), before = getComputedStyle(each, '::before');
    return [line(own), own.boxShadow, line(before), before.boxShadow];
  }).join();
"""
_STOPS = f"""() => {{
  {_RING}
  const wanted = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]';
  let number = 0;
  if (document.activeElement) document.activeElement.blur();
  for (const one of document.querySelectorAll(wanted)) {{
    if (one.disabled || !one.checkVisibility({{visibilityProperty: true}})) continue;
    if (one.type === 'radio') {{
      // the arrow keys go round in a group of radio buttons
      const group = [...document.querySelectorAll(`input[type=radio][name="${{one.name}}"]`)];
      if (one !== (group.find(other => other.checked) || group[0])) continue;
    }}
    one.dataset.stop = number++;
    one.dataset.ring = ring(one);
  }}
  return number;
}}"""
_FOCUS = f"""() => {{
  {_RING}
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  return {{stop: one.dataset.stop, ringed: ring(one) !== one.dataset.ring, html: one.outerHTML.slice(0, 200)}};
}}"""


def test_every_page_can_be_used_with_the_keyboard_alone(web: Web, full: tuple[State, list[tuple[str, str]]]) -> None:
    for page, endpoint, _ in _visited(web, *full, "en"):
        stops = page.evaluate(_STOPS)
        reached: set[str] = set()
        # a field of a date or a time has a stop for each of its parts, and a page may begin inside its list of errors
        for _ in range(4 * stops + 10):
            page.keyboard.press("Tab")
            focus = page.evaluate(_FOCUS)
            if focus is not None:
                assert focus["ringed"], f"{endpoint}: nothing shows that this has the focus: {focus['html']}"
                reached.add(focus["stop"])
            elif len(reached) == stops:
                break
        unreached = [
            page.evaluate(f"document.querySelector('[data-stop=\"{one}\"]').outerHTML.slice(0, 200)")
            for one in range(stops)
            if str(one) not in reached
        ]
        assert not unreached, f"{endpoint}: the Tab key does not reach {unreached}"


_DEAD = """() => {
  const seen = one => one.checkVisibility({visibilityProperty: true});
  const acts = one => (one.form && one.type === 'submit') || one.closest('summary');
  const lands = one => one.hash && (one.hash === '#' || !document.getElementById(one.hash.slice(1)));
  const dead = [...document.querySelectorAll('button, [role=button]')].filter(one =>
    one.matches('a[href]') ? false : !acts(one));
  dead.push(...[...document.querySelectorAll('a')].filter(one => !one.getAttribute('href') ||
    (one.getAttribute('href').startsWith('#') && lands(one))));
  dead.push(...[...document.querySelectorAll('input:not([type=hidden]), select, textarea')].filter(one =>
    !one.form || !one.form.querySelector('[type=submit], button:not([type=button])')));
  return dead.filter(seen).map(one => one.outerHTML.slice(0, 200));
}"""
"""What shows on a page and does nothing where no script runs: buttons that send no form, links to nowhere, lost boxes."""


def test_no_page_shows_what_is_dead_without_scripts(web: Web, full: tuple[State, list[tuple[str, str]]]) -> None:
    state, addresses = full
    # the style page shows parts of pages without what they act on
    plain = [one for one in addresses if one[0] != "ui.style"]
    for page, endpoint, _ in _visited(web, state, plain, "en", script=False):
        dead = page.evaluate(_DEAD)
        assert not dead, f"{endpoint}: {dead}"


def _more(state: State, buy: Buy, closed: Buy, draft: str) -> dict[str, tuple[str, str]]:
    """Return {name: (reader, path)} of states that addresses alone do not tell."""
    program = state.director.program_id
    return {
        "order": ("director", f"/purchases/{buy.id}/orders/{program}"),
        "order-last-time": ("director", f"/purchases/{buy.id}/orders/{program}?fill=last"),
        "result": ("director", f"/purchases/{closed.id}/orders/{program}"),
        "list-coordinator": ("coordinator", "/"),
        "purchase-draft": ("coordinator", f"/purchases/{draft}"),
        "purchase-draft-nothing-found": ("coordinator", f"/purchases/{draft}?words=zebra"),
        "program-orders": ("coordinator", f"/purchases/{buy.id}/orders?words=casa"),
        "order-for-a-caller": ("coordinator", f"/purchases/{buy.id}/orders/{program}"),
        "packing-by-program": ("coordinator", f"/purchases/{closed.id}/packing?by=program"),
        "purchase-open": ("coordinator", f"/purchases/{buy.id}"),
        "minimums-missed": ("coordinator", f"/purchases/{_missed(state)}/minimums"),
        "filling-item": ("coordinator", f"/purchases/{buy.id}/filling/{buy.items['GLOVES']}"),
        "purchase-closed": ("coordinator", f"/purchases/{closed.id}"),
        "not-found": ("coordinator", "/nothing-here"),
    }


def _missed(state: State) -> str:
    """An open purchase whose one vendor is far below its minimum."""
    contract = make_contract(state, 100_000, "Tall Order Inc.")
    buy = open_buy(state, {"SOAP": add_item(state, contract, "SOAP")}, extend_days=5, minimum_rule="roll_over")
    buy.order(state.director, {"SOAP": (20,)})
    return buy.id


@_LANGUAGES
def test_every_state_of_a_purchase_is_accessible(web: Web, here: State, language: str) -> None:
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
    page, last = web.page(here, language=language), ""
    look(page, f"sign-in-{language}", widths=WIDTHS)
    for name, (reader, path) in _more(here, buy, closed, draft).items():
        if reader != last:
            page, last = web.page(here, language=language), reader
            sign_in(page, getattr(here, reader))
        visit(page, path, 404 if name == "not-found" else 200)
        look(page, f"{name}-{language}", widths=WIDTHS)


_ANSWERS = {"oidc_door.go_there": {404}, "oidc_door.come_back": {400, 404}}
"""What open pages answer where it is not 200."""


@_LANGUAGES
def test_every_page_that_needs_no_sign_in_is_accessible(web: Web, app: Flask, here: State, language: str) -> None:
    page = web.page(here, language=language)
    for rule in app.url_map.iter_rules():
        if rule.endpoint in OPEN and "GET" in (rule.methods or set()) and not rule.arguments:
            answer = page.goto(rule.rule)
            assert answer.status in _ANSWERS.get(rule.endpoint, {200}), f"{rule.rule} answered {answer.status}"
            if (answer.headers.get("content-type") or "").startswith("text/html"):
                look(page, f"{rule.endpoint}-{language}", widths=WIDTHS)
    visit(page, "/api?area=purchasing")
    look(page, f"api-area-{language}", widths=WIDTHS)


@_LANGUAGES
def test_every_page_behind_the_link_of_a_letter_is_accessible(web: Web, app: Flask, here: State, language: str) -> None:
    with here.scope():
        add_program(Actor.operator(), {"licence_number": "F-1", "name": "Fern 1", "email": "desk@example.org"})
        stop = unsubscribe_token(here.director.id, Notice.PURCHASE_OPENED)
    page = web.page(here, language=language)
    visit(page, f"/unsubscribe/{stop}")
    look(page, f"unsubscribe-{language}")
    with listening(app) as inbox:
        typed = {"licence_number": "F-1", "name": "Flora Fern", "email": "flora@example.org"}
        assert posted(here.client(), "/join", typed).status_code < 400
        work(here)
        visit(page, inbox.path_in("desk@example.org"))
    look(page, f"claim-confirm-{language}")
