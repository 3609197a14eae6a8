"""what the state's contact person is, in English and Spanish

Revision ID: 0029
Revises: 0025
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("contact_role", "contact_role_es"):
        op.add_column("state_setting", sa.Column(name, sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    for name in ("contact_role_es", "contact_role"):
        op.drop_column("state_setting", name)
