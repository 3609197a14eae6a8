"""passkeys, a fresh proof in a session, and a second step that must be set up again

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

from tenants.isolation import protect

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def _when(name: str, **options: object) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), **{"nullable": True, **options})


def upgrade() -> None:
    op.create_table(
        "passkey",
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        _when("created_at", server_default=sa.text("now()"), nullable=False),
        _when("used_at"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"], ["person.tenant_id", "person.id"], name=op.f("fk_passkey_tenant_id_person_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("tenant_id", "credential_id", name=op.f("uq_passkey_tenant_id_credential_id")),
    )
    op.create_index("ix_passkey_person", "passkey", ["tenant_id", "person_id"], unique=False)
    # constant defaults are kept in the catalog: no row is written again
    op.add_column("person", sa.Column("factor_due", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("access_token", _when("proved_at"))
    for statement in protect("passkey", "tenant"):
        op.execute(statement)
