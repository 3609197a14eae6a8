"""The database handle, the base classes of tables, and the few helpers that know about composite keys.

A table says what it is by its base class; policies, audits and tests are derived from it.
"""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

import psycopg
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    CursorResult,
    Date,
    DateTime,
    Executable,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
    bindparam,
    event,
    func,
    insert,
    select,
    update,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy import column as sql_column
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from tenants.scope import ScopedSession, ScopeKind

CHUNK_ROWS = 10_000
"""Rows a bulk statement carries at the most."""

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Root of all tables."""

    metadata = MetaData(naming_convention=_NAMES)


db = SQLAlchemy(
    model_class=Base,
    disable_autonaming=True,
    session_options={"class_": ScopedSession, "expire_on_commit": False, "autoflush": True},
)
if TYPE_CHECKING:

    class Model(Base):
        """What `db.Model` is to the type checker."""

        __abstract__ = True
else:
    Model = db.Model
Row = TypeVar("Row")


def session() -> ScopedSession:
    """Return the session of the running request, task or command."""
    return cast(ScopedSession, db.session())


def _own_number(kind: ScopeKind) -> int:
    scope = session().scope
    if scope.kind is not kind:
        raise RuntimeError(f"A row of a {kind} table cannot be written in scope {scope}.")
    return scope.id


class TenantTable(Model):
    """A table whose rows belong to one state: `tenant_id` is filled from the session's scope."""

    __abstract__ = True
    isolation: ClassVar[str] = "tenant"
    #: Whether the reviewed search function may read the table (see `isolation.py`).
    searched: ClassVar[bool] = False

    tenant_id: Mapped[int] = mapped_column(
        SmallInteger,
        primary_key=True,
        sort_order=-100,
        default=lambda: _own_number(ScopeKind.TENANT),
        autoincrement=False,
    )


class VendorTable(Model):
    """A table whose rows belong to one vendor across states: `vendor_id` is filled from the session's scope."""

    __abstract__ = True
    isolation: ClassVar[str] = "vendor"

    vendor_id: Mapped[int] = mapped_column(
        BigInteger,
        primary_key=True,
        sort_order=-100,
        default=lambda: _own_number(ScopeKind.VENDOR),
        autoincrement=False,
    )


class InfrastructureTable(Model):
    """A table of machinery that every scope has rows in: outbox, history, files, jobs, idempotency keys."""

    __abstract__ = True
    isolation: ClassVar[str] = "infrastructure"
    #: Topics whose rows a vendor may address to a state (see `isolation.py`).
    addressed: ClassVar[tuple[str, ...]] = ()

    scope_kind: Mapped[str] = mapped_column(
        Text, primary_key=True, sort_order=-100, default=lambda: str(session().scope.kind)
    )
    scope_id: Mapped[int] = mapped_column(
        BigInteger,
        primary_key=True,
        sort_order=-99,
        autoincrement=False,
        default=lambda: session().scope.id,
    )


class SharedTable(Model):
    """A table that every scope may read; `writers` names the rule in `isolation.py` of who may write it."""

    __abstract__ = True
    isolation: ClassVar[str] = "shared"
    writers: ClassVar[str] = "office"


class BridgeTable(Model):
    """A table deliberately seen from two scopes: one state and one vendor. Queries add their key filter explicitly."""

    __abstract__ = True
    isolation: ClassVar[str] = "bridge"
    #: Whether the vendor adds rows; none is ever changed or removed from its side.
    vendor_adds: ClassVar[bool] = False

    tenant_id: Mapped[int] = mapped_column(
        SmallInteger,
        primary_key=True,
        sort_order=-100,
        default=lambda: _own_number(ScopeKind.TENANT),
        autoincrement=False,
    )
    vendor_id: Mapped[int] = mapped_column(BigInteger, sort_order=-98)


def execute(statement: Executable, **values: Any) -> CursorResult[Any]:
    """Execute a statement that is kept at module level, with the values of its `bindparam`s, on the session's connection.

    For the paths that many people take at once: such a statement is built once and its rows are plain.
    """
    own = session()
    own.flush()
    return own.connection().execute(statement, values)


def database_now() -> datetime:
    """Return the instant that the database's clock shows now, also long after the transaction began."""
    instant: datetime = session().scalars(select(func.clock_timestamp())).one()
    return instant


def tables_by_kind() -> dict[str, str]:
    """Return {table name: kind of isolation} for every table of the registered models."""
    return {cast(Table, mapper.local_table).name: mapper.class_.isolation for mapper in Base.registry.mappers}


def model_of(table_name: str) -> type[Any]:
    """Return the model of a table name. Raises KeyError."""
    models = {cast(Table, mapper.local_table).name: mapper.class_ for mapper in Base.registry.mappers}
    return models[table_name]


def tenant_fk(columns: str | Sequence[str], target: str, *, ondelete: str | None = None) -> ForeignKeyConstraint:
    """Return a composite foreign key that carries the tenant.

    `columns`: the referring column or columns; `target`: the table, referred to by its key after `tenant_id`
    (`program` means `program.id`, `program.a,b` names the columns).
    """
    table, _, names = target.partition(".")
    own = [columns] if isinstance(columns, str) else list(columns)
    theirs = names.split(",") if names else ["id"]
    return ForeignKeyConstraint(
        ["tenant_id", *own], [f"{table}.tenant_id", *(f"{table}.{name}" for name in theirs)], ondelete=ondelete
    )


def vendor_fk(columns: str, target: str) -> ForeignKeyConstraint:
    """Return a composite foreign key between two tables of a vendor's own; it carries the vendor."""
    return ForeignKeyConstraint(["vendor_id", columns], [f"{target}.vendor_id", f"{target}.id"])


def one_of(column: Any, values: Iterable[Any]) -> ColumnElement[bool]:
    """Return the condition that a column is one of many values: one array, however many there are."""
    return cast(ColumnElement[bool], column == func.any(bindparam(None, list(values), type_=ARRAY(column.type))))


def bulk_insert(
    model: type[Any],
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    same: Mapping[str, Any] | None = None,
    keep: bool = False,
) -> int:
    """Insert rows as `INSERT ... SELECT FROM unnest(arrays)`, at most 10,000 a statement; COPY is refused under RLS.

    `columns` name the model's columns in the order of each row; `same`: columns that have one value in all rows; the
    scope's key is added here. `keep=True` leaves rows that already exist alone. Returns how many rows were written.
    """
    own = session()
    single = {**_scope_values(model, own), **(same or {})}
    statement = _unnest_insert(_table(model), tuple(columns), tuple(single), keep)
    return _in_chunks(own, model, statement, columns, rows, {f"own_{name}": value for name, value in single.items()})


def bulk_update(
    model: type[Any],
    key: Sequence[str],
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    where: Mapping[str, Any] | None = None,
    same: Mapping[str, Any] | None = None,
    counted: bool = False,
) -> int:
    """Update rows of the session's scope as `UPDATE ... FROM unnest(arrays)`, at most 10,000 a statement.

    Each row holds the values of `key`, by which it is found and which are never null, then those of `columns`. `where`:
    key columns with one value for all rows; `same`: columns that get one value in all rows; the scope's own key is
    added here; `counted`: each row's
    version rises by one. Returns how many rows were written; a key that is not found writes nothing.
    """
    own = session()
    found = {**_scope_values(model, own), **(where or {})}
    table = _table(model)
    line = _unnested(table, (*key, *columns))
    statement = (
        update(table)
        .where(*(table.c[name] == _one(table, name, "own") for name in found))
        .where(*(table.c[name] == line.c[name] for name in key))
        .values(
            {name: sql_cast(line.c[name], table.c[name].type) for name in columns}
            | {name: _one(table, name, "set") for name in same or {}}
            | ({"version": table.c.version + 1} if counted else {})
        )
    )
    constants = {f"own_{name}": value for name, value in found.items()}
    constants |= {f"set_{name}": value for name, value in (same or {}).items()}
    return _in_chunks(own, model, statement, (*key, *columns), rows, constants)


def _in_chunks(
    own: ScopedSession,
    model: type[Any],
    statement: Any,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    constants: Mapping[str, Any],
) -> int:
    """Run a statement over arrays of the rows' columns and return how many rows it wrote."""
    table = _table(model)
    written = 0
    iterator = iter(rows)
    while chunk := list(islice(iterator, CHUNK_ROWS)):
        arrays = {
            f"all_{name}": _array(table.c[name], values)
            for name, values in zip(columns, zip(*chunk, strict=True), strict=True)
        }
        done = own.connection().execute(
            statement, {**constants, **arrays}, execution_options={"preserve_rowcount": True}
        )
        written += done.rowcount
    return written


_BARE = (Integer, Uuid, Boolean, Date, DateTime)
"""Types whose values need no quotes in an array."""


def _array(column: Column[Any], values: Sequence[Any]) -> Any:
    """Write an array as one text; adapting every value by itself takes many times as long."""
    if isinstance(column.type, _BARE):
        written = ["NULL" if one is None else str(one) for one in values] if None in values else map(str, values)
        return f"{{{','.join(written)}}}"
    return json.dumps(values) if isinstance(column.type, Text | JSONB) else list(values)


def _array_parameter(name: str, column: Column[Any]) -> Any:
    if isinstance(column.type, _BARE):
        return sql_cast(bindparam(name, type_=Text()), ARRAY(column.type))
    if isinstance(column.type, Text | JSONB):
        parts = func.jsonb_array_elements_text if isinstance(column.type, Text) else func.jsonb_array_elements
        part = parts(sql_cast(bindparam(name, type_=Text()), JSONB)).column_valued("part")
        return func.array(select(part).scalar_subquery())
    return bindparam(name, type_=ARRAY(column.type))


@cache
def _unnest_insert(table: Table, columns: tuple[str, ...], single: tuple[str, ...], keep: bool) -> Any:
    line = _unnested(table, columns)
    values = [_one(table, name, "own") for name in single]
    query = select(*values, *(sql_cast(line.c[name], table.c[name].type) for name in columns))
    names = [*single, *columns]
    if keep:
        return pg_insert(table).from_select(names, query, include_defaults=False).on_conflict_do_nothing()
    return insert(table).from_select(names, query, include_defaults=False)


def _unnested(table: Table, columns: Sequence[str]) -> Any:
    """Return a source of lines made of one array a column."""
    arrays = [_array_parameter(f"all_{name}", table.c[name]) for name in columns]
    columns_of = (sql_column(name, table.c[name].type) for name in columns)
    return func.unnest(*arrays).table_valued(*columns_of).render_derived(name="line")


def _one(table: Table, name: str, use: str) -> Any:
    return bindparam(f"{use}_{name}", type_=table.c[name].type)


def _table(model: type[Any]) -> Table:
    return cast(Table, model.__table__)


def _scope_columns(model: type[Any]) -> tuple[str, ...]:
    return {
        "tenant": ("tenant_id",),
        "bridge": ("tenant_id",),
        "vendor": ("vendor_id",),
        "infrastructure": ("scope_kind", "scope_id"),
    }.get(model.isolation, ())


def _scope_values(model: type[Any], own: ScopedSession) -> dict[str, Any]:
    scope = own.scope
    values = {"tenant_id": scope.id, "vendor_id": scope.id, "scope_kind": str(scope.kind), "scope_id": scope.id}
    return {name: values[name] for name in _scope_columns(model)}


def init_app(app: Flask) -> None:
    """Bind the handle to an application: pool, clean connections, UTC."""
    options = {
        "pool_size": app.config["DATABASE_POOL_SIZE"],
        "max_overflow": 0,
        # errors are logged with their SQL; the values in it are people's
        "hide_parameters": True,
        # a pooled connection forgets its prepared statements between visits, so none are made
        "connect_args": {"options": "-c timezone=UTC -c search_path=public", "prepare_threshold": None},
    }
    app.config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", options)
    db.init_app(app)
    with app.app_context():
        event.listen(db.engine, "connect", _note_process)
        event.listen(db.engine, "checkout", _forget)


_FORGET = (
    "close all; set session authorization default; reset all; deallocate all; unlisten *;"
    " select pg_advisory_unlock_all(); discard temp; discard sequences"
)
"""What DISCARD ALL does but for the plans, which hold nothing of anybody: making those of foreign keys and of the scope's
check again in every transaction costs more than the transaction."""


def _note_process(_connection: Any, record: Any) -> None:
    record.info["pid"] = os.getpid()


def _forget(dbapi_connection: Any, record: Any, proxy: Any) -> None:
    """Leave nothing of one visit to the next user of a pooled connection; a lost connection is replaced."""
    if record.info["pid"] != os.getpid():
        # a child must leave its parent's connection alone, also not close it
        record.dbapi_connection = proxy.dbapi_connection = None
        raise DisconnectionError("This connection belongs to the parent process.")
    try:
        dbapi_connection.autocommit = True
        dbapi_connection.execute(_FORGET)
        dbapi_connection.autocommit = False
    except psycopg.OperationalError as error:
        raise DisconnectionError from error


def find(model: type[Row], *key: Any) -> Row | None:
    """Return the row of the session's own scope with this key (without the scope's part), or None."""
    own = session()
    return own.get(model, (*_scope_values(model, own).values(), *key))


def key_columns(model: type[Any]) -> tuple[Column[Any], ...]:
    """Return the primary key columns of a model, the scope's first."""
    return tuple(cast(Table, model.__table__).primary_key.columns)


def engine() -> Engine:
    """Return the application's engine; only `tenants/` and the health check may ask for it."""
    return db.engine
