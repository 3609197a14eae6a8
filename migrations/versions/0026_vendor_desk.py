"""a vendor's desk: its people, what states show there, what it says, prices that it proposes, scores, forecasts

Revision ID: 0026
Revises: 0025
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.isolation import protect

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_PEOPLE = (
    "vendor_person",
    "vendor_token",
    "vendor_passkey",
    "vendor_recovery_code",
    "vendor_kept_form",
    "vendor_sign_in_failure",
)
_SHOWN = ("desk_partner", "desk_order", "desk_item", "vendor_score", "desk_forecast")
_SAID = ("desk_said", "price_proposal", "price_proposal_line")
_FIRST_MADE_LAST_GONE = (
    "desk_forecast",
    "vendor_score",
    "price_proposal_line",
    "price_proposal",
    "desk_item",
    "desk_said",
    "desk_order",
    "desk_partner",
    "vendor_sign_in_failure",
    "vendor_kept_form",
    "vendor_recovery_code",
    "vendor_passkey",
    "vendor_token",
    "vendor_person",
)


def upgrade() -> None:
    _people()
    _desk()
    _more()
    for table in _PEOPLE:
        for statement in protect(table, "vendor"):
            op.execute(statement)
    for table in _SHOWN:
        for statement in protect(table, "bridge"):
            op.execute(statement)
    for table in _SAID:
        for statement in protect(table, "bridge", vendor_adds=True):
            op.execute(statement)
    # work that a vendor leaves for a state
    op.execute(
        "create policy addressed_by_vendor on public.outbox for insert to public with check"
        " (scope_kind = 'tenant' and (topic = 'desk.said' or topic = 'prices.proposed')"
        " and (select app.vendor_id()) is not null)"
    )


def _people() -> None:
    op.create_table(
        "vendor_person",
        sa.Column("vendor_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("totp_secret", sa.Text(), nullable=True),
        sa.Column("totp_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("totp_step", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("factor_due", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("phone_verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("role in ('desk_administrator', 'desk_staff')", name=op.f("ck_vendor_person_role_known")),
        sa.PrimaryKeyConstraint("vendor_id", "id", name=op.f("pk_vendor_person")),
        sa.UniqueConstraint("vendor_id", "email", name=op.f("uq_vendor_person_vendor_id_email")),
    )
    op.create_table(
        "vendor_token",
        sa.Column("vendor_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("factor_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("device", sa.Text(), server_default="", nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["vendor_id", "person_id"],
            ["vendor_person.vendor_id", "vendor_person.id"],
            name=op.f("fk_vendor_token_vendor_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("vendor_id", "id", name=op.f("pk_vendor_token")),
    )
    op.create_index("ix_vendor_token_person", "vendor_token", ["vendor_id", "person_id", "kind"], unique=False)
    op.create_table(
        "vendor_passkey",
        sa.Column("vendor_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["vendor_id", "person_id"],
            ["vendor_person.vendor_id", "vendor_person.id"],
            name=op.f("fk_vendor_passkey_vendor_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("vendor_id", "id", name=op.f("pk_vendor_passkey")),
        sa.UniqueConstraint("vendor_id", "credential_id", name=op.f("uq_vendor_passkey_vendor_id_credential_id")),
    )
    op.create_index("ix_vendor_passkey_person", "vendor_passkey", ["vendor_id", "person_id"], unique=False)
    op.create_table(
        "vendor_recovery_code",
        sa.Column("vendor_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["vendor_id", "person_id"],
            ["vendor_person.vendor_id", "vendor_person.id"],
            name=op.f("fk_vendor_recovery_code_vendor_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("vendor_id", "person_id", "code_hash", name=op.f("pk_vendor_recovery_code")),
    )
    op.create_table(
        "vendor_kept_form",
        sa.Column("vendor_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("boxes", postgresql.JSONB(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["vendor_id", "person_id"],
            ["vendor_person.vendor_id", "vendor_person.id"],
            name=op.f("fk_vendor_kept_form_vendor_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("vendor_id", "id", name=op.f("pk_vendor_kept_form")),
    )
    op.create_index("ix_vendor_kept_form_person", "vendor_kept_form", ["vendor_id", "person_id", "id"], unique=False)
    op.create_table(
        "vendor_sign_in_failure",
        sa.Column("vendor_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("vendor_id", "key_hash", name=op.f("pk_vendor_sign_in_failure")),
    )


def _desk() -> None:
    op.create_table(
        "desk_partner",
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("invited_name", sa.Text(), nullable=False),
        sa.Column("invited_email", sa.Text(), nullable=False),
        sa.Column("notice_days", sa.Integer(), nullable=False),
        sa.Column("shares_forecast", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.CheckConstraint("notice_days between 0 and 365", name=op.f("ck_desk_partner_notice_in_a_year")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_desk_partner")),
        sa.UniqueConstraint("tenant_id", "vendor_id", name=op.f("uq_desk_partner_tenant_id_vendor_id")),
    )
    op.create_index("ix_desk_partner_vendor", "desk_partner", ["vendor_id", "id"], unique=False)
    op.create_table(
        "desk_order",
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("document", postgresql.JSONB(), nullable=False),
        sa.Column("total_cents", sa.BigInteger(), nullable=False),
        sa.Column("deliver_on", sa.Date(), nullable=True),
        sa.Column("cutoff_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("said", postgresql.JSONB(), nullable=False),
        sa.Column("decided", postgresql.JSONB(), nullable=False),
        sa.Column("invoices", postgresql.JSONB(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "delivery_id"],
            ["order_delivery.tenant_id", "order_delivery.id"],
            name=op.f("fk_desk_order_tenant_id_delivery_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "purchase_id"],
            ["purchase.tenant_id", "purchase.id"],
            name=op.f("fk_desk_order_tenant_id_purchase_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_desk_order")),
        sa.UniqueConstraint(
            "tenant_id",
            "purchase_id",
            "vendor_id",
            "content_sha256",
            name=op.f("uq_desk_order_tenant_id_purchase_id_vendor_id_content_sha256"),
        ),
    )
    op.create_index("ix_desk_order_state", "desk_order", ["vendor_id", "tenant_id", "id"], unique=False)
    op.create_index("ix_desk_order_vendor", "desk_order", ["vendor_id", "id"], unique=False)
    op.create_table(
        "desk_said",
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", postgresql.JSONB(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind in ('opened', 'acknowledged', 'answered', 'invoiced')", name=op.f("ck_desk_said_kind_known")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_id"],
            ["desk_order.tenant_id", "desk_order.id"],
            name=op.f("fk_desk_said_tenant_id_order_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_desk_said")),
    )
    op.create_index("ix_desk_said_order", "desk_said", ["tenant_id", "order_id", "id"], unique=False)
    op.create_index("ix_desk_said_vendor", "desk_said", ["vendor_id", "id"], unique=False)
    op.create_index(
        "ux_desk_said_once",
        "desk_said",
        ["tenant_id", "order_id", "kind"],
        unique=True,
        postgresql_where=sa.text("kind in ('opened', 'acknowledged')"),
    )
    op.create_table(
        "desk_item",
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("pack_text", sa.Text(), nullable=False),
        sa.Column("price_basis", sa.Text(), nullable=False),
        sa.Column("ladder", postgresql.JSONB(), nullable=False),
        sa.Column("list_cents", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "id"], ["catalog_item.tenant_id", "catalog_item.id"], name=op.f("fk_desk_item_tenant_id_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_desk_item")),
    )
    op.create_index("ix_desk_item_vendor", "desk_item", ["vendor_id", "tenant_id", "sku", "id"], unique=False)


def _more() -> None:
    op.create_table(
        "price_proposal",
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("in_force_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('waiting', 'accepted', 'declined', 'in_force')", name=op.f("ck_price_proposal_state_known")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_price_proposal")),
    )
    op.create_index(
        "ix_price_proposal_due",
        "price_proposal",
        ["tenant_id", "effective_on"],
        unique=False,
        postgresql_where=sa.text("state = 'accepted'"),
    )
    op.create_index("ix_price_proposal_vendor", "price_proposal", ["vendor_id", "id"], unique=False)
    op.create_table(
        "price_proposal_line",
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=False),
        sa.Column("proposal_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("ladder_before", postgresql.JSONB(), nullable=False),
        sa.Column("ladder", postgresql.JSONB(), nullable=False),
        sa.Column("list_before", sa.BigInteger(), nullable=True),
        sa.Column("list_cents", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "item_id"],
            ["desk_item.tenant_id", "desk_item.id"],
            name=op.f("fk_price_proposal_line_tenant_id_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "proposal_id"],
            ["price_proposal.tenant_id", "price_proposal.id"],
            name=op.f("fk_price_proposal_line_tenant_id_proposal_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "proposal_id", "item_id", name=op.f("pk_price_proposal_line")),
    )
    op.create_index("ix_price_proposal_line_vendor", "price_proposal_line", ["vendor_id", "proposal_id"], unique=False)
    op.create_table(
        "vendor_score",
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("ordered_eaches", sa.Integer(), nullable=False),
        sa.Column("received_eaches", sa.Integer(), nullable=False),
        sa.Column("dated_orders", sa.Integer(), nullable=False),
        sa.Column("timely_orders", sa.Integer(), nullable=False),
        sa.Column("ordered_cents", sa.BigInteger(), nullable=False),
        sa.Column("billed_cents", sa.BigInteger(), nullable=False),
        sa.Column("invoices", sa.Integer(), nullable=False),
        sa.Column("right_invoices", sa.Integer(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "purchase_id"],
            ["purchase.tenant_id", "purchase.id"],
            name=op.f("fk_vendor_score_tenant_id_purchase_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "purchase_id", "vendor_id", name=op.f("pk_vendor_score")),
    )
    op.create_index("ix_vendor_score_vendor", "vendor_score", ["vendor_id", "day"], unique=False)
    op.create_table(
        "desk_forecast",
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "vendor_id", "month", name=op.f("pk_desk_forecast")),
    )
    op.create_index("ix_desk_forecast_vendor", "desk_forecast", ["vendor_id", "month"], unique=False)


def downgrade() -> None:
    op.execute("drop policy addressed_by_vendor on public.outbox")
    for table in _FIRST_MADE_LAST_GONE:
        op.drop_table(table)
