"""Production's command lines and health checks run for real, from the wheel, beside a PostgreSQL and a Redis."""

import json
import secrets
import shlex
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from carepool.local.ports import free_port
from carepool.local.postgres import PostgresServer
from carepool.local.redis import RedisServer
from tests.containers import ROOT, Container, can_contain, compose, dockerfile, install_wheel
from tests.running import clean_environment

PARTS = ("web", "worker", "beat", "relay")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Where the services of docker-compose.yml are on this machine."""
    with (
        PostgresServer(tmp_path_factory.mktemp("servers") / "postgres", throwaway=True) as postgres,
        RedisServer(tmp_path_factory.mktemp("redis")) as redis,
    ):
        yield {
            "postgres:5432": f"127.0.0.1:{postgres.port}",
            "valkey:6379": f"127.0.0.1:{redis.port}",
            "password": postgres.admin_url.split(":")[2].split("@")[0],
        }


@pytest.fixture(scope="module")
def services(places: dict[str, str]) -> dict[str, Any]:
    given = {
        "POSTGRES_PASSWORD": places["password"],
        "CAREPOOL_APP_PASSWORD": secrets.token_hex(8),
        "CAREPOOL_OWNER_PASSWORD": secrets.token_hex(8),
        "SECRET_KEY": secrets.token_hex(32),
        "SCOPE_SIGNING_KEYS": f"1:{secrets.token_hex(32)}",
        "DATA_KEYS": f"1:{secrets.token_hex(32)}",
        "CAREPOOL_BASE_DOMAIN": "example.org",
    }
    found = compose(given)
    for service in found.values():
        for name, value in service.get("environment", {}).items():
            for theirs in ("postgres:5432", "valkey:6379"):
                value = value.replace(theirs, places[theirs])
            service["environment"][name] = value
    return found


@pytest.fixture
def container(services: dict[str, Any], wheel: Path, tmp_path: Path) -> Any:
    def make(name: str) -> Container:
        volume = tmp_path / "files"
        volume.mkdir(exist_ok=True)
        own = {
            "PATH": f"{wheel}:{ROOT / '.venv' / 'bin'}:/usr/local/bin:/usr/bin:/bin:/usr/sbin",
            "HOME": "/nonexistent",
            "CAREPOOL_FILES": "/mnt" if can_contain() else str(volume),
            "CAREPOOL_METRICS": f"/tmp/metrics-{free_port()}",
            "METRICS_PORT": str(free_port()),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        return Container(clean_environment(**{**services[name]["environment"], **own}), volume, wheel.parent)

    return make


def test_the_wheel_holds_everything(wheel: Path, tmp_path: Path) -> None:
    code = (
        "import carepool, json, sys; from pathlib import Path\n"
        "from tenants.kits import kit_codes; from tenants.migrating import migrations_folder\n"
        "root = Path(carepool.__file__).parent\n"
        "print(json.dumps({'root': str(root), 'path': sys.path, 'kits': len(kit_codes()),\n"
        " 'migrations': len(list((migrations_folder() / 'versions').glob('*.py'))), 'at': str(migrations_folder()),\n"
        " 'pages': len(list(root.rglob('*.html'))), 'static': len(list((root / 'ui/static').iterdir())),\n"
        " 'words': (root / 'ui/translations/es.po').exists()}))"
    )
    done = subprocess.run([wheel / "python", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert told["root"].startswith(str(wheel.parent)) and told["at"].startswith(str(wheel.parent))
    assert not {str(ROOT), str(ROOT / "platform")} & set(told["path"])
    assert told["kits"] == 56 and told["words"]
    own = ROOT / "platform" / "carepool"
    assert told["migrations"] == len(list((ROOT / "migrations" / "versions").glob("*.py")))
    assert told["pages"] == len(list(own.rglob("*.html")))
    assert told["static"] == len(list((own / "ui" / "static").iterdir()))
    helped = subprocess.run([wheel / "carepool", "--help"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "migrate" in helped.stdout


def test_every_service_starts_answers_its_health_check_and_stops(
    services: dict[str, Any], container: Any, tmp_path: Path
) -> None:
    for name in ("prepare", "migrate", "prepare", "migrate"):
        done = container(name).run(services[name]["command"])
        assert done.returncode == 0, f"{name}: {done.stderr}"
    port = free_port(18400)
    made = {name: container(name) for name in PARTS}
    checks = {name: _health_check(services, name, port) for name in PARTS}
    for name, check in checks.items():
        assert made[name].run(check).returncode != 0, f"{name} is healthy before it runs"
    with ExitStack() as stack:
        running = {}
        for name in PARTS:
            line = services[name].get("command") or _on(port, dockerfile()[1])
            running[name] = stack.enter_context(made[name].running(line, tmp_path / f"{name}.log"))
        for name, check in checks.items():
            _wait_until_healthy(name, made[name], check, tmp_path)
        provisioned = made["web"].run(["carepool", "tenant", "provision", "pa", "--admin-email", "ada@example.org"])
        assert provisioned.returncode == 0, provisioned.stderr
        behind_a_proxy = {"Host": "pa.example.org", "X-Forwarded-Proto": "https"}
        assert httpx.get(f"http://127.0.0.1:{port}/readyz").json()["status"] == "ready"
        assert httpx.get(f"http://127.0.0.1:{port}/sign-in", headers=behind_a_proxy).status_code == 200
        _wait_for_metric(made["relay"], "carepool_relay_handed_total 1.0")
        _wait_for_metric(made["worker"], 'carepool_outbox_done_total{topic="person.invited"} 1.0')
        for name, process in running.items():
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=30) in (0, -signal.SIGTERM), name
    for name in PARTS:
        for line in (tmp_path / f"{name}.log").read_text().splitlines():
            assert isinstance(json.loads(line), dict), f"{name} wrote a line that is not JSON: {line}"


def _on(port: int, line: list[str]) -> list[str]:
    return [part.replace("8000", str(port)) for part in line]


def _health_check(services: dict[str, Any], name: str, port: int) -> list[str]:
    own = services[name].get("healthcheck", {}).get("test")
    if own is None:
        return _on(port, dockerfile()[0])
    return ["sh", "-c", own[1]] if own[0] == "CMD-SHELL" else list(own[1:])


def _wait_for_metric(made: Container, line: str) -> None:
    address = f"http://127.0.0.1:{made.environment['METRICS_PORT']}/metrics"
    until = time.monotonic() + 30
    while line not in (shown := httpx.get(address).text):
        assert time.monotonic() < until, shown
        time.sleep(0.1)


def _wait_until_healthy(name: str, made: Container, check: list[str], logs: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        done = made.run(check)
        if done.returncode == 0:
            return
        time.sleep(0.5)
    log = (logs / f"{name}.log").read_text()[-2000:]
    raise AssertionError(f"{name}: {shlex.join(check)}: {done.stdout}{done.stderr}\n{log}")
