"""The door of every request: the host opens a scope, a token proves a person, one transaction ends it."""

import secrets

import structlog
from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import MethodNotAllowed, NotFound

from carepool.clock import now
from carepool.errors import SecondFactorRequired, SignInRequired
from carepool.identity.actions import SignedIn, Standing, prove
from carepool.identity.models import TokenKind
from carepool.web.kept import forget_sent
from tenants.database import db, session
from tenants.registry import TenantState, scope_of_host, tenant_entry
from tenants.scope import ScopeKind, enter

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


def _open_scope() -> None:
    if request.endpoint in UNSCOPED:
        return
    scope = scope_of_host(request.host)
    if scope is None or scope.kind is not ScopeKind.TENANT:
        raise NotFound(f"{request.host} is not the address of a state.")
    tenant = tenant_entry(scope.id)
    if tenant is None or tenant.state is not TenantState.ACTIVE:
        raise NotFound(f"{request.host} is not the address of a state.")
    g.tenant = tenant
    enter(session(), tenant.scope)
    structlog.contextvars.bind_contextvars(tenant=tenant.code, scope=str(tenant.scope))
    if isinstance(request.routing_exception, NotFound | MethodNotAllowed):
        raise request.routing_exception
    g.presented = _who()
    g.signed_in = g.presented if g.presented and g.presented.standing is Standing.WHOLE else None
    g.person = g.signed_in.person if g.signed_in else None


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
