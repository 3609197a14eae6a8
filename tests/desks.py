"""Vendors' desks: given by a state as its coordinator would, with people who can sign in."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

from flask import Flask, Response
from flask.testing import FlaskClient
from sqlalchemy import select

from carepool.clock import now
from carepool.identity import actions
from carepool.identity.rights import DESK, DeskRole
from carepool.identity.vendor_models import VendorPerson
from carepool.outbox import Actor, OutboxRow
from carepool.vendors.desk.models import DeskOrder
from carepool.web.requests import session_cookie
from tenants.database import db
from tenants.ids import new_id
from tenants.registry import Vendor, desk_host_of
from tenants.scope import Scope, ScopedSession, visiting
from tests.buying import make_contract, work
from tests.cast import PASSWORD, Browser, HostClient, Player, State, _csrf, _password_hash
from tests.ordering import VENDOR, Ordered, closed
from workers.deliveries import deliver


@dataclass(frozen=True)
class Desk:
    """One vendor's desk, and its first administrator."""

    app: Flask
    vendor_id: int
    host: str
    administrator: Player

    @property
    def vendor_scope(self) -> Scope:
        return Scope.vendor(self.vendor_id)

    @contextmanager
    def scope(self) -> Iterator[ScopedSession]:
        """Work in the vendor's scope; commits at the end."""
        with visiting(self.vendor_scope, self.app) as session:
            yield session

    def client(self) -> FlaskClient:
        """A browser that nobody is signed in with."""
        return HostClient(self.app, Response, use_cookies=True, host=self.host)

    def browser(self, player: Player | None = None) -> "DeskBrowser":
        """A browser in which someone of the vendor just signed in."""
        return DeskBrowser(self, player or self.administrator)

    def api(self, method: str, path: str, player: Player | None = None, **options: Any) -> Any:
        """Call the API with the token of someone of the vendor."""
        headers = {**options.pop("headers", {}), "Authorization": f"Bearer {(player or self.administrator).token}"}
        return self.client().open(f"/api/v1{path}", method=method, headers=headers, **options)

    def work(self) -> int:
        """Do all waiting outbox work of the vendor's own scope."""
        done = 0
        while True:
            with self.scope():
                query = select(OutboxRow.topic, OutboxRow.id).where(
                    OutboxRow.done_at.is_(None), OutboxRow.attempts == 0
                )
                rows = [(topic, one) for topic, one in db.session.execute(query.order_by(OutboxRow.id))]
            for topic, row_id in rows:
                deliver(self.app, self.vendor_scope, topic, [row_id])
            done += len(rows)
            if not rows:
                return done

    def orders(self) -> list[UUID]:
        """Return the ids of the orders at the desk, the oldest first."""
        with self.scope():
            own = select(DeskOrder.id).where(DeskOrder.vendor_id == self.vendor_id)
            return list(db.session.scalars(own.order_by(DeskOrder.id)))


class DeskBrowser(Browser):
    """A signed-in browser at a desk."""

    def __init__(self, desk: Desk, player: Player) -> None:
        self.client = desk.client()
        with desk.scope() as session:
            person: Any = session.get_one(VendorPerson, (desk.vendor_id, player.id))
            token = actions.open_session(person, now())
        with desk.app.app_context():
            self.client.set_cookie(session_cookie(), str(token), domain=desk.host)
        self.csrf = _csrf(self.client.get("/account").text)


@cache
def _known(host: str) -> dict[str, Desk]:
    return {}


def give_desk(state: State, contract: str, email: str = "sales@vendor.example") -> Any:
    """Press "Give this vendor a desk" as a coordinator; return the answer."""
    browser = state.browser(state.coordinator)
    answer = browser.submit(f"/vendors/{contract}/desk", "POST", {"name": "Sal Vendor", "email": email})
    work(state)
    return answer


def desk_of(state: State, contract: str = "") -> Desk:
    """Return the desk of the vendor that a state orders from (see `ordering.VENDOR`); it is given when there is none."""
    known = _known(state.host)
    if "desk" not in known:
        answer = give_desk(state, contract or make_contract(state, vendor=VENDOR))
        assert answer.status_code == 302, answer.text
        known["desk"] = _desk(state)
    return known["desk"]


def _desk(state: State) -> Desk:
    with state.scope():
        own = select(Vendor.id).where(Vendor.name == VENDOR, Vendor.registered_by == state.tenant.id)
        vendor_id = db.session.scalars(own).one()
    with state.app.app_context():
        host = desk_host_of(vendor_id)
    assert host
    with visiting(Scope.vendor(vendor_id), state.app):
        person = db.session.scalars(select(VendorPerson)).one()
        player = _player(person)
    return Desk(state.app, vendor_id, host, player)


def colleague(desk: Desk, role: DeskRole = DeskRole.STAFF) -> Player:
    """Add someone else to a desk."""
    with desk.scope():
        email = f"{secrets.token_hex(4)}@vendor.example"
        person = VendorPerson(id=new_id(), email=email, name="Cole Vendor", role=role, language="en")
        db.session.add(person)
        db.session.flush()
        return _player(person)


def _player(person: VendorPerson) -> Player:
    person.password_hash = _password_hash()
    at = now()
    token = actions.issue_api_token(Actor.operator(), person.id, list(DESK), "cast", at + timedelta(days=1), at)
    return Player(person.id, person.email, PASSWORD, str(token), None)


def shown_order(state: State, **terms: Any) -> tuple[Desk, Ordered, UUID]:
    """Return a desk, a closed purchase whose order was sent there, and the id of the order at the desk."""
    desk = desk_of(state)
    own = closed(state, **{"channel": "desk", **terms})
    assert own.send().status_code == 202
    work(state)
    return desk, own, desk.orders()[-1]
