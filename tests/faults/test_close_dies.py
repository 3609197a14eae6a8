"""The close is killed at every SQL statement; run again, it gives the same result and one set of purchase orders."""

from typing import Any

from sqlalchemy import func, select

from carepool.outbox import OutboxRow
from carepool.purchasing.models.closings import Close, LineResult, MemberBill, Saving, Share
from carepool.purchasing.models.purchase_orders import PurchaseOrder, PurchaseOrderLine
from tenants.database import db
from tests.buying import Buy, add_item, make_contract, open_buy, work
from tests.cast import State
from tests.faults.dying import deliver_in_child
from workers.deliveries import deliver


def _closing(state: State, items: dict[str, str]) -> tuple[Buy, Any]:
    """A purchase whose close was begun; return it with its waiting outbox row."""
    buy = open_buy(state, items)
    buy.order(state.director, {"GLOVES": (60, 4), "SOAP": (7,)})
    buy.order(state.fellow, {"GLOVES": (30, 6), "SOAP": (5,)})
    work(state)
    assert state.api("POST", buy.path("/close"), state.coordinator).status_code == 202
    with state.scope():
        query = select(OutboxRow.id).where(OutboxRow.topic == "purchase.closing", OutboxRow.done_at.is_(None))
        return buy, db.session.scalars(query).one()


def _written(state: State, buy: Buy) -> dict[str, int]:
    with state.scope():
        counts = {}
        for model in (Close, LineResult, Share, MemberBill, Saving, PurchaseOrder):
            query = select(func.count()).select_from(model).where(model.purchase_id == buy.id)
            counts[model.__tablename__] = int(db.session.scalar(query) or 0)
        lines = select(func.count()).select_from(PurchaseOrderLine)
        counts["lines"] = int(db.session.scalar(lines) or 0)
        return counts


def test_a_close_killed_at_any_statement_is_whole_when_it_is_run_again(here: State) -> None:
    contract = make_contract(here)
    items = {"GLOVES": add_item(here, contract, "GLOVES"), "SOAP": add_item(here, contract, "SOAP", case_size=12)}
    results, lines, statement, lived = set(), 0, 0, False
    while not lived:
        statement += 1
        buy, row_id = _closing(here, items)
        before = {name: count for name, count in _written(here, buy).items() if name != "lines"}
        assert set(before.values()) == {0}
        lived = deliver_in_child(here, "purchase.closing", row_id, statement)
        if not lived:
            deliver(here.app, here.tenant.scope, "purchase.closing", [row_id])
        deliver(here.app, here.tenant.scope, "purchase.closing", [row_id])
        after = _written(here, buy)
        assert {**after, "lines": after["lines"] - lines} == {
            "purchase_close": 1, "line_result": 2, "share": 4, "member_bill": 2, "saving": 2, "purchase_order": 1, "lines": 2,
        }, f"after a death at statement {statement}"  # fmt: skip
        lines = after["lines"]
        job = here.api("GET", f"/jobs/{here.api('GET', buy.path(), here.coordinator).json['job_id']}", here.coordinator)
        assert (job.json["state"], job.json["done"], job.json["error"]) == ("done", 2, None)
        close = here.api("GET", buy.path("/close"), here.coordinator).json
        results.add((close["sha256"], close["sums"]["billed_cents"]))
    assert statement > 20, "the hook saw hardly any statement"
    assert len(results) == 1
