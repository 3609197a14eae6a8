"""Sharing out what arrived is killed at SQL statements; run again, it gives the same result and one set of credits."""

from uuid import UUID

from sqlalchemy import func, select

from carepool.outbox import OutboxRow
from carepool.purchasing.receiving.models.sharing import Arrival, ArrivalBill, ArrivalLine, ArrivalShare, Credit
from tenants.database import db
from tests.buying import Buy, add_item, make_contract, open_buy, work
from tests.cast import State
from tests.faults.dying import deliver_in_child
from tests.receiving import count, first_order, line
from workers.deliveries import deliver


def _asked(state: State, items: dict[str, str]) -> tuple[Buy, str, UUID]:
    """A purchase of which less came and whose sharing was asked for; return it with its waiting outbox row."""
    buy = open_buy(state, items)
    buy.order(state.director, {"GLOVES": (60, 4), "SOAP": (7,)})
    buy.order(state.fellow, {"GLOVES": (30, 6), "SOAP": (5,)})
    buy.close()
    count(state, first_order(buy), line(1, 7, damaged=3), line(2, 1, short=2))
    arrival = state.api("POST", buy.path("/arrivals"), state.coordinator).json["id"]
    with state.scope():
        query = select(OutboxRow.id).where(OutboxRow.topic == "arrival.asked", OutboxRow.done_at.is_(None))
        return buy, arrival, db.session.scalars(query).one()


def _written(state: State, buy: Buy) -> dict[str, int]:
    with state.scope():
        counts = {}
        for model in (ArrivalLine, ArrivalShare, ArrivalBill, Credit):
            query = select(func.count()).select_from(model).where(model.purchase_id == buy.id)
            counts[model.__tablename__] = int(db.session.scalar(query) or 0)
        return counts


def test_sharing_killed_at_any_statement_is_whole_when_it_is_run_again(here: State) -> None:
    contract = make_contract(here)
    items = {"GLOVES": add_item(here, contract, "GLOVES"), "SOAP": add_item(here, contract, "SOAP", case_size=12)}
    results, statement, lived = set(), 0, False
    while not lived:
        statement += 1
        buy, arrival, row_id = _asked(here, items)
        assert set(_written(here, buy).values()) == {0}
        lived = deliver_in_child(here, "arrival.asked", row_id, statement)
        if not lived:
            deliver(here.app, here.tenant.scope, "arrival.asked", [row_id])
        deliver(here.app, here.tenant.scope, "arrival.asked", [row_id])
        assert _written(here, buy) == {"arrival_line": 2, "arrival_share": 4, "arrival_bill": 2, "credit": 2}, statement
        found = here.api("GET", f"/arrivals/{arrival}", here.coordinator).json
        job = here.api("GET", f"/jobs/{found['job_id']}", here.coordinator).json
        assert (job["state"], job["done"], job["error"]) == ("done", 2, None)
        results.add((found["sha256"], found["sums"]["members_cents"], found["sums"]["owner_cents"]))
        work(here)
    with here.scope():
        assert {one.before_version for one in db.session.scalars(select(Arrival))} == {0}
    assert statement > 20, "the hook saw hardly any statement"
    assert len(results) == 1
