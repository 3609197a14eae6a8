"""Bring a database to the newest tables."""

import importlib.util
from pathlib import Path

from alembic import command, op
from alembic.config import Config
from sqlalchemy import text

from tenants.scope import Scope, present
from tenants.signing import KeyRing


def migrations_folder() -> Path:
    """Return the folder of migrations: beside the sources, or inside the installed package."""
    beside = Path(__file__).resolve().parent.parent / "migrations"
    if (beside / "env.py").exists():
        return beside
    spec = importlib.util.find_spec("carepool")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("The package carepool is not installed, so its migrations cannot be found.")
    return Path(next(iter(spec.submodule_search_locations))) / "_migrations"


def alembic_config(owner_url: str) -> Config:
    """Return Alembic's configuration for a database, signed in as its owner."""
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()))
    config.set_main_option("sqlalchemy.url", owner_url.replace("%", "%%"))
    return config


def migrate(owner_url: str, keyring: KeyRing) -> None:
    """Run the migrations that are still to do, which may visit states with scopes signed by `keyring`. Safe to run again."""
    config = alembic_config(owner_url)
    config.attributes["keyring"] = keyring
    command.upgrade(config, "head")


def in_each_tenant(statement: str) -> None:
    """Run a statement of a migration in the scope of one state after another; row security binds the owner, too.

    `statement` belongs to the migration and takes no values.
    """
    connection = op.get_bind()
    keyring = _keyring()
    driver = connection.connection
    present(driver, Scope.directory(), keyring)
    for number in connection.execute(text("select id from tenant order by id")).scalars().all():
        present(driver, Scope.tenant(number), keyring)
        connection.execute(text(statement))


def outside_states(statement: str) -> None:
    """Run a statement of a migration where no row of any state is seen.

    To validate the foreign key of a column that is new and empty: PostgreSQL asks the policies then, too.
    """
    connection = op.get_bind()
    present(connection.connection, Scope.directory(), _keyring())
    connection.execute(text(statement))


def _keyring() -> KeyRing:
    keyring: KeyRing = op.get_context().config.attributes["keyring"]  # type: ignore[union-attr]
    return keyring
