"""Every route with the other state's ids: found by construction from the route map, nothing to remember."""

import io
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.routing import Rule

from carepool.identity.vendor_models import TWINS, VendorToken
from carepool.web.bodies import IdOf, SharedId
from carepool.web.model_ids import ModelIdConverter
from tenants.database import Base, model_of
from tests.cast import Cast, State
from tests.desks import desk_of
from tests.isolation.bodies import BODIES, HEADERS, OWN
from tests.isolation.factories import FACTORIES, make
from tests.isolation.statements import counting
from tests.isolation.test_routes_guarded import OPEN


def _id_routes(app: Flask) -> list[tuple[Rule, str]]:
    return [
        (rule, method)
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        if any(isinstance(converter, ModelIdConverter) for converter in rule._converters.values())
    ]


def _at_desk(app: Flask, rule: Rule) -> bool:
    return rule.endpoint.partition(".")[0] in app.extensions["carepool_desk"][0]


def _ids(rule: Rule, state: State, made: dict[Any, UUID] | None = None) -> dict[str, UUID]:
    """Make a row for each argument of an address; `made` keeps them for other addresses that change nothing."""
    made = {} if made is None else made
    models = {name: converter.model for name, converter in rule._converters.items()}  # type: ignore[attr-defined]
    for model in models.values():
        if model not in made:
            made[model] = make(model, state)
    return {name: made[model] for name, model in models.items()}


def _call(
    state: State,
    app: Flask,
    rule: Rule,
    method: str,
    ids: dict[str, UUID],
    body: Any = None,
    browsers: dict[str, Any] | None = None,
) -> Any:
    path = app.url_map.bind(state.host).build(rule.endpoint, ids, method=method)
    key = (rule.endpoint, method)
    if body is None and key in BODIES:
        body = BODIES[key](state, ids)
    # pages and routes of a vendor's desk are asked of the state's vendor
    site: Any = desk_of(state) if _at_desk(app, rule) else state
    if path.startswith("/api/"):
        headers = {"Authorization": f"Bearer {site.administrator.token}", **HEADERS.get(key, {})}
        files = {name: (io.BytesIO(one), name) for name, one in (body or {}).items() if isinstance(one, bytes)}
        sent = {"data": {**body, **files}, "content_type": "multipart/form-data"} if files else {"json": body}
        return site.client().open(path, method=method, headers=headers, **sent)
    browser = (browsers or {}).get(site.host) or site.browser(site.administrator)
    if browsers is not None:
        browsers[site.host] = browser
    return browser.submit(path, method, body)


def test_every_address_with_an_argument_names_its_model(app: Flask) -> None:
    plain = {"path", "token", "lang", "colour"}
    for rule in app.url_map.iter_rules():
        for name, converter in rule._converters.items():
            known = isinstance(converter, ModelIdConverter) or name in plain
            assert known, f"{rule} takes {name} without naming its model: use <table:name>."


def test_a_foreign_id_is_answered_like_a_missing_one(app: Flask, cast: Cast) -> None:
    here, there = cast.here, cast.there
    # one for all: nothing that is not found may end its session
    browsers: dict[str, Any] = {}
    # nor may it change what the other state has
    made: dict[Any, UUID] = {}
    mine: dict[Any, UUID] = {}
    for rule, method in _id_routes(app):
        foreign = _ids(rule, there, made)
        missing = {name: uuid4() for name in foreign}
        key = (rule.endpoint, method)
        body = None
        if key in BODIES:
            body = BODIES[key](here, OWN[key](here) if key in OWN else _ids(rule, here, mine))
        _call(here, app, rule, method, missing, body, browsers)  # warms caches of statements
        with counting(app) as for_missing:
            nothing = _call(here, app, rule, method, missing, body, browsers)
        with counting(app) as for_foreign:
            theirs = _call(here, app, rule, method, foreign, body, browsers)
        where = f"{method} {rule}"
        assert theirs.status_code == 404, f"{where} answered {theirs.status_code} to another state's id: {theirs.text}"
        assert nothing.status_code == 404, f"{where} answered {nothing.status_code} to a missing id"
        assert for_foreign == for_missing, f"{where} asks the database differently for a foreign id"
        if theirs.is_json:
            assert {**theirs.json, "request_id": ""} == {**nothing.json, "request_id": ""}


def _all_ids(state: State) -> set[str]:
    found: set[str] = set()
    with state.scope() as session:
        for mapper in Base.registry.mappers:
            if mapper.class_.isolation in ("tenant", "bridge") and "id" in mapper.columns:
                found |= {str(value) for value in session.scalars(select(mapper.columns["id"]))}
    with desk_of(state).scope() as session:
        for mapper in Base.registry.mappers:
            if mapper.class_.isolation == "vendor" and "id" in mapper.columns:
                found |= {str(value) for value in session.scalars(select(mapper.columns["id"]))}
    return found


def test_no_list_shows_a_row_of_another_state(app: Flask, cast: Cast) -> None:
    for model in FACTORIES:
        make(model, cast.here)
        make(model, cast.there)
    theirs = _all_ids(cast.there)
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or set()) or rule.arguments or rule.endpoint in OPEN:
            continue
        answer = _call(cast.here, app, rule, "GET", {})
        assert answer.status_code == 200, f"GET {rule} answered {answer.status_code}: {answer.text[:300]}"
        shown = {one for one in theirs if one in answer.text}
        assert not shown, f"GET {rule} shows rows of another state"


def test_own_ids_are_found_so_that_404_means_something(app: Flask, cast: Cast) -> None:
    found: dict[str, list[int]] = {}
    read: dict[Any, UUID] = {}
    for rule, method in _id_routes(app):
        key = (rule.endpoint, method)
        own = OWN[key](cast.here) if key in OWN else _ids(rule, cast.here, read if method == "GET" else None)
        status = _call(cast.here, app, rule, method, own).status_code
        assert status < 500, f"{method} {rule} answered {status} to its own id"
        for converter in rule._converters.values():
            found.setdefault(converter.model.__name__, []).append(status)  # type: ignore[attr-defined]
    silent = [name for name, statuses in found.items() if not any(200 <= status < 300 for status in statuses)]
    assert not silent, f"No route answered its own id of {silent}; {found}"


def test_at_a_desk_an_id_of_another_vendor_is_answered_like_a_missing_one_on_shared_pages(
    app: Flask, cast: Cast
) -> None:
    here, there = desk_of(cast.here), desk_of(cast.there)
    _, both = app.extensions["carepool_desk"]
    swept = 0
    for rule, method in _id_routes(app):
        if rule.endpoint.partition(".")[0] not in both:
            continue
        models = {name: TWINS[one.model] for name, one in rule._converters.items()}  # type: ignore[attr-defined]
        answers = []
        for ids in (
            {name: make(model, cast.there) for name, model in models.items()},
            {name: uuid4() for name in models},
        ):
            path = app.url_map.bind(here.host).build(rule.endpoint, ids, method=method)
            answers.append(here.browser().submit(path, method))
        assert [one.status_code for one in answers] == [404, 404], f"{method} {rule}"
        swept += 1
    assert swept >= 4
    with there.scope() as session:
        assert session.scalar(select(func.count()).where(VendorToken.revoked_at.is_not(None))) == 0


def test_at_a_desk_own_ids_of_shared_pages_are_found(app: Flask, cast: Cast) -> None:
    here = desk_of(cast.here)
    _, both = app.extensions["carepool_desk"]
    for rule, method in _id_routes(app):
        if rule.endpoint.partition(".")[0] not in both:
            continue
        ids = {name: make(TWINS[one.model], cast.here) for name, one in rule._converters.items()}  # type: ignore[attr-defined]
        path = app.url_map.bind(here.host).build(rule.endpoint, ids, method=method)
        status = here.browser().submit(path, method).status_code
        assert status not in (404, 500), f"{method} {rule} answered {status} to its own id"


def _body_ids(schema: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    from marshmallow import fields

    for name, field in schema.fields.items():
        key = field.data_key or name
        inner = field.inner if isinstance(field, fields.List) else field
        here = (*path, key, 0) if isinstance(field, fields.List) else (*path, key)
        if isinstance(inner, IdOf):
            yield here, inner.table
        elif isinstance(inner, fields.Nested):
            yield from _body_ids(inner.schema, here)
        else:
            plain = isinstance(inner, fields.UUID) and not isinstance(inner, SharedId)
            assert not plain, f"{schema} field {name}: use IdOf(table) so that it is swept."


def _body_routes(app: Flask) -> Iterator[tuple[Rule, str, Any]]:
    for rule in app.url_map.iter_rules():
        view = getattr(app.view_functions[rule.endpoint], "view_class", None)
        for method in (rule.methods or set()) & {"POST", "PUT", "PATCH"}:
            function = getattr(view, method.lower(), None)
            for argument in getattr(function, "_apidoc", {}).get("arguments", {}).get("parameters", []):
                if argument.get("in") == "json":
                    found = argument["schema"]
                    yield rule, method, found() if isinstance(found, type) else found


def _replace(body: Any, path: tuple[str | int, ...], value: str) -> Any:
    if not path:
        return value
    copy = list(body) if isinstance(body, list) else dict(body)
    assert path[0] in copy if isinstance(copy, dict) else len(copy) > int(path[0]), f"the body lacks {path}"
    copy[path[0]] = _replace(copy[path[0]], path[1:], value)  # type: ignore[call-overload,index]
    return copy


def test_foreign_ids_inside_bodies_are_refused_like_missing_ones(app: Flask, cast: Cast) -> None:
    for rule, method, schema in _body_routes(app):
        for path, table in _body_ids(schema):
            body = BODIES.get((rule.endpoint, method))
            assert body, f"Add a body for {(rule.endpoint, method)} to tests/isolation/bodies.py."
            key = (rule.endpoint, method)
            own = OWN[key](cast.here) if key in OWN else _ids(rule, cast.here)
            valid = body(cast.here, own)
            foreign_id = str(make(model_of(table), cast.there))
            where = f"{method} {rule} {path}"
            theirs = _call(cast.here, app, rule, method, own, _replace(valid, path, foreign_id))
            nothing = _call(cast.here, app, rule, method, own, _replace(valid, path, str(uuid4())))
            control = _call(cast.here, app, rule, method, own, valid)
            assert 200 <= control.status_code < 300, f"{where} does not take its own body: {control.text}"
            assert theirs.status_code in (404, 422), f"{where} took another state's id: {theirs.text}"
            assert theirs.status_code == nothing.status_code, where
            same = [{**answer.json, "request_id": ""} for answer in (theirs, nothing)]
            assert same[0] == same[1], where


@pytest.mark.parametrize("door", ["/api/v1/me", "/api/v1/programs"])
def test_a_token_of_another_state_proves_nothing(cast: Cast, door: str) -> None:
    headers = {"Authorization": f"Bearer {cast.there.administrator.token}"}
    assert cast.here.client().get(door, headers=headers).status_code == 401
