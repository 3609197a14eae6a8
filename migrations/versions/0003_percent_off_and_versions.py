"""items priced by percent off list; versions of contracts and items

Revision ID: 0003
Revises: 0002
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_RULES = {
    "ck_catalog_item_price_basis_known": "price_basis in ('firm', 'percent_off')",
    "ck_catalog_item_percent_off_a_list_price": "price_basis = 'firm' or list_cents > 0",
}


def upgrade() -> None:
    # a constant default is kept in the catalog, so no row is written; all of it may run again
    op.execute("alter table contract add column if not exists version integer default 1 not null")
    op.execute("alter table catalog_item add column if not exists version integer default 1 not null")
    op.execute("alter table catalog_item add column if not exists price_basis text default 'firm' not null")
    for name, rule in _RULES.items():
        op.execute(f"alter table catalog_item drop constraint if exists {name}")
        op.execute(f"alter table catalog_item add constraint {name} check ({rule}) not valid")
    # rows are looked at after the short lock is gone; readers and writers go on meanwhile
    with op.get_context().autocommit_block():
        for name in _RULES:
            op.execute(f"alter table catalog_item validate constraint {name}")
