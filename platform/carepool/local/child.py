"""Become one process of the supervisor: never outlive it, and never run PostgreSQL as root.

`python -m carepool.local.child NAME COMMAND ...`
"""

import os
import signal
import socket
import sys
import time
from urllib.parse import urlsplit

from carepool.local.parents import end_with_parent

_WAIT_SECONDS = 30
_NOBODY = 65534
_LAST_SIGNAL = {"postgres": signal.SIGINT, "redis": signal.SIGTERM}
"""What a server is sent when the supervisor dies, so that it ends in order; the others may wait for work that never ends,
and nobody is left who would end them."""
_PORTS = {"postgresql": 5432, "redis": 6379, "rediss": 6379}


def guarded(name: str, command: list[str]) -> list[str]:
    """Return the command line that runs a command under this guard."""
    return [sys.executable, "-m", "carepool.local.child", name, *command]


def main(name: str, command: list[str]) -> None:
    """Prepare this process and replace it by the command."""
    if name == "postgres" and os.geteuid() == 0:
        os.setgroups([])
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)
    # after the change of user, which would clear it
    end_with_parent(_LAST_SIGNAL.get(name, signal.SIGKILL))
    if name not in ("postgres", "redis"):
        for variable in ("DATABASE_URL", "REDIS_URL"):
            _wait_for(os.environ[variable])
    os.execvp(command[0], command)  # noqa: S606


def _wait_for(url: str) -> None:
    """Wait until a server takes connections; the process itself complains if it never does."""
    parts = urlsplit(url)
    port = parts.port or _PORTS.get(parts.scheme)
    until = time.monotonic() + _WAIT_SECONDS
    while parts.hostname and port and time.monotonic() < until:
        try:
            socket.create_connection((parts.hostname, port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
