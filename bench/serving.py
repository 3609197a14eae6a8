"""Orders a second over HTTP against a hand-written WSGI and SQL program, and outbox rows through relay and workers."""

import contextlib
import http.client
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from statistics import median
from typing import Any
from uuid import UUID

import redis
from sqlalchemy import update

from bench import filling
from bench.place import Place
from carepool import events
from carepool.clock import now
from carepool.events import Queue, Topic, topics
from carepool.identity import actions as identity
from carepool.identity.models import AccessToken
from carepool.identity.rights import Permission, Role
from carepool.local.ports import free_port
from carepool.outbox import Actor, OutboxRow, hand_over
from tenants.database import db
from tenants.ids import new_id
from tenants.scope import visiting

_BY = Actor.operator()
_TWINS = {"program_order": "order_twin", "wish": "wish_twin", "activity": "activity_twin", "access_token": "token_twin",
          "person": "person_twin", "purchase": "purchase_twin"}  # fmt: skip
_NOTICES = [one for one in topics().values() if one.queue is Queue.NOTICES]
_AT_ONCE = 8
_WARM = 160


@contextlib.contextmanager
def web(place: Place, target: str) -> Iterator[int]:
    """Serve a WSGI program with two processes of four threads; yield its port."""
    port = free_port()
    options = [
        "--bind",
        f"127.0.0.1:{port}",
        "--workers",
        "2",
        "--threads",
        "4",
        "--no-control-socket",
        "--log-level",
        "error",
    ]
    command = [sys.executable, "-m", "gunicorn", *options, target]
    web = subprocess.Popen(command, env=place.environment)
    try:
        for _ in range(300):
            with contextlib.suppress(OSError):
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
                connection.request("GET", "/healthz")
                connection.getresponse().read()
                break
            time.sleep(0.1)
        yield port
    finally:
        web.terminate()
        web.wait()


def _put_all(port: int, calls: list[tuple[str, str, dict[str, str]]]) -> float:
    """Send all calls, eight at once, each thread on one kept connection; return orders a second."""
    failed: list[str] = []

    def send(own: list[tuple[str, str, dict[str, str]]]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for path, body, headers in own:
            connection.request("PUT", path, body, headers)
            answer = connection.getresponse()
            told = answer.read()
            if answer.status not in (200, 201):
                failed.append(f"{answer.status} {told[:300]!r}")

    threads = [threading.Thread(target=send, args=(calls[n::_AT_ONCE],)) for n in range(_AT_ONCE)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise SystemExit(f"{len(failed)} orders failed: {failed[0]}")
    return len(calls) / (time.perf_counter() - began)


def orders(place: Place, rounds: int = 5, each: int = 500) -> dict[str, Any]:
    """Return orders of five lines placed a second by each program's director, eight at once, ours and the floor's.

    Medians of rounds in turns, since the machine's speed changes; the first calls of both are not timed: connections
    and plans are built in them.
    """
    joined = filling_programs(place, rounds * each + _WARM)
    purchase, point, items = filling.purchase(place, filling.catalog(place, 101), 50)
    tokens = directors(place, joined)
    calls = []
    for n, (program, token) in enumerate(zip(joined, tokens, strict=True)):
        headers = {"Host": "bench.localhost", "Authorization": f"Bearer {token}", "If-None-Match": "*",
                   "Content-Type": "application/json"}  # fmt: skip
        lines = [{"item_id": str(items[(n + k) % 50]), "wanted": 1 + k} for k in range(5)]
        body = json.dumps({"delivery_point_id": str(point), "lines": lines, "place": True})
        calls.append((f"/api/v1/purchases/{purchase}/orders/{program}", body, headers))
    with place.owner() as owner:
        for table, twin in _TWINS.items():
            owner.execute(f"create table {twin} (like {table} including all)")
            owner.execute(f"grant all on {twin} to carepool_app")
        for table in ("access_token", "person", "purchase"):
            owner.execute(f"insert into {_TWINS[table]} select * from {table}")
        owner.commit()
        # what autovacuum does on a server that runs
        owner.autocommit = True
        owner.execute("analyze")
    bare = [
        (f"/{place.tenant.id}/{purchase}/{program}", body, head)
        for program, (_, body, head) in zip(joined, calls, strict=True)
    ]
    with web(place, "carepool.app:create_app()") as port, web(place, "bench.floor_web:application") as bare_port:
        _put_all(port, calls[:_WARM])
        _put_all(bare_port, bare[:_WARM])
        ours, floor = [], []
        for start in range(_WARM, len(calls), each):
            ours.append(_put_all(port, calls[start : start + each]))
            floor.append(_put_all(bare_port, bare[start : start + each]))
    per_second, floor_per_second = median(ours), median(floor)
    return {
        "per_second": round(per_second, 1),
        "floor_per_second": round(floor_per_second, 1),
        "ratio": round(per_second / floor_per_second, 3),
    }


def directors(place: Place, programs: list[UUID]) -> list[str]:
    """Return an API token of a director of each program."""
    at = now()
    tokens = []
    with visiting(place.tenant.scope, place.app):
        for n, program in enumerate(programs):
            person = identity.invite_person(_BY, f"director{n}@example.org", f"Director {n}")
            identity.grant_role(_BY, person.id, Role.PROGRAM_DIRECTOR, program)
            rights = [Permission.ORDERS_READ, Permission.ORDERS_WRITE]
            tokens.append(str(identity.issue_api_token(_BY, person.id, rights, "", at + timedelta(days=1), at)))
        # who orders has read the page before: the last use of a session is written at most every five minutes
        db.session.execute(update(AccessToken).values(seen_at=at))
    return tokens


def filling_programs(place: Place, count: int) -> list[UUID]:
    """Return ids of programs that have no order yet."""
    with visiting(place.tenant.scope, place.app):
        from carepool.programs.models import Program

        found = [one for (one,) in db.session.query(Program.id).limit(count)]
    return found if len(found) == count else filling.programs(place, count)


def tasks(place: Place, rows: int = 40_000, each: int = 4_000) -> dict[str, Any]:
    """Return outbox rows a second from commit to done through relay and two workers, and bare tasks one by one.

    `per_second`: rows whose work is done for a whole batch; `each_per_second`: rows that each need reads of their own.
    """
    purchase, _, _ = filling.purchase(place, filling.catalog(place, 3), 3)
    with visiting(place.tenant.scope, place.app):
        hand_over(events.PERSON_INVITED, [new_id()])
    with _workers(place, "workers.app"), process(place, ["carepool", "relay"]):
        while waiting(place, *_NOTICES):  # the relay is up, and what other parts left for these workers is done
            time.sleep(0.2)
        batched = _through(place, events.PERSON_INVITED, [new_id() for _ in range(rows)])
        single = _through(place, events.PURCHASE_CANCELLED, [purchase] * each)
    with _workers(place, "bench.floor_tasks"):
        bare = _bare(place, 2_500)
    return {
        "per_second": round(batched),
        "each_per_second": round(single),
        "bare_per_second": round(bare),
        "ratio": round(batched / bare, 2),
        "each_ratio": round(single / bare, 2),
    }


def _through(place: Place, topic: Topic, subjects: list[UUID]) -> float:
    began = time.perf_counter()
    with visiting(place.tenant.scope, place.app):
        hand_over(topic, subjects)
    while waiting(place, topic):
        time.sleep(0.05)
    return len(subjects) / (time.perf_counter() - began)


def _bare(place: Place, count: int) -> float:
    from bench.floor_tasks import app, nothing

    app.conf.broker_url = place.settings.redis_url
    broker = redis.Redis.from_url(place.settings.redis_url)
    began = time.perf_counter()
    with app.producer_pool.acquire(block=True) as producer:
        for _ in range(count):
            nothing.apply_async(producer=producer, queue="notices")
    while broker.llen("notices") or broker.hlen("unacked"):
        time.sleep(0.05)
    return count / (time.perf_counter() - began)


def waiting(place: Place, *asked: Topic) -> bool:
    """Tell whether work of the state, or of some topics, is still to be done."""
    mine = [OutboxRow.topic.in_([one.name for one in asked])] if asked else []
    with visiting(place.tenant.scope, place.app):
        found = db.session.query(OutboxRow.id).filter(OutboxRow.done_at.is_(None), *mine)
        return found.limit(1).first() is not None


@contextlib.contextmanager
def process(place: Place, arguments: list[str]) -> Iterator[None]:
    started = subprocess.Popen([sys.executable, "-m", *arguments], env=place.environment, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        started.kill()
        started.wait()


@contextlib.contextmanager
def _workers(place: Place, application: str) -> Iterator[None]:
    options = ["--concurrency=2", "--without-gossip", "--without-mingle", "--loglevel=error", "--queues=notices"]
    with process(place, ["celery", "-A", application, "worker", *options]):
        time.sleep(5)  # both are measured with workers that are up
        yield
