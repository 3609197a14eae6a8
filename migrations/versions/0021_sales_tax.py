"""sales tax of purchases, exemption certificates of programs; an index that nothing used

Revision ID: 0021
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

from tenants.isolation import protect

revision = "0021"
down_revision = "0019"
branch_labels = None
depends_on = None

_BILL = ("taxable_cents", "tax_cents")
_RATE = "tax_millionths between 0 and 250000"


def upgrade() -> None:
    op.add_column("purchase", sa.Column("tax_millionths", sa.Integer(), server_default="0", nullable=False))
    # checked for new rows at once and for old ones, which have the default, without a lock that stops writers
    constraint = "ck_purchase_tax_is_a_rate"
    op.create_check_constraint(op.f(constraint), "purchase", _RATE, postgresql_not_valid=True)
    op.execute(f"alter table public.purchase validate constraint {constraint}")
    # no tax is added in purchases of before, so it does not matter what their items were
    op.add_column("purchase_item", sa.Column("taxable", sa.Boolean(), server_default="true", nullable=False))
    for name in _BILL:
        op.add_column("member_bill", sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("member_bill", sa.Column("certificate", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "tax_exemption",
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("certificate", sa.Text(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "program_id"],
            ["program.tenant_id", "program.id"],
            name=op.f("fk_tax_exemption_tenant_id_program_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "program_id", name=op.f("pk_tax_exemption")),
    )
    for statement in protect("tax_exemption", "tenant"):
        op.execute(statement)
    op.drop_index("ix_order_approval_state", "order_approval")


def downgrade() -> None:
    op.create_index("ix_order_approval_state", "order_approval", ["tenant_id", "program_id", "state"])
    op.drop_table("tax_exemption")
    for name in ("certificate", *_BILL):
        op.drop_column("member_bill", name)
    op.drop_column("purchase_item", "taxable")
    op.drop_constraint(op.f("ck_purchase_tax_is_a_rate"), "purchase", type_="check")
    op.drop_column("purchase", "tax_millionths")
