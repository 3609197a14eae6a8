"""Waiting for what another thread or process does, without guessing how long that takes."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx
from sqlalchemy import text

_ANOTHER_WAITS = text("select exists (select from pg_locks where not granted and pid <> pg_backend_pid())")


def until(found: Callable[[], Any], what: str, seconds: float = 180) -> Any:
    """Return what is found as soon as there is anything. Fails, naming what was waited for, when there is none in time."""
    end = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < end, f"not within {seconds} seconds: {what}"
        time.sleep(0.02)
    return value


def answers(address: str) -> bool:
    """Whether a server answers there that it is well."""
    with suppress(httpx.HTTPError):
        return httpx.get(address, timeout=2).status_code == 200
    return False


def until_someone_waits(session: Any) -> None:
    """Return when another transaction waits for a lock. Fails after half a minute in which none does."""
    until(lambda: session.scalar(_ANOTHER_WAITS), "another transaction waits for a lock", 30)
