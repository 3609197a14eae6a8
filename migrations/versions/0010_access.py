"""claims, who acts for whom, second factor, sessions and wrong tries

Revision ID: 0010
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.isolation import protect

revision = "0010"
down_revision = "0007"
branch_labels = None
depends_on = None


def _when(name: str, **options: object) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), **{"nullable": True, **options})


def upgrade() -> None:
    op.create_table(
        "claim",
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("licence_number", sa.Text(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("link_hash", sa.LargeBinary(), nullable=True),
        _when("link_expires_at"),
        sa.Column("code_hash", sa.Text(), nullable=True),
        _when("code_expires_at"),
        sa.Column("code_tries", sa.Integer(), server_default="0", nullable=False),
        _when("created_at", server_default=sa.text("now()"), nullable=False),
        _when("decided_at"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "program_id"],
            ["program.tenant_id", "program.id"],
            name=op.f("fk_claim_tenant_id_program_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"], ["person.tenant_id", "person.id"], name=op.f("fk_claim_tenant_id_person_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_claim")),
    )
    op.create_index(
        "ux_claim_waiting",
        "claim",
        ["tenant_id", "licence_number", "email"],
        unique=True,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index("ix_claim_state", "claim", ["tenant_id", "state", "id"], unique=False)
    op.create_table(
        "delegation",
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("for_person_id", sa.Uuid(), nullable=False),
        sa.Column("permissions", postgresql.ARRAY(sa.Text()), nullable=False),
        _when("valid_from", server_default=sa.text("now()"), nullable=False),
        _when("valid_to", nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"],
            ["person.tenant_id", "person.id"],
            name=op.f("fk_delegation_tenant_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "for_person_id"],
            ["person.tenant_id", "person.id"],
            name=op.f("fk_delegation_tenant_id_for_person_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_delegation")),
    )
    op.create_index("ix_delegation_person", "delegation", ["tenant_id", "person_id"], unique=False)
    op.create_index("ix_delegation_for", "delegation", ["tenant_id", "for_person_id"], unique=False)
    op.create_table(
        "recovery_code",
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"],
            ["person.tenant_id", "person.id"],
            name=op.f("fk_recovery_code_tenant_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "person_id", "code_hash", name=op.f("pk_recovery_code")),
    )
    op.create_table(
        "sign_in_failure",
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        _when("last_at", nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "key_hash", name=op.f("pk_sign_in_failure")),
    )
    # constant defaults are kept in the catalog: no row is written again
    op.add_column("person", sa.Column("totp_secret", sa.Text(), nullable=True))
    op.add_column("person", _when("totp_since"))
    op.add_column("person", sa.Column("totp_step", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("access_token", _when("factor_at"))
    op.add_column("access_token", sa.Column("device", sa.Text(), server_default="", nullable=False))
    op.add_column("access_token", _when("seen_at"))
    for statement in (
        statement
        for table in ("claim", "delegation", "recovery_code", "sign_in_failure")
        for statement in protect(table, "tenant")
    ):
        op.execute(statement)
