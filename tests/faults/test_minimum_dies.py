"""A close that misses a minimum is killed at every SQL statement: it is put off once, and orders move once."""

import pytest
from sqlalchemy import func, select

from carepool.outbox import Activity, OutboxRow
from carepool.purchasing.models.closings import Close
from carepool.purchasing.models.minimums import RollOver
from carepool.purchasing.models.purchases import Purchase
from tenants.database import db
from tests.buying import Buy, add_item, make_contract, open_buy, work
from tests.cast import State
from tests.faults.dying import deliver_in_child
from workers.deliveries import deliver


def _counted(state: State, buy: Buy) -> dict[str, int]:
    with state.scope():
        extended = select(Activity).where(Activity.verb == "purchase.extended", Activity.subject_id == buy.id)
        queries = {
            "closes": select(Close).where(Close.purchase_id == buy.id),
            "moved": select(RollOver).where(RollOver.purchase_id == buy.id),
            "extended": extended,
            "purchases": select(Purchase),
        }
        counts = {name: select(func.count()).select_from(one.subquery()) for name, one in queries.items()}
        return {name: int(db.session.scalar(one) or 0) for name, one in counts.items()}


@pytest.mark.parametrize(
    ("terms", "state_after", "wanted"),
    [
        ({"extend_days": 4}, "open", {"closes": 0, "moved": 0, "extended": 1, "purchases": 1}),
        ({"minimum_rule": "roll_over"}, "failed_minimum", {"closes": 1, "moved": 1, "extended": 0, "purchases": 2}),
    ],
)
def test_a_missed_minimum_is_dealt_with_once_wherever_the_worker_dies(
    here: State, terms: dict[str, object], state_after: str, wanted: dict[str, int]
) -> None:
    items = {"GLOVES": add_item(here, make_contract(here, 10**6), "GLOVES")}
    statement, lived, purchases = 0, False, 0
    until = set()
    while not lived:
        statement += 1
        buy = open_buy(here, items, **terms)
        buy.order(here.director, {"GLOVES": (20,)})
        work(here)
        here.api("POST", buy.path("/close"), here.coordinator)
        with here.scope():
            query = select(OutboxRow.id).where(OutboxRow.topic == "purchase.closing", OutboxRow.done_at.is_(None))
            row_id = db.session.scalars(query).one()
        lived = deliver_in_child(here, "purchase.closing", row_id, statement)
        for _ in range(1 if lived else 2):
            deliver(here.app, here.tenant.scope, "purchase.closing", [row_id])
        counts = _counted(here, buy)
        assert {**counts, "purchases": counts["purchases"] - purchases} == wanted, f"after a death at {statement}"
        purchases = counts["purchases"]
        found = here.api("GET", buy.path(), here.coordinator).json
        assert found["state"] == state_after
        job = here.api("GET", f"/jobs/{found['job_id']}", here.coordinator).json
        assert (job["state"], job["error"]) == ("done", None)
        until.add(found["extended_at"] is not None)
    assert statement > 12, "the hook saw hardly any statement"
    assert len(until) == 1
