"""a wish says where it is put down, so that totals need no join

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

from tenants.migrating import in_each_tenant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("wish", sa.Column("pool_id", sa.Uuid(), nullable=True))
    in_each_tenant(
        "update wish set pool_id = case when p.kind = 'door' then wish.program_id else p.id end"
        " from program_order o join delivery_point p on p.tenant_id = o.tenant_id and p.id = o.delivery_point_id"
        " where o.tenant_id = wish.tenant_id and o.purchase_id = wish.purchase_id and o.program_id = wish.program_id"
    )
    # a checked constraint spares the scan that NOT NULL would make under its lock
    op.execute("alter table wish add constraint pool_known check (pool_id is not null) not valid")
    op.execute("alter table wish validate constraint pool_known")
    op.alter_column("wish", "pool_id", nullable=False)
    op.execute("alter table wish drop constraint pool_known")
    op.drop_index("ix_wish_program", "wish")
    op.create_index("ix_wish_program", "wish", ["tenant_id", "program_id", "purchase_id"])
