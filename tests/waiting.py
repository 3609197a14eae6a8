"""Waiting for what another thread does, without guessing how long that takes."""

import time
from typing import Any

from sqlalchemy import text


def until_someone_waits(session: Any) -> None:
    """Return when another transaction waits for a lock. Fails after half a minute in which none does."""
    waits = text("select exists (select from pg_locks where not granted and pid <> pg_backend_pid())")
    for _ in range(600):
        if session.scalar(waits):
            return
        time.sleep(0.05)
    raise AssertionError("nobody waits for a lock")
