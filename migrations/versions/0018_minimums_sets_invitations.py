"""missed minimums, saved sets of items, who is invited, reminders by hand, packing lists to print

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.isolation import protect

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_TABLES = (
    "vendor_remedy",
    "roll_over",
    "saved_set",
    "saved_set_item",
    "invitation",
    "invited_program",
    "hand_reminder",
    "packing_document",
)


def _tenant() -> sa.Column[int]:
    return sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False)


def _instant(name: str, default: str | None = "clock_timestamp()", *, null: bool = False) -> sa.Column[object]:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text(default) if default else None, nullable=null
    )


def _refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_tenant_id_{column}")
    return sa.ForeignKeyConstraint(["tenant_id", column], [f"{target}.tenant_id", f"{target}.id"], name=name)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("tenant_id", *columns, name=op.f(f"pk_{table}"))


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def upgrade() -> None:
    op.add_column("purchase", sa.Column("minimum_rule", sa.Text(), server_default="fail", nullable=False))
    op.add_column("purchase", sa.Column("extend_days", sa.Integer(), server_default="0", nullable=False))
    op.add_column("purchase", _instant("extended_at", None, null=True))
    # checked for new rows at once and for old ones, which have the defaults, without a lock that stops writers
    for name, rule in (
        ("minimum_rule_known", "minimum_rule in ('fail', 'roll_over')"),
        ("extend_days_not_negative", "extend_days >= 0"),
    ):
        constraint = f"ck_purchase_{name}"
        op.create_check_constraint(op.f(constraint), "purchase", rule, postgresql_not_valid=True)
        op.execute(f"alter table public.purchase validate constraint {constraint}")
    _minimums()
    _sets()
    _invitations()
    _packing()
    for table in _TABLES:
        for statement in protect(table, "tenant"):
            op.execute(statement)


def _minimums() -> None:
    op.create_table(
        "vendor_remedy",
        _tenant(),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.Column("minimum_cents", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        _instant("at"),
        _check("vendor_remedy", "remedy_known", "remedy in ('lower', 'leave_out', 'roll_over')"),
        _check("vendor_remedy", "minimum_not_negative", "minimum_cents >= 0"),
        _refers("vendor_remedy", "purchase_id", "purchase"),
        _refers("vendor_remedy", "contract_id", "contract"),
        _key("vendor_remedy", "purchase_id", "contract_id"),
    )
    op.create_table(
        "roll_over",
        _tenant(),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("into_id", sa.Uuid(), nullable=False),
        _instant("at"),
        _refers("roll_over", "purchase_id", "purchase"),
        _refers("roll_over", "into_id", "purchase"),
        _key("roll_over", "purchase_id", "version"),
        sa.UniqueConstraint("tenant_id", "into_id", name=op.f("uq_roll_over_tenant_id_into_id")),
    )


def _sets() -> None:
    op.create_table(
        "saved_set",
        _tenant(),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _instant("created_at", "now()"),
        _key("saved_set", "id"),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_saved_set_tenant_id_name")),
    )
    op.create_table(
        "saved_set_item",
        _tenant(),
        sa.Column("set_id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("eaches_per_place", sa.Integer(), nullable=True),
        _refers("saved_set_item", "set_id", "saved_set"),
        _refers("saved_set_item", "contract_id", "contract"),
        _key("saved_set_item", "set_id", "contract_id", "sku"),
    )


def _invitations() -> None:
    words = postgresql.ARRAY(sa.Text())
    op.create_table(
        "invitation",
        _tenant(),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("program_types", words, nullable=False),
        sa.Column("counties", words, nullable=False),
        sa.Column("only_named", sa.Boolean(), nullable=False),
        _refers("invitation", "purchase_id", "purchase"),
        _key("invitation", "purchase_id"),
    )
    op.create_table(
        "invited_program",
        _tenant(),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("named", sa.Boolean(), nullable=False),
        _instant("told_at", None, null=True),
        _refers("invited_program", "purchase_id", "purchase"),
        _refers("invited_program", "program_id", "program"),
        _key("invited_program", "purchase_id", "program_id"),
    )
    op.create_table(
        "hand_reminder",
        _tenant(),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("programs", sa.Integer(), nullable=False),
        _instant("at"),
        _refers("hand_reminder", "purchase_id", "purchase"),
        _key("hand_reminder", "purchase_id", "day"),
    )


def _packing() -> None:
    op.create_table(
        "packing_document",
        _tenant(),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        _instant("asked_at"),
        _check("packing_document", "kind_known", "kind in ('item', 'program', 'matrix')"),
        _refers("packing_document", "purchase_id", "purchase"),
        _key("packing_document", "id"),
        sa.UniqueConstraint(
            "tenant_id",
            "purchase_id",
            "version",
            "kind",
            "language",
            name=op.f("uq_packing_document_tenant_id_purchase_id_version_kind_language"),
        ),
    )
