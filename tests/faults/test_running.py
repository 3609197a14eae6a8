"""`carepool run` on a machine with a taken port: ready, stopped, killed, started again; nothing is left, all is kept."""

import json
import os
import shutil
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from carepool.local.ports import free_port
from carepool.local.postgres import PostgresServer, find_binaries
from tests.running import Run, carepool_run
from tests.waiting import until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as other:
        port = free_port(18000)
        other.bind(("127.0.0.1", port))
        other.listen()
        yield port


def test_everything_stops_and_everything_is_kept(tmp_path: Path, taken: int) -> None:
    tmp_path.chmod(0o700)
    var = tmp_path / "var"
    with carepool_run(var, tmp_path / "first.log", CAREPOOL_PORT=str(taken)) as run:
        run.wait_for("Carepool is ready")
        assert run.port != taken
        assert set(_host_names(run)) == {"co.localhost", "vt.localhost", "demonstration-supply.localhost"}
        assert all(len(one["people"]) >= 4 or one.get("desk") for one in _told(run))
        _sign_in(run)
        for name in ("postgres", "redis", "web"):
            run.wait_for(rf" {name} +\| ")
        for name in ("worker", "webhooks"):
            run.wait_for(rf" {name} +\| .*celery@.* ready")
        run.process.send_signal(signal.SIGKILL)
        run.process.wait()
        _wait_until_none_is_left(run)
        before = (var / "demonstration.json").read_text()
    with carepool_run(var, tmp_path / "second.log", CAREPOOL_PORT=str(taken)) as run:
        run.wait_for("Carepool is ready")
        _sign_in(run)
        assert (var / "demonstration.json").read_text() == before
        run.wait_for(r"celery@.* ready")
        assert run.press_ctrl_c() == 130
        _wait_until_none_is_left(run)
        assert "Traceback" not in run.text
        assert not (var / "running.env").exists()


def _told(run: Run) -> list[dict[str, object]]:
    return list(json.loads((run.var / "demonstration.json").read_text()))


def _host_names(run: Run) -> list[object]:
    return [one["host"] for one in _told(run)]


def _sign_in(run: Run) -> None:
    """Sign in with what the announcement shows."""
    found = run.wait_for(r"(director@example\.org)  password: (\S+)")
    with httpx.Client(base_url=f"http://127.0.0.1:{run.port}", headers={"Host": f"co.localhost:{run.port}"}) as browser:
        page = browser.get("/sign-in").text
        token = page.split('name="csrf_token" value="')[1].split('"')[0]
        form = {"email": found.group(1), "password": found.group(2), "csrf_token": token}
        assert browser.post("/sign-in", data=form).status_code == 302


def _wait_until_none_is_left(run: Run) -> None:
    until(lambda: not run.left(), "no process works in the folder any more", 20)


def test_one_that_is_killed_while_it_prepares_leaves_nothing(tmp_path: Path) -> None:
    with carepool_run(tmp_path / "var", tmp_path / "run.log", CAREPOOL_PORT=str(free_port(18800))) as run:
        run.wait_for("The database is prepared")
        assert any("postgres" in line for line in run.left())
        run.process.send_signal(signal.SIGKILL)
        run.process.wait()
        _wait_until_none_is_left(run)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's server runs as somebody else")
def test_programs_that_nobody_can_reach_are_copied_to_where_it_can(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    installed = find_binaries()
    package = installed.parent.parent
    for folder in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(folder, tmp_path / folder.name, symlinks=True)
    hidden = tmp_path / installed.relative_to(package.parent)
    with PostgresServer(tmp_path / "postgres", throwaway=True, binaries=hidden) as server:
        copied = Path((tmp_path / "postgres" / "binaries").read_text())
        with psycopg.connect(server.admin_url) as connection:
            (where,) = connection.execute("show data_directory").fetchone() or ("",)
            assert where == "/proc/self/cwd"
        assert (tmp_path / "postgres" / "data" / "postmaster.pid").exists()
    assert not copied.is_relative_to(tmp_path)
    shutil.rmtree(copied.parents[2])
