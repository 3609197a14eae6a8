"""changes of orders that are out: edits after the close, questions, choices about substitutes, files of vendors

Revision ID: 0028
Revises: 0027
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.isolation import protect

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_TENANT = ("order_edit", "order_edit_line", "substitute_choice")
_BRIDGE = ("order_question", "vendor_file", "expected_shipment", "expected_line")
_DOORS = ("sealed_door_secret", "sftp_answers_folder", "answers_looked_at", "answers_error")
_ORDER = ["tenant_id", "purchase_id", "version", "vendor_id", "channel"]


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


def upgrade() -> None:
    _edits()
    _questions()
    _substitutes()
    _files()
    for table in _TENANT:
        for statement in protect(table, "tenant"):
            op.execute(statement)
    for table in _BRIDGE:
        for statement in protect(table, "bridge"):
            op.execute(statement)


def _edits() -> None:
    table = "order_edit"
    op.create_table(
        table,
        _tenant(),
        _id("id"),
        _id("purchase_id"),
        _text("key"),
        _whole("based_on"),
        _whole("into_version", null=True),
        _text("state"),
        _text("reason"),
        sa.Column("consequences", postgresql.JSONB(), nullable=False),
        _id("made_by", null=True),
        _instant("made_at", default=True),
        _instant("decided_at", null=True),
        _to(table, "purchase_id", "purchase"),
        _to(table, "made_by", "person"),
        _key(table),
        _unique(table, "purchase_id", "key"),
    )
    under_way = sa.text("state in ('asking', 'agreed')")
    columns = ["tenant_id", "purchase_id"]
    op.create_index("uq_order_edit_under_way", table, columns, unique=True, postgresql_where=under_way)
    op.create_index("ix_order_edit_purchase", table, [*columns, "id"])
    table = "order_edit_line"
    op.create_table(
        table,
        _tenant(),
        _id("edit_id"),
        _id("program_id"),
        _id("item_id"),
        _whole("before"),
        _whole("wanted"),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.CheckConstraint("before >= 0 and wanted >= 0", name=op.f(f"ck_{table}_not_negative")),
        _to(table, "edit_id", "order_edit"),
        _to(table, "program_id", "program"),
        _to(table, "item_id", "purchase_item"),
        _key(table, "edit_id", "program_id", "item_id"),
    )


def _questions() -> None:
    table = "order_question"
    op.create_table(
        table,
        _tenant(),
        _vendor(),
        _id("id"),
        _id("purchase_id"),
        _id("edit_id"),
        _id("delivery_id"),
        sa.Column("lines", postgresql.JSONB(), nullable=False),
        sa.Column("total_cents", postgresql.JSONB(), nullable=False),
        _text("state"),
        _text("source"),
        _text("note"),
        _instant("asked_at", default=True),
        _instant("answered_at", null=True),
        _to(table, "purchase_id", "purchase"),
        _to(table, "edit_id", "order_edit"),
        _to(table, "delivery_id", "order_delivery"),
        _key(table),
        _unique(table, "edit_id", "vendor_id"),
    )
    op.create_index("ix_order_question_delivery", table, ["tenant_id", "delivery_id"])
    op.create_index("ix_order_question_vendor", table, ["vendor_id", "id"])
    messages = "order_delivery"
    op.add_column(messages, sa.Column("question_id", sa.Uuid(), nullable=True))
    op.drop_index("uq_order_delivery_order", messages)
    order = sa.text("answer_id is null and question_id is null and purchase_id is not null")
    op.create_index("uq_order_delivery_order", messages, _ORDER, unique=True, postgresql_where=order)
    asked = sa.text("question_id is not null")
    columns = ["tenant_id", "question_id"]
    op.create_index("uq_order_delivery_question", messages, columns, unique=True, postgresql_where=asked)


def _substitutes() -> None:
    spares = sa.Column("spares_exempt", sa.Boolean(), server_default=sa.false(), nullable=False)
    op.add_column("ordering_terms", spares)
    op.add_column("tax_exemption", sa.Column("file_id", sa.Uuid(), nullable=True))
    accepts = sa.Column("accept_wanted_substitutes", sa.Boolean(), server_default=sa.false(), nullable=False)
    op.add_column("ordering_terms", accepts)
    table = "substitute_choice"
    op.create_table(
        table,
        _tenant(),
        _id("id"),
        _id("program_id"),
        _id("catalog_item_id", null=True),
        _text("choice"),
        _to(table, "program_id", "program"),
        _to(table, "catalog_item_id", "catalog_item"),
        _key(table),
    )
    columns = ["tenant_id", "program_id", "catalog_item_id"]
    op.create_index("uq_substitute_choice_item", table, columns, unique=True, postgresql_nulls_not_distinct=True)


def _files() -> None:
    op.add_column("ordering_terms", sa.Column("sealed_door_secret", sa.Text(), nullable=True))
    folder = sa.Column("sftp_answers_folder", sa.Text(), server_default="", nullable=False)
    op.add_column("ordering_terms", folder)
    op.add_column("ordering_terms", _instant("answers_looked_at", null=True))
    op.add_column("ordering_terms", sa.Column("answers_error", sa.Text(), server_default="", nullable=False))
    table = "vendor_file"
    op.create_table(
        table,
        _tenant(),
        _vendor(),
        _id("id"),
        _id("purchase_id", null=True),
        _id("file_id"),
        _text("name"),
        _text("door"),
        _text("format"),
        _text("state"),
        _text("error"),
        _text("sha256"),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("documents", postgresql.JSONB(), nullable=False),
        _instant("at", default=True),
        _to(table, "purchase_id", "purchase"),
        _key(table),
    )
    taken = sa.text("state = 'taken'")
    columns = ["tenant_id", "vendor_id", "sha256"]
    op.create_index("uq_vendor_file_taken", table, columns, unique=True, postgresql_where=taken)
    op.create_index("ix_vendor_file_purchase", table, ["tenant_id", "purchase_id", "id"])
    op.create_index("ix_vendor_file_vendor", table, ["vendor_id", "id"])
    table = "expected_shipment"
    op.create_table(
        table,
        _tenant(),
        _vendor(),
        _id("id"),
        _id("purchase_id"),
        _id("vendor_file_id"),
        _text("number"),
        _whole("revision"),
        sa.Column("shipped_on", sa.Date(), nullable=True),
        sa.Column("arrives_on", sa.Date(), nullable=True),
        _text("carrier"),
        sa.Column("tracking", postgresql.JSONB(), nullable=False),
        _text("note"),
        _instant("at", default=True),
        _to(table, "purchase_id", "purchase"),
        _to(table, "vendor_file_id", "vendor_file"),
        _key(table),
        _unique(table, "purchase_id", "vendor_id", "number", "revision"),
    )
    op.create_index("ix_expected_shipment_vendor", table, ["vendor_id", "id"])
    table = "expected_line"
    op.create_table(
        table,
        _tenant(),
        _vendor(),
        _id("shipment_id"),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        _id("purchase_order_id"),
        _whole("line"),
        _whole("cases"),
        _text("lot"),
        _text("note"),
        _to(table, "shipment_id", "expected_shipment"),
        _to(table, "purchase_order_id", "purchase_order"),
        _key(table, "shipment_id", "place"),
    )
    op.create_index("ix_expected_line_order", table, ["tenant_id", "purchase_order_id"])
    op.create_index("ix_expected_line_vendor", table, ["vendor_id", "shipment_id"])


def downgrade() -> None:
    op.drop_column("tax_exemption", "file_id")
    op.drop_column("ordering_terms", "spares_exempt")
    op.drop_column("ordering_terms", "accept_wanted_substitutes")
    op.drop_index("uq_order_delivery_question", "order_delivery")
    op.drop_index("uq_order_delivery_order", "order_delivery")
    op.drop_column("order_delivery", "question_id")
    order = sa.text("answer_id is null and purchase_id is not null")
    op.create_index("uq_order_delivery_order", "order_delivery", _ORDER, unique=True, postgresql_where=order)
    for name in _DOORS:
        op.drop_column("ordering_terms", name)
    for table in (*reversed(_BRIDGE), *reversed(_TENANT)):
        op.drop_table(table)
