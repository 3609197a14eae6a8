"""Every route says who may call it."""

from typing import Any

from flask import Flask

from tests.cast import Cast
from tests.desks import desk_of


def _functions(app: Flask) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for endpoint, view in app.view_functions.items():
        methods = getattr(view, "view_class", None)
        if methods is None:
            found.append((endpoint, view))
        else:
            found += [(f"{endpoint}.{m}", getattr(methods, m.lower())) for m in methods.methods]
    return found


OPEN = {
    "health.healthz",
    "health.readyz",
    "health.metrics",
    "assets.serve",
    "assets.serve_brand",
    "api-docs.openapi_json",
    "api_page.browse",
    "identity_pages.sign_in",
    "identity_pages.sign_in_now",
    "identity_pages.ask_link",
    "identity_pages.ask_link_now",
    "identity_pages.use_link",
    "identity_pages.use_link_now",
    "identity_pages.sign_out",
    "passkeys_pages.sign_in_options",
    "passkeys_pages.sign_in",
    "oidc_door.go_there",
    "oidc_door.come_back",
    "claims_pages.join",
    "claims_pages.join_now",
    "claims_pages.join_code",
    "claims_pages.join_code_now",
    "claims_pages.confirm",
    "claims_pages.confirm_now",
    "notifications_doors.unsubscribe",
    "notifications_doors.unsubscribe_now",
    "notifications_doors.calendar_feed",
    "notifications_doors.mail_hook",
    "notifications_doors.sms_hook",
    "receiving_pages.worker",
    "order_pages.cover",
    "order_pages.open_it",
    "order_pages.order",
    "order_pages.acknowledge_it",
    "order_pages.answer",
    "order_pages.answer_change",
    "order_pages.answer_file",
    "vendor_doors.cxml",
    "order_pages.invoice",
    "order_pages.document",
    "order_pages.certificates",
}


def test_every_route_is_guarded_or_named_as_open(app: Flask) -> None:
    for name, function in _functions(app):
        needs = getattr(function, "needs", None)
        if name in OPEN:
            continue
        assert needs not in (None, "open"), f"{name} has no guard: use @needs(...) or add it to OPEN on purpose."


def test_without_a_token_every_api_route_answers_401(app: Flask, cast: Cast) -> None:
    from uuid import uuid4

    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/api/") or rule.endpoint.startswith("api-docs"):
            continue
        at_desk = rule.endpoint.partition(".")[0] in app.extensions["carepool_desk"][0]
        site: Any = desk_of(cast.here) if at_desk else cast.here
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            path = app.url_map.bind(site.host).build(rule.endpoint, {a: uuid4() for a in rule.arguments}, method=method)
            assert site.client().open(path, method=method).status_code == 401, f"{method} {rule}"
