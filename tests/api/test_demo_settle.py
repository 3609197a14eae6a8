"""`carepool demo settle` takes an ordered purchase to the export through the API, and its sums are equal at every step."""

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import select
from werkzeug.serving import make_server

from carepool.demo import settling
from carepool.demo.purchase import DemonstrationFailed
from carepool.demo.settling import run, table_of
from carepool.outbox import OutboxRow
from tenants.database import db
from tests.cast import State
from tests.receiving import bought_two
from workers.deliveries import deliver

STEPS = ["ordered", "received", "shared out", "invoiced", "settled", "paid", "exported"]


@pytest.fixture
def web(here: State) -> Iterator[str]:
    """A web process and workers of the state."""
    server = make_server("127.0.0.1", 0, here.app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    over = threading.Event()

    def works() -> None:
        # as the relay does, also what did not succeed the first time
        while not over.wait(0.05):
            with here.scope():
                query = select(OutboxRow.topic, OutboxRow.id).where(OutboxRow.done_at.is_(None)).order_by(OutboxRow.id)
                rows = db.session.execute(query).tuples().all()
            for topic, row_id in rows:
                deliver(here.app, here.tenant.scope, topic, [row_id])

    worker = threading.Thread(target=works, daemon=True)
    worker.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        over.set()
        worker.join()
        server.shutdown()
        server.server_close()


def test_a_purchase_goes_all_the_way_with_equal_sums(here: State, web: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "_WAIT_SECONDS", 120)
    buy = bought_two(here, freight_cents=12_345, tax_millionths=62_500)
    with here.app.app_context():
        told = run(here.tenant.code, None, web)
    assert told["purchase"] == buy.number
    assert [one["step"] for one in told["steps"]] == STEPS
    assert all(pair["equal"] for one in told["steps"] for pair in one["sums"])
    paid = told["steps"][5]
    assert paid["cents"]["still owed"] == 0
    assert told["steps"][1]["cents"]["received"] <= told["steps"][0]["cents"]["vendors"]
    assert here.api("GET", buy.path(), here.coordinator).json["state"] == "settled"
    written = table_of(told)
    assert all(step in written for step in STEPS) and "≠" not in written


def test_without_an_ordered_purchase_it_says_what_to_do(here: State, web: str) -> None:
    with here.app.app_context(), pytest.raises(DemonstrationFailed, match="carepool demo purchase"):
        run(here.tenant.code, None, web)
