"""a book for each owner of purchases: whose each entry, payment, write-off, statement and file for the bank is

Revision ID: 0032
Revises: 0031
"""

import sqlalchemy as sa
from alembic import op

from tenants.balancing import in_no_books, in_their_books
from tenants.migrating import in_each_tenant, outside_states

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_TABLES = ("ledger_entry", "payment", "write_off", "statement_file", "ach_file", "ach_origin")
_INDEX = "ix_ledger_entry_alliance"
_ORIGINS = "uq_ach_origin_tenant_id_alliance_id"


_INTO_BOOKS = (
    # a file for the bank is of one book: of an alliance's where all that is in it is for purchases of that alliance
    """update ach_file set alliance_id = found.owners[1] from (
        select payment.ach_file_id, array_agg(distinct owned.alliance_id) as owners
        from payment left join purchase owned on owned.tenant_id = payment.tenant_id and owned.id = payment.purchase_id
        where payment.ach_file_id is not null group by payment.ach_file_id
    ) found where found.ach_file_id = ach_file.id and cardinality(found.owners) = 1 and found.owners[1] is not null""",
    """update payment set alliance_id = owned.alliance_id from purchase owned
    where owned.tenant_id = payment.tenant_id and owned.id = payment.purchase_id and payment.alliance_id is null
        and owned.alliance_id is not null and not exists (
            select from ach_file held where held.tenant_id = payment.tenant_id and held.id = payment.ach_file_id
                and held.alliance_id is distinct from owned.alliance_id
        )""",
    """update ledger_entry set alliance_id = owned.alliance_id from purchase owned
    where owned.tenant_id = ledger_entry.tenant_id and owned.id = ledger_entry.purchase_id
        and ledger_entry.alliance_id is null and owned.alliance_id is not null""",
)


def upgrade() -> None:
    # rows of before have no alliance: they are in the state's book, but for what is about purchases of alliances.
    # All of it may run again, as its first half is there for good before the second begins.
    for table in _TABLES:
        op.execute(f"alter table {table} add column if not exists alliance_id uuid")
        op.execute(f"alter table {table} drop constraint if exists {_to_alliance(table)}")
        op.create_foreign_key(
            op.f(_to_alliance(table)),
            table,
            "alliance",
            ["tenant_id", "alliance_id"],
            ["tenant_id", "id"],
            postgresql_not_valid=True,
        )
    _origins()
    for statement in _INTO_BOOKS:
        in_each_tenant(statement)
    for statement in in_their_books("ledger_entry", "payment", "ach_file", "purchase", "alliance_id"):
        op.execute(statement)
    # beside readers and writers
    with op.get_context().autocommit_block():
        op.execute(f"drop index concurrently if exists {_INDEX}")
        op.create_index(
            _INDEX,
            "ledger_entry",
            ["tenant_id", "alliance_id", "id"],
            postgresql_where=sa.text("alliance_id is not null"),
            postgresql_concurrently=True,
        )
    # row security binds who looks at them, and no state has a row to look at
    for table in _TABLES:
        outside_states(f"alter table {table} validate constraint {_to_alliance(table)}")


def _to_alliance(table: str) -> str:
    return f"fk_{table}_tenant_id_alliance_id"


def _origins() -> None:
    """Give the table of banks, a row a state till now, a key of its own and a row a book."""
    op.execute("alter table ach_origin add column if not exists id uuid not null default gen_random_uuid()")
    op.execute("alter table ach_origin alter column id drop default")
    op.execute("alter table ach_origin drop constraint if exists pk_ach_origin")
    op.create_primary_key(op.f("pk_ach_origin"), "ach_origin", ["tenant_id", "id"])
    op.execute(f"alter table ach_origin drop constraint if exists {_ORIGINS}")
    op.execute(f"alter table ach_origin add constraint {_ORIGINS} unique nulls not distinct (tenant_id, alliance_id)")


def downgrade() -> None:
    for statement in in_no_books("ledger_entry", "payment", "purchase"):
        op.execute(statement)
    # what was booked stays booked, in one book; a state has one bank again
    in_each_tenant("delete from ach_origin where alliance_id is not null")
    op.drop_constraint(op.f(_ORIGINS), "ach_origin", type_="unique")
    op.drop_constraint(op.f("pk_ach_origin"), "ach_origin", type_="primary")
    op.create_primary_key(op.f("pk_ach_origin"), "ach_origin", ["tenant_id"])
    op.drop_column("ach_origin", "id")
    for table in _TABLES:
        op.drop_column(table, "alliance_id")
