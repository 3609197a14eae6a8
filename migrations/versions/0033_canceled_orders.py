"""orders that come to nothing, yes and no to changes at vendors' desks

Revision ID: 0033
Revises: 0032
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_KINDS = ("opened", "acknowledged", "answered", "invoiced")


def upgrade() -> None:
    op.add_column("order_question", _no("cancels"))
    op.add_column("desk_order", _no("canceled"))
    _kinds((*_KINDS, "change_answered"))


def _no(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False)


def _kinds(known: tuple[str, ...], *, look: bool = True) -> None:
    """Say which kinds there are; readers are not stopped while it is looked whether rows of before hold to it."""
    name = op.f("ck_desk_said_kind_known")
    op.drop_constraint(name, "desk_said", type_="check")
    rule = f"kind in ({', '.join(repr(one) for one in known)})"
    op.create_check_constraint(name, "desk_said", rule, postgresql_not_valid=True)
    if look:
        op.execute(f"alter table desk_said validate constraint {name}")


def downgrade() -> None:
    # what was said stays said
    _kinds(_KINDS, look=False)
    op.drop_column("desk_order", "canceled")
    op.drop_column("order_question", "cancels")
