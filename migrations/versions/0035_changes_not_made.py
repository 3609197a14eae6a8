"""messages that say that a change, which a vendor was asked for, is not made after all

Revision ID: 0035
Revises: 0034
"""

import sqlalchemy as sa
from alembic import op

from tenants.migrating import in_each_tenant

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_TABLE, _OLD, _NEW = "order_delivery", "uq_order_delivery_question", "uq_order_delivery_about"


def upgrade() -> None:
    op.execute(f"alter table {_TABLE} add column if not exists not_made boolean not null default false")
    # after a way back there may be two messages about a question: the later one said that
    in_each_tenant(
        "update order_delivery later set not_made = true from order_delivery first"
        " where first.tenant_id = later.tenant_id"
        " and first.question_id = later.question_id and first.control < later.control"
    )
    # beside readers and writers; all of it may run again
    with op.get_context().autocommit_block():
        _index(_NEW, ["tenant_id", "question_id", "not_made"], unique=True)
        op.execute(f"drop index concurrently if exists {_OLD}")


def _index(name: str, columns: list[str], *, unique: bool) -> None:
    op.execute(f"drop index concurrently if exists {name}")
    about = sa.text("question_id is not null")
    op.create_index(name, _TABLE, columns, unique=unique, postgresql_where=about, postgresql_concurrently=True)


def downgrade() -> None:
    # a yes is a yes again; what was said stays said, so that two messages may be about one question
    in_each_tenant("update order_question set state = 'accepted' where state = 'not_made'")
    with op.get_context().autocommit_block():
        _index(_OLD, ["tenant_id", "question_id"], unique=False)
        op.execute(f"drop index concurrently if exists {_NEW}")
    op.drop_column(_TABLE, "not_made")
