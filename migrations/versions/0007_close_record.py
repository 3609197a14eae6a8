"""a close keeps its record as a file

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("purchase_close", sa.Column("record_id", sa.Uuid(), nullable=True))
