"""`carepool audit`: prove that states are kept apart."""

import json
import sys

import click

from carepool.app import create_app
from tenants.database import engine
from tenants.isolation import audit as run_audit


@click.group()
def audit() -> None:
    """Check what the installation promises."""


@audit.command()
@click.option("--json", "as_json", is_flag=True, help="Print every finding as JSON.")
def isolation(as_json: bool) -> None:
    """Check the live database's policies, keys, roles and grants; exit 1 on a hole."""
    with create_app().app_context(), engine().connect() as connection:
        report = run_audit(connection)
    if as_json:
        click.echo(json.dumps(report.as_json(), indent=1))
    else:
        for hole in report.holes:
            click.echo(f"HOLE  {hole.check}: {hole.subject} {hole.detail}")
        click.echo(f"{len(report.findings)} checks, {len(report.holes)} holes")
    sys.exit(1 if report.holes else 0)
