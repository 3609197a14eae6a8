"""letters to people of vendors' desks that go out once: decided prices, tokens that end

Revision ID: 0034
Revises: 0033
"""

import sqlalchemy as sa
from alembic import op

from tenants.isolation import protect

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_TABLE = "desk_letter"


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("vendor_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("address", "kind", "occasion", "state", "error")),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False)
            for name in ("made_at", "changed_at")
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id", "person_id"],
            ["vendor_person.vendor_id", "vendor_person.id"],
            name=op.f(f"fk_{_TABLE}_vendor_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("vendor_id", "id", name=op.f(f"pk_{_TABLE}")),
    )
    once = ["vendor_id", "person_id", "kind", "subject_id", "occasion"]
    op.create_index("uq_desk_letter_once", _TABLE, once, unique=True, postgresql_nulls_not_distinct=True)
    op.create_index("ix_desk_letter_made", _TABLE, ["vendor_id", "made_at"])
    for statement in protect(_TABLE, "vendor"):
        op.execute(statement)
    op.add_column("price_proposal", sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("price_proposal", "told_at")
    op.drop_table(_TABLE)
