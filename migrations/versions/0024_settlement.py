"""settlement: a ledger that balances, vendors' invoices, programs' invoices, payments

Revision ID: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.balancing import balanced, unbalanced
from tenants.isolation import protect

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_TABLES = (
    "ledger_entry",
    "ledger_line",
    "match_tolerance",
    "vendor_invoice",
    "vendor_invoice_line",
    "settlement",
    "program_invoice",
    "invoice_file",
    "invoice_counter",
    "ach_origin",
    "ach_file",
    "bank_account",
    "card_provider",
    "payment",
    "write_off",
)


def upgrade() -> None:
    _ledger()
    _vendors()
    _programs()
    _payments()
    for table in _TABLES:
        for statement in protect(table, "tenant"):
            op.execute(statement)
    for statement in balanced("ledger_entry", "ledger_line"):
        op.execute(statement)


def _ledger() -> None:
    _table(
        "ledger_entry",
        ["id"],
        _id("id"),
        _text("cause"),
        _id("cause_id"),
        _clock("at"),
        _id("purchase_id", nullable=True),
        _id("person_id", nullable=True),
        _json("facts"),
        _small("line_count"),
        _to("ledger_entry", "purchase"),
        _to("ledger_entry", "person"),
        _unique("ledger_entry", "cause", "cause_id"),
        _check(
            "ledger_entry",
            "cause_known",
            "cause in ('vendor_invoice', 'program_invoice', 'settlement', 'payment', 'payment_reversed', 'credit_used',"
            " 'write_off')",
        ),
        _check("ledger_entry", "two_lines_at_least", "line_count >= 2"),
    )
    op.create_index("ix_ledger_entry_at", "ledger_entry", ["tenant_id", "at", "id"])
    op.create_index("ix_ledger_entry_purchase", "ledger_entry", ["tenant_id", "purchase_id", "id"])
    _table(
        "ledger_line",
        ["entry_id", "line"],
        _id("entry_id"),
        _small("line"),
        _text("account"),
        _id("program_id", nullable=True),
        _big("vendor_id", nullable=True),
        _big("debit_cents"),
        _big("credit_cents"),
        _to("ledger_line", "ledger_entry", ["entry_id"]),
        _to("ledger_line", "program"),
        _to_vendor("ledger_line"),
        _check(
            "ledger_line",
            "account_known",
            "account in ('bank', 'receivable', 'goods', 'freight', 'handling', 'payable', 'sales_tax', 'credits', 'owner',"
            " 'write_offs')",
        ),
        _check("ledger_line", "of_a_program", "(program_id is not null) = (account in ('credits', 'receivable'))"),
        _check(
            "ledger_line",
            "one_side",
            "least(debit_cents, credit_cents) = 0 and greatest(debit_cents, credit_cents) > 0",
        ),
        _check("ledger_line", "of_a_vendor", "(vendor_id is not null) = (account in ('payable'))"),
    )
    op.create_index("ix_ledger_line_account", "ledger_line", ["tenant_id", "account", "entry_id"])
    op.create_index("ix_ledger_line_program", "ledger_line", ["tenant_id", "program_id", "account", "entry_id"])
    op.create_index("ix_ledger_line_vendor", "ledger_line", ["tenant_id", "vendor_id", "entry_id"])


def _vendors() -> None:
    _table(
        "match_tolerance",
        ["contract_id"],
        _id("contract_id"),
        _int("millionths"),
        _big("cents"),
        _int("version"),
        _to("match_tolerance", "contract"),
        _check("match_tolerance", "tolerance_known", "millionths between 0 and 250000 and cents between 0 and 1000000"),
    )
    _table(
        "vendor_invoice",
        ["id"],
        _id("id"),
        _id("purchase_id"),
        _big("vendor_id"),
        _bool("is_credit"),
        _text("number"),
        _text("number_key"),
        _day("invoiced_on"),
        _big("freight_cents"),
        _big("tax_cents"),
        _big("total_cents"),
        _text("state"),
        _json("differences"),
        _text("reason"),
        _id("person_id", nullable=True),
        _clock("recorded_at"),
        _int("version"),
        _to_vendor("vendor_invoice"),
        _to("vendor_invoice", "person"),
        _to("vendor_invoice", "purchase"),
        _unique("vendor_invoice", "vendor_id", "number_key"),
        _check("vendor_invoice", "not_negative", "freight_cents >= 0 and tax_cents >= 0 and total_cents >= 0"),
        _check(
            "vendor_invoice", "state_known", "state in ('matched', 'to_decide', 'accepted', 'disputed', 'withdrawn')"
        ),
    )
    op.create_index("ix_vendor_invoice_purchase", "vendor_invoice", ["tenant_id", "purchase_id", "id"])
    _table(
        "vendor_invoice_line",
        ["invoice_id", "place"],
        _id("invoice_id"),
        _int("place"),
        _id("purchase_order_id", nullable=True),
        _int("line", nullable=True),
        _text("sku"),
        _text("name"),
        _big("eaches"),
        _big("price_cents", nullable=True),
        _big("amount_cents"),
        _to("vendor_invoice_line", "purchase_order_line", ["purchase_order_id", "line"], ["purchase_order_id", "line"]),
        _to("vendor_invoice_line", "vendor_invoice", ["invoice_id"]),
        _check("vendor_invoice_line", "not_negative", "eaches >= 0 and amount_cents >= 0"),
        _check("vendor_invoice_line", "line_of_an_order", "(purchase_order_id is null) = (line is null)"),
    )
    op.create_index("ix_vendor_invoice_line_order", "vendor_invoice_line", ["tenant_id", "purchase_order_id", "line"])


def _programs() -> None:
    _table(
        "settlement",
        ["id"],
        _id("id"),
        _id("purchase_id"),
        _id("job_id"),
        _int("due_days"),
        _json("sums"),
        _clock("asked_at"),
        _at("settled_at", nullable=True),
        _to("settlement", "purchase"),
        _unique("settlement", "purchase_id"),
    )
    _table(
        "program_invoice",
        ["id"],
        _id("id"),
        _id("purchase_id"),
        _id("program_id"),
        _text("number"),
        _int("arrival_version"),
        _big("goods_cents"),
        _big("freight_cents"),
        _big("handling_cents"),
        _big("taxable_cents"),
        _big("tax_cents"),
        _text("certificate"),
        _big("exchange_cents"),
        _big("total_cents"),
        _clock("issued_at"),
        _day("due_on"),
        _to("program_invoice", "program"),
        _to("program_invoice", "purchase"),
        _unique("program_invoice", "purchase_id", "program_id"),
        _unique("program_invoice", "number"),
        _check(
            "program_invoice",
            "adds_up",
            "total_cents = goods_cents + freight_cents + handling_cents + tax_cents + exchange_cents",
        ),
    )
    op.create_index("ix_program_invoice_program", "program_invoice", ["tenant_id", "program_id", "id"])
    _table(
        "invoice_file",
        ["id"],
        _id("id"),
        _id("invoice_id"),
        _text("language"),
        _id("file_id", nullable=True),
        _clock("asked_at"),
        _to("invoice_file", "program_invoice", ["invoice_id"]),
        _unique("invoice_file", "invoice_id", "language"),
    )
    _table("invoice_counter", ["year"], _int("year"), _int("last"))


def _payments() -> None:
    _table(
        "ach_origin",
        [],
        _text("bank_name"),
        _text("bank_routing"),
        _text("company_id"),
        _text("company_name"),
        _int("version"),
    )
    _table(
        "ach_file",
        ["id"],
        _id("id"),
        _id("file_id"),
        _day("effective_on"),
        _int("entries"),
        _big("debit_cents"),
        _big("credit_cents"),
        _id("person_id", nullable=True),
        _clock("made_at"),
        _to("ach_file", "person"),
    )
    _table(
        "bank_account",
        ["id"],
        _id("id"),
        _id("program_id", nullable=True),
        _id("contract_id", nullable=True),
        _text("holder"),
        _bool("is_savings"),
        _bool("is_business"),
        _text("sealed_numbers"),
        _text("last_four"),
        _day("authorized_on"),
        _int("version"),
        _to("bank_account", "contract"),
        _to("bank_account", "program"),
        _unique("bank_account", "program_id"),
        _unique("bank_account", "contract_id"),
        _check("bank_account", "one_party", "(program_id is null) <> (contract_id is null)"),
    )
    _table("card_provider", [], _bool("is_on"), _text("sealed_secret"), _int("version"))
    _table(
        "payment",
        ["id"],
        _id("id"),
        _text("count_key"),
        _text("fingerprint"),
        _text("direction"),
        _text("method"),
        _id("program_id", nullable=True),
        _big("vendor_id", nullable=True),
        _id("purchase_id", nullable=True),
        _big("amount_cents"),
        _day("paid_on"),
        _text("reference"),
        _text("state"),
        _id("ach_file_id", nullable=True),
        _text("card_page"),
        _text("reason"),
        _id("person_id", nullable=True),
        _clock("made_at"),
        _int("version"),
        _to("payment", "ach_file"),
        _to("payment", "program"),
        _to_vendor("payment"),
        _to("payment", "person"),
        _to("payment", "purchase"),
        _unique("payment", "count_key"),
        _check("payment", "nothing_from_vendors", "vendor_id is null or direction = 'out'"),
        _check("payment", "direction_known", "direction in ('in', 'out')"),
        _check("payment", "one_party", "(program_id is null) <> (vendor_id is null)"),
        _check("payment", "method_known", "method in ('check', 'ach', 'card')"),
        _check("payment", "amount_positive", "amount_cents > 0"),
        _check("payment", "state_known", "state in ('waiting', 'open', 'done', 'failed', 'unknown', 'reversed')"),
    )
    op.create_index("ix_payment_program", "payment", ["tenant_id", "program_id", "id"])
    op.create_index("ix_payment_state", "payment", ["tenant_id", "state", "method", "id"])
    op.create_index("ix_payment_purchase", "payment", ["tenant_id", "purchase_id", "id"])
    _table(
        "write_off",
        ["id"],
        _id("id"),
        _id("program_id"),
        _big("amount_cents"),
        _text("reason"),
        _text("state"),
        _id("asked_by"),
        _id("decided_by", nullable=True),
        _clock("asked_at"),
        _at("decided_at", nullable=True),
        _to("write_off", "program"),
        _to("write_off", "person", ["decided_by"]),
        _to("write_off", "person", ["asked_by"]),
        _check("write_off", "state_known", "state in ('asked', 'approved', 'refused')"),
        _check("write_off", "amount_positive", "amount_cents > 0"),
        _check("write_off", "decided_by_someone", "(state = 'asked') = (decided_by is null)"),
        _check("write_off", "two_people", "decided_by <> asked_by"),
    )
    op.create_index("ix_write_off_program", "write_off", ["tenant_id", "program_id", "id"])


def _table(name: str, key: list[str], *parts: sa.schema.SchemaItem) -> None:
    own = sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False)
    op.create_table(name, own, *parts, sa.PrimaryKeyConstraint("tenant_id", *key, name=op.f(f"pk_{name}")))


def _id(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def _small(name: str) -> sa.Column:
    return sa.Column(name, sa.SmallInteger(), nullable=False, autoincrement=False)


def _int(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=nullable, autoincrement=False)


def _big(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _text(name: str) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=False)


def _bool(name: str) -> sa.Column:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _day(name: str) -> sa.Column:
    return sa.Column(name, sa.Date(), nullable=False)


def _json(name: str) -> sa.Column:
    return sa.Column(name, postgresql.JSONB(), nullable=False)


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


def _to_vendor(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["vendor_id"], ["vendor.id"], name=op.f(f"fk_{table}_vendor_id"))


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    name = op.f(f"uq_{table}_{'_'.join(('tenant_id', *columns))}")
    return sa.UniqueConstraint("tenant_id", *columns, name=name)


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def downgrade() -> None:
    for statement in unbalanced("ledger_entry", "ledger_line"):
        op.execute(statement)
    for table in reversed(_TABLES):
        op.drop_table(table)
