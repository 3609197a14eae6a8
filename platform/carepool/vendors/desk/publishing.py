"""What a state lets its vendors see at their desks: orders as they were sent, and items with their prices.

All of it is worked out whole from the state's own rows, never patched, so that doing it again changes nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from carepool.notifications.letters import Sender
from carepool.purchasing.models.catalogs import CatalogItem, Contract
from carepool.purchasing.models.purchases import Purchase, PurchaseState
from carepool.vendors.answers.models import OrderAnswer, OrderAnswerLine, OrderProposal
from carepool.vendors.changes.models import OrderQuestion
from carepool.vendors.deliveries.contents import neutral_order, orders_of_delivery
from carepool.vendors.deliveries.models import CARRIES_ORDERS, ON_ITS_WAY, OrderDelivery
from carepool.vendors.deliveries.standing import is_current
from carepool.vendors.desk.models import DeskItem, DeskOrder, DeskPartner
from carepool.vendors.documents.kept import as_json
from carepool.vendors.links.models import VendorInvoiceFile
from carepool.vendors.terms.actions import terms_of
from tenants.database import bulk_insert, db, find, one_of, session
from tenants.ids import new_id

_AT_ONCE = 500


def partner_of(vendor_id: int) -> DeskPartner | None:
    """Return what this state shows at a vendor's desk; None where it does not work with it."""
    own = DeskPartner.tenant_id == session().scope.id, DeskPartner.vendor_id == vendor_id
    return db.session.scalars(select(DeskPartner).where(*own)).one_or_none()


def show_standing(delivery: OrderDelivery) -> None:
    """Show an order at its vendor's desk as it stands now, once the vendor was sent it; tests and replies are not shown."""
    partner = partner_of(delivery.vendor_id) if delivery.is_order else None
    if partner is None:
        return
    db.session.flush()
    known = _shown_of(delivery)
    if known is None and not (partner.shown and delivery.state in ON_ITS_WAY):
        return
    own = known or publish(delivery)
    if delivery.state in ON_ITS_WAY:
        own.delivery_id = delivery.id
    refresh(own)


def publish(delivery: OrderDelivery) -> DeskOrder:
    """Put an order on the desk, once for all messages that carry the same; earlier versions count no more."""
    order = neutral_order(
        orders_of_delivery(delivery), delivery, terms_of(delivery.vendor_id), Sender.here(), ""
    )  # fmt: skip
    values = {
        "id": new_id(),
        "vendor_id": delivery.vendor_id,
        "purchase_id": delivery.purchase_id,
        "delivery_id": delivery.id,
        "number": order.number,
        "version": order.version,
        "content_sha256": delivery.content_sha256,
        "document": as_json(order),
        "total_cents": order.total_cents,
        "deliver_on": order.deliver_on,
        "cutoff_at": order.cutoff_at,
        "canceled": order.canceled,
    }
    db.session.execute(insert(DeskOrder).values(values).on_conflict_do_nothing())
    own = _shown_of(delivery)
    if own is None:
        raise LookupError(f"The order {delivery.id} was not put on the desk.")
    others = update(DeskOrder).where(
        DeskOrder.tenant_id == own.tenant_id,
        DeskOrder.purchase_id == own.purchase_id,
        DeskOrder.vendor_id == own.vendor_id,
        DeskOrder.id != own.id,
    )
    db.session.execute(others.values(current=False))
    return own


def _shown_of(delivery: OrderDelivery) -> DeskOrder | None:
    own = (
        DeskOrder.tenant_id == session().scope.id,
        DeskOrder.purchase_id == delivery.purchase_id,
        DeskOrder.vendor_id == delivery.vendor_id,
        DeskOrder.content_sha256 == delivery.content_sha256,
    )
    return db.session.scalars(select(DeskOrder).where(*own)).one_or_none()


def shown_at_desk(questions: Sequence[OrderQuestion]) -> set[UUID]:
    """Return those of some questions, by id, that their vendors see at their desks with the orders that they are about."""
    found = (
        select(OrderQuestion.id)
        .join(
            OrderDelivery,
            (OrderDelivery.tenant_id == OrderQuestion.tenant_id) & (OrderDelivery.id == OrderQuestion.delivery_id),
        )
        .join(
            DeskOrder,
            (DeskOrder.tenant_id == OrderDelivery.tenant_id)
            & (DeskOrder.purchase_id == OrderDelivery.purchase_id)
            & (DeskOrder.vendor_id == OrderDelivery.vendor_id)
            & (DeskOrder.content_sha256 == OrderDelivery.content_sha256),
        )
        .where(OrderQuestion.tenant_id == session().scope.id, one_of(OrderQuestion.id, [one.id for one in questions]))
    )
    return set(db.session.scalars(found)) if questions else set()


def refresh(own: DeskOrder) -> None:
    """Work out anew what the desk says of an order: opened, acknowledged, answered, decided, billed, current."""
    same = (
        OrderDelivery.tenant_id == own.tenant_id,
        OrderDelivery.purchase_id == own.purchase_id,
        OrderDelivery.vendor_id == own.vendor_id,
        OrderDelivery.content_sha256 == own.content_sha256,
        CARRIES_ORDERS,
    )
    steps = select(func.min(OrderDelivery.opened_at), func.min(OrderDelivery.acknowledged_at)).where(*same)
    own.opened_at, own.acknowledged_at = db.session.execute(steps).one()
    ids = select(OrderDelivery.id).where(*same)
    newest = select(OrderAnswer).where(OrderAnswer.tenant_id == own.tenant_id, OrderAnswer.delivery_id.in_(ids))
    answer = db.session.scalars(newest.order_by(OrderAnswer.at.desc(), OrderAnswer.id.desc()).limit(1)).first()
    own.answered_at = answer.at if answer else None
    own.said, own.decided = (dict(_said(own, answer)), dict(_decided(own, answer))) if answer else ({}, {})
    files = select(VendorInvoiceFile.name, VendorInvoiceFile.at).where(
        VendorInvoiceFile.tenant_id == own.tenant_id,
        VendorInvoiceFile.purchase_id == own.purchase_id,
        VendorInvoiceFile.vendor_id == own.vendor_id,
    )
    told = db.session.execute(files.order_by(VendorInvoiceFile.id)).all()
    own.invoices = [[name, at.isoformat()] for name, at in told]
    purchase, delivery = find(Purchase, own.purchase_id), find(OrderDelivery, own.delivery_id)
    own.current = (
        purchase is not None
        and purchase.state != PurchaseState.CANCELLED
        and delivery is not None
        and is_current(purchase, delivery)
    )
    db.session.flush()


def _numbers(own: DeskOrder) -> Mapping[tuple[UUID, int], int]:
    delivery = find(OrderDelivery, own.delivery_id)
    numbered = orders_of_delivery(delivery).numbered() if delivery else {}
    return {(order.id, line.line): number for number, (order, line) in numbered.items()}


def _said(own: DeskOrder, answer: OrderAnswer) -> Iterator[tuple[str, list[Any]]]:
    numbers = _numbers(own)
    lines = select(OrderAnswerLine).where(
        OrderAnswerLine.tenant_id == own.tenant_id, OrderAnswerLine.answer_id == answer.id
    )
    for one in db.session.scalars(lines):
        if number := numbers.get((one.purchase_order_id, one.line)):
            day = one.promised_on.isoformat() if one.promised_on else None
            told = [str(one.code), one.cases, one.price_cents, day, one.substitute_sku, one.substitute_name]
            yield str(number), told


def _decided(own: DeskOrder, answer: OrderAnswer) -> Iterator[tuple[str, str]]:
    numbers = _numbers(own)
    for one in db.session.scalars(select(OrderProposal).where(OrderProposal.answer_id == answer.id)):
        if number := numbers.get((one.purchase_order_id, one.line)):
            yield str(number), str(one.state)


def refresh_purchase(purchase_id: UUID, vendor_id: int | None = None) -> None:
    """Work out anew what the desk says of a vendor's orders in a purchase; of all vendors' for None."""
    own = [DeskOrder.tenant_id == session().scope.id, DeskOrder.purchase_id == purchase_id]
    if vendor_id is not None:
        own.append(DeskOrder.vendor_id == vendor_id)
    for one in db.session.scalars(select(DeskOrder).where(*own).order_by(DeskOrder.id)):
        refresh(one)


def publish_all(vendor_id: int) -> None:
    """Show what a vendor has from this state: orders under way, and the items of its contracts. Safe to run again."""
    partner = partner_of(vendor_id)
    if partner is None:
        return
    way = (
        OrderDelivery.tenant_id == session().scope.id,
        OrderDelivery.vendor_id == vendor_id,
        OrderDelivery.purchase_id.is_not(None),
        CARRIES_ORDERS,
        OrderDelivery.state.in_(ON_ITS_WAY),
    )
    for delivery in db.session.scalars(select(OrderDelivery).where(*way).order_by(OrderDelivery.id)):
        show_standing(delivery)
    publish_items(vendor_id)


def publish_items(vendor_id: int) -> int:
    """Copy items that are new or changed to the desk, some at a time; return how many. Safe to run again."""
    known = (DeskItem.tenant_id == CatalogItem.tenant_id) & (DeskItem.id == CatalogItem.id)
    stale = DeskItem.id.is_(None) | (DeskItem.version != CatalogItem.version)
    wanted = (
        select(CatalogItem, Contract.number, DeskItem)
        .join(Contract, (Contract.tenant_id == CatalogItem.tenant_id) & (Contract.id == CatalogItem.contract_id))
        .outerjoin(DeskItem, known)
        .where(Contract.vendor_id == vendor_id, stale)
        .order_by(CatalogItem.id)
        .limit(_AT_ONCE)
    )
    found = db.session.execute(wanted).all()
    fresh = [(item.id, *_shown(item, number).values()) for item, number, shown in found if shown is None]
    if fresh:
        bulk_insert(DeskItem, ("id", *_COLUMNS), fresh, same={"vendor_id": vendor_id}, keep=True)
    for item, number, shown in found:
        if shown is not None:
            for name, value in _shown(item, number).items():
                setattr(shown, name, value)
    db.session.flush()
    return len(found)


_COLUMNS = ("contract", "sku", "name", "pack_text", "price_basis", "ladder", "list_cents", "version", "gone")


def _shown(item: CatalogItem, contract: str) -> dict[str, Any]:
    told = {name: getattr(item, name) for name in _COLUMNS if name not in ("contract", "gone")}
    every = {**told, "contract": contract, "gone": item.gone_at is not None}
    return {name: every[name] for name in _COLUMNS}


def publish_changed_items() -> None:
    """Copy changed items of all vendors with whom this state works at a desk. A sweep calls this."""
    own = select(DeskPartner.vendor_id).where(DeskPartner.tenant_id == session().scope.id)
    for vendor_id in db.session.scalars(own.order_by(DeskPartner.vendor_id)).all():
        publish_items(vendor_id)
