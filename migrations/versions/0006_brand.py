"""a state's colour, logo and agency

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # constant defaults: no row is written again, and the version before this one can still provision
    for name, default in (("colour", "#0b4766"), ("logo", ""), ("agency", ""), ("agency_url", "")):
        op.add_column("tenant", sa.Column(name, sa.Text(), nullable=False, server_default=default))


def downgrade() -> None:
    for name in ("agency_url", "agency", "logo", "colour"):
        op.drop_column("tenant", name)
