"""exports of records, retention, legal holds, isolation checks, and the activity log by time and person

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.isolation import protect

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_TABLES = ("record_export", "isolation_check", "retention_rule", "legal_hold")
_CLOCK = sa.text("clock_timestamp()")


def _tenant() -> sa.Column[int]:
    return sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False)


def _instant(name: str, *, begun: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=_CLOCK if begun else None, nullable=not begun)


def upgrade() -> None:
    op.create_table(
        "record_export",
        _tenant(),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("wish", postgresql.JSONB(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        _instant("asked_at", begun=True),
        _instant("expires_at"),
        _instant("removed_at"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"],
            ["person.tenant_id", "person.id"],
            name=op.f("fk_record_export_tenant_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_record_export")),
    )
    op.create_index("ix_record_export_person", "record_export", ["tenant_id", "person_id", "id"])
    op.create_table(
        "isolation_check",
        _tenant(),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        _instant("asked_at", begun=True),
        _instant("done_at"),
        sa.Column("results", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_isolation_check")),
    )
    op.create_index("ix_isolation_check_done", "isolation_check", ["tenant_id", "done_at"])
    op.create_table(
        "retention_rule",
        _tenant(),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "kind", name=op.f("pk_retention_rule")),
    )
    op.create_table(
        "legal_hold",
        _tenant(),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        _instant("begun_at", begun=True),
        _instant("ended_at"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_legal_hold")),
    )
    in_force = sa.text("ended_at is null")
    op.create_index("ux_legal_hold_in_force", "legal_hold", ["tenant_id"], unique=True, postgresql_where=in_force)
    for table in _TABLES:
        for statement in protect(table, "tenant"):
            op.execute(statement)
    # the log is long and written to all the time: its indexes are made beside the writers
    with op.get_context().autocommit_block():
        for name, columns in (("ix_activity_at", ["at", "id"]), ("ix_activity_person", ["person_id", "at", "id"])):
            op.create_index(name, "activity", ["scope_kind", "scope_id", *columns], postgresql_concurrently=True,
                            if_not_exists=True)  # fmt: skip
