"""`carepool run`: everything on this machine, with two demonstration states."""

import json
import subprocess
import sys
from pathlib import Path

import click

from carepool.events import Queue
from carepool.local.supervisor import Environment
from carepool.local.supervisor import run as supervise


@click.command()
@click.option(
    "--var", type=click.Path(path_type=Path), default=Path("var"), show_default=True, help="Folder of all data."
)
def run(var: Path) -> None:
    """Run PostgreSQL, Redis, web, worker, beat and relay until Ctrl-C."""
    try:
        sys.exit(supervise(var.resolve(), _prepare, _announce, PROCESSES))
    except subprocess.CalledProcessError as failed:
        # the command has said itself what was wrong
        sys.exit(failed.returncode)


def _carepool(*rest: str) -> list[str]:
    return [sys.executable, "-m", "carepool", *rest]


PROCESSES = {
    "web": lambda _: _carepool("web"),
    "worker": lambda _: _carepool("worker", *(f"--queue={queue}" for queue in Queue if queue != Queue.WEBHOOKS)),
    # other people's servers may be slow: they hold up nobody but each other
    "webhooks": lambda _: _carepool("worker", f"--queue={Queue.WEBHOOKS}"),
    "beat": lambda environment: _carepool("beat", "--schedule", str(Path(environment["CAREPOOL_VAR"]) / "beat")),
    "relay": lambda _: _carepool("relay"),
}


def _prepare(environment: Environment) -> None:
    """Prepare and migrate the database and seed the demonstration, each as the process it is in production."""
    if "DATABASE_ADMIN_URL" in environment:
        subprocess.run(_carepool("database", "prepare"), env=environment, check=True)  # noqa: S603
    if environment.get("DATABASE_OWNER_URL"):
        subprocess.run(_carepool("database", "migrate"), env=environment, check=True)  # noqa: S603
    subprocess.run(_carepool("demo", "states", "--keep", str(_kept(environment))), env=environment, check=True)  # noqa: S603


def _kept(environment: Environment) -> Path:
    return Path(environment["CAREPOOL_VAR"]) / "demonstration.json"


def _announce(environment: Environment) -> None:
    kept = _kept(environment)
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
