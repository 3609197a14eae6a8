"""Real Celery workers, relay and Redis: nothing is lost and nothing happens twice."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest
import redis
from sqlalchemy import func, select, text

from carepool.config import Settings
from carepool.outbox import OutboxRow
from carepool.purchasing.actions.purchases import locked_purchase
from carepool.purchasing.models.purchase_orders import PurchaseOrder
from tenants.database import db
from tests.buying import Buy, open_buy
from tests.cast import State
from tests.running import ROOT, environment_of
from tests.waiting import until

WORKER = ["celery", "-A", "workers.app", "worker", "--concurrency=2", "--without-gossip", "--without-mingle", "--loglevel=error",
          "--queues=closing,notices,files,sending"]  # fmt: skip


_LOOKS_FOR_PROCESSES = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
_WAITING = text("select count(*) from pg_locks where locktype = 'advisory' and not granted")


@pytest.fixture(scope="module")
def environment(settings: Settings) -> dict[str, str]:
    return {**environment_of(settings), "RELAY_AGAIN_SECONDS": "2"}


@contextmanager
def _process(arguments: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    started = subprocess.Popen([sys.executable, "-m", *arguments], env=environment, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        yield started
    finally:
        started.kill()
        started.wait()


def _wait_until_ordered(state: State, buy: Buy) -> None:
    until(lambda: state.api("GET", buy.path(), state.coordinator).json["state"] == "ordered", "the workers close it")


def _orders(state: State, buy: Buy) -> int:
    with state.scope():
        query = select(func.count()).select_from(PurchaseOrder).where(PurchaseOrder.purchase_id == buy.id)
        return int(db.session.scalar(query) or 0)


def _ready(state: State) -> Buy:
    buy = open_buy(state)
    buy.order(state.director, {"GLOVES": (100,)})
    return buy


def test_a_close_goes_through_relay_and_worker_and_survives_what_happens_to_them(
    here: State, environment: dict[str, str], redis_url: str
) -> None:
    broker = redis.Redis.from_url(redis_url)
    with _process(["carepool", "relay"], environment):
        # Redis is emptied before any worker could take the message
        lost = _ready(here)
        here.api("POST", lost.path("/close"), here.coordinator)
        until(lambda: broker.llen("closing"), "a message to the workers")
        broker.flushall()
        with _process(WORKER, environment), _process(WORKER, environment):
            _wait_until_ordered(here, lost)
            assert _orders(here, lost) == 1
            # every message is delivered again and again: the relay hands over what it believes lost
            again = _ready(here)
            here.api("POST", again.path("/close"), here.coordinator)
            _wait_until_ordered(here, again)
            with here.scope():
                rows = db.session.execute(select(OutboxRow.topic, OutboxRow.id)).all()
            _publish_twice(environment, here, rows)
            time.sleep(1)
            assert (_orders(here, again), _orders(here, lost)) == (1, 1)
            # two beats start the same sweeps
            with _beat(environment, "1"), _beat(environment, "2"):
                due = _ready(here)
                with here.scope():
                    db.session.execute(_past(due))
                _wait_until_ordered(here, due)
                assert _orders(here, due) == 1
    broker.close()


def _publish_twice(environment: dict[str, str], state: State, rows: list[tuple[str, object]]) -> None:
    code = (
        "import json, sys\nfrom workers.app import app\nfrom workers.tasks import deliver\n"
        "kind, number, rows = json.load(sys.stdin)\n"
        "for topic, row in rows:\n  for _ in range(2): deliver.apply_async((kind, number, topic, [row]), queue='closing')\n"
    )
    given = json.dumps([str(state.tenant.scope.kind), state.tenant.id, [(topic, str(row)) for topic, row in rows]])
    subprocess.run([sys.executable, "-c", code], input=given, text=True, env=environment, cwd=ROOT, check=True)


@contextmanager
def _beat(environment: dict[str, str], name: str) -> Iterator[None]:
    kept = Path(environment["CAREPOOL_FILES"]).parent / f"beat-{name}"
    arguments = ["celery", "-A", "workers.app", "beat", "--pidfile=", "--loglevel=error", f"--schedule={kept}"]
    with _process(arguments, environment):
        yield


def _past(buy: Buy):  # type: ignore[no-untyped-def]
    from sqlalchemy import update

    from carepool.purchasing.models.purchases import Purchase

    return update(Purchase).where(Purchase.id == buy.id).values(closes_at=func.now())


@_LOOKS_FOR_PROCESSES
def test_a_worker_killed_while_it_works_loses_nothing_and_leaves_no_process(
    here: State, environment: dict[str, str]
) -> None:
    buy = _ready(here)
    here.api("POST", buy.path("/close"), here.coordinator)
    with _process(WORKER, environment) as worker, here.scope():
        locked_purchase(UUID(buy.id))
        with _process(["carepool", "relay"], environment):
            # what works for the worker now waits for the lock that is held here
            until(lambda: db.session.scalar(_WAITING), "what works for the worker waits")
        own = _children(worker)
        worker.kill()
        worker.wait()
        until(lambda: not any(map(_lives, own)), "the processes of the worker end", 10)
    with _process(["carepool", "relay"], environment), _process(WORKER, environment):
        _wait_until_ordered(here, buy)
    assert _orders(here, buy) == 1


@_LOOKS_FOR_PROCESSES
def test_the_processes_of_a_worker_that_wait_for_work_end_with_it(environment: dict[str, str]) -> None:
    with _process(WORKER, environment) as worker:
        until(lambda: len(_children(worker)) >= 2, "two processes of the worker")
        own = _children(worker)
        worker.kill()
        worker.wait()
        until(lambda: not any(map(_lives, own)), "the processes of the worker end", 10)


def _children(of: subprocess.Popen[bytes]) -> list[int]:
    return [int(one) for one in Path(f"/proc/{of.pid}/task/{of.pid}/children").read_text().split()]


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False
