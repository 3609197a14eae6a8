"""Webhooks through real workers: a slow receiver holds up nobody, and a worker that dies loses no event."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from carepool.config import Settings
from carepool.events import Queue
from carepool.webhooks.models import HookState, WebhookDelivery
from tenants.database import db
from tests.buying import open_buy
from tests.cast import State
from tests.listening import listens, receiver, verified
from tests.running import ROOT, environment_of
from tests.waiting import until

_OTHERS = [f"--queue={queue}" for queue in Queue if queue != Queue.WEBHOOKS]


@contextmanager
def _carepool(environment: dict[str, str], *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "carepool", *arguments]
    started = subprocess.Popen(command, env=environment, cwd=ROOT, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        yield started
    finally:
        os.killpg(started.pid, 9)
        started.wait()


def _environment(settings: Settings, state: State) -> dict[str, str]:
    allowed = state.app.config["CAREPOOL_OUTBOUND_ALLOW"]
    return {**environment_of(settings), "CAREPOOL_OUTBOUND_ALLOW": allowed, "RELAY_AGAIN_SECONDS": "2"}


def _counts(state: State, wanted: HookState) -> int:
    with state.scope():
        found = select(func.count()).select_from(WebhookDelivery).where(WebhookDelivery.state == wanted)
        return int(db.session.scalar(found) or 0)


@pytest.fixture
def beat_file(tmp_path: Path) -> str:
    return str(tmp_path / "beat")


def test_a_slow_receiver_delays_no_close_and_nothing_is_lost_when_its_worker_is_killed(
    here: State, settings: Settings, beat_file: str
) -> None:
    with receiver(here.app) as (double, url), ExitStack() as running:
        double.answering.clear()
        endpoint = listens(here, url)
        environment = _environment(settings, here)
        for command in (["relay"], ["worker", "--concurrency=1", *_OTHERS], ["beat", "--schedule", beat_file]):
            running.enter_context(_carepool(environment, *command))
        with _carepool(environment, "worker", "--concurrency=1", "--queue=webhooks"):
            buy = open_buy(here)
            buy.order(here.director, {"GLOVES": (100,)})
            until(lambda: double.taken, "the first event comes and gets no answer")
            # its only worker hangs on the receiver, and the close goes through all the same
            here.api("POST", buy.path("/close"), here.coordinator)
            state = lambda: here.api("GET", buy.path(), here.coordinator).json["state"]  # noqa: E731
            until(lambda: state() == "ordered", "the close", 9)
            until(lambda: _counts(here, HookState.WAITING) == 4, "all four events wait")
        # killed while it waited for an answer
        double.answering.set()
        with here.scope():
            # two minutes later
            db.session.execute(update(WebhookDelivery).values(due_at=func.now()))
        with _carepool(environment, "worker", "--concurrency=1", "--queue=webhooks"):
            until(lambda: _counts(here, HookState.DELIVERED) == 4, "all four arrive")
        kinds: dict[str, set[str]] = {}
        for one in double.taken:
            kinds.setdefault(one["headers"]["webhook-id"], set()).add(verified(endpoint["secret"], one)["type"])
        assert sorted(kind for (kind,) in kinds.values()) == [
            "order.placed",
            "purchase.closed",
            "purchase.opened",
            "purchase_order.made",
        ]
        assert len(double.taken) == 5, "the one that was cut off came twice, under one id"
