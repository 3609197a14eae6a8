"""webhooks: endpoints that listen, deliveries, attempts

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.isolation import protect

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_TABLES = ("webhook_endpoint", "webhook_delivery", "webhook_attempt")


def _tenant() -> sa.Column[int]:
    return sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False)


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null)


def _id(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=False)


def _instant(name: str, *, null: bool = False, default: bool = False) -> sa.Column[object]:
    now = sa.text("now()") if default else None
    return sa.Column(name, sa.DateTime(timezone=True), server_default=now, nullable=null)


def upgrade() -> None:
    op.create_table(
        "webhook_endpoint",
        _tenant(),
        _id("id"),
        _text("url"),
        _text("description"),
        sa.Column("events", postgresql.ARRAY(sa.Text()), nullable=False),
        _text("state"),
        _text("sealed_secret"),
        _text("sealed_previous", null=True),
        _instant("previous_until", null=True),
        _instant("failing_since", null=True),
        _instant("made_at", default=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_webhook_endpoint")),
    )
    _deliveries()
    _attempts()
    for table in _TABLES:
        for statement in protect(table, "tenant"):
            op.execute(statement)


def _deliveries() -> None:
    op.create_table(
        "webhook_delivery",
        _tenant(),
        _id("id"),
        _id("endpoint_id"),
        _text("event"),
        _id("source_id"),
        _id("subject_id"),
        _text("body"),
        _text("state"),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        _instant("since", default=True),
        _instant("due_at", null=True),
        _instant("created_at", default=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "endpoint_id"],
            ["webhook_endpoint.tenant_id", "webhook_endpoint.id"],
            name=op.f("fk_webhook_delivery_tenant_id_endpoint_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_webhook_delivery")),
        sa.UniqueConstraint(
            "tenant_id",
            "endpoint_id",
            "source_id",
            "subject_id",
            name=op.f("uq_webhook_delivery_tenant_id_endpoint_id_source_id_subject_id"),
        ),
    )
    op.create_index("ix_webhook_delivery_newest", "webhook_delivery", ["tenant_id", "endpoint_id", "id"])
    due = sa.text("due_at is not null")
    op.create_index("ix_webhook_delivery_due", "webhook_delivery", ["tenant_id", "due_at"], postgresql_where=due)


def _attempts() -> None:
    op.create_table(
        "webhook_attempt",
        _tenant(),
        _id("id"),
        _id("delivery_id"),
        _instant("at"),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        _text("answer"),
        _text("error"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "delivery_id"],
            ["webhook_delivery.tenant_id", "webhook_delivery.id"],
            name=op.f("fk_webhook_attempt_tenant_id_delivery_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_webhook_attempt")),
    )
    op.create_index("ix_webhook_attempt_delivery", "webhook_attempt", ["tenant_id", "delivery_id", "id"])
