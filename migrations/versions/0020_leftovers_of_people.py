"""what was typed when a session had ended, why a delivery was given up, a state's own texts in Spanish

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.isolation import protect

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _kept_form()
    for name in ("title_es", "agency_es", "footer_es"):
        op.add_column("state_setting", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.add_column("webhook_delivery", sa.Column("reason", sa.Text(), server_default="", nullable=False))


def _kept_form() -> None:
    table = "kept_form"
    op.create_table(
        table,
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("boxes", postgresql.JSONB(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"],
            ["person.tenant_id", "person.id"],
            name=op.f("fk_kept_form_tenant_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_kept_form")),
    )
    op.create_index("ix_kept_form_person", table, ["tenant_id", "person_id", "id"])
    for statement in protect(table, "tenant"):
        op.execute(statement)
