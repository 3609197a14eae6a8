"""what changed for programs after settling, and their statements; what the state's contact person is, in English and Spanish

Revision ID: 0029
Revises: 0028
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.isolation import protect

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_CAUSES = (
    "vendor_invoice",
    "program_invoice",
    "settlement",
    "payment",
    "payment_reversed",
    "credit_used",
    "write_off",
)
_LATE = ("program_adjustment", "adjustment")


def upgrade() -> None:
    for name in ("contact_role", "contact_role_es"):
        op.add_column("state_setting", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.add_column("tenant", sa.Column("contact_role", sa.Text(), server_default="", nullable=False))
    op.add_column("vendor_invoice", sa.Column("borne_by", sa.Text(), nullable=True))
    _causes((*_CAUSES, *_LATE))
    _adjustment()
    _statement()
    _freeze()


def _causes(known: tuple[str, ...], *, look: bool = True) -> None:
    """Say which causes there are; readers are not stopped while it is looked whether rows of before hold to it."""
    name = op.f("ck_ledger_entry_cause_known")
    op.drop_constraint(name, "ledger_entry", type_="check")
    rule = f"cause in ({', '.join(repr(one) for one in known)})"
    op.create_check_constraint(name, "ledger_entry", rule, postgresql_not_valid=True)
    if look:
        op.execute(f"alter table ledger_entry validate constraint {name}")


def _adjustment() -> None:
    table = "program_adjustment"
    op.create_table(
        table,
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        *(sa.Column(f"{name}_cents", sa.BigInteger(), nullable=False) for name in ("goods", "freight", "tax", "total")),
        sa.Column(
            "issued_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.CheckConstraint("total_cents = goods_cents + freight_cents + tax_cents", name=op.f(f"ck_{table}_adds_up")),
        sa.CheckConstraint("total_cents <> 0", name=op.f(f"ck_{table}_of_some_money")),
        sa.CheckConstraint("(total_cents > 0) = (due_on is not null)", name=op.f(f"ck_{table}_due_where_owed")),
        *(
            sa.ForeignKeyConstraint(
                ["tenant_id", column],
                [f"{target}.tenant_id", f"{target}.id"],
                name=op.f(f"fk_{table}_tenant_id_{column}"),
            )
            for column, target in (
                ("invoice_id", "vendor_invoice"),
                ("purchase_id", "purchase"),
                ("program_id", "program"),
            )
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint(
            "tenant_id", "invoice_id", "program_id", name=op.f(f"uq_{table}_tenant_id_invoice_id_program_id")
        ),
        sa.UniqueConstraint("tenant_id", "number", name=op.f(f"uq_{table}_tenant_id_number")),
    )
    for name in ("program", "purchase"):
        op.create_index(f"ix_{table}_{name}", table, ["tenant_id", f"{name}_id", "id"])
    for statement in protect(table, "tenant"):
        op.execute(statement)


def _statement() -> None:
    table = "statement_file"
    op.create_table(
        table,
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.CheckConstraint("since <= until", name=op.f(f"ck_{table}_days_in_order")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "program_id"],
            ["program.tenant_id", "program.id"],
            name=op.f(f"fk_{table}_tenant_id_program_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{table}")),
    )
    op.create_index(f"ix_{table}_program", table, ["tenant_id", "program_id", "id"])
    for statement in protect(table, "tenant"):
        op.execute(statement)


def _freeze() -> None:
    table = "savings_freeze"
    op.create_table(
        table,
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("sums", postgresql.JSONB(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("frozen_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "purchase_id"],
            ["purchase.tenant_id", "purchase.id"],
            name=op.f(f"fk_{table}_tenant_id_purchase_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "purchase_id", name=op.f(f"pk_{table}")),
    )
    for statement in protect(table, "tenant"):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("savings_freeze")
    op.drop_table("statement_file")
    op.drop_table("program_adjustment")
    # what was booked stays booked
    _causes(_CAUSES, look=False)
    op.drop_column("vendor_invoice", "borne_by")
    op.drop_column("tenant", "contact_role")
    for name in ("contact_role_es", "contact_role"):
        op.drop_column("state_setting", name)
