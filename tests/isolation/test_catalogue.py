"""The audit of the live catalogue, and proof that it sees each kind of hole."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine

from carepool.config import sqlalchemy_url
from carepool.local.postgres import PostgresServer
from tenants.isolation import Report, audit
from tenants.migrating import migrate
from tenants.preparation import Preparation, libpq, prepare
from tenants.signing import KeyRing
from tests.databases import Database

ROOT = Path(__file__).resolve().parents[2]


def _audit(database: Database) -> Report:
    made = create_engine(sqlalchemy_url(database.app_url))
    try:
        with made.connect() as connection:
            return audit(connection)
    finally:
        made.dispose()


@pytest.fixture(scope="module")
def scratch(postgres: PostgresServer, database: Database) -> Iterator[Database]:
    made = Database.on(postgres.admin_url, "scratch", database.signing_keys)
    prepare(Preparation(made.admin_url, made.owner_url, made.app_url, KeyRing.parse(made.signing_keys)))
    migrate(sqlalchemy_url(made.owner_url), KeyRing.parse(made.signing_keys))
    yield made


def test_the_migrated_database_has_no_hole(database: Database) -> None:
    report = _audit(database)
    assert not report.holes, report.holes
    assert len(report.findings) > 80


HOLES = {
    "policy removed": (
        "drop policy own_tenant on program",
        "create policy own_tenant on program for all to public "
        "using (tenant_id = (select app.tenant_id())) with check (tenant_id = (select app.tenant_id()))",
    ),
    "policy widened": (
        "create policy wide on program for select to public using (true)",
        "drop policy wide on program",
    ),
    "not forced": ("alter table program no force row level security", "alter table program force row level security"),
    "switched off": ("alter table program disable row level security", "alter table program enable row level security"),
    "unknown table": ("create table stray (id int)", "drop table stray"),
    "unique key without the tenant": ("create unique index stray on program (licence_number, id)", "drop index stray"),
    "foreign key without the tenant": (
        "create table stray (id uuid); alter table program add constraint u unique (tenant_id, id, name);"
        " alter table person add column stray smallint, add constraint stray foreign key (stray)"
        " references tenant (id);"
        " create unique index lone on program (id); alter table membership add constraint lone foreign key (program_id)"
        " references program (id)",
        "alter table membership drop constraint lone; drop index lone; alter table person drop column stray;"
        " alter table program drop constraint u; drop table stray",
    ),
    "view with its owner's rights": ("create view stray as select * from program", "drop view stray"),
    "materialized view": ("create materialized view stray as select 1 as one", "drop materialized view stray"),
    "definer function": (
        "create function app.stray() returns int language sql security definer as 'select 1'",
        "drop function app.stray()",
    ),
    "truncate": ("grant truncate on program to carepool_app", "revoke truncate on program from carepool_app"),
    "role settings": (
        "alter role carepool_app set work_mem = '5MB'",
        "alter role carepool_app reset work_mem",
    ),
    "membership": ("grant carepool_search to carepool_app", "revoke carepool_search from carepool_app"),
    "temporary tables": (
        "grant temporary on database scratch to carepool_app",
        "revoke temporary on database scratch from carepool_app",
    ),
    "signing keys": ("grant usage on schema sec to carepool_app", "revoke usage on schema sec from carepool_app"),
    "bypass": ("alter role carepool_app bypassrls", "alter role carepool_app nobypassrls"),
}


@pytest.mark.parametrize("name", HOLES)
def test_the_audit_sees(scratch: Database, name: str) -> None:
    opened, closed = HOLES[name]
    with psycopg.connect(libpq(_admin(scratch)), autocommit=True) as admin:
        admin.execute(opened)
        try:
            assert _audit(scratch).holes, f"the audit did not see: {name}"
        finally:
            admin.execute(closed)
    assert not _audit(scratch).holes


def _admin(database: Database):  # type: ignore[no-untyped-def]
    from sqlalchemy.engine import make_url

    return make_url(database.admin_url).set(database=make_url(database.app_url).database)


def _let_through(table: str) -> str:
    everything = "for all to public using (true) with check (true)"
    return f"drop policy own_tenant on {table}; create policy own_tenant on {table} {everything}; "


BROKEN = {
    "a policy is gone": ("test_sweep.py", "list", "drop policy own_tenant on program"),
    "a policy lets all through": ("test_sweep.py", "list", _let_through("program")),
    "a policy lets tasks through": (
        "test_tasks.py",
        "import",
        _let_through("file_import") + _let_through("import_row"),
    ),
    "a policy lets sweeps through": ("test_tasks.py", "close_due", _let_through("purchase")),
}
"""{what is broken: (module of tests, keyword of those that pass where the policy stands, SQL)}."""


@pytest.mark.parametrize("name", BROKEN)
def test_negative_control_the_sweep_fails_when(name: str) -> None:
    """Run a sweep in a process of its own whose database was broken on purpose; it must go red."""
    module, keyword, broken = BROKEN[name]
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-k", keyword]
    command.append(f"tests/isolation/{module}")
    environment = {**os.environ, "CAREPOOL_TEST_BREAK": broken}
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_CURRENT_TEST"):
        environment.pop(name, None)
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert run.returncode == 1, run.stdout[-3000:] + run.stderr[-2000:]
    assert " failed" in run.stdout or " error" in run.stdout
