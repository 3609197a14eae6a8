"""evidence of baselines, what each item saved, settings of savings, procurement files

Revision ID: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.isolation import protect
from tenants.migrating import in_each_tenant

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_TABLES = (
    "baseline_evidence",
    "baseline_evidence_item",
    "item_saving",
    "savings_setting",
    "procurement_record",
    "procurement_file",
)


def _tenant() -> sa.Column[int]:
    return sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False)


def _instant(name: str, default: str | None = "clock_timestamp()", *, null: bool = False) -> sa.Column[object]:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text(default) if default else None, nullable=null
    )


def _refers(table: str, column: str, target: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"{target}.tenant_id", f"{target}.id"],
        name=op.f(f"fk_{table}_tenant_id_{column}"),
        ondelete=ondelete,
    )


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("tenant_id", *columns, name=op.f(f"pk_{table}"))


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def upgrade() -> None:
    _evidence()
    _sums()
    _procurement()
    for table in _TABLES:
        for statement in protect(table, "tenant"):
            op.execute(statement)
    # what the closes of before saved by item; from now on each close writes it
    in_each_tenant(
        "insert into item_saving (tenant_id, purchase_id, version, item_id, baseline_cents, paid_cents)"
        " select s.tenant_id, s.purchase_id, s.version, s.item_id, sum(s.baseline_cents), sum(s.amount_cents)"
        " from share s join purchase p on p.tenant_id = s.tenant_id and p.id = s.purchase_id"
        " and p.close_version = s.version where s.got > 0"
        " group by s.tenant_id, s.purchase_id, s.version, s.item_id"
    )


def _evidence() -> None:
    op.create_table(
        "baseline_evidence",
        _tenant(),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("vendor_name", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        _instant("added_at"),
        _instant("withdrawn_at", None, null=True),
        sa.Column("withdrawn_why", sa.Text(), nullable=False),
        _check(
            "baseline_evidence",
            "kind_known",
            "kind in ('vendor_list', 'own_last_invoice', 'dated_quote', 'state_contract')",
        ),
        _refers("baseline_evidence", "purchase_id", "purchase"),
        _key("baseline_evidence", "id"),
    )
    op.create_index("ix_baseline_evidence_purchase", "baseline_evidence", ["tenant_id", "purchase_id", "id"])
    op.create_table(
        "baseline_evidence_item",
        _tenant(),
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("price_cents", sa.BigInteger(), nullable=True),
        _check("baseline_evidence_item", "price_not_negative", "price_cents >= 0"),
        _refers("baseline_evidence_item", "evidence_id", "baseline_evidence"),
        _refers("baseline_evidence_item", "item_id", "purchase_item", "CASCADE"),
        _key("baseline_evidence_item", "evidence_id", "item_id"),
    )
    op.create_index("ix_baseline_evidence_item_item", "baseline_evidence_item", ["tenant_id", "item_id"])


def _sums() -> None:
    op.create_table(
        "item_saving",
        _tenant(),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("baseline_cents", sa.BigInteger(), nullable=False),
        sa.Column("paid_cents", sa.BigInteger(), nullable=False),
        _refers("item_saving", "purchase_id", "purchase"),
        _refers("item_saving", "item_id", "purchase_item"),
        _key("item_saving", "purchase_id", "version", "item_id"),
    )
    op.create_table(
        "savings_setting",
        _tenant(),
        sa.Column("least_programs", sa.Integer(), nullable=False),
        sa.Column("quotes_wanted", sa.Integer(), nullable=False),
        sa.Column("thresholds", postgresql.JSONB(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _check("savings_setting", "least_programs_in_range", "least_programs between 2 and 100"),
        _check("savings_setting", "quotes_wanted_in_range", "quotes_wanted between 1 and 10"),
        _key("savings_setting"),
    )


def _procurement() -> None:
    op.create_table(
        "procurement_record",
        _tenant(),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("origin_note", sa.Text(), nullable=False),
        sa.Column("funding", postgresql.JSONB(), nullable=False),
        sa.Column("close_version", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _instant("changed_at"),
        _refers("procurement_record", "purchase_id", "purchase"),
        _key("procurement_record", "purchase_id"),
    )
    op.create_table(
        "procurement_file",
        _tenant(),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("data_id", sa.Uuid(), nullable=True),
        _instant("asked_at"),
        _refers("procurement_file", "purchase_id", "purchase"),
        _key("procurement_file", "id"),
        sa.UniqueConstraint(
            "tenant_id",
            "purchase_id",
            "basis",
            "language",
            name=op.f("uq_procurement_file_tenant_id_purchase_id_basis_language"),
        ),
    )


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)
