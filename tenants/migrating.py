"""Bring a database to the newest tables."""

import importlib.util
from pathlib import Path

from alembic import command
from alembic.config import Config


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


def migrate(owner_url: str) -> None:
    """Run the migrations that are still to do. Safe to run again."""
    command.upgrade(alembic_config(owner_url), "head")
