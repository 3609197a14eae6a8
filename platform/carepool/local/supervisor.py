"""`carepool run`: one supervisor, one log with the process name before each line; stopping one stops all."""

import contextlib
import fcntl
import os
import secrets
import shlex
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import httpx
from honcho.manager import Manager
from honcho.process import Process

from carepool.config import Settings
from carepool.local.child import guarded
from carepool.local.own_redis import refuse_redis
from carepool.local.parents import end_with_parent
from carepool.local.ports import free_port
from carepool.local.postgres import PostgresServer
from carepool.local.redis import RedisServer
from tenants.refusals import Refused

_READY_SECONDS = 60
_END_SECONDS = 3.5
_SERVERS = {"redis": signal.SIGTERM, "postgres": signal.SIGINT}
"""What is ended last, and the signal at which it stops without waiting for others."""
_VENDOR_AT = (100, 200, 300)
"""How far from the port of the pages the ports lie that a demonstration's vendor takes for mail, posts and files."""
_LAST_PORT = 65535 - _VENDOR_AT[-1] - 200
"""The hundred ports after each wanted one are looked at."""
Environment = dict[str, str]


class AlreadyRunning(Refused):
    """Another `carepool run` uses the same folder."""


def run(
    var: Path,
    prepare: Callable[[Environment], None],
    announce: Callable[[Environment], None],
    processes: Mapping[str, Callable[[Environment], list[str]]],
) -> int:
    """Start everything and wait until it is stopped; return the exit status.

    `prepare` is called with the environment while the database answers; `announce` when the web answers that it is
    ready. Servers are ours unless DATABASE_URL or REDIS_URL is set. Raises Refused.
    """
    var.mkdir(parents=True, exist_ok=True)
    with (var / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(f"Carepool runs already with the folder {var}. Stop it first.") from None
        environment = _environment(var)
        commands = _with_servers(var, environment, prepare)
        commands |= {name: command(environment) for name, command in processes.items()}
        _tell_running(var / "running.env", environment)
        try:
            return _supervise(commands, environment, announce)
        finally:
            (var / "running.env").unlink(missing_ok=True)


def _environment(var: Path) -> Environment:
    """Return the settings of all processes: what was set by hand goes before what was made once for this folder."""
    shutil.rmtree(var / "metrics", ignore_errors=True)
    made = {
        "CAREPOOL_FILES": str(var / "files"),
        "CAREPOOL_ASSETS": str(var / "assets"),
        "CAREPOOL_METRICS": str(var / "metrics"),
        # the demonstration is walked through without a phone at hand
        "SECOND_FACTOR": "optional",
        **_secrets(var / "secrets.env"),
    }
    environment = {**made, **os.environ, "PYTHONUNBUFFERED": "1", "CAREPOOL_VAR": str(var)}
    wanted = environment.get("CAREPOOL_PORT", "8000")
    if not wanted.isdecimal() or not 0 < int(wanted) <= _LAST_PORT:
        raise Refused(f"CAREPOOL_PORT must be a port from 1 to {_LAST_PORT}, not {wanted!r}.")
    port = free_port(int(wanted))
    # nobody listens there but the vendor of `carepool demo settle`, while it runs
    mail, posts, drops = (free_port(port + place) for place in _VENDOR_AT)
    vendor = {"SMTP_URL": f"smtp://127.0.0.1:{mail}", "CAREPOOL_OUTBOUND_ALLOW": f"localhost:{posts},localhost:{drops}"}
    return {**vendor, **environment, "CAREPOOL_PORT": str(port)}


def _secrets(kept: Path) -> Environment:
    """Return passwords and keys that were made once and are used again."""
    made = {
        "CAREPOOL_APP_PASSWORD": secrets.token_urlsafe(24),
        "CAREPOOL_OWNER_PASSWORD": secrets.token_urlsafe(24),
        "SECRET_KEY": secrets.token_hex(32),
        "SCOPE_SIGNING_KEYS": f"1:{secrets.token_hex(32)}",
        "DATA_KEYS": f"1:{secrets.token_hex(32)}",
    }
    known = dict(line.split("=", 1) for line in kept.read_text().splitlines() if "=" in line) if kept.exists() else {}
    if not made.keys() <= known.keys():
        # a folder of an earlier version keeps what it has
        known = {**made, **known}
        # under its name only when it is whole: half a file would lock its owner out of the data
        part = kept.with_suffix(".part")
        part.touch(mode=0o600)
        part.write_text("".join(f"{name}={value}\n" for name, value in known.items()))
        part.replace(kept)
    return known


def _with_servers(var: Path, environment: Environment, prepare: Callable[[Environment], None]) -> dict[str, list[str]]:
    """Prepare the database while both servers answer; return the commands of those that are our own.

    Another Redis, which REDIS_URL names, must be fit to be a broker.
    """
    if url := environment.get("REDIS_URL"):
        refuse_redis(url)
        return _with_database(var, environment, prepare)
    server = RedisServer(var / "redis", keep=True)
    with server:
        environment["REDIS_URL"] = server.url
        database = _with_database(var, environment, prepare)
    command = server.prepare()
    environment["REDIS_URL"] = server.url
    return {"redis": command, **database}


def _with_database(var: Path, environment: Environment, prepare: Callable[[Environment], None]) -> dict[str, list[str]]:
    """Prepare the database; return the command of our own server, or nothing where DATABASE_URL names another."""
    if environment.get("DATABASE_URL"):
        prepare(environment)
        return {}
    server = PostgresServer(var / "postgres")
    with server:
        where = f"127.0.0.1:{server.port}/carepool"
        environment["DATABASE_ADMIN_URL"] = server.admin_url
        environment["DATABASE_URL"] = f"postgresql://carepool_app:{environment['CAREPOOL_APP_PASSWORD']}@{where}"
        environment["DATABASE_OWNER_URL"] = (
            f"postgresql://carepool_owner:{environment['CAREPOOL_OWNER_PASSWORD']}@{where}"
        )
        prepare(environment)
    return {"postgres": server.prepare()}


_HIDDEN = ("DATABASE_ADMIN_URL", "DATABASE_OWNER_URL", "CAREPOOL_APP_PASSWORD", "CAREPOOL_OWNER_PASSWORD")
"""What the processes that serve need not know."""


def _tell_running(kept: Path, environment: Environment) -> None:
    names = [setting.name.upper() for setting in fields(Settings)]
    told = {name: environment[name] for name in names if name in environment and name not in _HIDDEN}
    kept.touch(mode=0o600)
    kept.write_text("".join(f"{name}={value}\n" for name, value in told.items()))


class _Reader(Process):  # type: ignore[misc]
    """Honcho's process that reads one child's lines: it ends, and the child with it, when the supervisor is killed."""

    def run(self, *args: Any, **options: Any) -> None:
        end_with_parent()
        super().run(*args, **options)


class _Supervisor(Manager):  # type: ignore[misc]
    """Honcho's manager with readers that do not outlive it, and with an order in which it ends what it started."""

    def __init__(self) -> None:
        super().__init__()
        self._process_ctor = _Reader
        self._ending = False

    def terminate(self) -> None:
        """Ask everything to end, once; honcho goes on reading the log, and kills what has not ended after 5 seconds."""
        if not self._ending:
            self._ending = True
            threading.Thread(target=self._end_in_order, daemon=True).start()

    def _end_in_order(self) -> None:
        """End what works before the servers it works with."""
        workers = {name: signal.SIGTERM for name in self._processes if name not in _SERVERS}
        for signals in (workers, _SERVERS):
            ending = [name for name in signals if name in self._processes]
            until = time.monotonic() + _END_SECONDS
            asked: set[str] = set()
            while time.monotonic() < until and any("returncode" not in self._processes[name] for name in ending):
                for name in ending:
                    # also one that is only being started
                    if name not in asked and "pid" in self._processes[name]:
                        asked.add(name)
                        self._ask(self._processes[name]["pid"], signals[name])
                time.sleep(0.05)

    @staticmethod
    def _ask(pid: int, number: signal.Signals) -> None:
        # the process alone: it ends its own children, and lets them finish first
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _supervise(
    commands: dict[str, list[str]], environment: Environment, announce: Callable[[Environment], None]
) -> int:
    var = Path(environment["CAREPOOL_VAR"])
    manager = _Supervisor()
    served = {name: value for name, value in environment.items() if name not in _HIDDEN}
    for name, command in commands.items():
        manager.add_process(
            name,
            f"exec {shlex.join(guarded(name, command))}",
            env=served,
            cwd=str(var / "postgres" / "data") if name == "postgres" else None,
        )
    stopped = threading.Event()
    waiting = threading.Thread(target=_announce_when_ready, args=(environment, announce, stopped), daemon=True)
    waiting.start()
    try:
        manager.loop()
    finally:
        stopped.set()
    return int(manager.returncode or 0)


def _announce_when_ready(
    environment: Environment, announce: Callable[[Environment], None], stopped: threading.Event
) -> None:
    address = f"http://127.0.0.1:{environment['CAREPOOL_PORT']}/readyz"
    until = time.monotonic() + _READY_SECONDS
    while time.monotonic() < until and not stopped.wait(0.2):
        try:
            if httpx.get(address, timeout=2).status_code == 200:
                announce(environment)
                return
        except httpx.HTTPError:
            continue
    if not stopped.is_set():
        sys.stderr.write(f"The pages did not become ready within {_READY_SECONDS} seconds; see the log above.\n")
