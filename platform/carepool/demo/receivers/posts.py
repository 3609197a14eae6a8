"""An HTTP server that takes webhooks and cXML OrderRequests."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from carepool.demo.receivers.taken import Desk, Taken

WEBHOOK, CXML = "/webhook", "/cxml"
"""Paths at which each is taken."""
_RESPONSE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<cXML payloadID="answer@vendor.example" timestamp="2026-01-01T00:00:00Z">'
    '<Response><Status code="{code}" text="{text}"/></Response></cXML>'
)


@contextmanager
def serving_posts(desk: Desk, port: int) -> Iterator[None]:
    """Serve HTTP at a port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Take what is posted, and answer."""
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.path == WEBHOOK:
                self._answer(200 if desk.take(_webhook(body, dict(self.headers.items()))) else 400, b"{}")
            elif self.path == CXML:
                accepted = desk.take(Taken("cxml", (("order.cxml", body),)))
                code, text = (200, "OK") if accepted else (400, "No orders here")
                self._answer(200, _RESPONSE.format(code=code, text=text).encode())
            else:
                self._answer(404, b"")

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _webhook(body: bytes, headers: dict[str, str]) -> Taken:
    data = json.loads(body)["data"]
    files = tuple((one["name"], base64.b64decode(one["content_base64"])) for one in data["documents"])
    return Taken("webhook", files, body=body, headers={k.lower(): v for k, v in headers.items()}, link=data["link"])
