"""Hub staff see their own alliance and nothing else of the state: every route is asked, found from the route map."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from carepool.alliances.models import Alliance, AllianceMember
from carepool.identity.rights import ALLOWED, Role
from carepool.purchasing.models.purchases import Purchase
from carepool.web.model_ids import ModelIdConverter
from tenants.database import Base
from tests.buying import open_buy
from tests.cast import Player, State
from tests.hubs import founded, hub_staff
from tests.isolation.factories import make
from tests.isolation.test_routes_guarded import OPEN

_HELD = ALLOWED[Role.HUB_STAFF]


def _routes(app: Flask) -> Iterator[tuple[Rule, str, Any]]:
    """Yield (rule, method, who may call it) of every route at a state's host that needs someone signed in."""
    desk, _ = app.extensions["carepool_desk"]
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if rule.endpoint in OPEN or rule.endpoint.partition(".")[0] in desk:
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            function = getattr(getattr(view, "view_class", None), method.lower(), view)
            yield rule, method, function.needs


def _ids(rule: Rule, state: State, made: dict[Any, UUID]) -> dict[str, Any]:
    """Return rows of the state for the arguments of an address, made once a model."""
    ids: dict[str, Any] = dict.fromkeys(rule.arguments, "x")
    for name, converter in rule._converters.items():
        if isinstance(converter, ModelIdConverter):
            if converter.model not in made:
                made[converter.model] = make(converter.model, state)
            ids[name] = made[converter.model]
    return ids


def _ask(state: State, player: Player, browser: Any, path: str, method: str) -> Any:
    if path.startswith("/api/"):
        return state.client().open(path, method=method, headers={"Authorization": f"Bearer {player.token}"}, json={})
    return browser.submit(path, method)


@pytest.fixture
def hub(here: State) -> Player:
    """Who works in the hub of an alliance of which the director's program is a member."""
    return hub_staff(here, founded(here, here.director))


def test_hub_staff_get_no_page_and_no_route_of_the_state_or_of_a_program(app: Flask, here: State, hub: Player) -> None:
    browser, made, asked = here.browser(hub), {}, 0
    for rule, method, needs in _routes(app):
        if not isinstance(needs, tuple) or _HELD & set(needs):
            continue
        path = app.url_map.bind(here.host).build(rule.endpoint, _ids(rule, here, made), method=method)
        answer = _ask(here, hub, browser, path, method)
        assert answer.status_code in (403, 404), f"{method} {rule} answered {answer.status_code} to hub staff"
        asked += 1
    assert asked > 400


def test_what_hub_staff_may_open_shows_nothing_but_their_alliance(app: Flask, here: State, hub: Player) -> None:
    buy = open_buy(here)
    buy.order(here.director, {"GLOVES": (20,)})
    other = founded(here, here.fellow)
    open_buy(here, alliance_id=other)
    hub_staff(here, other)
    mine = _own_ids(here, hub)
    with here.scope() as session:
        everything = {
            str(one)
            for mapper in Base.registry.mappers
            if mapper.class_.isolation in ("tenant", "bridge") and "id" in mapper.columns
            for one in session.scalars(select(mapper.columns["id"]))
        }
    browser, asked = here.browser(hub), 0
    for rule, method, needs in _routes(app):
        open_to_hub = needs == "sign-in" or (isinstance(needs, tuple) and _HELD & set(needs))
        if method != "GET" or rule.arguments or not open_to_hub:
            continue
        answer = _ask(here, hub, browser, rule.rule, method)
        shown = {one for one in everything - mine if one in answer.text}
        assert answer.status_code < 400 and not shown, f"GET {rule} answered {answer.status_code}, shows {shown}"
        asked += 1
    assert asked > 10


def _own_ids(state: State, hub: Player) -> set[str]:
    """Return the ids that hub staff may see: of themselves, their alliance, its members and its purchases."""
    with state.scope() as session:
        own = session.scalars(select(Alliance.id).order_by(Alliance.id)).first()
        members = select(AllianceMember.id, AllianceMember.program_id).where(AllianceMember.alliance_id == own)
        bought = session.scalars(select(Purchase.id).where(Purchase.alliance_id == own))
        found = {hub.id, own, *(one for row in session.execute(members) for one in row), *bought}
        # sessions and tokens of one's own are on the page of one's account
        tokens = Base.registry.mappers
        for mapper in tokens:
            if mapper.class_.isolation == "tenant" and {"id", "person_id"} <= set(mapper.columns.keys()):
                mine = select(mapper.columns["id"]).where(mapper.columns["person_id"] == hub.id)
                found |= set(session.scalars(mine))
    return {str(one) for one in found}


def test_another_alliance_of_the_same_state_is_answered_like_one_that_is_not_here(
    app: Flask, here: State, hub: Player
) -> None:
    other = UUID(founded(here, here.fellow))
    browser, missing, asked = here.browser(hub), UUID(int=7), 0
    for rule, method, needs in _routes(app):
        models = {getattr(one, "model", None) for one in rule._converters.values()}
        if not isinstance(needs, tuple) or not _HELD & set(needs) or models != {Alliance}:
            continue
        for one in (other, missing):
            path = app.url_map.bind(here.host).build(rule.endpoint, {"alliance_id": one}, method=method)
            answer = _ask(here, hub, browser, path, method)
            assert answer.status_code == 404, f"{method} {rule} answered {answer.status_code} to hub staff"
        asked += 1
    assert asked >= 4
