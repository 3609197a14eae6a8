"""`carepool run`: one supervisor, one log with the process name before each line; stopping one stops all."""

import fcntl
import os
import secrets
import shlex
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx
from honcho.manager import Manager

from carepool.local.ports import free_port
from carepool.local.postgres import PostgresServer
from carepool.local.redis import RedisServer

_READY_SECONDS = 60
Environment = dict[str, str]


class AlreadyRunning(RuntimeError):
    """Another `carepool run` uses the same folder."""


def run(
    var: Path,
    prepare: Callable[[Environment], None],
    announce: Callable[[Environment], None],
    processes: Mapping[str, Callable[[Environment], list[str]]],
) -> int:
    """Start everything and wait until it is stopped; return the exit status.

    `prepare` is called with the environment while the database answers; `announce` when the web answers that it is
    ready. Servers are ours unless DATABASE_URL or REDIS_URL is set. Raises AlreadyRunning.
    """
    var.mkdir(parents=True, exist_ok=True)
    with (var / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(f"Carepool runs already with the folder {var}. Stop it first.") from None
        environment = {**os.environ, **_secrets(var / "secrets.env"), "PYTHONUNBUFFERED": "1"}
        environment["CAREPOOL_PORT"] = str(free_port(int(os.environ.get("CAREPOOL_PORT", "8000"))))
        environment.setdefault("CAREPOOL_FILES", str(var / "files"))
        environment.setdefault("CAREPOOL_ASSETS", str(var / "assets"))
        commands = _with_database(var, environment, prepare)
        if "REDIS_URL" not in os.environ:
            server = RedisServer(var / "redis", keep=True)
            commands["redis"] = server.prepare()
            environment["REDIS_URL"] = server.url
        commands |= {name: command(environment) for name, command in processes.items()}
        _tell_running(var / "running.env", environment)
        try:
            return _supervise(commands, environment, announce)
        finally:
            (var / "running.env").unlink(missing_ok=True)


def _secrets(kept: Path) -> Environment:
    """Return passwords and keys that were made once and are used again."""
    if not kept.exists():
        made = {
            "CAREPOOL_APP_PASSWORD": secrets.token_urlsafe(24),
            "CAREPOOL_OWNER_PASSWORD": secrets.token_urlsafe(24),
            "SECRET_KEY": secrets.token_hex(32),
            "SCOPE_SIGNING_KEYS": f"1:{secrets.token_hex(32)}",
        }
        kept.touch(mode=0o600)
        kept.write_text("".join(f"{name}={value}\n" for name, value in made.items()))
    return dict(line.split("=", 1) for line in kept.read_text().splitlines() if "=" in line)


def _with_database(var: Path, environment: Environment, prepare: Callable[[Environment], None]) -> dict[str, list[str]]:
    """Prepare the database; return the command of our own server, or nothing where DATABASE_URL names another."""
    if "DATABASE_URL" in os.environ:
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


_TOLD = (
    "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "SCOPE_SIGNING_KEYS", "CAREPOOL_PORT", "CAREPOOL_FILES", "CAREPOOL_ASSETS",
)  # fmt: skip


def _tell_running(kept: Path, environment: Environment) -> None:
    kept.touch(mode=0o600)
    kept.write_text("".join(f"{name}={environment[name]}\n" for name in _TOLD))


def _supervise(
    commands: dict[str, list[str]], environment: Environment, announce: Callable[[Environment], None]
) -> int:
    manager = Manager()
    hidden = ("DATABASE_ADMIN_URL", "DATABASE_OWNER_URL", "CAREPOOL_APP_PASSWORD", "CAREPOOL_OWNER_PASSWORD")
    served = {name: value for name, value in environment.items() if name not in hidden}
    for name, command in commands.items():
        guarded = [sys.executable, "-m", "carepool.local.child", name, *command]
        manager.add_process(name, f"exec {shlex.join(guarded)}", env=served, cwd="/" if name == "postgres" else None)
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
