"""The door of every request: the host opens a scope, a token proves a person, one transaction ends it."""

import secrets
from collections.abc import Iterable

import structlog
from flask import Flask, Response, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import MethodNotAllowed, NotFound

from carepool.clock import now
from carepool.errors import SecondFactorRequired, SignInRequired
from carepool.identity.actions import SignedIn, Standing, prove
from carepool.identity.models import TokenKind
from carepool.web.kept import forget_sent
from tenants.database import db, session
from tenants.registry import (
    TenantEntry,
    TenantState,
    VendorEntry,
    names_for_log,
    scope_of_host,
    tenant_entry,
    vendor_entry,
)
from tenants.scope import Scope, ScopeKind, enter

UNSCOPED = frozenset({"health.healthz", "health.readyz", "health.metrics", "assets.serve", "assets.serve_brand"})
"""Endpoints that answer without a state: they open no session."""


def init_app(app: Flask) -> None:
    """Register the steps that every request takes."""
    app.before_request(_name_request)
    app.before_request(_open_scope)
    app.after_request(_end_transaction)


def _name_request() -> None:
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if given.isascii() and 8 <= len(given) <= 64 and given.isprintable() else secrets.token_hex(8)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def serve_at_desks(app: Flask, desk: Iterable[str], both: Iterable[str]) -> None:
    """Say which blueprints answer at vendors' hosts: `desk` only there, `both` at states' hosts, too.

    All others answer at states' hosts only.
    """
    app.extensions["carepool_desk"] = frozenset(desk), frozenset(both)


def _open_scope() -> ResponseReturnValue | None:
    if request.endpoint in UNSCOPED:
        return None
    scope = scope_of_host(request.host)
    site = _site(scope) if scope else None
    if site is None:
        raise NotFound(f"{request.host} is the address of no state and no vendor.")
    g.tenant = site
    enter(session(), site.scope)
    structlog.contextvars.bind_contextvars(**names_for_log(site.scope))
    if site.scope.kind is ScopeKind.VENDOR and request.path == "/":
        return redirect(url_for("desk_pages.orders"))
    if isinstance(request.routing_exception, NotFound | MethodNotAllowed):
        raise request.routing_exception
    if not _is_served(site.scope):
        raise NotFound(f"{request.host} has no such page.")
    g.presented = _who()
    g.signed_in = g.presented if g.presented and g.presented.standing is Standing.WHOLE else None
    g.person = g.signed_in.person if g.signed_in else None
    return None


def _site(scope: Scope) -> TenantEntry | VendorEntry | None:
    """Return the state or vendor whose host was asked; None for a state whose doors are closed."""
    if scope.kind is ScopeKind.VENDOR:
        return vendor_entry(scope.id)
    tenant = tenant_entry(scope.id) if scope.kind is ScopeKind.TENANT else None
    return tenant if tenant and tenant.state is TenantState.ACTIVE else None


def _is_served(scope: Scope) -> bool:
    """Tell whether the page that was asked for is one of this kind of host."""
    desk, both = current_app.extensions["carepool_desk"]
    if request.blueprint in both:
        return True
    return (request.blueprint in desk) == (scope.kind is ScopeKind.VENDOR)


def _who() -> SignedIn | None:
    if request.path.startswith("/api/"):
        scheme, _, written = request.headers.get("Authorization", "").partition(" ")
        return prove(written.strip(), TokenKind.API, now()) if scheme.lower() == "bearer" else None
    cookie = request.cookies.get(session_cookie())
    return prove(cookie, TokenKind.SESSION, now()) if cookie else None


def signed_in() -> SignedIn:
    """Return who asks. Raises SignInRequired."""
    who: SignedIn | None = g.get("signed_in")
    if who is None:
        raise SecondFactorRequired() if g.get("presented") else SignInRequired()
    return who


def presented() -> SignedIn:
    """Return who asks, also where the second factor is still to be proved. Raises SignInRequired."""
    who: SignedIn | None = g.get("presented")
    if who is None:
        raise SignInRequired()
    return who


def session_cookie() -> str:
    """Return the name of the session's cookie; over https one that no other host can set."""
    return "__Host-carepool_session" if current_app.config["CAREPOOL_SCHEME"] == "https" else "carepool_session"


def _end_transaction(response: Response) -> Response:
    if "tenant" in g:
        if response.status_code >= 400:
            db.session.rollback()
        if forget_sent(response.status_code) or response.status_code < 400:
            db.session.commit()
    response.headers["X-Request-Id"] = g.get("request_id", "")
    return response
