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
from tests.buying import draft, make_contract, open_buy
from tests.cast import State
from tests.databases import Database
from tests.owning import alliance_of


@pytest.fixture
def app_role(database: Database, here: State) -> Iterator[psycopg.Connection]:
    """A connection of the application's role in the state's scope; it commits nothing by itself."""
    with psycopg.connect(libpq(make_url(database.app_url))) as connection:
        present(connection, here.tenant.scope, KeyRing.parse(database.signing_keys))
        yield connection
        connection.rollback()


def _entry(
    connection: psycopg.Connection, state: State, lines: int, purchase: str | None = None, alliance: str | None = None
) -> str:
    entry = str(uuid4())
    connection.execute(
        "insert into ledger_entry (tenant_id, id, cause, cause_id, facts, line_count, purchase_id, alliance_id)"
        " values (%s, %s, 'payment', %s, '{}', %s, %s, %s)",
        [state.tenant.id, entry, uuid4(), lines, purchase, alliance],
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
        book(Actor.operator(), Cause.PAYMENT, [Event(cause, paid_to_vendor(vendor, 500))], alliance_id=None)
    with here.scope():
        assert is_booked(Cause.PAYMENT, cause)
    with pytest.raises(Exception, match="uq_ledger_entry"), here.scope():
        book(Actor.operator(), Cause.PAYMENT, [Event(cause, paid_to_vendor(vendor, 500))], alliance_id=None)


@pytest.mark.parametrize("owned", [False, True])
def test_an_entry_is_in_the_book_of_its_purchases_owner(
    app_role: psycopg.Connection, here: State, database: Database, owned: bool
) -> None:
    alliances = alliance_of(here, here.director), alliance_of(here)
    right, wrong = (alliances[0], None) if owned else (None, alliances[0])
    purchase = open_buy(here, alliance_id=right).id
    for other in (wrong, alliances[1]):
        with pytest.raises(psycopg.errors.CheckViolation, match="another book"):
            _entry(app_role, here, 2, purchase, other)
        app_role.rollback()
        present(app_role, here.tenant.scope, KeyRing.parse(database.signing_keys))
    entry = _entry(app_role, here, 2, purchase, right)
    _line(app_role, here, entry, 1, 500, 0)
    _line(app_role, here, entry, 2, 0, 500)
    app_role.commit()


def _payment(connection: psycopg.Connection, state: State, purchase: str, alliance: str | None) -> None:
    connection.execute(
        "insert into payment (tenant_id, id, count_key, fingerprint, direction, method, program_id, purchase_id,"
        " alliance_id, amount_cents, paid_on, reference, state, card_page, reason, version)"
        " values (%s, %s, %s, '', 'in', 'check', %s, %s, %s, 5, now(), '', 'waiting', '', '', 1)",
        [state.tenant.id, uuid4(), str(uuid4()), state.director.program_id, purchase, alliance],
    )


def test_a_payment_is_in_the_book_of_its_purchase_and_of_its_file(
    app_role: psycopg.Connection, here: State, database: Database
) -> None:
    keys, alliance = KeyRing.parse(database.signing_keys), alliance_of(here, here.director)
    purchase = open_buy(here, alliance_id=alliance).id

    def again() -> None:
        app_role.rollback()
        present(app_role, here.tenant.scope, keys)

    with pytest.raises(psycopg.errors.CheckViolation, match="another book"):
        _payment(app_role, here, purchase, None)
    again()
    _payment(app_role, here, purchase, alliance)
    with pytest.raises(psycopg.errors.CheckViolation, match="another book"):
        app_role.execute("update payment set alliance_id = null")
    again()
    _payment(app_role, here, purchase, alliance)
    app_role.execute(
        "insert into ach_file (tenant_id, id, file_id, effective_on, entries, debit_cents, credit_cents)"
        " values (%s, %s, %s, now(), 1, 5, 0)",
        [here.tenant.id, file := uuid4(), uuid4()],
    )
    with pytest.raises(psycopg.errors.CheckViolation, match="another book than its file"):
        app_role.execute("update payment set ach_file_id = %s", [file])
    again()


def test_the_owner_of_a_purchase_that_is_no_draft_is_not_changed(app_role: psycopg.Connection, here: State) -> None:
    alliance = alliance_of(here)
    draft_id, opened = draft(here), open_buy(here).id
    app_role.execute("update purchase set alliance_id = %s where id = %s", [alliance, draft_id])
    with pytest.raises(psycopg.errors.CheckViolation, match="while it is a draft"):
        app_role.execute("update purchase set alliance_id = %s where id = %s", [alliance, opened])
