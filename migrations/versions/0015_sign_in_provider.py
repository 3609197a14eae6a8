"""a state's own OpenID provider, whom it vouches for, and sign-ins that were begun with it

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.isolation import protect

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_TABLES = ("sign_in_provider", "provider_subject", "sign_in_attempt")


def _tenant() -> sa.Column[int]:
    return sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False)


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null)


def _now(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)


def upgrade() -> None:
    op.create_table(
        "sign_in_provider",
        _tenant(),
        sa.Column("switched_on", sa.Boolean(), nullable=False),
        _text("issuer"),
        _text("client_id"),
        sa.Column("sealed_secret", sa.Text(), nullable=False),
        _text("label_en"),
        _text("label_es"),
        sa.Column("domains", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("factor_values", postgresql.ARRAY(sa.Text()), nullable=False),
        _text("newcomer_role", null=True),
        _now("changed_at"),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_sign_in_provider")),
    )
    op.create_table(
        "provider_subject",
        _tenant(),
        _text("issuer"),
        _text("subject"),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        _now("linked_at"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"],
            ["person.tenant_id", "person.id"],
            name=op.f("fk_provider_subject_tenant_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "issuer", "subject", name=op.f("pk_provider_subject")),
        sa.UniqueConstraint(
            "tenant_id", "person_id", "issuer", name=op.f("uq_provider_subject_tenant_id_person_id_issuer")
        ),
    )
    op.create_table(
        "sign_in_attempt",
        _tenant(),
        sa.Column("state_hash", sa.LargeBinary(), nullable=False),
        *(_text(name) for name in ("issuer", "nonce", "verifier", "target")),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "state_hash", name=op.f("pk_sign_in_attempt")),
    )
    op.create_index("ix_sign_in_attempt_begun", "sign_in_attempt", ["tenant_id", "begun_at"])
    for table in _TABLES:
        for statement in protect(table, "tenant"):
            op.execute(statement)


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)
