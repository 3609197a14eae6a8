"""A place to measure in: real servers with fsync on, one prepared database, one state."""

import contextlib
import os
import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from flask import Flask
from sqlalchemy.engine import make_url

from carepool.app import create_app
from carepool.config import Settings, sqlalchemy_url
from carepool.local.postgres import PostgresServer
from carepool.local.redis import RedisServer
from tenants import lifecycle
from tenants.kits import load_kit
from tenants.migrating import migrate
from tenants.preparation import Preparation, libpq, prepare
from tenants.registry import TenantEntry
from tenants.signing import KeyRing


@dataclass(frozen=True)
class Place:
    """Where a benchmark runs."""

    app: Flask
    settings: Settings
    tenant: TenantEntry
    admin_url: str

    @contextlib.contextmanager
    def owner(self) -> Iterator[psycopg.Connection]:
        """A connection of the administrator to the same database, outside row-level security: for floors only."""
        url = make_url(self.admin_url).set(database=make_url(self.settings.database_url).database)
        with psycopg.connect(libpq(url)) as connection:
            yield connection

    @property
    def environment(self) -> dict[str, str]:
        """Environment of child processes."""
        own = {name.upper(): str(value) for name, value in vars(self.settings).items()}
        return {**os.environ, **own}


@contextlib.contextmanager
def place() -> Iterator[Place]:
    """Start everything in a temporary folder and stop it afterwards."""
    with tempfile.TemporaryDirectory(prefix="carepool-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        with PostgresServer(Path(folder) / "postgres") as server, RedisServer(Path(folder) / "redis") as broker:
            base = make_url(server.admin_url).set(database="bench")
            app_url = base.set(username="carepool_app", password="app").render_as_string(hide_password=False)
            owner_url = base.set(username="carepool_owner", password="owner").render_as_string(hide_password=False)
            keys = f"1:{secrets.token_hex(32)}"
            prepare(Preparation(server.admin_url, owner_url, app_url, KeyRing.parse(keys)))
            migrate(sqlalchemy_url(owner_url), KeyRing.parse(keys))
            settings = Settings(
                database_url=app_url,
                redis_url=broker.url,
                secret_key=secrets.token_hex(32),
                scope_signing_keys=keys,
                data_keys=f"1:{secrets.token_hex(32)}",
                carepool_files=f"{folder}/files",
                carepool_assets=os.environ.get("CAREPOOL_ASSETS", "var/assets"),
                carepool_log_level="ERROR",
                carepool_port=0,
                second_factor="optional",
            )
            app = create_app(settings)
            with app.app_context():
                tenant = lifecycle.provision(load_kit("co"), ["bench.localhost"])
            yield Place(app, settings, tenant, server.admin_url)
