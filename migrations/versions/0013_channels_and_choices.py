"""messages by several channels, what people choose, and addresses that want none

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

from tenants.isolation import protect

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_TABLES = ("notice_choice", "message_times", "phone_code", "silenced_address", "calendar_feed")


def _tenant() -> sa.Column[int]:
    return sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False)


def _instant(name: str, *, null: bool = False, default: bool = False) -> sa.Column[object]:
    now = sa.text("now()") if default else None
    return sa.Column(name, sa.DateTime(timezone=True), server_default=now, nullable=null)


def _of_person(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_tenant_id_person_id")
    return sa.ForeignKeyConstraint(["tenant_id", "person_id"], ["person.tenant_id", "person.id"], name=name)


def upgrade() -> None:
    op.add_column("person", sa.Column("phone", sa.Text(), nullable=True))
    op.add_column("person", _instant("phone_verified_at", null=True))
    op.add_column("delivery", _instant("due_at", null=True))
    op.add_column("delivery", sa.Column("reference", sa.Text(), server_default="", nullable=False))
    due = sa.text("due_at is not null")
    op.create_index("ix_delivery_due", "delivery", ["tenant_id", "due_at"], postgresql_where=due)
    _choices()
    _addresses()
    for table in _TABLES:
        for statement in protect(table, "tenant"):
            op.execute(statement)


def _choices() -> None:
    op.create_table(
        "notice_choice",
        _tenant(),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        _of_person("notice_choice"),
        sa.PrimaryKeyConstraint("tenant_id", "person_id", "kind", "channel", name=op.f("pk_notice_choice")),
    )
    op.create_table(
        "message_times",
        _tenant(),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("quiet_from", sa.SmallInteger(), nullable=True),
        sa.Column("quiet_to", sa.SmallInteger(), nullable=True),
        sa.Column("digest", sa.Boolean(), nullable=False),
        sa.CheckConstraint("(quiet_from is null) = (quiet_to is null)", name=op.f("ck_message_times_quiet_both")),
        _of_person("message_times"),
        sa.PrimaryKeyConstraint("tenant_id", "person_id", name=op.f("pk_message_times")),
    )


def _addresses() -> None:
    op.create_table(
        "phone_code",
        _tenant(),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=True),
        _instant("asked_at"),
        sa.Column("tries", sa.Integer(), nullable=False),
        _of_person("phone_code"),
        sa.PrimaryKeyConstraint("tenant_id", "person_id", name=op.f("pk_phone_code")),
    )
    op.create_table(
        "calendar_feed",
        _tenant(),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("token_id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        _instant("made_at"),
        _of_person("calendar_feed"),
        sa.PrimaryKeyConstraint("tenant_id", "person_id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint("tenant_id", "token_id", name=op.f("uq_calendar_feed_tenant_id_token_id")),
    )
    op.create_table(
        "silenced_address",
        _tenant(),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        _instant("at", default=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_silenced_address")),
        sa.UniqueConstraint(
            "tenant_id", "channel", "address", name=op.f("uq_silenced_address_tenant_id_channel_address")
        ),
    )
