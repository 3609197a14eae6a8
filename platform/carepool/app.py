"""create_app(): the only place where parts are wired together."""

import gc
from contextlib import ExitStack
from dataclasses import fields
from typing import Any

from flask import Flask
from flask_compress import Compress
from flask_smorest import Api
from flask_talisman import Talisman
from flask_wtf import CSRFProtect
from sqlalchemy.exc import DBAPIError
from werkzeug.middleware.proxy_fix import ProxyFix

import carepool.tables  # noqa: F401 - completes the registered models
from carepool import hints, ui
from carepool.config import BadSetting, Settings, first_line, load_settings, sqlalchemy_url
from carepool.features import register_features
from carepool.web import api_page, health, kept, logs, model_ids, problems, requests
from tenants import database, scope
from tenants.isolation import refuse_strong_role

API_PREFIX = "/api/v1"
OLDEST_POSTGRESQL = (15,)

_CSP = {
    "default-src": "'self'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application and see that its database will serve it. Raises Refused with a sentence for the operator."""
    settings = settings or load_settings()
    logs.configure(settings.carepool_log_level)
    app = Flask("carepool", static_folder=None)
    if settings.carepool_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.carepool_proxies, x_proto=0)  # type: ignore[method-assign]
    _configure(app, settings)
    Compress(app)
    database.init_app(app)
    scope.configure(app, settings.scope_signing_keys)
    hints.init_app(app)
    _refuse_database(app)
    logs.init_app(app)
    requests.init_app(app)
    csrf = CSRFProtect(app)
    kept.init_app(app)
    ui.init_app(app)
    _secure_headers(app, settings)
    model_ids.register_all(app)
    app.register_blueprint(health.blueprint)
    app.register_blueprint(api_page.blueprint)
    api = Api(app)
    api.ERROR_SCHEMA = None
    api.register_blueprint = _exempting(api, csrf)
    register_features(app, api)
    # after the API library, which would answer errors in its own shape
    problems.init_app(app)
    app.extensions["carepool_api"] = api
    # what was loaded until here lives as long as the process, and need not be looked through for garbage again
    gc.freeze()
    return app


def _refuse_database(app: Flask) -> None:
    """Refuse a database that does not answer, is not prepared for our keys, or whose role row security does not bind."""
    with app.app_context(), ExitStack() as undo:
        undo.callback(database.engine().dispose)
        try:
            with database.engine().connect() as connection:
                if (connection.dialect.server_version_info or OLDEST_POSTGRESQL) < OLDEST_POSTGRESQL:
                    raise BadSetting(f"DATABASE_URL: PostgreSQL {OLDEST_POSTGRESQL[0]} or newer is needed.")
                refuse_strong_role(connection)
        except DBAPIError as error:
            raise BadSetting(f"DATABASE_URL: the database does not answer. {first_line(error.orig)}") from None
        try:
            scope.prove_key(app)
        except DBAPIError as error:
            raise BadSetting(
                "The database is not prepared for SCOPE_SIGNING_KEYS; run `carepool database prepare` and"
                f" `carepool database migrate`. {first_line(error.orig)}"
            ) from None
        undo.pop_all()


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update({setting.name.upper(): getattr(settings, setting.name) for setting in fields(settings)})
    app.config.update(
        SQLALCHEMY_DATABASE_URI=sqlalchemy_url(settings.database_url),
        MAX_CONTENT_LENGTH=settings.upload_max_mib * 1024 * 1024,
        SESSION_COOKIE_NAME="__Host-carepool_form" if settings.carepool_scheme == "https" else "carepool_form",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.carepool_scheme == "https",
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        # pages only: what the API answers has ETags that it must know again
        COMPRESS_MIMETYPES=["text/html"],
        COMPRESS_ALGORITHM=["br", "gzip"],
        API_TITLE="Carepool",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=API_PREFIX,
        OPENAPI_JSON_PATH="openapi.json",
    )


def _secure_headers(app: Flask, settings: Settings) -> None:
    Talisman(
        app,
        force_https=settings.carepool_scheme == "https",
        strict_transport_security=settings.carepool_scheme == "https",
        session_cookie_secure=settings.carepool_scheme == "https",
        content_security_policy=_CSP,
        referrer_policy="same-origin",
    )


def _exempting(api: Api, csrf: CSRFProtect) -> Any:
    """API blueprints take bearer tokens only, never a cookie, so forged forms cannot reach them."""
    register = api.register_blueprint

    def register_exempt(blueprint: Any, **options: Any) -> None:
        csrf.exempt(blueprint)
        register(blueprint, **options)

    return register_exempt
