"""Who takes what a vendor brings instead of an item, and what becomes of those who do not: they get and owe nothing."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from carepool.purchasing.actions.ordering import placed_lines, put_after_close
from carepool.purchasing.models.orders import OrderState, ProgramOrder
from carepool.purchasing.models.purchase_orders import PurchaseOrderLine
from carepool.purchasing.models.purchases import Purchase, PurchaseItem
from carepool.purchasing.substitutes.actions import choices_in_pool
from carepool.purchasing.substitutes.choices import Choice, Offered, takes
from carepool.vendors.answers.models import OrderAnswerLine, OrderProposal
from tenants.database import database_now, db, find, one_of

_NAMED = 200
"""Programs that are kept by name with a proposal; the counts are of all."""


def who_takes(item: PurchaseItem, pool_id: UUID, line: PurchaseOrderLine, said: OrderAnswerLine) -> dict[str, Any]:
    """Return how programs stand to a substitute: {take, same_brand, refuse: counts, all_take, programs: [[id, choice], ...]}.

    `same_brand` counts those that take it only if it is of the same brand, which a person knows. `programs`: all who do
    not plainly take it.
    """
    chosen = choices_in_pool(item, pool_id)
    offered = Offered(line.price_cents, said.price_cents)
    brand = [one for one, choice in chosen.items() if choice is Choice.SAME_BRAND]
    refuse = [one for one, choice in chosen.items() if choice is not Choice.SAME_BRAND and not takes(choice, offered)]
    named = sorted((*refuse, *brand), key=str)[:_NAMED]
    return {
        "take": len(chosen) - len(brand) - len(refuse),
        "same_brand": len(brand),
        "refuse": len(refuse),
        "all_take": not brand and not refuse and not offered.is_dearer,
        "programs": [[str(one), str(chosen[one])] for one in named],
    }


def put_refusals(purchase: Purchase, swapped: Sequence[OrderProposal]) -> frozenset[UUID]:
    """Take the lines of those who do not take a substitute out of their orders; return the items of which some were.

    What they had asked for is bought no more, so that nobody pays for what it does not get.
    """
    at, released = database_now(), set()
    for one in swapped:
        item = db.session.get_one(PurchaseItem, (purchase.tenant_id, one.item_id))
        said = find(OrderAnswerLine, one.answer_id, one.purchase_order_id, one.line)
        ordered = find(PurchaseOrderLine, one.purchase_order_id, one.line)
        if said is None or ordered is None:
            continue
        brand = bool(one.consequences.get("same_brand"))
        offered = Offered(ordered.price_cents, said.price_cents, brand)
        refusing = [who for who, choice in choices_in_pool(item, one.pool_id).items() if not takes(choice, offered)]
        for order in _orders(purchase, refusing):
            kept = [line for line in placed_lines(purchase.id, order.program_id) if line.item_id != item.id]
            put_after_close(order, kept, one.pool_id, at)
            released.add(item.id)
    db.session.flush()
    return frozenset(released)


def _orders(purchase: Purchase, programs: Sequence[UUID]) -> list[ProgramOrder]:
    own = (
        ProgramOrder.purchase_id == purchase.id,
        ProgramOrder.state == OrderState.PLACED,
        one_of(ProgramOrder.program_id, programs),
    )
    return list(
        db.session.scalars(select(ProgramOrder).where(*own).order_by(ProgramOrder.program_id).with_for_update())
    )
