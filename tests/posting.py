"""Doubles that really listen: mail servers that take, refuse or lose letters, and a provider of text messages."""

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl


class _Dropping(socketserver.StreamRequestHandler):
    """A mail server that takes a whole letter and goes away without a word."""

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            word = line.strip().upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                while self.rfile.readline().strip() != b".":
                    pass
                return
            self.wfile.write(b"250 fine\r\n")


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@contextmanager
def _listening(server: Any) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def losing_mail() -> Iterator[str]:
    """Serve mail whose answers are lost; yields SMTP_URL."""
    with _listening(_Server(("127.0.0.1", 0), _Dropping)) as port:
        yield f"smtp://127.0.0.1:{port}"


class Double:
    """An HTTP server that keeps what it was sent and answers what it is told: `answers` holds (status, body)."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.answers: list[tuple[int, Any]] = []
        self.usual: tuple[int, Any] = (201, {"sid": "SM1"})
        #: While it is not set, a request is taken and gets no answer.
        self.answering = threading.Event()
        self.answering.set()

    def forms(self) -> list[dict[str, str]]:
        return [dict(parse_qsl(one["body"].decode())) for one in self.taken]


@contextmanager
def http_double() -> Iterator[tuple[Double, str]]:
    """Serve a double; yields it and its address. A status of 0 closes the connection without an answer."""
    double = Double()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            double.taken.append({"path": self.path, "headers": dict(self.headers.items()), "body": body})
            double.answering.wait(30)
            status, said = double.answers.pop(0) if double.answers else double.usual
            if not status:
                self.close_connection = True
                return
            written = json.dumps(said).encode()
            self.send_response(status)
            if status in (301, 302, 307, 308):
                self.send_header("Location", said["to"])
            self.send_header("Content-Length", str(len(written)))
            self.end_headers()
            self.wfile.write(written)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with _listening(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as port:
        yield double, f"http://127.0.0.1:{port}"
