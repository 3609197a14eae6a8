"""`carepool database`: prepare and migrate."""

import os

import click
import psycopg
from sqlalchemy.engine import make_url

from carepool.config import sqlalchemy_url
from tenants.migrating import migrate as run_migrations
from tenants.preparation import Preparation, UnusableAddress
from tenants.preparation import prepare as run_preparation
from tenants.signing import BadKeyRing, KeyRing


@click.group()
def database() -> None:
    """Prepare and migrate the database."""


@database.command()
@click.option("--admin-url", envvar="DATABASE_ADMIN_URL", required=True, help="Address with an administrator's role.")
def prepare(admin_url: str) -> None:
    """Create or mend roles, database, scope functions and signing keys. Safe to run again."""
    try:
        run_preparation(
            Preparation(
                admin_url=admin_url,
                owner_url=_needed("DATABASE_OWNER_URL"),
                app_url=_needed("DATABASE_URL"),
                keyring=KeyRing.parse(_needed("SCOPE_SIGNING_KEYS")),
            )
        )
    except (UnusableAddress, BadKeyRing, psycopg.Error) as error:
        raise click.ClickException(str(error)) from None
    click.echo("The database is prepared.")


@database.command()
def migrate() -> None:
    """Bring the tables to this version, signed in as the owner (DATABASE_OWNER_URL)."""
    url = _needed("DATABASE_OWNER_URL")
    try:
        run_migrations(sqlalchemy_url(url), KeyRing.parse(_needed("SCOPE_SIGNING_KEYS")))
    except BadKeyRing as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"The tables of {make_url(url).database} are up to date.")


def _needed(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise click.ClickException(f"{name} is not set.")
    return value
