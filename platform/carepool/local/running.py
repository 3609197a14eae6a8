"""The settings of a running `carepool run`, for commands in another terminal."""

import os
from pathlib import Path


def use_running(var: Path) -> None:
    """Put the settings of the `carepool run` of a folder into this process's environment, where it has none of its own."""
    kept = var / "running.env"
    if "DATABASE_URL" not in os.environ and kept.exists():
        for line in kept.read_text().splitlines():
            name, _, value = line.partition("=")
            os.environ.setdefault(name, value)
