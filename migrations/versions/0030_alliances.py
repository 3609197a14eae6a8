"""alliances, their members, the people of their hubs, and purchases that an alliance owns

Revision ID: 0030
Revises: 0029
"""

import sqlalchemy as sa
from alembic import op

from tenants.isolation import protect
from tenants.migrating import in_each_tenant

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def _refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"{target}.tenant_id", f"{target}.id"],
        name=op.f(f"fk_{table}_tenant_id_{column}"),
    )


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def upgrade() -> None:
    _alliance()
    _member()
    for table in ("alliance", "alliance_member"):
        for statement in protect(table, "tenant"):
            op.execute(statement)
    # in rows of before the columns are empty, so nothing is looked at but what is written from now on; see 0031
    for table in ("membership", "purchase"):
        op.add_column(table, sa.Column("alliance_id", sa.Uuid(), nullable=True))
        op.create_foreign_key(
            op.f(f"fk_{table}_tenant_id_alliance_id"),
            table,
            "alliance",
            ["tenant_id", "alliance_id"],
            ["tenant_id", "id"],
            postgresql_not_valid=True,
        )
    for name, rule in (
        ("one_place", "program_id is null or alliance_id is null"),
        ("hub_staff_in_an_alliance", "(role = 'hub_staff') = (alliance_id is not null)"),
    ):
        op.create_check_constraint(op.f(f"ck_membership_{name}"), "membership", rule, postgresql_not_valid=True)


def _alliance() -> None:
    table = "alliance"
    op.create_table(
        table,
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("shape", sa.Text(), nullable=False),
        sa.Column("hub_name", sa.Text(), nullable=False),
        sa.Column("contact_name", sa.Text(), nullable=False),
        sa.Column("contact_email", sa.Text(), nullable=False),
        sa.Column("contact_phone", sa.Text(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        _check(table, "shape_known", "shape in ('membership', 'management', 'merged', 'home_network')"),
        _check(table, "ends_after_it_starts", "ended_on >= started_on"),
        _check(table, "named", "name <> '' and hub_name <> ''"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f(f"uq_{table}_tenant_id_name")),
    )


def _member() -> None:
    table = "alliance_member"
    op.create_table(
        table,
        sa.Column("tenant_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("alliance_id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("joined_on", sa.Date(), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        _check(table, "leaves_after_it_joins", "left_on >= joined_on"),
        _refers(table, "alliance_id", "alliance"),
        _refers(table, "program_id", "program"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{table}")),
    )
    now = sa.text("left_on is null")
    key = ["tenant_id", "alliance_id", "program_id"]
    op.create_index("uq_alliance_member_now", table, key, unique=True, postgresql_where=now)
    op.create_index("ix_alliance_member_alliance", table, ["tenant_id", "alliance_id", "id"])
    op.create_index("ix_alliance_member_program", table, ["tenant_id", "program_id", "id"])


def downgrade() -> None:
    # a role without its alliance would be one in the whole state
    in_each_tenant("delete from membership where alliance_id is not null")
    op.drop_column("purchase", "alliance_id")
    op.drop_column("membership", "alliance_id")
    op.drop_table("alliance_member")
    op.drop_table("alliance")
