"""What was booked before owners had books of their own is in the state's, and the database keeps new rows in theirs."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from alembic import command
from sqlalchemy.engine import make_url

from carepool.config import sqlalchemy_url
from carepool.local.postgres import PostgresServer
from tenants.migrating import alembic_config, migrate
from tenants.preparation import Preparation, libpq, prepare
from tenants.scope import Scope, present
from tenants.signing import KeyRing
from tests.databases import Database
from tests.service.test_migrations import _insert

_TABLES = ("ledger_entry", "payment", "write_off", "statement_file", "ach_file", "ach_origin")


@pytest.fixture
def before(postgres: PostgresServer, database: Database) -> Iterator[Database]:
    """A database as the migration before this one left it."""
    made = Database.on(postgres.admin_url, f"books_{uuid4().hex[:8]}", database.signing_keys)
    prepare(Preparation(made.admin_url, made.owner_url, made.app_url, KeyRing.parse(made.signing_keys)))
    _alembic(made, "upgrade", "0031")
    yield made


def _alembic(database: Database, way: str, revision: str) -> None:
    config = alembic_config(sqlalchemy_url(database.owner_url))
    config.attributes["keyring"] = KeyRing.parse(database.signing_keys)
    getattr(command, way)(config, revision)


def _booked(owner: psycopg.Connection, tenant: int) -> tuple[UUID, UUID]:
    """One row of each table, as people left them; return the purchase and the alliance of the state."""
    key = {"tenant_id": tenant}
    purchase = _insert(owner, "purchase", **key, opens_at="2026-01-01", closes_at="2026-02-01", state="settled")
    program = _insert(owner, "program", **key, licence_number="L-1")
    person = _insert(owner, "person", **key, email="a@example.org")
    alliance = _insert(owner, "alliance", **key, name="A", hub_name="H", shape="membership")
    entry = _insert(owner, "ledger_entry", **key, cause="payment", line_count=2, purchase_id=purchase)
    for number, (debit, credit) in enumerate(((500, 0), (0, 500)), start=1):
        sides = {"debit_cents": debit, "credit_cents": credit}
        _insert(owner, "ledger_line", **key, entry_id=entry, line=number, account="bank", **sides)
    _insert(
        owner, "payment", **key, direction="in", method="ach", program_id=program, state="waiting", purchase_id=purchase
    )
    _insert(owner, "write_off", **key, program_id=program, asked_by=person, state="asked")
    _insert(owner, "statement_file", **key, program_id=program, language="en")
    _insert(owner, "ach_file", **key)
    _insert(owner, "ach_origin", **key, bank_name=f"Bank {tenant}", bank_routing="102001017")
    return purchase, alliance


def test_what_was_booked_is_in_the_states_book(before: Database) -> None:
    keyring = KeyRing.parse(before.signing_keys)
    made: dict[int, tuple[UUID, UUID]] = {}
    with psycopg.connect(libpq(make_url(before.owner_url))) as owner:
        for tenant in (1, 2):
            present(owner, Scope.office(), keyring)
            _insert(owner, "tenant", id=tenant, code=f"s{tenant}", public_id=uuid4())
            present(owner, Scope.tenant(tenant), keyring)
            made[tenant] = _booked(owner, tenant)
            # what was booked is looked at in the scope of the commit
            owner.commit()
    _alembic(before, "upgrade", "0032")
    with psycopg.connect(libpq(make_url(before.app_url))) as app:
        for tenant, (purchase, alliance) in made.items():
            present(app, Scope.tenant(tenant), keyring)
            for table in _TABLES:
                rows = app.execute(f"select alliance_id from {table}").fetchall()  # type: ignore[arg-type]
                assert rows == [(None,)], table
            assert app.execute("select bank_name from ach_origin").fetchall() == [(f"Bank {tenant}",)]
            _insert(app, "ach_origin", tenant_id=tenant, bank_name="Hub", bank_routing="1", alliance_id=alliance)
            app.commit()
            present(app, Scope.tenant(tenant), keyring)
            with pytest.raises(psycopg.errors.UniqueViolation):
                _insert(app, "ach_origin", tenant_id=tenant, bank_name="Again", bank_routing="1")
            app.rollback()
            present(app, Scope.tenant(tenant), keyring)
            facts: dict[str, Any] = {"cause": "payment", "line_count": 2, "purchase_id": purchase}
            with pytest.raises(psycopg.errors.CheckViolation, match="another book"):
                _insert(app, "ledger_entry", tenant_id=tenant, **facts, alliance_id=alliance)
            app.rollback()
    _alembic(before, "downgrade", "0031")
    with psycopg.connect(libpq(make_url(before.app_url))) as app:
        for tenant in made:
            present(app, Scope.tenant(tenant), keyring)
            assert app.execute("select bank_name from ach_origin").fetchall() == [(f"Bank {tenant}",)]
            assert app.execute("select count(*) from ledger_entry").fetchone() == (1,)
            app.rollback()


def test_what_was_booked_for_a_purchase_of_an_alliance_goes_into_its_book(before: Database) -> None:
    """Alliances owned purchases before books were kept apart, and do so again after the way back."""
    keyring = KeyRing.parse(before.signing_keys)
    with psycopg.connect(libpq(make_url(before.owner_url))) as owner:
        present(owner, Scope.office(), keyring)
        _insert(owner, "tenant", id=1, code="s1", public_id=uuid4())
        present(owner, Scope.tenant(1), keyring)
        purchase, alliance = _booked(owner, 1)
        owner.execute("update purchase set alliance_id = %s, state = 'draft' where id = %s", (alliance, purchase))
        owner.execute("update purchase set state = 'settled' where id = %s", (purchase,))
        owner.execute("update payment set ach_file_id = (select id from ach_file)")
        owner.commit()
    for way, revision in (("upgrade", "0032"), ("downgrade", "0031"), ("upgrade", "0032")):
        _alembic(before, way, revision)
    with psycopg.connect(libpq(make_url(before.app_url))) as app:
        present(app, Scope.tenant(1), keyring)
        for table in ("ledger_entry", "payment", "ach_file"):
            assert app.execute(f"select alliance_id from {table}").fetchall() == [(alliance,)], table  # type: ignore[arg-type]
        assert app.execute("select alliance_id from write_off").fetchall() == [(None,)], "it is of no purchase"
        # a payment that waits can end, and nothing else of the bank's file waits for it
        assert app.execute("update payment set state = 'done'").rowcount == 1
        app.commit()


def test_a_migration_that_was_cut_short_goes_on(before: Database) -> None:
    """Its first half is there for good before its second begins: it is run again from the start."""
    _alembic(before, "upgrade", "0032")
    with psycopg.connect(libpq(make_url(before.owner_url))) as owner:
        owner.execute("drop index ix_ledger_entry_alliance")
        owner.execute("update app.alembic_version set version_num = '0031'")
    migrate(sqlalchemy_url(before.owner_url), KeyRing.parse(before.signing_keys))
    with psycopg.connect(libpq(make_url(before.owner_url))) as owner:
        found = owner.execute("select count(*) from pg_indexes where indexname = 'ix_ledger_entry_alliance'")
        assert found.fetchone() == (1,)
