"""orders to vendors: ordering terms, messages and their proof, links, answers, proposals, invoices

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.isolation import protect

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_TENANT = ("ordering_terms", "order_link", "order_proposal")
_BRIDGE = ("order_delivery", "order_step", "vendor_invoice_file", "order_answer", "order_answer_line")
_POINT = ("receiving_hours", "dock", "contact")


def _tenant() -> sa.Column[int]:
    return sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False)


def _vendor() -> sa.Column[int]:
    return sa.Column("vendor_id", sa.BigInteger(), autoincrement=False, nullable=False)


def _id(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=null)


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null)


def _whole(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=null)


def _instant(name: str, *, null: bool = False, default: bool = False) -> sa.Column[object]:
    now = sa.text("clock_timestamp()") if default else None
    return sa.Column(name, sa.DateTime(timezone=True), server_default=now, nullable=null)


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    own = ["tenant_id", column]
    return sa.ForeignKeyConstraint(
        own, [f"{target}.tenant_id", f"{target}.id"], name=op.f(f"fk_{table}_tenant_id_{column}")
    )


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("tenant_id", *(columns or ("id",)), name=op.f(f"pk_{table}"))


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint("tenant_id", *columns, name=op.f(f"uq_{table}_tenant_id_{'_'.join(columns)}"))


def _check(table: str, condition: str, name: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def upgrade() -> None:
    for name in _POINT:
        op.add_column("delivery_point", sa.Column(name, sa.Text(), server_default="", nullable=False))
    _terms()
    _deliveries()
    _links()
    _answers()
    _proposals()
    for table in _TENANT:
        for statement in protect(table, "tenant"):
            op.execute(statement)
    for table in _BRIDGE:
        for statement in protect(table, "bridge"):
            op.execute(statement)


def _terms() -> None:
    table = "ordering_terms"
    op.create_table(
        table,
        _tenant(),
        _vendor(),
        _text("channel"),
        _text("fallback", null=True),
        _text("format"),
        _text("language"),
        sa.Column("mail_to", postgresql.ARRAY(sa.Text()), nullable=False),
        _text("webhook_url"),
        _text("sealed_webhook_secret", null=True),
        _text("cxml_url"),
        _text("our_mailbox"),
        _text("vendor_mailbox"),
        _text("sealed_cxml_secret", null=True),
        _text("sftp_host"),
        _whole("sftp_port"),
        _text("sftp_user"),
        _text("sftp_folder"),
        _text("sftp_host_key"),
        _text("sealed_sftp_key", null=True),
        sa.Column("cutoff_minute", sa.SmallInteger(), nullable=True),
        sa.Column("cutoff_days", sa.SmallInteger(), nullable=False),
        sa.Column("lead_days", sa.SmallInteger(), nullable=False),
        sa.Column("weekdays", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("holidays", postgresql.ARRAY(sa.Date()), nullable=False),
        _text("remit_to"),
        _text("payment_terms"),
        _text("customer_number"),
        sa.Column("accept_cheaper", sa.Boolean(), nullable=False),
        sa.Column("accept_earlier", sa.Boolean(), nullable=False),
        _whole("version"),
        _check(table, "cutoff_minute between 0 and 1439", "cutoff_in_a_day"),
        _check(table, "cutoff_days between 0 and 60 and lead_days between 0 and 250", "days_in_a_year"),
        _check(table, "sftp_port between 1 and 65535", "port_known"),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendor.id"], name=op.f(f"fk_{table}_vendor_id_vendor")),
        _key(table, "vendor_id"),
    )


def _deliveries() -> None:
    table = "order_delivery"
    op.create_table(
        table,
        _tenant(),
        _vendor(),
        _id("id"),
        _id("purchase_id", null=True),
        _id("answer_id", null=True),
        _whole("version"),
        _text("content_sha256"),
        _whole("control"),
        _text("channel"),
        _text("format"),
        _text("state"),
        _text("address"),
        _whole("attempts"),
        _instant("due_at", null=True),
        _text("error"),
        _text("reference"),
        sa.Column("deliver_on", sa.Date(), nullable=True),
        _instant("cutoff_at", null=True),
        _instant("alarm_at", null=True),
        _instant("alarmed_at", null=True),
        _instant("opened_at", null=True),
        _instant("acknowledged_at", null=True),
        _instant("made_at", default=True),
        _instant("changed_at", default=True),
        _check(table, "(purchase_id is null) = (version = 0)", "test_has_no_version"),
        _to(table, "purchase_id", "purchase"),
        _key(table),
        _unique(table, "vendor_id", "control"),
    )
    order = sa.text("answer_id is null and purchase_id is not null")
    columns = ["tenant_id", "purchase_id", "version", "vendor_id", "channel"]
    op.create_index("uq_order_delivery_order", table, columns, unique=True, postgresql_where=order)
    reply = sa.text("answer_id is not null")
    op.create_index("uq_order_delivery_reply", table, ["tenant_id", "answer_id"], unique=True, postgresql_where=reply)
    op.create_index("ix_order_delivery_vendor", table, ["vendor_id", "id"])
    due = sa.text("due_at is not null")
    op.create_index("ix_order_delivery_due", table, ["tenant_id", "due_at"], postgresql_where=due)
    alarm = sa.text("alarmed_at is null and acknowledged_at is null and alarm_at is not null")
    op.create_index("ix_order_delivery_alarm", table, ["tenant_id", "alarm_at"], postgresql_where=alarm)
    table = "order_step"
    op.create_table(
        table,
        _tenant(),
        _vendor(),
        _id("id"),
        _id("delivery_id"),
        _text("state"),
        _instant("at", default=True),
        _text("evidence"),
        _text("error"),
        _to(table, "delivery_id", "order_delivery"),
        _key(table),
    )
    op.create_index("ix_order_step_delivery", table, ["tenant_id", "delivery_id", "id"])
    op.create_index("ix_order_step_vendor", table, ["vendor_id", "id"])


def _links() -> None:
    table = "order_link"
    op.create_table(
        table,
        _tenant(),
        _id("id"),
        _id("delivery_id"),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        _instant("made_at", default=True),
        _instant("expires_at"),
        _instant("revoked_at", null=True),
        _instant("opened_at", null=True),
        _to(table, "delivery_id", "order_delivery"),
        _key(table),
    )
    op.create_index("ix_order_link_delivery", table, ["tenant_id", "delivery_id"])
    table = "vendor_invoice_file"
    op.create_table(
        table,
        _tenant(),
        _vendor(),
        _id("id"),
        _id("purchase_id"),
        _id("delivery_id"),
        _id("file_id"),
        _text("name"),
        _text("kind"),
        _text("sha256"),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        _instant("at", default=True),
        _to(table, "purchase_id", "purchase"),
        _to(table, "delivery_id", "order_delivery"),
        _key(table),
        _unique(table, "purchase_id", "vendor_id", "sha256"),
    )
    op.create_index("ix_vendor_invoice_file_vendor", table, ["vendor_id", "id"])


def _answers() -> None:
    table = "order_answer"
    op.create_table(
        table,
        _tenant(),
        _vendor(),
        _id("id"),
        _id("purchase_id"),
        _id("delivery_id"),
        _whole("number"),
        _text("source"),
        _text("content_sha256"),
        _text("note"),
        _instant("at", default=True),
        _to(table, "purchase_id", "purchase"),
        _to(table, "delivery_id", "order_delivery"),
        _key(table),
        _unique(table, "delivery_id", "number"),
    )
    op.create_index("ix_order_answer_vendor", table, ["vendor_id", "id"])
    table = "order_answer_line"
    op.create_table(
        table,
        _tenant(),
        _vendor(),
        _id("answer_id"),
        _id("purchase_order_id"),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        _text("code"),
        _whole("cases"),
        sa.Column("price_cents", sa.BigInteger(), nullable=False),
        sa.Column("promised_on", sa.Date(), nullable=True),
        _text("substitute_sku"),
        _text("substitute_name"),
        _check(table, "cases >= 0 and price_cents >= 0", "not_negative"),
        _to(table, "answer_id", "order_answer"),
        _to(table, "purchase_order_id", "purchase_order"),
        _key(table, "answer_id", "purchase_order_id", "line"),
    )
    op.create_index("ix_order_answer_line_vendor", table, ["vendor_id", "answer_id"])


def _proposals() -> None:
    table = "order_proposal"
    op.create_table(
        table,
        _tenant(),
        _id("id"),
        _id("purchase_id"),
        _vendor(),
        _id("answer_id"),
        _id("purchase_order_id"),
        _whole("line"),
        _id("item_id"),
        _id("pool_id"),
        _text("code"),
        sa.Column("changes", postgresql.JSONB(), nullable=False),
        sa.Column("consequences", postgresql.JSONB(), nullable=False),
        _text("state"),
        _id("decided_by", null=True),
        _instant("decided_at", null=True),
        _whole("into_version", null=True),
        _instant("made_at", default=True),
        _to(table, "purchase_id", "purchase"),
        _to(table, "answer_id", "order_answer"),
        _to(table, "purchase_order_id", "purchase_order"),
        _to(table, "item_id", "purchase_item"),
        _to(table, "decided_by", "person"),
        _key(table),
        _unique(table, "answer_id", "purchase_order_id", "line"),
    )
    op.create_index("ix_order_proposal_purchase", table, ["tenant_id", "purchase_id", "state"])
