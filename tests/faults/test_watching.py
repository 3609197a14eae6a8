"""What an operator watches: JSON lines with ids, metrics that add up over processes, queues that stand still."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
from flask import Flask
from sqlalchemy import select

from carepool import canaries, events
from carepool.config import Settings
from carepool.local.ports import free_port
from carepool.outbox import OutboxRow
from tenants.database import bulk_insert, db
from tenants.ids import new_id
from tests.cast import State
from tests.running import ROOT, environment_of
from tests.waiting import answers, until


@pytest.fixture
def environment(settings: Settings, tmp_path: Path) -> dict[str, str]:
    watched = {"CAREPOOL_LOG_LEVEL": "INFO", "CAREPOOL_METRICS": str(tmp_path / "metrics")}
    return {**environment_of(settings), **watched}


@contextmanager
def _running(arguments: list[str], environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as written:
        command = [sys.executable, "-m", "carepool", *arguments]
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=written, stderr=written)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _lines(log: Path) -> list[dict[str, Any]]:
    """Every line of a log; each must be one JSON object."""
    return [dict(json.loads(line)) for line in log.read_text().splitlines()]


def test_each_line_of_a_worker_names_its_task_and_state(
    here: State, environment: dict[str, str], tmp_path: Path
) -> None:
    with here.scope():
        # the subject of this row does not exist, so its work fails and says so
        lost = {"topic": events.PURCHASE_CLOSING.name, "attempts": 0}
        bulk_insert(OutboxRow, ("id", "subject_id"), [(new_id(), new_id())], same=lost)
    # without hints of who has work, the relay finds it on its round
    redis.Redis.from_url(environment["REDIS_URL"]).flushdb()
    log = tmp_path / "worker.log"
    with _running(["worker"], environment, log), _running(["relay"], environment, tmp_path / "relay.log"):
        failed = until(lambda: _of(here, _events(log, "work_failed")), "a line about the failed work")[0]
        until(lambda: _rows_left(here) == 0, "an end of the work")
        done = until(lambda: _events(log, "delivered"), "a line about what was delivered")
        relayed = until(lambda: _events(tmp_path / "relay.log", "round"), "a line about what was handed over")
    assert failed["task"] == "carepool.deliver" and len(failed["task_id"]) == 36
    assert failed["tenant"] == here.tenant.code and failed["scope"] == str(here.tenant.scope)
    assert "exception" in failed
    assert all(one["task_id"] and one["tenant"] for one in done)
    # what Celery says of itself belongs to no task
    ready = next(line for line in _lines(log) if line["event"].endswith("ready."))
    assert not {"task_id", "tenant", "scope"} & set(ready)
    assert not {"task_id", "tenant"} & set(relayed[0])


def _events(log: Path, name: str) -> list[dict[str, Any]]:
    return [line for line in _lines(log) if line["event"] == name]


def _of(state: State, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the lines of a state: other tests leave work of theirs."""
    return [line for line in lines if line.get("tenant") == state.tenant.code]


def _rows_left(state: State) -> int:
    with state.scope():
        return len(db.session.scalars(select(OutboxRow.id).where(OutboxRow.done_at.is_(None))).all())


def test_the_metrics_of_two_web_processes_add_up(here: State, environment: dict[str, str], tmp_path: Path) -> None:
    port, asked = free_port(18600), 60
    log = tmp_path / "web.log"
    with _running(["web", "--bind", f"127.0.0.1:{port}", "--workers", "2", "--threads", "1"], environment, log):
        web = f"http://127.0.0.1:{port}"
        until(lambda: answers(f"{web}/healthz"), "an answer of the web")
        before = _counted(web)
        for _ in range(asked):
            # each on a connection of its own, so that both processes get some
            answer = httpx.get(f"{web}/sign-in", headers={"Host": here.host, "X-Request-Id": "asked-for-this"})
            assert answer.status_code == 200
        counts = {_counted(web) - before for _ in range(6)}
        assert counts == {asked}
        files = list(Path(environment["CAREPOOL_METRICS"]).glob("counter_*.db"))
        assert len(files) == 2, "both processes must have answered"
    told = [line for line in _events(log, "request") if line["endpoint"] == "identity_pages.sign_in"]
    assert len(told) == asked
    assert {line["request_id"] for line in told} == {"asked-for-this"}
    assert {line["tenant"] for line in told} == {here.tenant.code}


def _counted(web: str) -> float:
    lines = httpx.get(f"{web}/metrics").text.splitlines()
    wanted = 'carepool_requests_total{endpoint="identity_pages.sign_in",method="GET",status="200"} '
    return sum(float(line.removeprefix(wanted)) for line in lines if line.startswith(wanted))


def test_a_queue_that_stands_still_is_told_everywhere_and_takes_nothing_out_of_service(
    app: Flask, environment: dict[str, str], redis_url: str, tmp_path: Path
) -> None:
    with redis.Redis.from_url(redis_url) as broker:
        broker.delete("carepool:canaries")
        canaries.note(redis_url, "notices", 2.0)
        broker.hset("carepool:canaries", "closing", json.dumps({"at": time.time() - 400, "delay": 0.1}))
        broker.hset("carepool:canaries", "files", "not what we wrote")
        client = app.test_client()
        answer = client.get("/readyz")
        assert answer.status_code == 200
        assert answer.json["queues"]["closing"] == "stuck"
        assert answer.json["queues"]["notices"] == "moving"
        assert answer.json["queues"]["files"] == answer.json["queues"]["relay"] == "unknown"
        shown = client.get("/metrics", environ_base={"REMOTE_ADDR": "127.0.0.1"}).text
        assert 'carepool_queue_delay_seconds{queue="notices"} 2.0' in shown
        age = shown.split('carepool_canary_age_seconds{queue="closing"} ')[1].split("\n")[0]
        assert 400 <= float(age) < 460
        log = tmp_path / "relay.log"
        with _running(["relay"], environment, log):
            (stuck,) = until(lambda: _events(log, "queue_stuck"), "an error line about the queue")
            assert stuck["level"] == "error" and stuck["queue"] == "closing" and stuck["age"] >= 400
            until(lambda: canaries.told(redis_url)["relay"], "a sign of life of the relay")
        broker.delete("carepool:canaries")


def test_beat_and_worker_send_canaries_through_every_queue(
    environment: dict[str, str], redis_url: str, tmp_path: Path
) -> None:
    code = "from workers.tasks import send_canary\nfrom carepool.events import Queue\n"
    code += "for queue in Queue: send_canary.apply_async((str(queue),), queue=queue)"
    with redis.Redis.from_url(redis_url) as broker:
        broker.flushall()  # what other tests had a relay hand over would come before the canaries
    subprocess.run([sys.executable, "-c", f"import workers.app\n{code}"], env=environment, cwd=ROOT, check=True)
    beat = ["beat", "--schedule", str(tmp_path / "beat")]
    with _running(["worker"], environment, tmp_path / "w.log"), _running(beat, environment, tmp_path / "b.log"):
        until(lambda: all(canaries.told(redis_url)[name] for name in canaries.NAMES if name != "relay"), "canaries")
    asked = subprocess.run(
        [sys.executable, "-m", "carepool", "canaries", "closing", "beat"],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert asked.returncode == 0 and asked.stdout.count("moving") == 2
    asked = subprocess.run(
        [sys.executable, "-m", "carepool", "canaries", "relay"], env=environment, capture_output=True
    )
    assert asked.returncode == 1
    assert _lines(tmp_path / "b.log") is not None
