"""Migrations run on a database in which states have rows, as its owner, whom row-level security binds, too."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from alembic import command
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from carepool.config import sqlalchemy_url
from carepool.local.postgres import PostgresServer
from tenants.migrating import alembic_config, migrate
from tenants.preparation import Preparation, libpq, prepare
from tenants.scope import Scope, present
from tenants.signing import KeyRing
from tests.databases import Database

_FILLERS = {"text": "''", "boolean": "false", "jsonb": "'[]'", "ARRAY": "'{}'", "timestamp with time zone": "now()",
            "uuid": "gen_random_uuid()", "date": "current_date"}  # fmt: skip


@pytest.fixture
def old(postgres: PostgresServer, database: Database) -> Iterator[Database]:
    """A database as the second migration left it."""
    made = Database.on(postgres.admin_url, f"old_{uuid4().hex[:8]}", database.signing_keys)
    prepare(Preparation(made.admin_url, made.owner_url, made.app_url, KeyRing.parse(made.signing_keys)))
    config = alembic_config(sqlalchemy_url(made.owner_url))
    config.attributes["keyring"] = KeyRing.parse(made.signing_keys)
    command.upgrade(config, "0002")
    yield made


def _insert(connection: psycopg.Connection, table: str, **values: Any) -> Any:
    """Insert a row, filling what may not be empty; return its id."""
    needed = connection.execute(
        "select column_name, data_type from information_schema.columns where table_name = %s"
        " and is_nullable = 'NO' and column_default is null and is_identity = 'NO'",
        [table],
    ).fetchall()
    filled = {name: _FILLERS.get(kind, "1") for name, kind in needed if name not in values}
    columns = ", ".join([*values, *filled])
    marks = ", ".join([*("%s" for _ in values), *filled.values()])
    query = f"insert into {table} ({columns}) values ({marks}) returning *"
    row = connection.execute(query, list(values.values()))  # type: ignore[arg-type]
    found = dict(zip([one.name for one in row.description or ()], row.fetchone() or (), strict=True))
    return found.get("id")


def _order(connection: psycopg.Connection, tenant: int, kind: str) -> tuple[UUID, UUID]:
    """An order with one wish at a delivery point of a kind; return the program and the point."""
    key = {"tenant_id": tenant}
    vendor = _insert(connection, "vendor", name="V", registered_by=tenant, public_id=uuid4())
    contract = _insert(connection, "contract", **key, vendor_id=vendor, number=kind)
    item = _insert(connection, "catalog_item", **key, contract_id=contract, sku=kind)
    purchase = _insert(connection, "purchase", **key, opens_at="2026-01-01", closes_at="2026-02-01")
    sold = _insert(connection, "purchase_item", **key, purchase_id=purchase, catalog_item_id=item, contract_id=contract,
                   vendor_id=vendor)  # fmt: skip
    point = _insert(connection, "delivery_point", **key, purchase_id=purchase, kind=kind)
    program = _insert(connection, "program", **key, licence_number=f"L-{kind}")
    both = {**key, "purchase_id": purchase, "program_id": program}
    _insert(connection, "program_order", **both, delivery_point_id=point)
    _insert(connection, "wish", **both, item_id=sold)
    return program, point


def test_the_wishes_of_every_state_learn_their_pool(old: Database) -> None:
    keyring = KeyRing.parse(old.signing_keys)
    asked: dict[int, set[UUID]] = {}
    with psycopg.connect(libpq(make_url(old.owner_url))) as owner:
        for tenant in (1, 2):
            present(owner, Scope.office(), keyring)
            _insert(owner, "tenant", id=tenant, code=f"s{tenant}", public_id=uuid4())
            present(owner, Scope.tenant(tenant), keyring)
            _, site = _order(owner, tenant, "site")
            home, _ = _order(owner, tenant, "door")
            asked[tenant] = {site, home}
    migrate(sqlalchemy_url(old.owner_url), keyring)
    migrate(sqlalchemy_url(old.owner_url), keyring)
    with psycopg.connect(libpq(make_url(old.app_url))) as app:
        for tenant, pools in asked.items():
            present(app, Scope.tenant(tenant), keyring)
            assert {row[0] for row in app.execute("select pool_id from wish").fetchall()} == pools


def test_what_closes_of_before_saved_is_summed_up_by_item(old: Database) -> None:
    keyring = KeyRing.parse(old.signing_keys)
    with psycopg.connect(libpq(make_url(old.owner_url))) as owner:
        for tenant in (1, 2):
            present(owner, Scope.office(), keyring)
            _insert(owner, "tenant", id=tenant, code=f"s{tenant}", public_id=uuid4())
            present(owner, Scope.tenant(tenant), keyring)
            purchase = _insert(
                owner, "purchase", tenant_id=tenant, opens_at="2026-01-01", closes_at="2026-02-01", close_version=2
            )
            item = _item(owner, tenant, purchase)
            for version, got in ((1, 3), (2, 0), (2, 10), (2, 20)):
                facts = {"tenant_id": tenant, "purchase_id": purchase, "item_id": item, "program_id": uuid4()}
                cents = {"amount_cents": 100 * got + tenant, "baseline_cents": 150 * got}
                _insert(owner, "share", **facts, version=version, got=got, **cents)
    migrate(sqlalchemy_url(old.owner_url), keyring)
    with psycopg.connect(libpq(make_url(old.app_url))) as app:
        for tenant in (1, 2):
            present(app, Scope.tenant(tenant), keyring)
            rows = app.execute("select version, baseline_cents, paid_cents from item_saving").fetchall()
            assert rows == [(2, 4500, 3000 + 2 * tenant)]


def _item(connection: psycopg.Connection, tenant: int, purchase: UUID) -> Any:
    key = {"tenant_id": tenant}
    vendor = _insert(connection, "vendor", name="V", registered_by=tenant, public_id=uuid4())
    contract = _insert(connection, "contract", **key, vendor_id=vendor, number="K")
    item = _insert(connection, "catalog_item", **key, contract_id=contract, sku="S")
    return _insert(connection, "purchase_item", **key, purchase_id=purchase, catalog_item_id=item, contract_id=contract,
                   vendor_id=vendor)  # fmt: skip


def test_without_the_keys_nothing_is_migrated(old: Database) -> None:
    keyring = KeyRing.parse(old.signing_keys)
    with psycopg.connect(libpq(make_url(old.owner_url))) as owner:
        present(owner, Scope.office(), keyring)
        _insert(owner, "tenant", id=1, code="s1", public_id=uuid4())
    with pytest.raises(OperationalError, match="forged scope"):
        migrate(sqlalchemy_url(old.owner_url), KeyRing.parse("9:" + "ab" * 32))
    migrate(sqlalchemy_url(old.owner_url), keyring)


def test_people_of_hubs_do_not_become_people_of_the_state_when_the_tables_of_before_come_back(old: Database) -> None:
    keyring = KeyRing.parse(old.signing_keys)
    config = alembic_config(sqlalchemy_url(old.owner_url))
    config.attributes["keyring"] = keyring
    migrate(sqlalchemy_url(old.owner_url), keyring)
    with psycopg.connect(libpq(make_url(old.owner_url))) as owner:
        present(owner, Scope.office(), keyring)
        _insert(owner, "tenant", id=1, code="s1", public_id=uuid4())
        present(owner, Scope.tenant(1), keyring)
        person = _insert(owner, "person", tenant_id=1, id=uuid4(), email="hana@example.org")
        _insert(owner, "membership", tenant_id=1, id=uuid4(), person_id=person, role="purchasing_coordinator")
        for name in ("Front Range", "Western Slope"):
            alliance = _insert(
                owner, "alliance", tenant_id=1, id=uuid4(), name=name, shape="membership", hub_name="Hub House"
            )
            hub = {"tenant_id": 1, "person_id": person, "role": "hub_staff", "alliance_id": alliance}
            _insert(owner, "membership", id=uuid4(), **hub)
    command.downgrade(config, "0029")
    with psycopg.connect(libpq(make_url(old.owner_url))) as owner:
        present(owner, Scope.tenant(1), keyring)
        assert owner.execute("select role from membership").fetchall() == [("purchasing_coordinator",)]
    migrate(sqlalchemy_url(old.owner_url), keyring)
    with psycopg.connect(libpq(make_url(old.owner_url))) as owner:
        unchecked = owner.execute("select conname from pg_constraint where not convalidated").fetchall()
        assert unchecked == []


def test_two_messages_about_one_question_survive_the_way_back_and_up_again(old: Database) -> None:
    keyring = KeyRing.parse(old.signing_keys)
    config = alembic_config(sqlalchemy_url(old.owner_url))
    config.attributes["keyring"] = keyring
    migrate(sqlalchemy_url(old.owner_url), keyring)
    where = libpq(make_url(old.owner_url))
    with psycopg.connect(where) as owner:
        present(owner, Scope.office(), keyring)
        _insert(owner, "tenant", id=1, code="s1", public_id=uuid4())
        present(owner, Scope.tenant(1), keyring)
        key = {"tenant_id": 1}
        vendor = _insert(owner, "vendor", name="V", registered_by=1, public_id=uuid4())
        purchase = _insert(owner, "purchase", **key, opens_at="2026-01-01", closes_at="2026-02-01")
        same = {**key, "vendor_id": vendor, "purchase_id": purchase, "version": 1}
        order = _insert(owner, "order_delivery", **same, id=uuid4(), control=1)
        edit = _insert(owner, "order_edit", **key, id=uuid4(), purchase_id=purchase, state="overtaken")
        about = {**key, "vendor_id": vendor, "purchase_id": purchase, "edit_id": edit, "delivery_id": order}
        question = _insert(owner, "order_question", **about, id=uuid4(), state="not_made")
        for control, not_made in ((2, False), (3, True)):
            more = {"control": control, "question_id": question, "not_made": not_made}
            _insert(owner, "order_delivery", **same, id=uuid4(), **more)
    command.downgrade(config, "0034")
    with psycopg.connect(where) as owner:
        present(owner, Scope.tenant(1), keyring)
        assert owner.execute("select state from order_question").fetchall() == [("accepted",)]
        assert owner.execute("select count(*) from order_delivery where question_id is not null").fetchone() == (2,)
    migrate(sqlalchemy_url(old.owner_url), keyring)
    with psycopg.connect(where) as owner:
        present(owner, Scope.tenant(1), keyring)
        found = owner.execute("select control, not_made from order_delivery order by control").fetchall()
        assert found == [(1, False), (2, False), (3, True)]
