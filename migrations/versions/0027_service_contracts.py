"""service contracts: programs enroll instead of ordering quantities

Revision ID: 0027
Revises: 0026
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.isolation import protect

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_TABLES = ("service_contract", "service_rate", "service_document", "service_enrolment", "service_signature")


def _tenant() -> sa.Column[int]:
    return sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False)


def _instant(name: str, default: str | None = "clock_timestamp()", *, null: bool = False) -> sa.Column[object]:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text(default) if default else None, nullable=null
    )


def _refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"{target}.tenant_id", f"{target}.id"],
        name=op.f(f"fk_{table}_tenant_id_{column}"),
    )


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("tenant_id", *columns, name=op.f(f"pk_{table}"))


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def upgrade() -> None:
    _contracts()
    _enrolments()
    for table in _TABLES:
        for statement in protect(table, "tenant"):
            op.execute(statement)


def _contracts() -> None:
    table = "service_contract"
    op.create_table(
        table,
        _tenant(),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_es", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("description_es", sa.Text(), nullable=False),
        _instant("opens_at", None),
        _instant("closes_at", None),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("pricing", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("per", sa.Text(), nullable=False),
        sa.Column("list_cents", sa.BigInteger(), nullable=True),
        sa.Column("ladder", postgresql.JSONB(), nullable=False),
        sa.Column("min_members", sa.Integer(), nullable=False),
        sa.Column("if_short", sa.Text(), nullable=False),
        sa.Column("extend_days", sa.Integer(), nullable=False),
        _instant("extended_at", None, null=True),
        sa.Column("notice_days", sa.Integer(), nullable=False),
        sa.Column("late_join", sa.Boolean(), nullable=False),
        sa.Column("rate_falls", sa.Boolean(), nullable=False),
        sa.Column("previous_id", sa.Uuid(), nullable=True),
        _instant("closed_at", None, null=True),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _check(table, "kind_known", "kind in ('insurance', 'software', 'waste', 'training', 'other')"),
        _check(table, "state_known", "state in ('draft', 'open', 'agreed', 'failed', 'ended', 'cancelled')"),
        _check(table, "pricing_known", "pricing in ('rate', 'percent_off')"),
        _check(table, "basis_known", "basis in ('program', 'place', 'seat')"),
        _check(table, "per_known", "per in ('month', 'year', 'once')"),
        _check(table, "if_short_known", "if_short in ('fail', 'go_on', 'extend')"),
        _check(table, "ends_after_begin", "closes_at > opens_at and ends_on >= starts_on"),
        _check(table, "numbers_in_range", "min_members >= 1 and extend_days >= 0 and notice_days >= 0"),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendor.id"], name=op.f("fk_service_contract_vendor_id")),
        _refers(table, "previous_id", "service_contract"),
        _key(table, "id"),
    )
    op.create_index("ix_service_contract_state", table, ["tenant_id", "state", "closes_at"])
    op.create_index(
        "uq_service_contract_renewal",
        table,
        ["tenant_id", "previous_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'cancelled'"),
    )
    op.create_table(
        "service_rate",
        _tenant(),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        _instant("found_at"),
        _refers("service_rate", "contract_id", "service_contract"),
        _key("service_rate", "contract_id", "first_day"),
    )
    op.create_table(
        "service_document",
        _tenant(),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        _instant("added_at"),
        _instant("replaced_at", None, null=True),
        _refers("service_document", "contract_id", "service_contract"),
        _key("service_document", "id"),
    )
    op.create_index(
        "uq_service_document_version",
        "service_document",
        ["tenant_id", "contract_id", "name", "version"],
        unique=True,
    )


def _enrolments() -> None:
    table = "service_enrolment"
    op.create_table(
        table,
        _tenant(),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("earlier_cents", sa.BigInteger(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        _instant("enrolled_at", None, null=True),
        sa.Column("reason", sa.Text(), nullable=False),
        _instant("changed_at"),
        sa.Column("version", sa.Integer(), nullable=False),
        _check(table, "state_known", "state in ('carried', 'unsigned', 'asked', 'enrolled', 'withdrawn', 'left')"),
        _check(table, "numbers_in_range", "units >= 1 and earlier_cents >= 0"),
        _refers(table, "contract_id", "service_contract"),
        _refers(table, "program_id", "program"),
        _key(table, "contract_id", "program_id"),
    )
    op.create_index("ix_service_enrolment_program", table, ["tenant_id", "program_id", "contract_id"])
    op.create_table(
        "service_signature",
        _tenant(),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("typed_name", sa.Text(), nullable=False),
        sa.Column("consent", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        _instant("signed_at"),
        _refers("service_signature", "document_id", "service_document"),
        _refers("service_signature", "program_id", "program"),
        _refers("service_signature", "person_id", "person"),
        _key("service_signature", "id"),
    )
    op.create_index("ix_service_signature_document", "service_signature", ["tenant_id", "document_id", "program_id"])
    op.create_index("ix_service_signature_program", "service_signature", ["tenant_id", "program_id", "id"])


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)
