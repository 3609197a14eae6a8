"""The ways around a scope, each tried as the application's own role."""

import os
import random
import threading
from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Table, text
from sqlalchemy.exc import DBAPIError

from carepool.programs.models import Program
from tenants.database import Base, db, engine
from tenants.preparation import libpq
from tenants.scope import Scope, ScopeAlreadyEntered, ScopeRequired, enter, visiting
from tenants.signing import KeyRing
from tests.cast import Cast
from tests.databases import Database

TENANT_TABLES = sorted(
    mapper.local_table.name for mapper in Base.registry.mappers if mapper.class_.isolation in ("tenant", "bridge")
)

VENDOR_TABLES = sorted(
    mapper.local_table.name for mapper in Base.registry.mappers if mapper.class_.isolation == "vendor"
)
BRIDGES = {
    mapper.local_table.name: mapper.class_.vendor_adds
    for mapper in Base.registry.mappers
    if mapper.class_.isolation == "bridge"
}


@pytest.fixture
def raw(database: Database) -> Iterator[psycopg.Connection]:
    """A connection of the application's role with arbitrary SQL in its hands."""
    from sqlalchemy.engine import make_url

    with psycopg.connect(libpq(make_url(database.app_url))) as connection:
        yield connection


def _token(connection: psycopg.Connection, database: Database, scope: Scope) -> str:
    """What the application itself would sign for this transaction."""
    row = connection.execute(
        "select pg_backend_pid(), (extract(epoch from transaction_timestamp()) * 1000000)::bigint"
    ).fetchone()
    assert row
    key = KeyRing.parse(database.signing_keys).signer
    claim = f"{scope.kind}.{scope.id}.{key.number}.{row[0]}.{row[1]}"
    return f"{claim}.{key.sign(claim)}"


def _present(connection: psycopg.Connection, token: str, *, local: bool = True) -> None:
    connection.execute("select set_config('app.scope', %s, %s)", [token, local])


def _count(connection: psycopg.Connection) -> int:
    row = connection.execute("select count(*) from program").fetchone()
    assert row
    return int(row[0])


def test_no_query_without_a_scope(app: Flask) -> None:
    with app.app_context(), pytest.raises(ScopeRequired):
        db.session.execute(text("select 1"))


def test_a_session_has_one_scope_for_life(cast: Cast) -> None:
    with cast.here.scope() as session, pytest.raises(ScopeAlreadyEntered):
        enter(session, cast.there.tenant.scope)


def test_a_scope_survives_commit_and_rollback_and_savepoint(cast: Cast) -> None:
    with cast.here.scope() as session:
        before = session.query(Program).count()
        session.commit()
        assert session.query(Program).count() == before
        session.rollback()
        with session.begin_nested():
            assert session.query(Program).count() == before
        assert before == 2


def test_sql_without_a_token_raises(raw: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.InvalidAuthorizationSpecification, match="no scope"):
        _count(raw)


def test_the_empty_string_after_a_transaction_raises(raw: psycopg.Connection, database: Database, cast: Cast) -> None:
    _present(raw, _token(raw, database, cast.here.tenant.scope))
    assert _count(raw) == 2
    raw.commit()
    with pytest.raises(psycopg.errors.InvalidAuthorizationSpecification):
        _count(raw)


@pytest.mark.parametrize("forged", ["tenant.1.1.1.1.00", "x", "tenant.1.99.1.1.aa", "tenant.1.'.1.1.aa", "....."])
def test_a_forged_token_raises(raw: psycopg.Connection, forged: str) -> None:
    _present(raw, forged)
    with pytest.raises(psycopg.errors.InvalidAuthorizationSpecification):
        _count(raw)


def test_a_token_is_worth_nothing_in_the_next_transaction(
    raw: psycopg.Connection, database: Database, cast: Cast
) -> None:
    token = _token(raw, database, cast.there.tenant.scope)
    raw.commit()
    _present(raw, token)
    with pytest.raises(psycopg.errors.InvalidAuthorizationSpecification, match="stale"):
        _count(raw)


def test_a_token_set_for_the_whole_session_is_stale_after_commit(
    raw: psycopg.Connection, database: Database, cast: Cast
) -> None:
    _present(raw, _token(raw, database, cast.there.tenant.scope), local=False)
    raw.commit()
    with pytest.raises(psycopg.errors.InvalidAuthorizationSpecification, match="stale"):
        _count(raw)


def test_a_token_of_another_backend_raises(raw: psycopg.Connection, database: Database, cast: Cast) -> None:
    from sqlalchemy.engine import make_url

    with psycopg.connect(libpq(make_url(database.app_url))) as other:
        token = _token(other, database, cast.here.tenant.scope)
        _present(raw, token)
        with pytest.raises(psycopg.errors.InvalidAuthorizationSpecification, match="stale"):
            _count(raw)


@pytest.mark.parametrize("scope", [Scope.vendor(1), Scope.office(), Scope.directory()], ids=str)
def test_a_valid_scope_of_another_kind_sees_nothing(
    raw: psycopg.Connection, database: Database, cast: Cast, scope: Scope
) -> None:
    _present(raw, _token(raw, database, scope))
    assert _count(raw) == 0


def test_a_state_sees_its_own_rows_only(raw: psycopg.Connection, database: Database, cast: Cast) -> None:
    _present(raw, _token(raw, database, cast.here.tenant.scope))
    rows = raw.execute("select distinct tenant_id from program").fetchall()
    assert rows == [(cast.here.tenant.id,)]
    assert raw.execute("update program set name = 'x' where tenant_id = %s", [cast.there.tenant.id]).rowcount == 0
    assert raw.execute("delete from program where tenant_id = %s", [cast.there.tenant.id]).rowcount == 0


@pytest.mark.parametrize("table", TENANT_TABLES)
def test_no_row_can_be_written_into_another_state(
    raw: psycopg.Connection, database: Database, cast: Cast, table: str
) -> None:
    _present(raw, _token(raw, database, cast.here.tenant.scope))
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
        raw.execute(f"insert into {table} (tenant_id) values ({cast.there.tenant.id})")


@pytest.mark.parametrize("table", VENDOR_TABLES)
def test_no_row_can_be_written_for_another_vendor(
    raw: psycopg.Connection, database: Database, cast: Cast, table: str
) -> None:
    for scope in (Scope.vendor(1), cast.here.tenant.scope):
        _present(raw, _token(raw, database, scope))
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
            raw.execute(f"insert into {table} (vendor_id) values (2)")
        raw.rollback()


@pytest.mark.parametrize(("table", "adds"), sorted(BRIDGES.items()))
def test_a_vendor_adds_to_a_bridge_for_nobody_but_itself_and_only_where_it_may(
    raw: psycopg.Connection, database: Database, cast: Cast, table: str, adds: bool
) -> None:
    _present(raw, _token(raw, database, Scope.vendor(1)))
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
        raw.execute(f"insert into {table} (tenant_id, vendor_id) values ({cast.here.tenant.id}, 2)")
    raw.rollback()
    _present(raw, _token(raw, database, Scope.vendor(1)))
    own = f"insert into {table} (tenant_id, vendor_id) values ({cast.here.tenant.id}, 1)"
    refused = psycopg.errors.NotNullViolation if adds else psycopg.errors.InsufficientPrivilege
    with pytest.raises(refused):
        raw.execute(own)


@pytest.mark.parametrize(
    "statement",
    [
        "create temporary table program (id int)",
        "create table stray (id int)",
        "create view stray as select 1",
        "create function app.tenant_id() returns smallint language sql as 'select 1::smallint'",
        "set role carepool_owner",
        "set role carepool_sign",
        "set session authorization carepool_owner",
        "select * from sec.signing_key",
        "alter table program disable row level security",
        "truncate program",
        "copy program from program 'x'",
        "copy program from stdin",
        "select pg_read_file('/etc/passwd')",
        "select pg_terminate_backend(1)",
        "select lo_creat(-1)",
        "select lo_from_bytea(0, 'x')",
    ],
)
def test_the_application_role_may_not(raw: psycopg.Connection, statement: str) -> None:
    with pytest.raises(psycopg.Error) as refused:
        raw.execute(statement)
    assert isinstance(
        refused.value,
        psycopg.errors.InsufficientPrivilege
        | psycopg.errors.FeatureNotSupported
        | psycopg.errors.SyntaxError
        | psycopg.errors.InvalidAuthorizationSpecification,
    ), refused.value


def test_a_leaky_condition_sees_only_own_rows(raw: psycopg.Connection, database: Database, cast: Cast) -> None:
    _present(raw, _token(raw, database, cast.here.tenant.scope))
    raw.execute("select 1 / (tenant_id - %s) from program", [cast.there.tenant.id]).fetchall()


def test_a_licence_number_of_another_state_tells_nothing(cast: Cast) -> None:
    with cast.there.scope():
        number = db.session.query(Program.licence_number).limit(1).scalar()
    body = {"licence_number": number, "name": "Same Number"}
    assert cast.here.api("POST", "/programs", cast.here.coordinator, json=body).status_code == 201


def test_error_messages_do_not_carry_rows(cast: Cast) -> None:
    with pytest.raises(DBAPIError) as refused, cast.here.scope():
        db.session.execute(
            text("insert into membership (tenant_id, id, person_id, role) values (:t, :i, :p, 'x')"),
            {"t": cast.here.tenant.id, "i": uuid4(), "p": cast.there.director.id},
        )
    assert cast.there.director.email not in str(refused.value)


def test_a_connection_is_clean_when_the_next_one_gets_it(app: Flask, cast: Cast) -> None:
    with cast.here.scope() as session:
        session.execute(text("select set_config('app.scope', 'left behind', false)"))
        session.execute(text("select set_config('statement_timeout', '77777', false)"))
    with cast.there.scope() as session:
        assert session.execute(text("show statement_timeout")).scalar() == "0"


def test_two_hundred_threads_on_a_small_pool_never_see_each_other(app: Flask, cast: Cast) -> None:
    wrong: list[object] = []
    states = [cast.here, cast.there]

    def visit(number: int) -> None:
        state = states[number % 2]
        try:
            with visiting(state.tenant.scope, app) as session:
                seen = set(session.scalars(text("select tenant_id from program")))
                if seen != {state.tenant.id}:
                    wrong.append(seen)
                if random.random() < 0.3:
                    session.execute(text("select 1 / 0"))
        except DBAPIError:
            pass

    threads = [threading.Thread(target=visit, args=(number,)) for number in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_forked_child_never_uses_its_parents_connection(cast: Cast) -> None:
    backend = text("select pg_backend_pid()")
    with cast.here.app.app_context():
        engine().dispose()  # so that the one connection below is the only one
    with cast.here.scope() as session:
        ours = session.execute(backend).scalar()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        with cast.there.scope() as session:
            os.write(writer, str(session.execute(backend).scalar()).encode())
        os._exit(0)
    os.waitpid(child, 0)
    theirs = int(os.read(reader, 20))
    os.close(reader)
    os.close(writer)
    with cast.here.scope() as session:
        again = session.execute(backend).scalar()
    assert theirs != ours == again


def test_tables_are_known() -> None:
    assert "program" in TENANT_TABLES
    assert all(isinstance(mapper.local_table, Table) for mapper in Base.registry.mappers)
