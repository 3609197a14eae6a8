"""What a state writes into its vendors' scorecards when goods are counted and when a purchase is settled.

A row is worked out whole from counts and invoices, so that doing it again changes nothing.
"""

from collections import defaultdict
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from carepool.clock import now
from carepool.money import half_up
from carepool.notifications.letters import Sender
from carepool.purchasing.models.purchase_orders import PurchaseOrder, PurchaseOrderLine
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.receiving.counts import LineCount, line_counts, newest_orders
from carepool.purchasing.receiving.models.counting import Receipt
from carepool.purchasing.receiving.models.sharing import Arrival
from carepool.purchasing.settlement.models.bills import Settlement
from carepool.purchasing.settlement.models.invoices import InvoiceState, VendorInvoice, VendorInvoiceLine
from carepool.vendors.deliveries.models import OrderDelivery
from carepool.vendors.scores.models import VendorScore
from carepool.vendors.scores.scorecard import Counts
from tenants.database import db, find, key_columns, one_of, session


def score_arrival(arrival_id: UUID) -> None:
    """Write the scores of the purchase of which goods were shared out. A task calls this."""
    arrival = find(Arrival, arrival_id)
    if arrival is not None:
        score_purchase(arrival.purchase_id)


def score_settlement(settlement_id: UUID) -> None:
    """Write the scores of the purchase that was settled. A task calls this."""
    settlement = find(Settlement, settlement_id)
    if settlement is not None:
        score_purchase(settlement.purchase_id, settled=True)


def score_purchase(purchase_id: UUID, *, settled: bool = False) -> None:
    """Write one row for each vendor of a purchase whose goods were counted."""
    purchase = find(Purchase, purchase_id)
    if purchase is None:
        return
    orders = newest_orders(purchase)
    first = _first_counts([one.id for one in orders])
    lines = line_counts(purchase.id, orders)
    zone = ZoneInfo(Sender.here().tenant.zone)
    for vendor_id in sorted({one.vendor_id for one in orders}):
        own = [one for one in orders if one.vendor_id == vendor_id]
        counted = [first[one.id] for one in own if one.id in first]
        if not counted:
            continue
        mine = [one for one in lines if one.order.vendor_id == vendor_id and one.is_known]
        counts = Counts(**_goods(mine), **_days(purchase, own, first, zone), **_bills(purchase, vendor_id))
        _write(purchase, vendor_id, max(counted).astimezone(zone).date(), counts, settled=settled)
    db.session.flush()


def _first_counts(order_ids: list[UUID]) -> dict[UUID, datetime]:
    """Return {order: when its first goods were counted}."""
    query = select(Receipt.purchase_order_id, func.min(Receipt.counted_at))
    own = Receipt.tenant_id == session().scope.id, one_of(Receipt.purchase_order_id, order_ids)
    return dict(db.session.execute(query.where(*own).group_by(Receipt.purchase_order_id)).tuples().all())


def _goods(lines: list[LineCount]) -> dict[str, int]:
    ordered = sum(one.ordered.eaches for one in lines)
    return {
        "ordered_eaches": ordered,
        "received_eaches": sum(min(one.standing.usable, one.ordered.eaches) for one in lines),
    }


def _days(
    purchase: Purchase, orders: list[PurchaseOrder], first: dict[UUID, datetime], zone: ZoneInfo
) -> dict[str, int]:
    wanted = _day_asked_for(purchase, orders[0].vendor_id)
    if wanted is None:
        return {"dated_orders": 0, "timely_orders": 0}
    came = [first[one.id].astimezone(zone).date() for one in orders if one.id in first]
    return {"dated_orders": len(came), "timely_orders": sum(1 for day in came if day <= wanted)}


def _day_asked_for(purchase: Purchase, vendor_id: int) -> date | None:
    """Return the day that the newest message to the vendor asked for."""
    own = (
        OrderDelivery.tenant_id == session().scope.id,
        OrderDelivery.purchase_id == purchase.id,
        OrderDelivery.vendor_id == vendor_id,
        OrderDelivery.answer_id.is_(None),
    )
    newest = select(OrderDelivery.deliver_on).where(*own).order_by(OrderDelivery.id.desc()).limit(1)
    return db.session.scalar(newest)


def _bills(purchase: Purchase, vendor_id: int) -> dict[str, int]:
    own = VendorInvoice.purchase_id == purchase.id, VendorInvoice.vendor_id == vendor_id
    invoices = db.session.scalars(select(VendorInvoice).where(*own, ~VendorInvoice.is_credit)).all()
    standing = [one.id for one in invoices if one.state != InvoiceState.WITHDRAWN]
    joined = (PurchaseOrderLine.purchase_order_id == VendorInvoiceLine.purchase_order_id) & (
        PurchaseOrderLine.line == VendorInvoiceLine.line
    )
    query = (
        select(
            VendorInvoiceLine.eaches,
            VendorInvoiceLine.amount_cents,
            PurchaseOrderLine.price_cents,
            PurchaseOrderLine.case_size,
        )
        .join(PurchaseOrderLine, joined)
        .where(one_of(VendorInvoiceLine.invoice_id, standing), VendorInvoiceLine.eaches > 0)
    )
    sums: dict[str, int] = defaultdict(int)
    for eaches, amount, price, size in db.session.execute(query):
        sums["ordered_cents"] += half_up(eaches * price, size)
        sums["billed_cents"] += amount
    return {
        "ordered_cents": sums["ordered_cents"],
        "billed_cents": sums["billed_cents"],
        "invoices": len(invoices),
        "right_invoices": sum(1 for one in invoices if not one.differences),
    }


def _write(purchase: Purchase, vendor_id: int, day: date, counts: Counts, *, settled: bool) -> None:
    facts: dict[str, Any] = {**vars(counts), "number": str(purchase.number), "day": day}
    key = {"purchase_id": purchase.id, "vendor_id": vendor_id}
    fresh = insert(VendorScore).values({**key, **facts, "settled": settled, "at": now()})
    again = {**facts, "settled": VendorScore.settled | settled, "at": now()}
    db.session.execute(fresh.on_conflict_do_update(index_elements=list(key_columns(VendorScore)), set_=again))
