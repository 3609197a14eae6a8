"""One real PostgreSQL and Redis a test process; every test provisions its own states, so nothing is cleaned up."""

import gc
import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from hypothesis import settings as hypothesis_settings
from sqlalchemy.engine import make_url

from carepool.app import create_app
from carepool.config import Settings, sqlalchemy_url
from carepool.local.postgres import PostgresServer
from carepool.local.redis import RedisServer
from tenants.database import engine
from tenants.migrating import migrate
from tenants.preparation import Preparation, libpq, prepare
from tenants.signing import KeyRing
from tests.browser.looking import FOUND, summarize
from tests.browser.web import chromium
from tests.cast import Cast, State, make_state
from tests.databases import Database

# the processes of the application set this, too (see `carepool.cli`)
gc.set_threshold(50_000, 20, 100)
# how long a thing takes is for the benchmarks
hypothesis_settings.register_profile("carepool", deadline=None)
hypothesis_settings.load_profile("carepool")
SHARED = Path(os.environ.get("CAREPOOL_SHARED") or Path(__file__).resolve().parents[2] / "shared")


@pytest.fixture(scope="session")
def var() -> Iterator[Path]:
    """A folder of this test process."""
    with tempfile.TemporaryDirectory(prefix="carepool-test-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One real browser a test process."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def postgres(var: Path) -> Iterator[PostgresServer]:
    """A real PostgreSQL server."""
    with PostgresServer(var / "postgres", throwaway=True) as server:
        yield server


@pytest.fixture(scope="session")
def redis_url(var: Path) -> Iterator[str]:
    """A real Redis (Valkey) server."""
    with RedisServer(var / "redis") as server:
        yield server.url


@pytest.fixture(scope="session")
def database(postgres: PostgresServer) -> Database:
    """A prepared and migrated database."""
    made = Database.on(postgres.admin_url, "carepool")
    prepare(Preparation(made.admin_url, made.owner_url, made.app_url, KeyRing.parse(made.signing_keys)))
    migrate(sqlalchemy_url(made.owner_url), KeyRing.parse(made.signing_keys))
    if broken := os.environ.get("CAREPOOL_TEST_BREAK"):
        # the negative control of the isolation tests breaks its own database on purpose
        with psycopg.connect(libpq(make_url(made.admin_url).set(database="carepool")), autocommit=True) as admin:
            admin.execute(broken)
    return made


@pytest.fixture(scope="session")
def settings(database: Database, redis_url: str, var: Path) -> Settings:
    """Settings of an application on the test servers, in the application's own role."""
    return Settings(
        database_url=database.app_url,
        database_owner_url=database.owner_url,
        redis_url=redis_url,
        secret_key=secrets.token_hex(32),
        scope_signing_keys=database.signing_keys,
        data_keys=f"1:{secrets.token_hex(32)}",
        carepool_files=str(var / "files"),
        carepool_assets=os.environ.get("CAREPOOL_ASSETS", str(Path(__file__).resolve().parents[1] / "var" / "assets")),
        carepool_log_level="WARNING",
        carepool_port=0,
        second_factor="optional",
    )


@pytest.fixture(scope="session")
def app(settings: Settings) -> Iterator[Flask]:
    """The application."""
    made = create_app(settings)
    yield made
    with made.app_context():
        engine().dispose()


@pytest.fixture
def here(app: Flask) -> State:
    """The state in which a test plays."""
    return make_state(app)


@pytest.fixture
def cast(app: Flask, here: State) -> Cast:
    """That state and another one with the same people."""
    return Cast(here, there=make_state(app))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real files; a test that needs it is skipped where it is absent."""
    if not (SHARED / "data").is_dir():
        pytest.skip("the shared data folder is not here (set CAREPOOL_SHARED)")
    return SHARED / "data"


def pytest_configure(config: pytest.Config) -> None:
    """Forget what axe found in the tests before these."""
    if not hasattr(config, "workerinput"):
        FOUND.unlink(missing_ok=True)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Write what axe found in all test processes as one summary."""
    if not hasattr(config, "workerinput"):
        summarize()
