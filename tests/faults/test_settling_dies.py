"""Settling a purchase is killed at SQL statements; run again, it books the same once and numbers invoices without gaps."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from carepool.outbox import OutboxRow
from carepool.purchasing.settlement.models.bills import ProgramInvoice
from carepool.purchasing.settlement.models.ledger import LedgerEntry
from tenants.database import db
from tests.buying import Buy, work
from tests.cast import State
from tests.faults.dying import deliver_in_child
from tests.settling import billed, ledger, standing
from workers.deliveries import deliver

_STATEMENTS = (1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 31, 34, 37, 40)
"""Where it dies: a purchase for each place takes seconds to make."""


def _asked(state: State) -> tuple[Buy, UUID]:
    buy = billed(state, freight_cents=1001)
    assert state.api("POST", buy.path("/settlement"), state.coordinator, json={}).status_code == 202
    with state.scope():
        query = select(OutboxRow.id).where(OutboxRow.topic == "purchase.settling_asked", OutboxRow.done_at.is_(None))
        return buy, db.session.scalars(query).one()


def _counts(state: State, buy: Buy) -> tuple[int, int]:
    with state.scope():
        found: list[Any] = [
            db.session.scalar(select(func.count()).select_from(model).where(model.purchase_id == buy.id))
            for model in (LedgerEntry, ProgramInvoice)
        ]
        return found[0], found[1]


def test_settling_killed_at_any_statement_is_whole_when_it_is_run_again(here: State) -> None:
    sums, died = set(), 0
    for statement in _STATEMENTS:
        buy, row_id = _asked(here)
        before = _counts(here, buy)
        assert before == (1, 0)
        if not deliver_in_child(here, "purchase.settling_asked", row_id, statement):
            died += 1
            assert _counts(here, buy) in (before, (3, 2))
            deliver(here.app, here.tenant.scope, "purchase.settling_asked", [row_id])
        deliver(here.app, here.tenant.scope, "purchase.settling_asked", [row_id])
        entries, invoices = _counts(here, buy)
        assert invoices == 2
        assert len(ledger(here, purchase_id=buy.id)) == entries
        found = standing(buy)["settlement"]
        assert found["settled_at"], statement
        sums.add(tuple(sorted(found["sums"].items())))
        work(here)
    assert died > 8, "it died hardly anywhere"
    assert len(sums) == 1
    with here.scope():
        numbers = sorted(int(one.split("-")[1]) for one in db.session.scalars(select(ProgramInvoice.number)))
        assert numbers == list(range(1, 2 * len(_STATEMENTS) + 1))
