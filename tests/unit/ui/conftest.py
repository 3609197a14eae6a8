"""A small application with nothing but the pages' frame, and the built assets."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask, flash, g, redirect, render_template_string, request
from flask.typing import ResponseReturnValue
from flask_talisman import Talisman
from flask_wtf import CSRFProtect

from carepool import ui
from carepool.ui import assets
from carepool.ui.navigation import NavigationLink
from tenants.brand import Brand

ROOT = Path(__file__).resolve().parents[3]
CSP = {"default-src": "'self'", "img-src": "'self' data:", "object-src": "'none'", "form-action": "'self'"}


@pytest.fixture(scope="session")
def built() -> Path:
    """The built assets of this checkout; built now if they are not."""
    folder = Path(os.environ.get("CAREPOOL_ASSETS") or ROOT / "var" / "assets")
    assets.build(Path(os.environ.get("CAREPOOL_VAR") or ROOT / "var"), folder)
    return folder


@pytest.fixture
def tenant() -> SimpleNamespace:
    """A state as the layout needs it."""
    return SimpleNamespace(
        title="Meadowlark Shared Services",
        zone="America/Denver",
        languages=("en", "es"),
        brand=Brand(
            agency="Department of Early Childhood",
            contact_name="Dana Whitfield",
            contact_phone="303-555-0142",
            contact_email="ask@example.org",
        ),
    )


@pytest.fixture
def person() -> SimpleNamespace:
    """A signed-in person; tests change it."""
    return SimpleNamespace(name="Rosa Alvarez", email="rosa@example.org", language="")


@pytest.fixture
def pages(built: Path, tenant: SimpleNamespace, person: SimpleNamespace) -> Flask:
    """The application. `?out` shows a page to nobody signed in, `?nowhere` without a state."""
    made = Flask("carepool", static_folder=None)
    made.config.update(SECRET_KEY="s" * 40, CAREPOOL_ASSETS=str(built), CAREPOOL_SCHEME="http", TESTING=True)
    CSRFProtect(made)
    ui.init_app(made)
    Talisman(made, force_https=False, session_cookie_secure=False, content_security_policy=CSP)

    @made.before_request
    def stand_in() -> None:
        if "nowhere" in request.args or request.endpoint == "assets.serve":
            return
        g.tenant, g.person = tenant, None if "out" in request.args else person
        g.signed_in = SimpleNamespace(person=g.person)

    @made.context_processor
    def menu() -> dict[str, object]:
        if g.get("person") is None:
            return {}
        links = [NavigationLink("Purchases", "/purchases", current=True), NavigationLink("My orders", "/orders")]
        return {"navigation": links, "message_count": 2, "messages_url": "/messages"}

    _routes(made)
    return made


def _routes(made: Flask) -> None:
    @made.post("/sign-out", endpoint="identity_pages.sign_out")
    def sign_out() -> ResponseReturnValue:
        flash("You are signed out.", "success")
        return redirect("/hello?out")

    @made.get("/sign-in", endpoint="identity_pages.sign_in")
    @made.get("/hello")
    def hello() -> ResponseReturnValue:
        page = '{% extends "layout.html" %}{% block title %}Hello{% endblock %}{% block content %}<h1>Hello</h1>{% endblock %}'
        return render_template_string(page)

    @made.post("/only-post")
    def only_post() -> ResponseReturnValue:
        return hello()

    @made.get("/problem/<int:path>")
    def problem(path: int) -> ResponseReturnValue:
        page = "{% include 'problem.html' %}"
        return render_template_string(
            page, status=path, sentence="There is no such purchase here.", request_id="8f2c"
        ), path


@pytest.fixture
def speaking(pages: Flask, tenant: SimpleNamespace) -> Callable[[str], object]:
    """A block inside a request in a language."""

    @contextmanager
    def inside(language: str) -> Iterator[None]:
        with pages.test_request_context(f"/hello?lang={language}"):
            g.tenant = tenant
            yield

    return inside


@pytest.fixture
def render(pages: Flask, speaking: Callable[[str], object]) -> Callable[..., str]:
    """Render one call of a component: render("tag", "tag('Open')", language="es")."""

    def rendered(module: str, call: str, language: str = "en", **context: object) -> str:
        name = call.partition("(")[0]
        source = f"{{% from 'components/{module}.html' import {name} %}}{{{{ {call} }}}}"
        with speaking(language):  # type: ignore[attr-defined]
            return " ".join(render_template_string(source, **context).split())

    return rendered
