"""Alembic's entrance: runs as the owner, with short lock waits so that readers are never stopped."""

from alembic import context
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

import carepool.tables  # noqa: F401 - completes the metadata
from tenants.database import Base


def run() -> None:
    """Run the migrations, each in its own transaction."""
    engine = create_engine(context.config.get_main_option("sqlalchemy.url") or "", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text("set lock_timeout = '4s'"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            version_table_schema="app",
            transaction_per_migration=True,
            compare_type=True,
            compare_server_default=False,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
