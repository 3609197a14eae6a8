"""Scopes: who may see what in one database transaction.

A session has exactly one scope for life. It is told to PostgreSQL at the start of every transaction as a token signed
by the application and bound to the backend process and the start of the transaction; row-level security asks the
token, never a plain setting (see `tenants/isolation.py`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import structlog
from flask import Flask, current_app
from flask_sqlalchemy.session import Session
from sqlalchemy import Connection, event, text
from sqlalchemy.orm import SessionTransaction

from tenants.ids import TenantId, VendorId
from tenants.signing import KeyRing


class ScopeKind(StrEnum):
    """The kinds of scope. A directory scope sees the shared tables and nothing else."""

    TENANT = "tenant"
    VENDOR = "vendor"
    OFFICE = "office"
    DIRECTORY = "directory"


class ScopeRequired(RuntimeError):
    """A session was used before its scope was entered."""


class ScopeAlreadyEntered(RuntimeError):
    """A session was asked to enter a second scope."""


@dataclass(frozen=True)
class Scope:
    """One state, one vendor, the national office, or only the shared directory."""

    kind: ScopeKind
    id: int

    @classmethod
    def tenant(cls, tenant_id: TenantId | int) -> "Scope":
        """The scope of one state."""
        return cls(ScopeKind.TENANT, tenant_id)

    @classmethod
    def vendor(cls, vendor_id: VendorId | int) -> "Scope":
        """The scope of one vendor, across states."""
        return cls(ScopeKind.VENDOR, vendor_id)

    @classmethod
    def office(cls) -> "Scope":
        """The scope of the national office and of operators."""
        return cls(ScopeKind.OFFICE, 0)

    @classmethod
    def directory(cls) -> "Scope":
        """The scope of nobody: shared tables only."""
        return cls(ScopeKind.DIRECTORY, 0)

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


_CHALLENGE = "select pg_backend_pid(), (extract(epoch from transaction_timestamp()) * 1000000)::bigint"
_PRESENT = "select set_config('app.scope', %s, true)"


class ScopedSession(Session):
    """A Flask-SQLAlchemy session that refuses to work before its scope is entered."""

    @property
    def scope(self) -> Scope:
        """The scope entered. Raises ScopeRequired."""
        scope: Scope | None = self.info.get("scope")
        if scope is None:
            raise ScopeRequired(
                "No scope: enter one with tenants.scope.enter() or visiting() before using the database."
            )
        return scope


def enter(session: ScopedSession, scope: Scope) -> None:
    """Give a fresh session its scope, for life. Raises ScopeAlreadyEntered."""
    if "scope" in session.info:
        raise ScopeAlreadyEntered(f"This session is in scope {session.info['scope']} and cannot enter {scope}.")
    session.info["scope"] = scope
    session.info["keyring"] = current_app.extensions["scope_signing"]


def configure(app: Flask, signing_keys: str) -> None:
    """Give an application the keys that sign its scopes. Raises BadKeyRing."""
    app.extensions["scope_signing"] = KeyRing.parse(signing_keys)


def prove_key(app: Flask) -> None:
    """See that the database accepts what the application signs. Raises SQLAlchemy's DBAPIError."""
    with visiting(Scope.directory(), app) as session:
        session.execute(text("select app.scope_kind()"))


def present(driver: Any, scope: Scope, keyring: KeyRing) -> None:
    """Tell PostgreSQL the scope of the transaction that runs on a driver's connection.

    On the driver's own cursor: every transaction passes here, and a statement object costs as much as the round trip.
    """
    cursor = driver.cursor()
    cursor.execute(_CHALLENGE)
    pid, started = cursor.fetchall()[0]
    claim = f"{scope.kind}.{scope.id}.{keyring.signer.number}.{pid}.{started}"
    cursor.execute(_PRESENT, (f"{claim}.{keyring.signer.sign(claim)}",))
    cursor.close()


@event.listens_for(ScopedSession, "after_begin")
def _present_scope(session: ScopedSession, transaction: SessionTransaction, connection: Connection) -> None:
    if not transaction.nested:
        present(connection.connection, session.scope, session.info["keyring"])


@contextmanager
def visiting(scope: Scope, app: Flask | None = None, *, snapshot: bool = False) -> Iterator[ScopedSession]:
    """Enter a scope in an application context of its own: the door of tasks, commands and rounds.

    Commits when the block ends well, rolls back when it raises. `snapshot`: all statements see the same moment.
    """
    from tenants.database import session as own_session  # the handle needs ScopedSession

    flask_app: Flask = app if app is not None else current_app._get_current_object()  # type: ignore[attr-defined]
    with structlog.contextvars.bound_contextvars(scope=str(scope)), flask_app.app_context():
        session = own_session()
        enter(session, scope)
        try:
            if snapshot:
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            raise
