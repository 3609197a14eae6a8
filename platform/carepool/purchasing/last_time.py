"""What a program asked for the last time, for the items that are offered now."""

from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import aliased

from carepool.purchasing.actions.ordering import Line
from carepool.purchasing.models.orders import OrderState, ProgramOrder, Wish
from carepool.purchasing.models.purchases import PurchaseItem
from tenants.database import execute

_THEN, _NOW = aliased(PurchaseItem), aliased(PurchaseItem)
_LAST = (
    select(ProgramOrder.purchase_id)
    .where(
        ProgramOrder.program_id == bindparam("program"),
        ProgramOrder.purchase_id != bindparam("purchase"),
        ProgramOrder.state == str(OrderState.PLACED),
    )
    .order_by(ProgramOrder.placed_at.desc(), ProgramOrder.purchase_id)
    .limit(1)
    .scalar_subquery()
)
_LINES = (
    select(_NOW.id, func.sum(Wish.wanted), func.sum(Wish.extra), func.sum(Wish.boost))
    .join(_THEN, (_THEN.tenant_id == Wish.tenant_id) & (_THEN.id == Wish.item_id))
    .join(_NOW, (_NOW.tenant_id == _THEN.tenant_id) & (_NOW.contract_id == _THEN.contract_id) & (_NOW.sku == _THEN.sku))
    .where(
        Wish.program_id == bindparam("program"),
        Wish.purchase_id == _LAST,
        _NOW.purchase_id == bindparam("purchase"),
    )
    .group_by(_NOW.id)
    .order_by(_NOW.id)
)


def last_lines(purchase_id: UUID, program_id: UUID) -> dict[UUID, Line]:
    """Return {item of this purchase: line in eaches} of the order that a program placed last in another purchase.

    Items are the same where contract and SKU are; an item that is not offered now is left out.
    """
    rows = execute(_LINES, purchase=purchase_id, program=program_id)
    return {item: Line(item, int(wanted), int(extra), int(boost)) for item, wanted, extra, boost in rows}
