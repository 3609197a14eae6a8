"""What an operator gives wrongly is refused with one sentence and exit status 2, by every command."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.databases import Database
from tests.running import clean_environment

GOOD = {
    "DATABASE_URL": "postgresql://carepool_app:x@127.0.0.1:9/carepool",
    "DATABASE_OWNER_URL": "postgresql://carepool_owner:x@127.0.0.1:9/carepool",
    "DATABASE_ADMIN_URL": "postgresql://postgres:x@127.0.0.1:9/postgres",
    "REDIS_URL": "redis://127.0.0.1:9/0",
    "SECRET_KEY": "x" * 32,
    "SCOPE_SIGNING_KEYS": "1:" + "ab" * 32,
    "DATA_KEYS": "1:" + "cd" * 32,
}
COMMANDS = [
    ["tenant", "provision", "pa"],
    ["tenant", "list"],
    ["tenant", "suspend", "pa"],
    ["audit", "isolation"],
    ["demo", "states"],
    ["web"],
    ["worker"],
    ["beat", "--schedule", "beat"],
    ["relay"],
]
DATABASE = [["database", "prepare"], ["database", "migrate"]]


def _refused(arguments: list[str], folder: Path, **settings: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "carepool", *arguments],
        env=clean_environment(**settings), cwd=folder, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2, (arguments, done.stdout, done.stderr)
    (sentence,) = done.stderr.strip().splitlines()
    assert sentence.startswith("Error: ") and sentence.endswith("."), sentence
    return sentence


@pytest.mark.parametrize("command", COMMANDS + DATABASE, ids=" ".join)
def test_a_missing_database_address_is_named(command: list[str], tmp_path: Path) -> None:
    given = {name: value for name, value in GOOD.items() if name not in ("DATABASE_URL", "DATABASE_OWNER_URL")}
    assert "DATABASE_" in _refused(command, tmp_path, **given)


@pytest.mark.parametrize("command", [["web"], ["worker"], *DATABASE], ids=" ".join)
def test_a_database_that_does_not_answer_is_named(command: list[str], tmp_path: Path) -> None:
    assert "DATABASE_" in _refused(command, tmp_path, **GOOD)


def test_a_role_that_row_security_does_not_bind_is_refused(database: Database, tmp_path: Path) -> None:
    keys = {**GOOD, "SCOPE_SIGNING_KEYS": database.signing_keys}
    assert "carepool_owner" in _refused(["web"], tmp_path, **{**keys, "DATABASE_URL": database.owner_url})


@pytest.mark.parametrize(
    ("command", "settings", "named"),
    [
        (["web"], {"SCOPE_SIGNING_KEYS": "1:zz"}, "SCOPE_SIGNING_KEYS"),
        (["relay"], {"RELAY_BATCH": "many"}, "RELAY_BATCH"),
        (["database", "prepare"], {"SCOPE_SIGNING_KEYS": "nothing"}, "SCOPE_SIGNING_KEYS"),
        (["database", "migrate"], {"DATABASE_OWNER_URL": "carepool"}, "DATABASE_OWNER_URL"),
        (["worker"], {"CAREPOOL_METRICS": "/proc/nowhere"}, "CAREPOOL_METRICS"),
        (["tenant", "provision", "zz"], {}, "zz"),
        (["run"], {"CAREPOOL_PORT": "high"}, "CAREPOOL_PORT"),
        (["run"], {}, "REDIS_URL"),
        (["canaries"], {"REDIS_URL": ""}, "REDIS_URL"),
    ],
)
def test_what_cannot_be_used_is_named(command: list[str], settings: dict[str, str], named: str, tmp_path: Path) -> None:
    assert named in _refused(command, tmp_path, **{**GOOD, **settings})
