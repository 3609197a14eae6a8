"""`carepool run` on servers of one's own: PostgreSQL 15, whose administrator is no superuser, and a separate Redis."""

import json
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from carepool.local.ports import free_port
from carepool.local.postgres import PostgresServer
from carepool.local.redis import RedisServer
from tests.databases import Database
from tests.running import ROOT, carepool_run

OLDEST = Path("/usr/lib/postgresql/15/bin")
ROSTER = "License Number,Facility Name,Type,Capacity,County\n" + "".join(
    f"L-{number},Program {number},Center,{40 + number},Cedar\n" for number in range(1, 13)
)
CATALOG = "SKU,Product Name,Pack Size,List Price,Price\n" + "".join(
    f"S-{number},Item {number},{number * 10}/CS,{number}9.50,{number}4.00\n" for number in range(1, 6)
)


@pytest.fixture(scope="module")
def own_database() -> Iterator[Database]:
    if not (OLDEST / "postgres").exists():
        pytest.skip("PostgreSQL 15 is not on this machine (Debian: postgresql-15)")
    with (
        tempfile.TemporaryDirectory(prefix="carepool-15-", ignore_cleanup_errors=True) as folder,
        _reachable(Path(folder), "postgres") as server,
    ):
        with psycopg.connect(server.admin_url, autocommit=True) as admin:
            admin.execute("create role hosted_admin login password 'hosted' createdb createrole")
        hosted = make_url(server.admin_url).set(username="hosted_admin", password="hosted")
        yield Database.on(hosted.render_as_string(hide_password=False), "carepool")


def _reachable(folder: Path, name: str) -> PostgresServer:
    """A server in a folder that `nobody` reaches: before 16 PostgreSQL asks for its whole path."""
    folder.chmod(0o755)
    return PostgresServer(folder / name, throwaway=True, binaries=OLDEST)


@pytest.fixture(scope="module")
def own_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server.url


def test_a_whole_purchase_on_postgresql_15_and_a_redis_of_ones_own(
    tmp_path: Path, own_database: Database, own_redis: str
) -> None:
    settings = {
        "DATABASE_ADMIN_URL": own_database.admin_url,
        "DATABASE_OWNER_URL": own_database.owner_url,
        "DATABASE_URL": own_database.app_url,
        "REDIS_URL": own_redis,
        "SCOPE_SIGNING_KEYS": own_database.signing_keys,
        "SECRET_KEY": secrets.token_hex(32),
        "DATA_KEYS": f"1:{secrets.token_hex(32)}",
        "CAREPOOL_PORT": str(free_port(18200)),
    }
    (tmp_path / "roster.csv").write_text(ROSTER)
    (tmp_path / "catalog.csv").write_text(CATALOG)
    with carepool_run(tmp_path / "var", tmp_path / "run.log", **settings) as run:
        run.wait_for("Carepool is ready")
        assert "postgres started" not in run.text and "redis started" not in run.text
        files = ["--roster", str(tmp_path / "roster.csv"), "--catalog", str(tmp_path / "catalog.csv")]
        told = _carepool(
            ["demo", "purchase", "--state", "wy", *files, "--programs", "10", "--items", "4", "--json"],
            {**run.environment, "CAREPOOL_PORT": str(run.port)},
        )
        assert told["sums"]["billed_cents"] > 0
        report = _carepool(["audit", "isolation", "--json"], run.environment, status=1)
        # what only a superuser may take from everyone; both read nothing of anybody
        assert [hole["check"] for hole in report["holes"]] == ["cannot end other sessions", "no large objects"]
        assert report["checked"] > 100


def _carepool(arguments: list[str], environment: dict[str, str], status: int = 0) -> dict[str, object]:
    command = [sys.executable, "-m", "carepool", *arguments]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == status, done.stderr[-3000:]
    return dict(json.loads(done.stdout))
