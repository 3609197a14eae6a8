"""`carepool demo settle` takes an ordered purchase to the export through the API, and its sums are equal at every step."""

import threading
from collections.abc import Iterator

import pytest
from werkzeug.serving import make_server

from carepool.demo.purchase import DemonstrationFailed
from carepool.demo.settling import run, table_of
from tests.buying import work
from tests.cast import State
from tests.receiving import bought_two

STEPS = ["ordered", "received", "shared out", "invoiced", "settled", "paid", "exported"]


@pytest.fixture
def web(here: State) -> Iterator[str]:
    """A web process and workers of the state."""
    server = make_server("127.0.0.1", 0, here.app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    over = threading.Event()

    def works() -> None:
        while not over.wait(0.05):
            work(here)

    worker = threading.Thread(target=works, daemon=True)
    worker.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        over.set()
        worker.join()
        server.shutdown()
        server.server_close()


def test_a_purchase_goes_all_the_way_with_equal_sums(here: State, web: str) -> None:
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
