"""A local double of the provider that takes cards: it speaks the part of Stripe's API that is asked, and can misbehave."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from flask import Flask


class CardDesk:
    """What was asked, and how it answers: `ok`, `broken` (500), `refused` (402), `cut` (no answer)."""

    def __init__(self) -> None:
        self.mode = "ok"
        self.asked: list[tuple[str, str, str]] = []
        self.sessions: dict[str, dict[str, Any]] = {}
        self.by_key: dict[str, str] = {}

    def begin(self, key: str, form: dict[str, str]) -> dict[str, Any]:
        """Open a session, or give the one again that this key opened."""
        if key not in self.by_key:
            name = f"cs_{len(self.sessions) + 1}"
            self.sessions[name] = {
                "id": name,
                "url": f"https://pay.example.org/{name}",
                "client_reference_id": form["client_reference_id"],
                "amount_total": int(form["line_items[0][price_data][unit_amount]"]),
                "currency": form["line_items[0][price_data][currency]"],
                "status": "open",
                "payment_status": "unpaid",
            }
            self.by_key[key] = name
        return self.sessions[self.by_key[key]]

    def pay(self, name: str = "cs_1") -> None:
        self.sessions[name] |= {"status": "complete", "payment_status": "paid", "url": None}


@contextmanager
def card_desk(app: Flask) -> Iterator[CardDesk]:
    """Run the double as the provider that an application asks, until the block ends."""
    desk = CardDesk()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            key = self.headers.get("Idempotency-Key", "")
            desk.asked.append(("POST", self.path, self.headers.get("Authorization", "")))
            self._answer(lambda: desk.begin(key, form))

        def do_GET(self) -> None:
            desk.asked.append(("GET", self.path, self.headers.get("Authorization", "")))
            self._answer(lambda: desk.sessions[self.path.rsplit("/", 1)[1]])

        def _answer(self, found: Any) -> None:
            if desk.mode == "cut":
                found()
                self.close_connection = True
                self.connection.close()
                return
            status = {"ok": 200, "broken": 500, "refused": 402}[desk.mode]
            body = json.dumps(found() if status == 200 else {"error": {"message": "no"}}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host = f"127.0.0.1:{server.server_port}"
    reached = {"CARD_PROVIDER_URL": f"http://{host}", "CAREPOOL_OUTBOUND_ALLOW": host}
    before = {name: app.config[name] for name in reached}
    app.config.update(reached)
    try:
        yield desk
    finally:
        app.config.update(before)
        server.shutdown()
        server.server_close()
