"""Notices an hour from hand-over to a mail server, while programs order, against a bare loop of smtplib."""

import contextlib
import http.client
import json
import smtplib
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from bench import filling
from bench.place import Place
from bench.serving import directors, filling_programs, process, waiting, web
from carepool.events import PERSON_INVITED
from carepool.identity.models import Person
from carepool.local.ports import free_port
from carepool.notifications.actions import tell
from carepool.notifications.models import Delivery, DeliveryState
from carepool.notifications.notices import Notice
from carepool.outbox import OutboxRow, hand_over
from tenants.database import bulk_insert, db
from tenants.ids import new_id
from tenants.scope import visiting

Call = tuple[str, str, dict[str, str]]
_HOUR = 3600
_AT_ONCE = 4
_ORDERS_A_SECOND = 10
_ONE_WORKER = ["carepool", "worker", "--concurrency=1", "--queue=notices", "--queue=sending"]


def notices(place: Place, letters: int = 6_000, orders: int = 300, bare_letters: int = 2_000) -> dict[str, Any]:
    """Return notices an hour to as many people, and the time of an order at a steady pace without and with them."""
    port = free_port()
    where = replace(place, settings=replace(place.settings, smtp_url=f"smtp://127.0.0.1:{port}"))
    where.app.config["SMTP_URL"] = where.settings.smtp_url
    try:
        with process(where, ["bench.mail_sink", str(port)]):
            calls = _calls(where, 3 * orders + 20)
            people = _people(where, letters)
            bare = _bare(port, bare_letters)
            with web(where, "carepool.app:create_app()") as served:
                _timed(served, calls[:20])
                before = _timed(served, calls[20 : 20 + orders])
                with process(where, ["carepool", "relay"]), process(where, _ONE_WORKER):
                    with visiting(where.tenant.scope, where.app):
                        hand_over(PERSON_INVITED, [new_id()])
                    while waiting(where, PERSON_INVITED):  # until both are up
                        time.sleep(0.2)
                    per_second, during = _while_ordering(where, served, people, calls[20 + orders :])
    finally:
        where.app.config["SMTP_URL"] = ""
    return {
        "notices_per_hour": round(per_second * _HOUR),
        "bare_per_hour": round(bare * _HOUR),
        "ratio": round(per_second / bare, 3),
        "order_p95_ms": round(_p95(during), 1),
        "order_p95_ms_without": round(_p95(before), 1),
        "order_p50_ms": round(sorted(during)[len(during) // 2], 1),
        "order_p50_ms_without": round(sorted(before)[len(before) // 2], 1),
        "orders_a_second": _ORDERS_A_SECOND,
    }


def _while_ordering(where: Place, served: int, people: list[UUID], calls: list[Call]) -> tuple[float, list[float]]:
    """Send a notice to everyone while orders come in; return notices a second and milliseconds of the orders meanwhile."""
    stop, took = threading.Event(), []
    ordering = threading.Thread(target=lambda: took.extend(_timed(served, calls, stop)))
    ordering.start()
    began = time.perf_counter()
    with visiting(where.tenant.scope, where.app):
        tell(people, Notice.PURCHASE_OPENED, new_id(), {"title": "Fall supplies"})
    while _sent(where) < len(people):
        if time.perf_counter() - began > 600:
            raise SystemExit(f"only {_sent(where)} of {len(people)} notices were sent in 10 minutes")
        time.sleep(0.25)
    seconds = time.perf_counter() - began
    stop.set()
    ordering.join()
    return len(people) / seconds, took


def _sent(where: Place) -> int:
    with visiting(where.tenant.scope, where.app):
        found = select(func.count()).select_from(Delivery).where(Delivery.state == DeliveryState.SENT)
        return int(db.session.scalar(found) or 0)


def _people(where: Place, count: int) -> list[UUID]:
    ids = [new_id() for _ in range(count)]
    with visiting(where.tenant.scope, where.app):
        rows = ((one, f"reader{number}@example.org", f"Reader {number}") for number, one in enumerate(ids))
        bulk_insert(Person, ("id", "email", "name"), rows, same={"language": "en"})
    return ids


def _calls(where: Place, count: int) -> list[Call]:
    joined = filling_programs(where, count)
    purchase, point, items = filling.purchase(where, filling.catalog(where, 103), 50)
    calls = []
    for n, (program, token) in enumerate(zip(joined, directors(where, joined), strict=True)):
        headers = {"Host": "bench.localhost", "Authorization": f"Bearer {token}", "If-None-Match": "*",
                   "Content-Type": "application/json"}  # fmt: skip
        lines = [{"item_id": str(items[(n + k) % 50]), "wanted": 1 + k} for k in range(5)]
        body = json.dumps({"delivery_point_id": str(point), "lines": lines, "place": True})
        calls.append((f"/api/v1/purchases/{purchase}/orders/{program}", body, headers))
    with visiting(where.tenant.scope, where.app):
        # neither the directors' welcome nor the opening is measured
        db.session.execute(update(OutboxRow).values(done_at=func.now()))
    return calls


def _timed(port: int, calls: list[Call], stop: threading.Event | None = None) -> list[float]:
    """Send orders at a steady pace until all are sent or it is stopped; return milliseconds from when each was due."""
    took: list[float] = []
    began = time.perf_counter()

    def send(own: list[tuple[int, Call]]) -> None:
        for number, (path, body, headers) in own:
            due = began + number / _ORDERS_A_SECOND
            time.sleep(max(0.0, due - time.perf_counter()))
            if stop is not None and stop.is_set():
                return
            # a connection each: the server gives up kept ones that idle
            with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
                connection.request("PUT", path, body, headers)
                answer = connection.getresponse()
                told = answer.read()
            took.append((time.perf_counter() - due) * 1000)
            if answer.status != 201:
                raise SystemExit(f"an order failed: {answer.status} {told[:300]!r}")

    numbered = list(enumerate(calls))
    threads = [threading.Thread(target=send, args=(numbered[n::_AT_ONCE],)) for n in range(_AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took


def _p95(took: list[float]) -> float:
    return sorted(took)[int(len(took) * 0.95)]


def _bare(port: int, count: int) -> float:
    """Return letters a second of a loop that sends the same short letter over one connection."""
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "no-reply@localhost", "a@example.org", "A purchase is open"
    letter.set_content("A group purchase is open: Fall supplies. You can order until it closes.\n" * 10)
    letter.add_alternative("<p>A group purchase is open: Fall supplies.</p>\n" * 20, subtype="html")
    for server in _connected(port):
        began = time.perf_counter()
        for _ in range(count):
            server.send_message(letter)
        return count / (time.perf_counter() - began)
    raise SystemExit("the mail server did not start")


def _connected(port: int) -> Iterator[smtplib.SMTP]:
    for _ in range(100):
        try:
            with smtplib.SMTP("127.0.0.1", port) as server:
                yield server
                return
        except OSError:
            time.sleep(0.1)
