"""The code base keeps its own rules."""

import ast
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
import yaml
from flask import Flask

from carepool.cli import main
from carepool.config import BadSetting, Settings, load_settings
from carepool.events import topics
from carepool.publishing import published_events
from tenants.database import tables_by_kind
from workers.handlers import work_of
from workers.schedule import SCHEDULE

ROOT = Path(__file__).resolve().parents[2]
GOOD = {
    "DATABASE_URL": "postgresql://a:b@localhost/c",
    "REDIS_URL": "redis://localhost",
    "SECRET_KEY": "x" * 32,
    "SCOPE_SIGNING_KEYS": "1:" + "ab" * 32,
    "DATA_KEYS": "1:" + "cd" * 32,
}


def test_platform_stays_a_source_root_so_that_pythons_own_platform_is_found() -> None:
    assert not (ROOT / "platform" / "__init__.py").exists()
    assert not (ROOT / "platform.py").exists()


@pytest.mark.parametrize("name", SCHEDULE)
def test_no_entry_of_the_schedule_waits_longer_than_an_hour(name: str) -> None:
    seconds = SCHEDULE[name]["schedule"]
    assert 0 < seconds <= 3600, "what beat remembers may be lost each time it starts"


@pytest.mark.parametrize("setting", fields(Settings), ids=lambda one: one.name)
def test_every_setting_is_documented(setting: object) -> None:
    assert f"`{setting.name.upper()}`" in (ROOT / "docs" / "settings.md").read_text()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://x/y"),
        ("DATABASE_URL", ""),
        ("REDIS_URL", "localhost"),
        ("SECRET_KEY", "short"),
        ("SCOPE_SIGNING_KEYS", "1:zz"),
        ("SCOPE_SIGNING_KEYS", "1:" + "ab" * 32 + ",1:" + "cd" * 32),
        ("DATA_KEYS", ""),
        ("DATA_KEYS", "1:zz"),
        ("DATA_KEYS", "1:" + "ab" * 16),
        ("DATA_KEYS", "0:" + "ab" * 32),
        ("DATA_KEYS", "1:" + "ab" * 32 + ",1:" + "cd" * 32),
        ("CAREPOOL_PORT", "eighty"),
        ("METRICS_PORT", "70000"),
        ("RELAY_BATCH", "0"),
        ("CAREPOOL_LOG_LEVEL", "LOUD"),
        ("SMTP_URL", "mail.example.org"),
        ("SECOND_FACTOR", "maybe"),
    ],
)
def test_a_bad_setting_is_refused_with_its_name(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=name):
        load_settings({**GOOD, name: value})


def test_good_settings_load() -> None:
    assert load_settings(GOOD).relay_batch == 1000


def test_every_topic_with_a_queue_has_its_work() -> None:
    for topic in topics().values():
        assert (work_of(topic.name) is not None) == (topic.queue is not None), topic.name


def test_every_topics_subject_is_a_table() -> None:
    assert {topic.subject for topic in topics().values()} <= set(tables_by_kind())


def test_every_module_that_says_what_is_told_outside_is_imported() -> None:
    package = ROOT / "platform"
    written = {".".join(one.relative_to(package).with_suffix("").parts) for one in package.rglob("published.py")}
    told = "import sys, carepool.app; print(*[one for one in sys.modules if one.endswith('.published')])"
    loaded = subprocess.run([sys.executable, "-c", told], capture_output=True, check=True, text=True).stdout
    assert written == set(loaded.split())


def test_every_event_that_is_told_outside_is_documented() -> None:
    told = (ROOT / "docs" / "webhooks.md").read_text()
    assert [name for name in published_events() if f"| `{name}` |" not in told] == []


def test_what_is_kept_for_an_idempotency_key_is_the_whole_answer() -> None:
    """The answer is put together by the route's `response`, so that has to stand below."""
    for path in (ROOT / "platform").rglob("*.py"):
        for route in ast.walk(ast.parse(path.read_text())):
            if isinstance(route, ast.FunctionDef):
                names = [ast.unparse(one).partition("(")[0].rpartition(".")[2] for one in route.decorator_list]
                assert "idempotent" not in names[names.index("response") :] if "response" in names else True, (
                    f"{path}:{route.lineno} puts @idempotent below the response"
                )


def test_the_engine_is_asked_for_only_where_that_is_reviewed() -> None:
    """Raw engines, raw connections and text() without binds stay in few places."""
    allowed = {"web/health.py", "commands/isolation.py", "app.py", "local/postgres.py", "commands/database.py"}
    for path in (ROOT / "platform" / "carepool").rglob("*.py"):
        where = path.relative_to(ROOT / "platform" / "carepool").as_posix()
        if where in allowed:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            assert "create_engine" not in names and "engine" not in names, f"{where} asks for an engine"
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "text":
                constant = node.args and isinstance(node.args[0], ast.Constant)
                assert constant, f"{where}:{node.lineno} builds SQL from pieces"


def test_compose_runs_commands_that_exist(app: Flask) -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    for name in ("prepare", "migrate", "relay"):
        command = services[name]["command"]
        assert command[0] == "carepool"
        group = main
        for word in command[1:]:
            found = group.get_command(None, word)  # type: ignore[arg-type]
            assert found is not None, f"{name}: carepool has no command {word}"
            group = found  # type: ignore[assignment]
    assert services["valkey"]["command"][1:3] == ["--maxmemory-policy", "noeviction"]
    for name in ("web", "worker", "beat", "relay"):
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]


def test_the_migrated_tables_are_those_of_the_models(database: object) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from sqlalchemy import create_engine

    from carepool.config import sqlalchemy_url
    from tenants.database import Base

    engine = create_engine(sqlalchemy_url(database.owner_url))  # type: ignore[attr-defined]
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table_schema": "app", "compare_type": True})
        differences = compare_metadata(context, Base.metadata)
    engine.dispose()
    assert not differences


def test_every_module_with_tables_is_in_the_list_of_tables() -> None:
    """What the commands and migrations see must not depend on which features were imported before."""
    listed = "import carepool.tables; from tenants.database import tables_by_kind; print(sorted(tables_by_kind()))"
    everything = "import pkgutil, importlib, carepool\n"
    everything += "for one in pkgutil.walk_packages(carepool.__path__, 'carepool.'):\n"
    everything += "    'local' in one.name or '__main__' in one.name or importlib.import_module(one.name)\n"
    everything += "from tenants.database import tables_by_kind; print(sorted(tables_by_kind()))"
    told = [
        subprocess.run([sys.executable, "-c", text], capture_output=True, check=True, text=True).stdout
        for text in (listed, everything)
    ]
    assert told[0] == told[1]
