"""Reads what was counted of purchase orders, line by line, and what it comes to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import and_, case, func, select

from carepool.purchasing.models.catalogs import CatalogItem
from carepool.purchasing.models.purchase_orders import PurchaseOrder, PurchaseOrderLine
from carepool.purchasing.models.purchases import Purchase, PurchaseItem
from carepool.purchasing.receiving.counting import Counted, Ordered, Standing, over_limit, standing
from carepool.purchasing.receiving.models.counting import OrderReceiving, PurchaseReceiving, ReceiptLine, TrackedItem
from tenants.database import db, find, one_of, session

DRY = "dry"


@dataclass(frozen=True)
class LineCount:
    """One line of a purchase order: what was ordered, the sums of its counts, and whether anyone counted it."""

    order: PurchaseOrder
    line: PurchaseOrderLine
    ordered: Ordered
    counted: Counted
    is_counted: bool
    #: All of its order has come.
    is_finished: bool
    #: Lot and expiry date are written down.
    is_tracked: bool

    @property
    def is_known(self) -> bool:
        """Whether it is known what came: it was counted, or all of its order has come."""
        return self.is_counted or self.is_finished

    @property
    def standing(self) -> Standing:
        """What the counts come to; nothing came where nothing was counted."""
        return standing(self.ordered, self.counted)

    @property
    def expected(self) -> int:
        """Usable eaches; what is not known yet stands for what was ordered."""
        return self.standing.usable if self.is_known else self.ordered.eaches


def terms_of(purchase_id: UUID) -> PurchaseReceiving:
    """Return how a purchase is received; where nobody set anything, the terms that hold then, not stored."""
    found = find(PurchaseReceiving, purchase_id)
    return found or PurchaseReceiving(
        purchase_id=purchase_id,
        over_percent=0,
        over_cases=0,
        arrival_version=0,
        version=0,
        tenant_id=session().scope.id,
    )


def newest_orders(purchase: Purchase) -> list[PurchaseOrder]:
    """Return the purchase orders of the newest close by number."""
    found = select(PurchaseOrder).where(
        PurchaseOrder.tenant_id == session().scope.id,
        PurchaseOrder.purchase_id == purchase.id,
        PurchaseOrder.version == purchase.close_version,
    )
    return list(db.session.scalars(found.order_by(PurchaseOrder.number)))


def tracked_items(purchase_id: UUID) -> set[UUID]:
    """Return the items whose lot and expiry are written down: kept cold or frozen, or chosen."""
    cold = (
        select(PurchaseItem.id)
        .join(
            CatalogItem,
            and_(CatalogItem.tenant_id == PurchaseItem.tenant_id, CatalogItem.id == PurchaseItem.catalog_item_id),
        )
        .where(PurchaseItem.purchase_id == purchase_id, CatalogItem.storage != DRY)
    )
    chosen = select(TrackedItem.item_id).where(TrackedItem.purchase_id == purchase_id)
    return set(db.session.scalars(cold)) | set(db.session.scalars(chosen))


def finished_orders(order_ids: Iterable[UUID]) -> set[UUID]:
    """Return which of these orders have come wholly."""
    query = select(OrderReceiving.purchase_order_id).where(one_of(OrderReceiving.purchase_order_id, order_ids))
    return set(db.session.scalars(query))


def line_counts(purchase_id: UUID, orders: Sequence[PurchaseOrder]) -> list[LineCount]:
    """Return all lines of some orders of one purchase with their counts, by order and line."""
    by_id = {one.id: one for one in orders}
    terms, tracked, finished = terms_of(purchase_id), tracked_items(purchase_id), finished_orders(by_id)
    sums = _sums(by_id)
    lines = select(PurchaseOrderLine).where(
        PurchaseOrderLine.tenant_id == session().scope.id, one_of(PurchaseOrderLine.purchase_order_id, by_id)
    )
    found = []
    for line in db.session.scalars(lines):
        over = over_limit(line.cases, terms.over_percent, terms.over_cases)
        key = (line.purchase_order_id, line.line)
        found.append(
            LineCount(
                order=by_id[line.purchase_order_id],
                line=line,
                ordered=Ordered(line.cases, line.case_size, line.price_cents, over),
                counted=sums.get(key, Counted()),
                is_counted=key in sums,
                is_finished=line.purchase_order_id in finished,
                is_tracked=line.item_id in tracked,
            )
        )
    return sorted(found, key=lambda one: (one.order.number, one.line.line))


def _sums(order_ids: Iterable[UUID]) -> dict[tuple[UUID, int], Counted]:
    """Return the sums of all counts and corrections of orders: {(order, line): sums}."""
    taken = case((ReceiptLine.substitute_accepted, ReceiptLine.substitute), else_=0)
    wrong = case((ReceiptLine.substitute_accepted, 0), else_=ReceiptLine.substitute)
    columns: list[Any] = [ReceiptLine.cases, ReceiptLine.short, ReceiptLine.damaged, taken, wrong]
    query = (
        select(ReceiptLine.purchase_order_id, ReceiptLine.line, *(func.sum(column) for column in columns))
        .where(one_of(ReceiptLine.purchase_order_id, order_ids))
        .group_by(ReceiptLine.purchase_order_id, ReceiptLine.line)
    )
    return {(order, line): Counted(*map(int, sums)) for order, line, *sums in db.session.execute(query)}
