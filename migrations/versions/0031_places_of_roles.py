"""one role a person and place, of which an alliance is one; the purchases of an alliance found by it

Revision ID: 0031
Revises: 0030
"""

from alembic import op

from tenants.migrating import in_each_tenant, outside_states

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_PLACE = ["tenant_id", "person_id", "role", "program_id"]
_OLD = "uq_membership_tenant_id_person_id_role_program_id"
_NEW = f"{_OLD}_alliance_id"
_RULES = ("ck_membership_one_place", "ck_membership_hub_staff_in_an_alliance")
_INDEXES = (
    ("ix_membership_alliance", "membership", ["tenant_id", "alliance_id"]),
    ("ix_purchase_alliance", "purchase", ["tenant_id", "alliance_id", "id"]),
)


def upgrade() -> None:
    # beside readers and writers; all of it may run again
    with op.get_context().autocommit_block():
        for name in _RULES:
            op.execute(f"alter table membership validate constraint {name}")
        for name, table, columns in _INDEXES:
            op.execute(f"drop index concurrently if exists {name}")
            op.create_index(name, table, columns, postgresql_concurrently=True)
        op.execute(f"alter table membership drop constraint if exists {_NEW}")
        _unique(_NEW, [*_PLACE, "alliance_id"])
    for table in ("membership", "purchase"):
        outside_states(f"alter table {table} validate constraint fk_{table}_tenant_id_alliance_id")
    op.execute(f"alter table membership add constraint {_NEW} unique using index {_NEW}")
    op.execute(f"alter table membership drop constraint {_OLD}")


def _unique(name: str, columns: list[str]) -> None:
    op.execute(f"drop index concurrently if exists {name}")
    op.execute(f"create unique index concurrently {name} on membership ({', '.join(columns)}) nulls not distinct")


def downgrade() -> None:
    # the old rule knows one role a person without a program
    in_each_tenant("delete from membership where alliance_id is not null")
    with op.get_context().autocommit_block():
        op.execute(f"alter table membership drop constraint if exists {_OLD}")
        _unique(_OLD, _PLACE)
    op.execute(f"alter table membership add constraint {_OLD} unique using index {_OLD}")
    op.execute(f"alter table membership drop constraint {_NEW}")
    for name, table, _columns in _INDEXES:
        op.drop_index(name, table)
