"""Addresses that people of a state write down lead to the public internet and nowhere else."""

import contextlib
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from carepool import outbound
from carepool.outbound import OutboundRefused, client, is_public

INSIDE = [
    "127.0.0.1",
    "127.8.8.8",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "168.63.129.16",
    "100.64.0.1",
    "100.100.100.200",
    "0.0.0.0",
    "192.0.0.192",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "fe80::1",
    "fe80::1%lo",
    "fec0::1",
    "fd00:ec2::254",
    "ff02::1",
]


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_an_address_in_disguise_is_never_more_public(address: Any) -> None:
    assert is_public(f"::ffff:{address}") == is_public(str(address))
    assert not is_public(f"64:ff9b::{address}") and not is_public(f"::{address}")


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        heard: list[tuple[str, str]] = self.server.heard  # type: ignore[attr-defined]
        heard.append((self.path, self.headers["Host"]))
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/to/"))
            self.end_headers()
            return
        self.send_response(200)
        if self.path == "/zipped":
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        if self.path == "/long":
            self.wfile.write(b"x" * (outbound.MOST_BYTES + 1))
        else:
            self.wfile.write(b"hello")

    def log_message(self, *_words: Any) -> None:
        """Say nothing."""


class Near:
    """A web server on this machine, and what it heard."""

    def __init__(self, context: ssl.SSLContext | None) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
        if context is not None:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.heard: list[tuple[str, str]] = []
        self.server.heard = self.heard  # type: ignore[attr-defined]
        self.port = self.server.server_port


@contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[Near]:
    """Run a web server that must not be reached unless it is allowed."""
    made = Near(context)
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    try:
        yield made
    finally:
        made.server.shutdown()
        thread.join()
        made.server.server_close()


@pytest.fixture
def near() -> Iterator[Near]:
    """A web server that speaks plain HTTP."""
    with serving() as made:
        yield made


@pytest.fixture
def allow(app: Flask) -> Iterator[Any]:
    """Allow hosts for one test."""

    def set_to(written: str) -> None:
        app.config["CAREPOOL_OUTBOUND_ALLOW"] = written

    with app.app_context():
        yield set_to
    app.config["CAREPOOL_OUTBOUND_ALLOW"] = ""


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.0.0.1", "[::ffff:127.0.0.1]"])
def test_nothing_inside_is_reached_however_it_is_written(near: Near, allow: Any, host: str) -> None:
    with client() as web, pytest.raises(OutboundRefused) as refused:
        web.get(f"https://{host}:{near.port}/")
    assert "does not lie on the public internet" in refused.value.sentence
    assert near.heard == []


def test_plain_http_is_not_spoken_to_others(near: Near, allow: Any) -> None:
    with client() as web, pytest.raises(OutboundRefused) as refused:
        web.get(f"http://127.0.0.1:{near.port}/")
    assert refused.value.sentence == "The address must begin with https://"
    assert near.heard == []


def test_an_allowed_host_is_reached_and_only_with_its_port(near: Near, allow: Any) -> None:
    allow(f"example.org, localhost:{near.port}")
    with client() as web:
        assert web.get(f"http://localhost:{near.port}/").text == "hello"
        assert near.heard == [("/", f"localhost:{near.port}")]
        with pytest.raises(OutboundRefused):
            web.get(f"http://localhost:{near.port + 1}/")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_redirect_leads_nowhere_inside(near: Near, allow: Any, scheme: str) -> None:
    allow(f"localhost:{near.port}")
    with client() as web, pytest.raises(OutboundRefused):
        web.get(f"http://localhost:{near.port}/to/{scheme}://127.0.0.1:{near.port}/secret", follow_redirects=True)
    assert [path for path, _ in near.heard] == [f"/to/{scheme}://127.0.0.1:{near.port}/secret"]


def test_the_name_is_asked_for_once_and_the_checked_address_is_used(
    near: Near, allow: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow(f"turning.example:{near.port}")
    real, asked = socket.getaddrinfo, []

    def turning(host: Any, *rest: Any, **more: Any) -> Any:
        if host != "turning.example":
            return real(host, *rest, **more)
        asked.append(host)
        return real("127.0.0.1" if len(asked) == 1 else "127.0.0.2", *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", turning)
    with client() as web:
        assert web.get(f"http://turning.example:{near.port}/").text == "hello"
    assert asked == ["turning.example"]
    assert near.heard == [("/", f"turning.example:{near.port}")]


def test_the_certificate_must_be_of_the_name_though_the_address_is_pinned(
    allow: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("right.example").configure_cert(context)
    real = socket.getaddrinfo

    def near_by(host: Any, *rest: Any, **more: Any) -> Any:
        return real("127.0.0.1" if host in ("right.example", "wrong.example") else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", near_by)
    allow("right.example, wrong.example")
    with serving(context) as near, client() as web:
        assert web.get(f"https://right.example:{near.port}/").text == "hello"
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            web.get(f"https://wrong.example:{near.port}/")
        assert near.heard == [("/", f"right.example:{near.port}")]


def test_one_inside_address_among_others_is_enough_to_refuse(allow: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
    mixed = [(*kind, ("8.8.8.8", 443)), (*kind, ("10.0.0.7", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: mixed)
    with client() as web, pytest.raises(OutboundRefused):
        web.get("https://mixed.example/")


@pytest.mark.parametrize("path", ["/long", "/zipped"])
def test_an_answer_that_would_fill_the_memory_is_refused(near: Near, allow: Any, path: str) -> None:
    allow(f"localhost:{near.port}")
    with client() as web, pytest.raises(OutboundRefused):
        web.get(f"http://localhost:{near.port}{path}")


def test_an_unknown_name_is_said(allow: Any) -> None:
    with client() as web, pytest.raises(OutboundRefused) as refused:
        web.get("https://nobody.invalid/")
    assert refused.value.sentence == "The host name nobody.invalid is not known."


def test_a_server_that_is_down_is_an_error_of_httpx(allow: Any) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    allow(f"127.0.0.1:{port}")
    with client() as web, pytest.raises(httpx.ConnectError):
        web.get(f"http://127.0.0.1:{port}/")


class _Drips(socketserver.BaseRequestHandler):
    """A server that says one letter of a head every tenth of a second, and never ends it."""

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            self.request.sendall(b"HTTP/1.1 200 OK\r\nX-Drip: ")
            for _ in range(100):
                self.request.sendall(b"x")
                time.sleep(0.1)


def test_a_head_that_drips_in_ends_with_the_time_as_a_whole(allow: Any) -> None:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Drips) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        allow(f"127.0.0.1:{port}")
        began = time.monotonic()
        with client(1) as web, pytest.raises(httpx.TimeoutException):
            web.get(f"http://127.0.0.1:{port}/")
        assert time.monotonic() - began < 3
        server.shutdown()


def test_several_addresses_that_do_not_answer_share_the_time(allow: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # they take a connection and say nothing in the handshake
    with contextlib.ExitStack() as held:
        first = held.enter_context(socket.create_server(("127.0.0.1", 0)))
        port = first.getsockname()[1]
        for n in (2, 3, 4):
            held.enter_context(socket.create_server((f"127.0.0.{n}", port)))
        mute = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{n}", port)) for n in (1, 2, 3, 4)]
        monkeypatch.setattr(socket, "getaddrinfo", lambda host, *_a, **_k: _near(host, mute, port))
        allow("mute.example")
        began = time.monotonic()
        with client(1) as web, pytest.raises(httpx.TimeoutException):
            web.get(f"https://mute.example:{port}/")
        assert time.monotonic() - began < 2


def _near(host: Any, several: list[Any], port: int) -> list[Any]:
    """Return several addresses for the name, and an address for itself."""
    return several if host == "mute.example" else [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))]


@pytest.mark.parametrize("address", ["https://999.1.1.1/hook", "https://xn--a.example/", "https://[::1/", "https://"])
def test_an_address_that_cannot_be_read_is_not_taken(allow: Any, address: str) -> None:
    assert not outbound.takes(address)
