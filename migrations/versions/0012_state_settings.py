"""how a state's own people want their site to look, and whom to ask

Revision ID: 0012
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.isolation import protect

revision = "0012"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    texts = ("title", "colour", "contact_name", "contact_phone", "contact_email", "agency", "agency_url", "footer")
    op.create_table(
        "state_setting",
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in texts),
        sa.Column("links", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_state_setting")),
    )
    for statement in protect("state_setting", "tenant"):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("state_setting")
