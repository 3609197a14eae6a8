"""The ledger in the database: the application's own role cannot unbalance, change or shorten it, whatever SQL it runs."""

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy.engine import make_url

from carepool.outbox import Actor
from carepool.purchasing.settlement.actions.booking import Event, book, is_booked
from carepool.purchasing.settlement.models.ledger import Cause
from carepool.purchasing.settlement.postings import paid_to_vendor
from tenants.preparation import libpq
from tenants.registry import Vendor
from tenants.scope import present
from tenants.signing import KeyRing
from tests.buying import make_contract
from tests.cast import State
from tests.databases import Database


@pytest.fixture
def app_role(database: Database, here: State) -> Iterator[psycopg.Connection]:
    """A connection of the application's role in the state's scope; it commits nothing by itself."""
    with psycopg.connect(libpq(make_url(database.app_url))) as connection:
        present(connection, here.tenant.scope, KeyRing.parse(database.signing_keys))
        yield connection
        connection.rollback()


def _entry(connection: psycopg.Connection, state: State, lines: int) -> str:
    entry = str(uuid4())
    connection.execute(
        "insert into ledger_entry (tenant_id, id, cause, cause_id, facts, line_count)"
        " values (%s, %s, 'payment', %s, '{}', %s)",
        [state.tenant.id, entry, uuid4(), lines],
    )
    return entry


def _line(connection: psycopg.Connection, state: State, entry: str, number: int, debit: int, credit: int) -> None:
    connection.execute(
        "insert into ledger_line (tenant_id, entry_id, line, account, debit_cents, credit_cents)"
        " values (%s, %s, %s, 'bank', %s, %s)",
        [state.tenant.id, entry, number, debit, credit],
    )


def test_what_balances_is_taken(app_role: psycopg.Connection, here: State) -> None:
    entry = _entry(app_role, here, 2)
    _line(app_role, here, entry, 1, 500, 0)
    _line(app_role, here, entry, 2, 0, 500)
    app_role.commit()


@pytest.mark.parametrize("lines", [[], [(500, 0)], [(500, 0), (0, 499)], [(500, 0), (0, 300), (0, 200)]])
def test_what_does_not_balance_is_refused_at_the_commit(
    app_role: psycopg.Connection, here: State, lines: list[tuple[int, int]]
) -> None:
    entry = _entry(app_role, here, 2)
    for number, (debit, credit) in enumerate(lines, start=1):
        _line(app_role, here, entry, number, debit, credit)
    with pytest.raises(psycopg.errors.CheckViolation, match="does not balance"):
        app_role.commit()


def test_lines_cannot_be_added_to_an_entry_later(app_role: psycopg.Connection, here: State, database: Database) -> None:
    entry = _entry(app_role, here, 2)
    _line(app_role, here, entry, 1, 500, 0)
    _line(app_role, here, entry, 2, 0, 500)
    app_role.commit()
    present(app_role, here.tenant.scope, KeyRing.parse(database.signing_keys))
    _line(app_role, here, entry, 3, 7, 0)
    _line(app_role, here, entry, 4, 0, 7)
    with pytest.raises(psycopg.errors.CheckViolation, match="does not balance"):
        app_role.commit()


@pytest.mark.parametrize("sides", [(0, 0), (5, 5), (-5, 0)])
def test_a_line_has_one_side(app_role: psycopg.Connection, here: State, sides: tuple[int, int]) -> None:
    entry = _entry(app_role, here, 2)
    with pytest.raises(psycopg.errors.CheckViolation):
        _line(app_role, here, entry, 1, *sides)


@pytest.mark.parametrize("table", ["ledger_entry", "ledger_line"])
@pytest.mark.parametrize("verb", ["update {} set tenant_id = tenant_id", "delete from {}"])
def test_nothing_is_changed_or_taken_out(app_role: psycopg.Connection, table: str, verb: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app_role.execute(verb.format(table))  # type: ignore[arg-type]


def test_the_trigger_cannot_be_switched_off(app_role: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app_role.execute("set session_replication_role = replica")


def test_a_cause_is_booked_once(here: State) -> None:
    make_contract(here)
    cause = uuid4()
    with here.scope() as session:
        vendor = session.query(Vendor.id).limit(1).scalar()
        book(Actor.operator(), Cause.PAYMENT, [Event(cause, paid_to_vendor(vendor, 500))])
    with here.scope():
        assert is_booked(Cause.PAYMENT, cause)
    with pytest.raises(Exception, match="uq_ledger_entry"), here.scope():
        book(Actor.operator(), Cause.PAYMENT, [Event(cause, paid_to_vendor(vendor, 500))])
