"""The cast of every test: in each of two states a director, a fellow member, a coordinator and an administrator."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

from argon2 import PasswordHasher
from flask import Flask, Response
from flask.testing import FlaskClient
from sqlalchemy import func, update

from carepool.clock import now
from carepool.identity import actions
from carepool.identity.models import Person
from carepool.identity.rights import Permission, Role
from carepool.outbox import Actor, OutboxRow
from carepool.programs.actions import add_program
from carepool.web.requests import session_cookie
from tenants import lifecycle
from tenants.database import db
from tenants.kits import load_kit
from tenants.registry import TenantEntry
from tenants.scope import ScopedSession, visiting

PASSWORD = "a long enough password"


class HostClient(FlaskClient):
    """A browser that asks one state's host."""

    def __init__(self, *args: Any, host: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.host = host

    def open(self, *args: Any, **options: Any) -> Any:
        options.setdefault("base_url", f"http://{self.host}")
        return super().open(*args, **options)


@dataclass(frozen=True)
class Player:
    """A person of the cast with the password and an API token."""

    id: UUID
    email: str
    password: str
    token: str
    program_id: UUID | None


@dataclass(frozen=True)
class State:
    """One provisioned state and its people."""

    app: Flask
    tenant: TenantEntry
    host: str
    director: Player
    fellow: Player
    coordinator: Player
    administrator: Player

    @contextmanager
    def scope(self) -> Iterator[ScopedSession]:
        """Work in the state's scope; commits at the end."""
        with visiting(self.tenant.scope, self.app) as session:
            yield session

    def client(self) -> FlaskClient:
        """A browser that nobody is signed in with."""
        return HostClient(self.app, Response, use_cookies=True, host=self.host)

    def browser(self, player: Player) -> "Browser":
        """A browser in which a person of the cast just signed in."""
        return Browser(self, player)

    def api(self, method: str, path: str, player: Player | None = None, **options: Any) -> Any:
        """Call the API as a person of the cast (None: without a token)."""
        headers = dict(options.pop("headers", {}))
        if player is not None:
            headers["Authorization"] = f"Bearer {player.token}"
        return self.client().open(f"/api/v1{path}", method=method, headers=headers, **options)


class Browser:
    """A signed-in browser that fills the forms it was given; past the password, whose proof is slow on purpose."""

    def __init__(self, state: State, player: Player) -> None:
        self.client = state.client()
        with state.scope() as session:
            session_token = actions.open_session(session.get_one(Person, (state.tenant.id, player.id)), now())
        with state.app.app_context():
            self.client.set_cookie(session_cookie(), str(session_token), domain=state.host)
        self.csrf = _csrf(self.client.get("/messages").text)

    def submit(self, path: str, method: str, form: dict[str, Any] | None = None) -> Any:
        """Open a page, or send a form with its token."""
        if method == "GET":
            return self.client.get(path)
        return self.client.open(path, method=method, data={**(form or {}), "csrf_token": self.csrf})


def posted(client: FlaskClient, path: str, form: dict[str, Any] | None = None, page: str = "") -> Any:
    """Send a form as a browser does, with the token of the page that shows it (`path` where none is named)."""
    token = _csrf(client.get(page or path).text)
    return client.post(path, data={**(form or {}), "csrf_token": token})


def _csrf(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found, page[:500]
    return found.group(1)


@dataclass(frozen=True)
class Cast:
    """The state where a test plays, and another one."""

    here: State
    there: State


def make_state(app: Flask, kit: str = "co") -> State:
    """Provision a fresh state with the cast."""
    code = f"t{secrets.token_hex(5)}"
    host = f"{code}.localhost"
    with app.app_context():
        tenant = lifecycle.provision(load_kit(kit), [host], code=code)
    with visiting(tenant.scope, app):
        director = _player("director", Role.PROGRAM_DIRECTOR, _program("Sunny Hill", 40))
        fellow = _player("fellow", Role.PROGRAM_DIRECTOR, _program("Casa Luna", 6))
        coordinator = _player("coordinator", Role.PURCHASING_COORDINATOR)
        administrator = _player("administrator", Role.STATE_ADMINISTRATOR)
        # the cast was welcomed long ago
        db.session.execute(update(OutboxRow).values(done_at=func.now()))
    return State(app, tenant, host, director, fellow, coordinator, administrator)


@cache
def _password_hash() -> str:
    """Hash the cast's password once; Argon2 is slow on purpose."""
    return PasswordHasher().hash(PASSWORD)


def _program(name: str, capacity: int) -> UUID:
    number = f"L-{secrets.token_hex(4)}"
    facts = {"licence_number": number, "name": name, "capacity": capacity, "county": "Adams"}
    return add_program(Actor.operator(), facts).id


def _player(name: str, role: Role | None, program_id: UUID | None = None) -> Player:
    by, email = Actor.operator(), f"{name}@example.org"
    person = actions.invite_person(by, email, name.title())
    if role is not None:
        actions.grant_role(by, person.id, role, program_id)
    person.password_hash = _password_hash()
    at = now()
    token = actions.issue_api_token(by, person.id, list(Permission), "cast", at + timedelta(days=1), at)
    return Player(person.id, email, PASSWORD, str(token), program_id)
