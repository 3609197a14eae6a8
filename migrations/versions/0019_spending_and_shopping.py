"""what programs let their staff spend, requests for approval, favourites, uses of an each

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

from tenants.isolation import protect

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_TABLES = ("spending_rule", "order_approval", "favourite")


def _tenant() -> sa.Column[int]:
    return sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False)


def _to(table: str, columns: list[str], target: str, theirs: list[str]) -> sa.ForeignKeyConstraint:
    own = ["tenant_id", *columns]
    name = op.f(f"fk_{table}_{'_'.join(own)}")
    return sa.ForeignKeyConstraint(own, [f"{target}.tenant_id", *(f"{target}.{one}" for one in theirs)], name=name)


def upgrade() -> None:
    _spending_rule()
    _order_approval()
    _favourite()
    op.add_column("catalog_item", sa.Column("uses_per_each", sa.Integer(), nullable=True))
    # one look at each row of an empty column: tens of milliseconds for a hundred thousand items
    check = "alter table catalog_item add constraint ck_catalog_item_uses_per_each_positive check (uses_per_each > 0)"
    op.execute(check)
    for table in _TABLES:
        for statement in protect(table, "tenant"):
            op.execute(statement)


def _spending_rule() -> None:
    op.create_table(
        "spending_rule",
        _tenant(),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("approve_above_cents", sa.BigInteger(), nullable=True),
        sa.Column("budget_cents", sa.BigInteger(), nullable=True),
        sa.Column("budget_per", sa.Text(), nullable=False),
        sa.Column("year_starts", sa.SmallInteger(), nullable=False),
        sa.Column("over_budget", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "approve_above_cents >= 0 and budget_cents >= 0", name=op.f("ck_spending_rule_amounts_not_negative")
        ),
        sa.CheckConstraint("year_starts between 1 and 12", name=op.f("ck_spending_rule_year_starts_in_a_month")),
        sa.CheckConstraint(
            "budget_per in ('purchase', 'month', 'quarter', 'year')", name=op.f("ck_spending_rule_budget_per_known")
        ),
        sa.CheckConstraint("over_budget in ('refuse', 'warn')", name=op.f("ck_spending_rule_over_budget_known")),
        _to("spending_rule", ["program_id"], "program", ["id"]),
        sa.PrimaryKeyConstraint("tenant_id", "program_id", name=op.f("pk_spending_rule")),
    )


def _order_approval() -> None:
    table = "order_approval"
    op.create_table(
        table,
        _tenant(),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("most_cents", sa.BigInteger(), nullable=False),
        sa.Column("delivery_point_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("state in ('waiting', 'approved', 'sent_back')", name=op.f("ck_order_approval_state_known")),
        _to(table, ["purchase_id", "program_id"], "program_order", ["purchase_id", "program_id"]),
        _to(table, ["delivery_point_id"], "delivery_point", ["id"]),
        _to(table, ["asked_by"], "person", ["id"]),
        _to(table, ["decided_by"], "person", ["id"]),
        sa.PrimaryKeyConstraint("tenant_id", "purchase_id", "program_id", name=op.f("pk_order_approval")),
    )
    op.create_index("ix_order_approval_state", table, ["tenant_id", "program_id", "state"])


def _favourite() -> None:
    op.create_table(
        "favourite",
        _tenant(),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        _to("favourite", ["program_id"], "program", ["id"]),
        _to("favourite", ["contract_id"], "contract", ["id"]),
        sa.PrimaryKeyConstraint("tenant_id", "program_id", "contract_id", "sku", name=op.f("pk_favourite")),
    )
