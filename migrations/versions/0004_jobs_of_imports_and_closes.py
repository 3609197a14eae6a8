"""jobs of imports and closes

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # each is a change of the catalogue only; readers wait for none of them longer than a moment
    op.execute("set local lock_timeout = '5s'")
    op.add_column("file_import", sa.Column("job_id", sa.Uuid(), nullable=True))
    op.add_column("file_import", sa.Column("read_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("file_import", sa.Column("compared_with", sa.Uuid(), nullable=True))
    op.drop_column("file_import", "done")
    op.add_column("purchase", sa.Column("job_id", sa.Uuid(), nullable=True))
    op.add_column("dry_run", sa.Column("job_id", sa.Uuid(), nullable=True))
