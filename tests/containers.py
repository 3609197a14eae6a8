"""docker-compose.yml and Dockerfile without Docker: the wheel installed apart from the sources, each service's own
command line and health check, a root that cannot be written to."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
_VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def install_wheel(folder: Path) -> Path:
    """Build the wheel, install it into an environment beside the dependencies alone; return its `bin`."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "wheels")]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = (folder / "wheels").glob("*.whl")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "venv")], check=True)
    python = folder / "venv" / "bin" / "python"
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*install, "--disable-pip-version-check", str(wheel)], check=True)
    # a folder named in a .pth is searched, but the .pth files in it, such as that of our own sources, are not read
    (own,) = (folder / "venv" / "lib").glob("python*/site-packages")
    (own / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return python.parent


def dockerfile() -> tuple[list[str], list[str]]:
    """Return the command lines of the Dockerfile: the health check's, and the one that is run."""
    health, run = re.findall(r"^\s*CMD (\[.*\])$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    return json.loads(health), json.loads(run)


def compose(given: Mapping[str, str]) -> dict[str, Any]:
    """Return the services of docker-compose.yml, its variables filled in from `given` as compose does."""

    def fill(found: re.Match[str]) -> str:
        name, kind, rest = found.groups()
        if name in given:
            return given[name]
        assert kind == "-", f"{name} must be given"
        return str(rest)

    def filled(part: Any) -> Any:
        if isinstance(part, dict):
            return {key: filled(value) for key, value in part.items()}
        if isinstance(part, list):
            return [filled(value) for value in part]
        return _VARIABLE.sub(fill, part).replace("$$", "$") if isinstance(part, str) else part

    return dict(filled(yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]))


@dataclass(frozen=True)
class Container:
    """One service as a process: its environment, the folder of the files' volume, and where the wheel was installed."""

    environment: dict[str, str]
    volume: Path
    wheel: Path

    def command(self, line: list[str]) -> list[str]:
        """Return a command line that runs with /tmp of its own and nothing else to write to but the volume."""
        if not can_contain():
            return line
        # what lies below /tmp would vanish behind the container's own /tmp, so it is held open and shown again
        hidden = [one for one in (self.wheel, ROOT) if one.is_relative_to("/tmp")]
        held = "".join(f"exec {9 - n}<{shlex.quote(str(one))} && " for n, one in enumerate(hidden))
        shown = "".join(
            f" && mkdir -p {shlex.quote(str(one))} && mount -c --bind /proc/$$/fd/{9 - n} {shlex.quote(str(one))}"
            for n, one in enumerate(hidden)
        )
        inside = (
            f"{held}mount --bind {shlex.quote(str(self.volume))} /mnt && mount -t tmpfs tmpfs /tmp{shown}"
            f" && mount -o remount,bind,ro / && exec {shlex.join(line)}"
        )
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", inside]

    def run(self, line: list[str]) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end."""
        return subprocess.run(
            self.command(line), env=self.environment, cwd="/", capture_output=True, text=True, timeout=120
        )

    @contextmanager
    def running(self, line: list[str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
        """Run a command until the block ends."""
        with log.open("wb") as written:
            process = subprocess.Popen(
                self.command(line), env=self.environment, cwd="/", stdout=written, stderr=written
            )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()


def can_contain() -> bool:
    """Tell whether this machine lets us make a root that cannot be written to."""
    if os.geteuid() or not shutil.which("unshare"):
        return False
    tried = subprocess.run(["unshare", "--mount", "mount", "-o", "remount,bind,ro", "/"], capture_output=True)
    return tried.returncode == 0
