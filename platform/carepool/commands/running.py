"""`carepool run`: everything on this machine, with two demonstration states."""

import json
import subprocess
import sys
from pathlib import Path

import click

from carepool.local.postgres import ServerFailed
from carepool.local.supervisor import AlreadyRunning, Environment
from carepool.local.supervisor import run as supervise


@click.command()
@click.option(
    "--var", type=click.Path(path_type=Path), default=Path("var"), show_default=True, help="Folder of all data."
)
def run(var: Path) -> None:
    """Run PostgreSQL, Redis, web, worker, beat and relay until Ctrl-C."""
    try:
        sys.exit(supervise(var.resolve(), _prepare, _announce, PROCESSES))
    except (AlreadyRunning, ServerFailed, subprocess.CalledProcessError, RuntimeError) as error:
        raise click.ClickException(str(error)) from None


def _python(*rest: str) -> list[str]:
    return [sys.executable, "-m", *rest]


def _web(environment: Environment) -> list[str]:
    bind = f"127.0.0.1:{environment['CAREPOOL_PORT']}"
    options = [
        "--bind",
        bind,
        "--workers",
        "2",
        "--threads",
        "4",
        "--no-control-socket",
    ]
    return _python("gunicorn", *options, "carepool.app:create_app()")


def _worker(_: Environment) -> list[str]:
    return _python("celery", "-A", "workers.app", "worker", *WORKER_OPTIONS)


def _beat(environment: Environment) -> list[str]:
    kept = Path(environment["CAREPOOL_FILES"]).parent / "beat"
    return _python("celery", "-A", "workers.app", "beat", *BEAT_OPTIONS, f"--schedule={kept}")


WORKER_OPTIONS = (
    "--concurrency=2", "--without-gossip", "--without-mingle", "--loglevel=warning",
    "--queues=closing,notices,files,sending",
)  # fmt: skip
BEAT_OPTIONS = ("--loglevel=warning", "--pidfile=")
PROCESSES = {
    "web": _web,
    "worker": _worker,
    "beat": _beat,
    "relay": lambda _: _python("carepool", "relay"),
}


def _prepare(environment: Environment) -> None:
    """Prepare and migrate the database and seed the demonstration, each as the process it is in production."""
    if "DATABASE_ADMIN_URL" in environment:
        subprocess.run(_python("carepool", "database", "prepare"), env=environment, check=True)  # noqa: S603
    if environment.get("DATABASE_OWNER_URL"):
        subprocess.run(_python("carepool", "database", "migrate"), env=environment, check=True)  # noqa: S603
    environment = {"REDIS_URL": "redis://127.0.0.1:6379/0", **environment}
    subprocess.run(_python("carepool", "demo", "states"), env=environment, check=True)  # noqa: S603


def _announce(environment: Environment) -> None:
    kept = Path(environment["CAREPOOL_FILES"]).parent / "demonstration.json"
    port = environment["CAREPOOL_PORT"]
    lines = ["", "Carepool is ready. Press Ctrl-C to stop everything.", ""]
    if kept.exists():
        for one in json.loads(kept.read_text()):
            lines.append(f"  http://{one['host']}:{port}   {one['name']}")
            lines += [
                f"      {person['email']}  password: {person['password']}  ({person['role']})"
                for person in one["people"]
            ]
    click.echo("\n".join(lines) + "\n")
    sys.stdout.flush()
