"""`carepool demo settle` sends a purchase on every way and takes it to the export, and its sums are equal at every step."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select
from werkzeug.serving import make_server

from carepool.demo import purchase, sending, settling
from carepool.demo.order_documents import LineRead, OrderRead
from carepool.demo.purchase import DemonstrationFailed
from carepool.demo.receivers.vendor import ports_of
from carepool.demo.sending import WAYS
from carepool.demo.settling import run, table_of
from carepool.local.ports import free_port
from carepool.outbox import OutboxRow
from tenants.database import db
from tests.cast import State
from tests.importing import roster
from tests.owning import alliance_of
from tests.receiving import bought_two
from tests.settling import ledger, settled
from workers.deliveries import deliver

SENT = ["sent", "short line", "price change", "substitution", "short again"]
STEPS = ["ordered", *SENT, "received", "shared out", "invoiced", "settled", "paid", "exported"]


@pytest.fixture
def web(here: State) -> Iterator[str]:
    """A web process and workers of the state, which may reach a vendor on this machine."""
    own = {
        "SMTP_URL": f"smtp://127.0.0.1:{free_port()}",
        "CAREPOOL_OUTBOUND_ALLOW": f"localhost:{free_port()},localhost:{free_port()}",
    }
    before = {name: here.app.config[name] for name in own}
    here.app.config.update(own)
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
        here.app.config.update(before)


def test_a_purchase_goes_all_the_way_with_equal_sums(here: State, web: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "_WAIT_SECONDS", 120)
    buy = bought_two(here, freight_cents=12_345, tax_millionths=62_500)
    with here.app.app_context():
        told = run(here.tenant.code, None, web)
    assert told["purchase"] == buy.number
    assert [one["step"] for one in told["steps"]] == STEPS
    assert all(pair["equal"] for one in told["steps"] for pair in one["sums"])
    steps = {one["step"]: one for one in told["steps"]}
    assert steps["paid"]["cents"]["still owed"] == 0
    assert steps["received"]["cents"]["received"] <= steps["short again"]["cents"]["orders"]
    assert here.api("GET", buy.path(), here.coordinator).json["state"] == "settled"
    written = table_of(told)
    assert all(step in written for step in STEPS) and "≠" not in written


def test_a_purchase_of_an_alliance_goes_all_the_way_in_its_own_book(here: State, web: str) -> None:
    alliance = alliance_of(here, here.director, here.fellow)
    settled(here)
    before = _entries(here, "state")
    bought_two(here, freight_cents=12_345, alliance_id=alliance)
    with here.app.app_context():
        told = run(here.tenant.code, None, web)
    steps = {one["step"]: one for one in told["steps"]}
    pairs = {pair["what"]: pair for pair in steps["exported"]["sums"]}
    name = here.api("GET", f"/alliances/{alliance}", here.coordinator).json["name"]
    assert {f"balances of {name}", "balances of the state", "debits of all books and of each"} <= set(pairs)
    assert all(pair["equal"] for one in told["steps"] for pair in one["sums"])
    assert steps["paid"]["cents"]["still owed"] == 0
    assert _entries(here, "state") == before and len(_entries(here, alliance)) >= 6
    assert "≠" not in table_of(told)


def test_a_whole_purchase_is_bought_and_settled_for_an_alliance(here: State, web: str, tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_bytes(roster(12))
    prices = "".join(f"SKU-{n},Item {n},{10 + n},2\n" for n in range(5))
    (tmp_path / "catalog.csv").write_text(f"SKU,Name,Case Price,Case Size\n{prices}")
    files = (tmp_path / "roster.csv", tmp_path / "catalog.csv")
    with here.app.app_context():
        for _ in range(2):
            told = purchase.run(here.tenant.code, *files, 8, 3, 7, web, None, "Front Range")
            assert told["sums_right"], told
        done = run(here.tenant.code, None, web)
    assert done["purchase"] == told["purchase"] and done["sums_right"]
    [alliance] = here.api("GET", "/alliances", here.coordinator).json["items"]
    assert (alliance["name"], alliance["members"]) == ("Front Range", 8)
    assert _entries(here, "state") == set() != _entries(here, alliance["id"])


def _entries(state: State, book: str) -> set[str]:
    return {one["id"] for one in ledger(state, book=book)}


def test_the_vendor_reads_the_same_order_on_every_way(here: State, web: str) -> None:
    bought_two(here)
    with here.app.app_context():
        told = {one["step"]: one for one in run(here.tenant.code, None, web)["steps"]}
    first = told["sent"]["documents"]
    assert [(one["way"], one["state"]) for one in first] == [*((way, "refused") for way in WAYS[:-1]), ("link", "sent")]
    assert len({one["lines_sha256"] for one in first}) == 1 and {one["version"] for one in first} == {1}
    later = [told[name]["documents"][0] for name in SENT[1:]]
    assert [(one["way"], one["version"]) for one in later] == [("webhook", 2), ("sftp", 3), ("mail", 4), ("cxml", 5)]
    assert {one["state"] for one in later} == {"delivered", "sent"}
    assert len({one["lines_sha256"] for one in [first[0], *later]}) == 5, "each answer changes the order"
    assert told["price change"]["cents"]["difference"] > 0 > told["short line"]["cents"]["difference"]


def test_another_sum_at_the_vendor_ends_it(here: State, web: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bought_two(here)
    read = sending.read

    def wrong(way: str, content: bytes) -> object:
        order = read(way, content)
        return replace(order, lines=order.lines[1:]) if way == "webhook" else order

    monkeypatch.setattr(sending, "read", wrong)
    with here.app.app_context(), pytest.raises(DemonstrationFailed, match="do not ask for the same"):
        run(here.tenant.code, None, web)


@pytest.mark.parametrize(
    ("smtp", "allowed"),
    [
        ("", "localhost:1,localhost:2"),
        ("smtp://mail.example.org:25", "localhost:1,localhost:2"),
        ("smtp://127.0.0.1:9", ""),
    ],
)
def test_an_installation_that_sends_elsewhere_is_left_alone(smtp: str, allowed: str) -> None:
    with pytest.raises(DemonstrationFailed, match="SMTP_URL=smtp://"):
        ports_of({"SMTP_URL": smtp, "CAREPOOL_OUTBOUND_ALLOW": allowed})


def test_without_an_ordered_purchase_it_says_what_to_do(here: State, web: str) -> None:
    with here.app.app_context(), pytest.raises(DemonstrationFailed, match="carepool demo purchase"):
        run(here.tenant.code, None, web)


def test_an_order_of_single_cases_is_too_small_to_come_short() -> None:
    order = OrderRead((LineRead(1, "SOAP", "Soap", 1, 500),), None, "")
    with pytest.raises(DemonstrationFailed, match="larger purchase"):
        sending.short(order)
