"""`carepool run` in a folder of its own, as someone in a terminal starts and stops it."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path

from carepool.config import Settings

ROOT = Path(__file__).resolve().parents[1]
_SETTINGS = re.compile(r"^(DATABASE|DATA|REDIS|CAREPOOL|SCOPE|SECRET|METRICS|SMTP|RELAY|SECOND)_")
READY_SECONDS = 90


def clean_environment(**own: str) -> dict[str, str]:
    """Return this process's environment without any setting of Carepool but those given and the built assets."""
    kept = {name: value for name, value in os.environ.items() if not _SETTINGS.match(name)}
    assets = os.environ.get("CAREPOOL_ASSETS", str(ROOT / "var" / "assets"))
    return {**kept, "CAREPOOL_ASSETS": assets, **own}


def variables(settings: Settings) -> dict[str, str]:
    """Return settings as variables of an environment."""
    return {one.name.upper(): str(getattr(settings, one.name)) for one in fields(Settings)}


def environment_of(settings: Settings) -> dict[str, str]:
    """Return this process's environment with these settings; what a killed process leaves goes with the test's folder."""
    left = str(Path(settings.carepool_files).parent)
    return {**os.environ, **variables(settings), "PYTHONPATH": str(ROOT), "TMPDIR": left}


class Run:
    """One `carepool run` and what it wrote."""

    def __init__(self, var: Path, environment: dict[str, str], log: Path) -> None:
        self.var = var
        self.log = log
        self.environment = environment
        with log.open("wb") as written:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "carepool", "run", "--var", str(var)],
                env=environment, cwd=ROOT, stdout=written, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    @property
    def text(self) -> str:
        return self.log.read_text(errors="replace")

    def wait_for(self, pattern: str, seconds: float = READY_SECONDS) -> re.Match[str]:
        """Wait until the log holds a pattern, and return what was found."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if found := re.search(pattern, self.text, re.MULTILINE):
                return found
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError(f"the log does not show {pattern}:\n{self.text[-4000:]}")

    @property
    def port(self) -> int:
        return int(self.wait_for(r"http://co\.localhost:(\d+)").group(1))

    def press_ctrl_c(self) -> int:
        """Send SIGINT to the foreground process group, as a terminal does, and wait for the end."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(timeout=30)

    def left(self) -> list[str]:
        """Return the command lines of processes that still work in the folder."""
        return [line for line in _command_lines() if str(self.var) in line]


def _command_lines() -> Iterator[str]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            environment = (folder / "environ").read_bytes().decode(errors="replace")
            where = (folder / "cwd").readlink()
        except OSError:
            continue
        # web, worker and relay name the folder only in their settings, PostgreSQL may only stand in it
        yield f"{where}: {line} {' '.join(part for part in environment.split(chr(0)) if part.startswith('CAREPOOL_VAR='))}"


@contextmanager
def carepool_run(var: Path, log: Path, **settings: str) -> Iterator[Run]:
    """Start `carepool run`; whatever happens, it does not outlive the block."""
    run = Run(var, clean_environment(**settings), log)
    try:
        yield run
    finally:
        if run.process.poll() is None:
            run.press_ctrl_c()
