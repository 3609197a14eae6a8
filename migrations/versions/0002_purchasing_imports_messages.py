"""purchasing, imports, messages

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.isolation import protect

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "purchase",
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("program_types", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("counties", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("shortage_policy", sa.Text(), nullable=False),
        sa.Column("freight_cents", sa.BigInteger(), nullable=False),
        sa.Column("freight_rule", sa.Text(), nullable=False),
        sa.Column("handling_cents", sa.BigInteger(), nullable=False),
        sa.Column("handling_rule", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("close_version", sa.Integer(), nullable=False),
        sa.Column("cutoff_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("closes_at > opens_at", name=op.f("ck_purchase_closes_after_it_opens")),
        sa.CheckConstraint("freight_cents >= 0 and handling_cents >= 0", name=op.f("ck_purchase_charges_not_negative")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_purchase")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_purchase_tenant_id_number")),
    )
    op.create_index("ix_purchase_due", "purchase", ["tenant_id", "state", "closes_at"], unique=False)
    op.create_table(
        "remembered_map",
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("column_map", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "purpose", name=op.f("pk_remembered_map")),
    )
    op.create_table(
        "delivery_point",
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("hours", sa.Text(), nullable=False),
        sa.CheckConstraint("kind in ('site', 'door')", name=op.f("ck_delivery_point_kind_known")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "purchase_id"],
            ["purchase.tenant_id", "purchase.id"],
            name=op.f("fk_delivery_point_tenant_id_purchase_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_delivery_point")),
        sa.UniqueConstraint(
            "tenant_id", "purchase_id", "name", name=op.f("uq_delivery_point_tenant_id_purchase_id_name")
        ),
    )
    op.create_table(
        "dry_run",
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("sums", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "purchase_id"],
            ["purchase.tenant_id", "purchase.id"],
            name=op.f("fk_dry_run_tenant_id_purchase_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_dry_run")),
    )
    op.create_index("ix_dry_run_purchase", "dry_run", ["tenant_id", "purchase_id", "id"], unique=False)
    op.create_table(
        "message",
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"], ["person.tenant_id", "person.id"], name=op.f("fk_message_tenant_id_person_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_message")),
        sa.UniqueConstraint(
            "tenant_id",
            "person_id",
            "kind",
            "subject_id",
            "occasion",
            name=op.f("uq_message_tenant_id_person_id_kind_subject_id_occasion"),
        ),
    )
    op.create_index("ix_message_newest", "message", ["tenant_id", "person_id", "id"], unique=False)
    op.create_table(
        "purchase_close",
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("cutoff_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rule_version", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("sums", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "computed_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "purchase_id"],
            ["purchase.tenant_id", "purchase.id"],
            name=op.f("fk_purchase_close_tenant_id_purchase_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "purchase_id", "version", name=op.f("pk_purchase_close")),
    )
    op.create_table(
        "purchase_order",
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("deliver_to", sa.Text(), nullable=False),
        sa.Column("total_cents", sa.BigInteger(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "purchase_id"],
            ["purchase.tenant_id", "purchase.id"],
            name=op.f("fk_purchase_order_tenant_id_purchase_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_purchase_order")),
        sa.UniqueConstraint("tenant_id", "number", "version", name=op.f("uq_purchase_order_tenant_id_number_version")),
        sa.UniqueConstraint(
            "tenant_id",
            "purchase_id",
            "version",
            "vendor_id",
            "pool_id",
            name=op.f("uq_purchase_order_tenant_id_purchase_id_version_vendor_id_pool_id"),
        ),
    )
    op.create_index("ix_purchase_order_vendor", "purchase_order", ["vendor_id", "id"], unique=False)
    op.create_table(
        "share",
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("extra", sa.Integer(), nullable=False),
        sa.Column("boost", sa.Integer(), nullable=False),
        sa.Column("got", sa.Integer(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("baseline_cents", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "purchase_id", "version", "item_id", "program_id", name=op.f("pk_share")),
    )
    op.create_index("ix_share_program", "share", ["tenant_id", "program_id", "purchase_id", "version"], unique=False)
    op.create_table(
        "contract",
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("minimum_cents", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("minimum_cents >= 0", name=op.f("ck_contract_minimum_not_negative")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendor.id"], name=op.f("fk_contract_vendor_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_contract")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_contract_tenant_id_number")),
    )
    op.create_table(
        "delivery",
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "message_id"],
            ["message.tenant_id", "message.id"],
            name=op.f("fk_delivery_tenant_id_message_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "message_id", "channel", name=op.f("pk_delivery")),
    )
    op.create_index(
        "ix_delivery_open",
        "delivery",
        ["tenant_id", "state", "message_id"],
        unique=False,
        postgresql_where=sa.text("state <> 'sent'"),
    )
    op.create_table(
        "member_bill",
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("goods_cents", sa.BigInteger(), nullable=False),
        sa.Column("freight_cents", sa.BigInteger(), nullable=False),
        sa.Column("handling_cents", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "program_id"],
            ["program.tenant_id", "program.id"],
            name=op.f("fk_member_bill_tenant_id_program_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "purchase_id"],
            ["purchase.tenant_id", "purchase.id"],
            name=op.f("fk_member_bill_tenant_id_purchase_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "purchase_id", "version", "program_id", name=op.f("pk_member_bill")),
    )
    op.create_index("ix_member_bill_program", "member_bill", ["tenant_id", "program_id", "purchase_id"], unique=False)
    op.create_table(
        "program_order",
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("delivery_point_id", sa.Uuid(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "delivery_point_id"],
            ["delivery_point.tenant_id", "delivery_point.id"],
            name=op.f("fk_program_order_tenant_id_delivery_point_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "program_id"],
            ["program.tenant_id", "program.id"],
            name=op.f("fk_program_order_tenant_id_program_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "purchase_id"],
            ["purchase.tenant_id", "purchase.id"],
            name=op.f("fk_program_order_tenant_id_purchase_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "purchase_id", "program_id", name=op.f("pk_program_order")),
    )
    op.create_index(
        "ix_program_order_program", "program_order", ["tenant_id", "program_id", "purchase_id"], unique=False
    )
    op.create_table(
        "saving",
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("baseline_kind", sa.Text(), nullable=False),
        sa.Column("baseline_cents", sa.BigInteger(), nullable=False),
        sa.Column("paid_cents", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "program_id"],
            ["program.tenant_id", "program.id"],
            name=op.f("fk_saving_tenant_id_program_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "purchase_id"],
            ["purchase.tenant_id", "purchase.id"],
            name=op.f("fk_saving_tenant_id_purchase_id"),
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "purchase_id", "version", "program_id", "baseline_kind", name=op.f("pk_saving")
        ),
    )
    op.create_table(
        "catalog_item",
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("gtin", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("case_size", sa.Integer(), nullable=False),
        sa.Column("pack_text", sa.Text(), nullable=False),
        sa.Column("min_cases", sa.Integer(), nullable=False),
        sa.Column("list_cents", sa.BigInteger(), nullable=True),
        sa.Column("ladder", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("storage", sa.Text(), nullable=False),
        sa.Column("taxable", sa.Boolean(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("case_size > 0", name=op.f("ck_catalog_item_case_size_positive")),
        sa.CheckConstraint("min_cases >= 0", name=op.f("ck_catalog_item_min_cases_not_negative")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contract_id"],
            ["contract.tenant_id", "contract.id"],
            name=op.f("fk_catalog_item_tenant_id_contract_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_catalog_item")),
        sa.UniqueConstraint("tenant_id", "contract_id", "sku", name=op.f("uq_catalog_item_tenant_id_contract_id_sku")),
    )
    op.create_index("ix_catalog_item_name", "catalog_item", ["tenant_id", "name", "id"], unique=False)
    op.create_index(
        "ix_catalog_item_search",
        "catalog_item",
        ["tenant_id", "search"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"search": "gin_trgm_ops"},
    )
    op.create_table(
        "file_import",
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("column_map", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contract_id"],
            ["contract.tenant_id", "contract.id"],
            name=op.f("fk_file_import_tenant_id_contract_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_file_import")),
    )
    op.create_table(
        "import_row",
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("row", sa.Integer(), nullable=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "import_id"],
            ["file_import.tenant_id", "file_import.id"],
            name=op.f("fk_import_row_tenant_id_import_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "import_id", "place", name=op.f("pk_import_row")),
    )
    op.create_index("ix_import_row_verdict", "import_row", ["tenant_id", "import_id", "verdict", "place"], unique=False)
    op.create_table(
        "purchase_item",
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("catalog_item_id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("gtin", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("pack_text", sa.Text(), nullable=False),
        sa.Column("case_size", sa.Integer(), nullable=False),
        sa.Column("min_cases", sa.Integer(), nullable=False),
        sa.Column("ladder", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("baseline_kind", sa.Text(), nullable=False),
        sa.Column("baseline_cents", sa.BigInteger(), nullable=False),
        sa.Column("eaches_per_place", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "catalog_item_id"],
            ["catalog_item.tenant_id", "catalog_item.id"],
            name=op.f("fk_purchase_item_tenant_id_catalog_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contract_id"],
            ["contract.tenant_id", "contract.id"],
            name=op.f("fk_purchase_item_tenant_id_contract_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "purchase_id"],
            ["purchase.tenant_id", "purchase.id"],
            name=op.f("fk_purchase_item_tenant_id_purchase_id"),
        ),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendor.id"], name=op.f("fk_purchase_item_vendor_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_purchase_item")),
        sa.UniqueConstraint(
            "tenant_id",
            "purchase_id",
            "catalog_item_id",
            name=op.f("uq_purchase_item_tenant_id_purchase_id_catalog_item_id"),
        ),
        sa.UniqueConstraint(
            "tenant_id",
            "purchase_id",
            "contract_id",
            "sku",
            name=op.f("uq_purchase_item_tenant_id_purchase_id_contract_id_sku"),
        ),
    )
    op.create_table(
        "draft_line",
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("extra", sa.Integer(), nullable=False),
        sa.Column("boost", sa.Integer(), nullable=False),
        sa.CheckConstraint("wanted >= 0 and extra >= 0 and boost >= 0", name=op.f("ck_draft_line_not_negative")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "item_id"],
            ["purchase_item.tenant_id", "purchase_item.id"],
            name=op.f("fk_draft_line_tenant_id_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "purchase_id", "program_id"],
            ["program_order.tenant_id", "program_order.purchase_id", "program_order.program_id"],
            name=op.f("fk_draft_line_tenant_id_purchase_id_program_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "purchase_id", "program_id", "item_id", name=op.f("pk_draft_line")),
    )
    op.create_table(
        "line_result",
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("wanted", sa.BigInteger(), nullable=False),
        sa.Column("extra", sa.BigInteger(), nullable=False),
        sa.Column("boost", sa.BigInteger(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("price_cents", sa.BigInteger(), nullable=True),
        sa.Column("bill_cents", sa.BigInteger(), nullable=False),
        sa.Column("boosted", sa.Boolean(), nullable=False),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.Column("dropped", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "item_id"],
            ["purchase_item.tenant_id", "purchase_item.id"],
            name=op.f("fk_line_result_tenant_id_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "purchase_id"],
            ["purchase.tenant_id", "purchase.id"],
            name=op.f("fk_line_result_tenant_id_purchase_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "purchase_id", "version", "item_id", name=op.f("pk_line_result")),
    )
    op.create_table(
        "pool_cases",
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "item_id"],
            ["purchase_item.tenant_id", "purchase_item.id"],
            name=op.f("fk_pool_cases_tenant_id_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "purchase_id"],
            ["purchase.tenant_id", "purchase.id"],
            name=op.f("fk_pool_cases_tenant_id_purchase_id"),
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "purchase_id", "version", "item_id", "pool_id", name=op.f("pk_pool_cases")
        ),
    )
    op.create_table(
        "purchase_order_line",
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("vendor_id", sa.BigInteger(), nullable=False),
        sa.Column("purchase_order_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("case_size", sa.Integer(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("price_cents", sa.BigInteger(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "item_id"],
            ["purchase_item.tenant_id", "purchase_item.id"],
            name=op.f("fk_purchase_order_line_tenant_id_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "purchase_order_id"],
            ["purchase_order.tenant_id", "purchase_order.id"],
            name=op.f("fk_purchase_order_line_tenant_id_purchase_order_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "purchase_order_id", "line", name=op.f("pk_purchase_order_line")),
    )
    op.create_table(
        "wish",
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("entry", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("extra", sa.Integer(), nullable=False),
        sa.Column("boost", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("wanted >= 0 and extra >= 0 and boost >= 0", name=op.f("ck_wish_not_negative")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "item_id"],
            ["purchase_item.tenant_id", "purchase_item.id"],
            name=op.f("fk_wish_tenant_id_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "purchase_id", "program_id"],
            ["program_order.tenant_id", "program_order.purchase_id", "program_order.program_id"],
            name=op.f("fk_wish_tenant_id_purchase_id_program_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "purchase_id", "item_id", "program_id", "entry", name=op.f("pk_wish")),
    )
    op.create_index("ix_wish_program", "wish", ["tenant_id", "purchase_id", "program_id"], unique=False)

    for statement in [
        *protect("purchase", "tenant"),
        *protect("remembered_map", "tenant"),
        *protect("delivery_point", "tenant"),
        *protect("dry_run", "tenant"),
        *protect("message", "tenant"),
        *protect("purchase_close", "tenant"),
        *protect("purchase_order", "bridge"),
        *protect("share", "tenant"),
        *protect("contract", "tenant"),
        *protect("delivery", "tenant"),
        *protect("member_bill", "tenant"),
        *protect("program_order", "tenant"),
        *protect("saving", "tenant"),
        *protect("catalog_item", "tenant", searched=True),
        *protect("file_import", "tenant"),
        *protect("import_row", "tenant"),
        *protect("purchase_item", "tenant"),
        *protect("draft_line", "tenant"),
        *protect("line_result", "tenant"),
        *protect("pool_cases", "tenant"),
        *protect("purchase_order_line", "bridge"),
        *protect("wish", "tenant"),
    ]:
        op.execute(statement)

    op.execute(
        """
        create function app.search_catalog_items(words text, at_most integer) returns setof uuid
        language plpgsql stable parallel restricted security definer set search_path = pg_catalog, public, pg_temp as $$
        declare
            own smallint := app.tenant_id();
            word text;
            condition text := '';
        begin
            foreach word in array regexp_split_to_array(lower(trim(words)), '\\s+') loop
                condition := condition || format(' and i.search like %L',
                    '%' || replace(replace(replace(word, '\\', '\\\\'), '%', '\\%'), '_', '\\_') || '%');
            end loop;
            return query execute format(
                'select i.id from public.catalog_item i where i.tenant_id = %s and i.gone_at is null %s'
                ' order by i.name, i.id limit %s', own, condition, least(at_most, 1000));
        end $$
        """
    )
    op.execute("alter function app.search_catalog_items(text, integer) owner to carepool_search")
    op.execute("revoke execute on function app.search_catalog_items(text, integer) from public")
    op.execute("grant execute on function app.search_catalog_items(text, integer) to carepool_app")
