"""`carepool database`: prepare and migrate."""

import os

import click
import psycopg
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from carepool.config import BadSetting, check_database_address, first_line, sqlalchemy_url
from tenants.migrating import migrate as run_migrations
from tenants.preparation import Preparation
from tenants.preparation import prepare as run_preparation
from tenants.signing import KeyRing


@click.group()
def database() -> None:
    """Prepare and migrate the database."""


@database.command()
@click.option("--admin-url", envvar="DATABASE_ADMIN_URL", required=True, help="Address with an administrator's role.")
def prepare(admin_url: str) -> None:
    """Create or mend roles, database, scope functions and signing keys. Safe to run again."""
    check_database_address("DATABASE_ADMIN_URL", admin_url)
    wanted = Preparation(
        admin_url=admin_url,
        owner_url=_address("DATABASE_OWNER_URL"),
        app_url=_address("DATABASE_URL"),
        keyring=KeyRing.parse(_needed("SCOPE_SIGNING_KEYS")),
    )
    try:
        run_preparation(wanted)
    except psycopg.Error as error:
        raise BadSetting(f"DATABASE_ADMIN_URL: the server refused. {first_line(error)}") from None
    click.echo("The database is prepared.")


@database.command()
def migrate() -> None:
    """Bring the tables to this version, signed in as the owner (DATABASE_OWNER_URL)."""
    url = _address("DATABASE_OWNER_URL")
    keyring = KeyRing.parse(_needed("SCOPE_SIGNING_KEYS"))
    try:
        run_migrations(sqlalchemy_url(url), keyring)
    except OperationalError as error:
        raise BadSetting(f"DATABASE_OWNER_URL: the server refused. {first_line(error.orig)}") from None
    click.echo(f"The tables of {make_url(url).database} are up to date.")


def _needed(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise BadSetting(f"{name} is not set.")
    return value


def _address(name: str) -> str:
    url = _needed(name)
    check_database_address(name, url)
    return url
