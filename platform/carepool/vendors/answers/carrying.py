"""What becomes of changes that vendors answered with, when the orders get a new version before anyone decided about them.

A vendor answers a whole order at once, and a person decides line by line. What it said of one line must not be lost because
another line was decided first: a change goes on waiting, worked out against the new version, as long as there is something
left to decide. A later answer of the vendor counts instead of all of it; see `proposals.work_out`.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from carepool.clock import now
from carepool.outbox import Actor
from carepool.purchasing.actions.recomputing import as_decided
from carepool.purchasing.calculation import Calculation
from carepool.purchasing.models.purchase_orders import PurchaseOrder, PurchaseOrderLine
from carepool.purchasing.models.purchases import Purchase
from carepool.vendors.answers.consequences import consequences_of
from carepool.vendors.answers.models import OrderAnswerLine, OrderProposal, ProposalState
from carepool.vendors.answers.substitutes import who_takes
from carepool.vendors.deliveries.actions import send_orders
from carepool.vendors.deliveries.canceling import note_canceled
from carepool.vendors.deliveries.contents import orders_of
from carepool.vendors.desk.publishing import refresh_purchase
from tenants.database import db, find

_Placed = dict[tuple[int, UUID, UUID], tuple[PurchaseOrder, PurchaseOrderLine]]


def follow(by: Actor, purchase: Purchase, before: int) -> None:
    """Do what follows a new version of a locked purchase's orders, whatever made it; `before`: the version till then.

    What waits of vendors' answers is about the new version from now on, an order that came to nothing is written down, and
    each vendor that has an earlier version gets the new one.
    """
    carry_over(purchase)
    note_canceled(by, purchase, before)
    send_orders(by, purchase.id, only_known=True)


def carry_over(purchase: Purchase) -> None:
    """Hold every change of a locked purchase that is not worked in yet against the newest version; run again, the same.

    One that says nothing any more is overtaken. What was accepted and is not worked in stays accepted, for what is left of it.
    """
    open_ = or_(
        OrderProposal.state == ProposalState.WAITING,
        (OrderProposal.state == ProposalState.ACCEPTED) & OrderProposal.into_version.is_(None),
    )
    found = list(db.session.scalars(select(OrderProposal).where(OrderProposal.purchase_id == purchase.id, open_)))
    if not found:
        return
    lines, calculation = _placed(purchase, {one.vendor_id for one in found}), as_decided(purchase)
    for one in found:
        _carry(one, lines, calculation)
    db.session.flush()
    for vendor_id in {one.vendor_id for one in found}:
        refresh_purchase(purchase.id, vendor_id)


def changes_left(changes: Mapping[str, Any], cases: int, price_cents: int, item: str) -> dict[str, Any]:
    """Return what a change still changes of a line as it is ordered now: {name: [before, after]}. Pure.

    `item`: number and name of what is ordered. Of fewer cases than the vendor was asked for, it brings never more than it
    said; where it would bring more, and another number is ordered now, its word is about another order.
    """
    found: dict[str, Any] = {}
    for name, (before, after) in changes.items():
        if name == "cases":
            kept = after if cases == before else min(after, cases) if after < before else cases
            if kept != cases:
                found[name] = [cases, kept]
        elif name == "price_cents":
            if after != price_cents:
                found[name] = [price_cents, after]
        elif name == "substitute":
            found[name] = [item, after]
        else:
            found[name] = [before, after]
    return found


def _placed(purchase: Purchase, vendors: Iterable[int]) -> _Placed:
    """Return the lines of the newest orders of some vendors by (vendor, place, item)."""
    every = orders_of(purchase, purchase.close_version)
    return {
        (vendor_id, order.pool_id, line.item_id): (order, line)
        for vendor_id in vendors
        if vendor_id in every
        for order, line in every[vendor_id].numbered().values()
    }


def _carry(own: OrderProposal, lines: _Placed, calculation: Calculation) -> None:
    placed = lines.get((own.vendor_id, own.pool_id, own.item_id))
    left: dict[str, Any] = {}
    if placed is not None:
        order, line = placed
        left = changes_left(own.changes, line.cases, line.price_cents, f"{line.sku} {line.name}")
        if left:
            own.consequences = _consequences(own, order, line, left, calculation)
    if left:
        own.changes = left
    elif own.state == ProposalState.WAITING:
        own.state, own.decided_at = ProposalState.OVERTAKEN, now()
    else:
        own.changes = {}


def _consequences(
    own: OrderProposal,
    order: PurchaseOrder,
    line: PurchaseOrderLine,
    left: dict[str, Any],
    calculation: Calculation,
) -> dict[str, Any]:
    found = consequences_of(calculation, order, line, left)
    said = find(OrderAnswerLine, own.answer_id, own.purchase_order_id, own.line)
    if "substitute" in left and said is not None:
        found["substitutes"] = who_takes(calculation.items[line.item_id], order.pool_id, line, said)
        if own.consequences.get("same_brand"):
            found["same_brand"] = True
    return found
