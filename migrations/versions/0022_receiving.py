"""counts of what arrived, what they come to, claims to vendors, hand-outs and leftovers

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.isolation import protect

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_TABLES = (
    "purchase_receiving", "tracked_item", "order_receiving", "receipt", "receipt_line", "receipt_photo", "arrival",
    "arrival_supply", "arrival_line", "arrival_share", "arrival_bill", "credit", "vendor_claim", "hand_out",
    "hand_out_line", "leftover", "leftover_taking", "site_document",
)  # fmt: skip
_LINE = ["purchase_order_id", "line"]
_OF_RESULT = ("purchase_id", "version", "item_id")


def upgrade() -> None:
    _counting()
    _sharing()
    _claims()
    _collecting()
    _documents()
    for table in _TABLES:
        for statement in protect(table, "tenant"):
            op.execute(statement)


def _counting() -> None:
    _table(
        "purchase_receiving", ["purchase_id"], _id("purchase_id"), _int("over_percent"), _int("over_cases"),
        sa.Column("offer_from", sa.Date(), nullable=True), _at("orders_sent_at", nullable=True), _int("arrival_version"),
        _int("version"), _to("purchase_receiving", "purchase"),
        _check("purchase_receiving", "over_known", "over_percent between 0 and 100 and over_cases >= 0"),
    )  # fmt: skip
    _table(
        "tracked_item", ["purchase_id", "item_id"], _id("purchase_id"), _id("item_id"), _to("tracked_item", "purchase"),
        _to("tracked_item", "purchase_item", ["item_id"]),
    )  # fmt: skip
    _table(
        "order_receiving", ["purchase_order_id"], _id("purchase_order_id"), _id("purchase_id"), _clock("finished_at"),
        _to("order_receiving", "purchase_order"), _to("order_receiving", "purchase"),
    )  # fmt: skip
    op.create_index("ix_order_receiving_purchase", "order_receiving", ["tenant_id", "purchase_id"])
    _table(
        "receipt", ["id"], _id("id"), _id("purchase_id"), _id("purchase_order_id"), _text("count_key"),
        _text("fingerprint"), _id("person_id", nullable=True), _at("counted_at"), _clock("received_at"), _text("note"),
        _text("cause"), _to("receipt", "purchase"), _to("receipt", "purchase_order"), _to("receipt", "person"),
        _unique("receipt", "count_key"),
    )  # fmt: skip
    op.create_index("ix_receipt_order", "receipt", ["tenant_id", "purchase_order_id", "id"])
    _table(
        "receipt_line", ["receipt_id", "place"], _id("receipt_id"), _int("place"), _id("purchase_order_id"), _int("line"),
        _int("cases"), _int("short"), _int("damaged"), _int("substitute"), _text("substitute_name"),
        _text("substitute_sku"), _bool("substitute_accepted"), _text("lot"),
        sa.Column("expires_on", sa.Date(), nullable=True), _text("note"), _to("receipt_line", "receipt"),
        _to("receipt_line", "purchase_order_line", _LINE, _LINE),
    )  # fmt: skip
    op.create_index("ix_receipt_line_order", "receipt_line", ["tenant_id", *_LINE])
    _table(
        "receipt_photo", ["id"], _id("id"), _id("receipt_id"), _int("line"), _id("file_id"), _text("sha256"),
        _clock("added_at"), _to("receipt_photo", "receipt"), _unique("receipt_photo", "receipt_id", "line", "sha256"),
    )  # fmt: skip


def _sharing() -> None:
    _table(
        "arrival", ["id"], _id("id"), _id("purchase_id"), _int("version"), _int("close_version"),
        _int("before_version", nullable=True), _id("job_id"), _text("policy"), _text("rule_version"),
        _text("sha256", nullable=True), _id("record_id", nullable=True), sa.Column("sums", postgresql.JSONB(), nullable=False),
        _clock("asked_at"), _at("computed_at", nullable=True), _to("arrival", "purchase"),
        _unique("arrival", "purchase_id", "version"),
    )  # fmt: skip
    _table(
        "arrival_supply", [*_OF_RESULT, "pool_id"], *_result(), _id("pool_id"), _big("ordered"), _big("usable"),
        _bool("counted"), _to("arrival_supply", "purchase"), _to("arrival_supply", "purchase_item", ["item_id"]),
    )  # fmt: skip
    _table(
        "arrival_line", list(_OF_RESULT), *_result(), _big("usable"), _big("shared"), _big("unallocated"),
        _big("owed_cents"), _big("members_cents"), _big("owner_cents"), _to("arrival_line", "purchase"),
        _to("arrival_line", "purchase_item", ["item_id"]),
        _check("arrival_line", "all_shared_or_left", "shared + unallocated = usable"),
        _check("arrival_line", "all_paid", "members_cents + owner_cents = owed_cents"),
    )  # fmt: skip
    _table(
        "arrival_share", [*_OF_RESULT, "program_id"], *_result(), _id("program_id"), _int("got"), _big("amount_cents"),
        _text("reason"),
    )  # fmt: skip
    op.create_index("ix_arrival_share_program", "arrival_share", ["tenant_id", "program_id", "purchase_id", "version"])
    _table(
        "arrival_bill", ["purchase_id", "version", "program_id"], _id("purchase_id"), _int("version"), _id("program_id"),
        _big("goods_cents"), _big("freight_cents"), _big("handling_cents"), _to("arrival_bill", "purchase"),
        _to("arrival_bill", "program"),
    )  # fmt: skip
    op.create_index("ix_arrival_bill_program", "arrival_bill", ["tenant_id", "program_id", "purchase_id"])
    _table(
        "credit", ["id"], _id("id"), _id("purchase_id"), _id("program_id"), _text("cause"), _id("cause_id"),
        _big("amount_cents"), _clock("at"), _to("credit", "purchase"), _to("credit", "program"),
        _unique("credit", "cause_id", "program_id"),
        _check("credit", "cause_known", "cause in ('receiving', 'left_over')"),
    )  # fmt: skip
    op.create_index("ix_credit_program", "credit", ["tenant_id", "program_id", "purchase_id"])
    op.create_index("ix_credit_purchase", "credit", ["tenant_id", "purchase_id", "id"])


def _claims() -> None:
    _table(
        "vendor_claim", ["id"], _id("id"), _id("purchase_id"), _id("purchase_order_id"), _int("line"), _text("kind"),
        _int("round"), _big("eaches"), _big("amount_cents"), _text("state"), _big("accepted_cents"), _text("note"),
        _clock("made_at"), _int("version"), _to("vendor_claim", "purchase"),
        _to("vendor_claim", "purchase_order_line", _LINE, _LINE), _unique("vendor_claim", *_LINE, "kind", "round"),
        _check("vendor_claim", "kind_known", "kind in ('short', 'damaged', 'wrong')"),
        _check("vendor_claim", "state_known", "state in ('open', 'sent', 'accepted', 'refused', 'withdrawn')"),
        _check("vendor_claim", "accepted_within", "accepted_cents between 0 and amount_cents"),
    )  # fmt: skip
    op.create_index("ix_vendor_claim_purchase", "vendor_claim", ["tenant_id", "purchase_id", "id"])


def _collecting() -> None:
    _table(
        "hand_out", ["id"], _id("id"), _id("purchase_id"), _id("program_id"), _text("count_key"), _text("fingerprint"),
        _text("taken_by"), _id("person_id", nullable=True), _clock("at"), _to("hand_out", "purchase"),
        _to("hand_out", "program"), _to("hand_out", "person"), _unique("hand_out", "count_key"),
    )  # fmt: skip
    op.create_index("ix_hand_out_program", "hand_out", ["tenant_id", "purchase_id", "program_id"])
    _table(
        "hand_out_line", ["hand_out_id", "item_id"], _id("hand_out_id"), _id("item_id"), _int("eaches"),
        _to("hand_out_line", "hand_out"), _to("hand_out_line", "purchase_item", ["item_id"]),
        _check("hand_out_line", "eaches_positive", "eaches > 0"),
    )  # fmt: skip
    _table(
        "leftover", ["id"], _id("id"), _id("purchase_id"), _id("item_id"), _id("pool_id"),
        _id("program_id", nullable=True), _text("county"), _int("eaches"), _big("cost_cents"), _clock("offered_at"),
        _to("leftover", "purchase"), _to("leftover", "purchase_item", ["item_id"]), _to("leftover", "program"),
        _unique("leftover", "purchase_id", "item_id", "pool_id", "program_id", together=True),
        _check("leftover", "something", "eaches > 0 and cost_cents >= 0"),
    )  # fmt: skip
    op.create_index("ix_leftover_county", "leftover", ["tenant_id", "county", "id"])
    _table(
        "leftover_taking", ["id"], _id("id"), _id("leftover_id"), _id("program_id"), _text("count_key"), _int("eaches"),
        _big("amount_cents"), _clock("at"), _to("leftover_taking", "leftover"), _to("leftover_taking", "program"),
        _unique("leftover_taking", "count_key"), _check("leftover_taking", "eaches_positive", "eaches > 0"),
    )  # fmt: skip
    op.create_index("ix_leftover_taking_leftover", "leftover_taking", ["tenant_id", "leftover_id"])
    op.create_index("ix_leftover_taking_program", "leftover_taking", ["tenant_id", "program_id"])


def _documents() -> None:
    _table(
        "site_document", ["id"], _id("id"), _id("purchase_id"), _int("version"), _text("kind"), _text("language"),
        _id("job_id"), _id("file_id", nullable=True), _clock("asked_at"), _to("site_document", "purchase"),
        _unique("site_document", "purchase_id", "version", "kind", "language"),
        _check("site_document", "kind_known", "kind in ('case_labels', 'program_labels', 'pick_list')"),
    )  # fmt: skip


def _table(name: str, key: list[str], *parts: sa.schema.SchemaItem) -> None:
    own = sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False)
    op.create_table(name, own, *parts, sa.PrimaryKeyConstraint("tenant_id", *key, name=op.f(f"pk_{name}")))


def _result() -> tuple[sa.Column, ...]:
    return _id("purchase_id"), _int("version"), _id("item_id")


def _id(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def _int(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=nullable, autoincrement=False)


def _big(name: str) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _text(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _bool(name: str) -> sa.Column:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _at(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _clock(name: str) -> sa.Column:
    default = sa.func.clock_timestamp()
    return sa.Column(name, sa.DateTime(timezone=True), server_default=default, nullable=False)


def _to(
    table: str, target: str, columns: list[str] | None = None, theirs: list[str] | None = None
) -> sa.ForeignKeyConstraint:
    own = ["tenant_id", *(columns or [f"{target}_id"])]
    name = op.f(f"fk_{table}_{'_'.join(own)}")
    return sa.ForeignKeyConstraint(own, [f"{target}.{one}" for one in ("tenant_id", *(theirs or ["id"]))], name=name)


def _unique(table: str, *columns: str, together: bool = False) -> sa.UniqueConstraint:
    name = op.f(f"uq_{table}_{'_'.join(('tenant_id', *columns))}")
    return sa.UniqueConstraint("tenant_id", *columns, name=name, postgresql_nulls_not_distinct=together or None)


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)
