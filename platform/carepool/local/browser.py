"""The browser of the tests: the machine's Chromium, found or installed."""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_browser() -> str | None:
    """Return the path of a Chromium, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def install_browser() -> None:
    """Install Debian's Chromium where we may; the browser tests say so where there is none."""
    if find_browser() or os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    _run("apt-get", "update", "-qq")
    # without windows it is smaller and quicker, but not every Debian has it apart
    for package in ("chromium-headless-shell", "chromium"):
        if find_browser() is None:
            _run("apt-get", "install", "-y", "-qq", package)


def _run(*command: str) -> None:
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL)  # noqa: S603


if __name__ == "__main__":
    install_browser()
    sys.stdout.write(
        f"Browser of the tests: {find_browser() or 'none found; install Chromium to run the browser tests'}\n"
    )
