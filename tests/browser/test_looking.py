"""How pages are looked at and pressed: once they are there, however slowly they arrive, and on a screen of any width."""

import re
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.browser.looking import look
from tests.browser.web import press, touch

_PAGE = '<!doctype html><html lang="en"><title>Page</title><main><h1>Page</h1>{}</main></html>'


class _Slow(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        first = self.path == "/"
        if not first:
            time.sleep(0.5)
        body = _PAGE.format('<p><a href="/next">Next</a></p>' if first else '<img src="data:,">')
        self.wfile.write(body.encode())

    def log_message(self, *_: Any) -> None:
        """Say nothing of what was asked."""


@pytest.fixture
def slow() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Slow) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_a_page_still_arriving_is_looked_at_when_it_is_there(
    browser: Any, slow: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.browser.looking.FOUND", tmp_path / "axe.jsonl")
    page = browser.new_page(viewport={"width": 360, "height": 800})
    page.goto(slow)
    page.click("a")
    with pytest.raises(AssertionError, match="image-alt"):
        look(page, "next", folder=tmp_path)
    page.close()


def test_what_is_pressed_is_there_when_it_returns(browser: Any, slow: str) -> None:
    page = browser.new_page()
    page.goto(slow)
    press(page, "a")
    assert page.query_selector("img")
    page.goto(slow)
    with pytest.raises(AssertionError, match="led to another page"):
        touch(page, "a")
    page.close()


def test_every_test_waits_for_the_page_that_it_presses_for() -> None:
    folder = Path(__file__).parent
    found = [
        f"{one.name}:{number}"
        for one in sorted(folder.glob("*.py"))
        if one not in (folder / "web.py", Path(__file__))
        for number, line in enumerate(one.read_text().splitlines(), start=1)
        if re.search(r"\.(dbl)?click\(|\.tap\(|\.press\((?!\"Tab\")|\.check\(\)", line) and "walk.press" not in line
    ]
    assert not found, f"press or touch of tests.browser.web do it: {found}"


def test_a_page_wider_than_a_phone_is_refused(browser: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.browser.looking.FOUND", tmp_path / "axe.jsonl")
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.set_content(_PAGE.format('<div style="width: 500px">wide</div>'))
    with pytest.raises(AssertionError, match="wider than a screen of 360 px"):
        look(page, "wide", folder=tmp_path)
    page.close()
