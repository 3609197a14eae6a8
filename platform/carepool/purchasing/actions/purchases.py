"""Verbs of a group purchase before it closes: draft, add items and delivery points, open, cancel."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import func, select, text

from carepool import events
from carepool.alliances.holding import hold_alliance
from carepool.errors import Invalid, NotFound, Refusal, Stale
from carepool.outbox import Actor, record_event
from carepool.purchasing.actions.carrying import carry_orders
from carepool.purchasing.actions.opening import FROZEN, freeze_terms
from carepool.purchasing.allocation import Policy
from carepool.purchasing.models.catalogs import CatalogItem, Contract
from carepool.purchasing.models.purchases import BaselineKind, DeliveryPoint, Purchase, PurchaseItem, PurchaseState
from carepool.sentences import marked
from carepool.vendors.deliveries.models import ON_ITS_WAY, OrderDelivery, OrderStage
from tenants.database import database_now, db, find, session
from tenants.ids import new_id
from tenants.turns import take_turn

MOST_ITEMS = 5000
Part = TypeVar("Part", DeliveryPoint, PurchaseItem)


def draft_purchase(by: Actor, facts: dict[str, Any]) -> Purchase:
    """Begin a purchase. Its items and delivery points follow; nobody sees it before it opens.

    `facts["alliance_id"]`: the owner, the state where it is None or not named. Raises Invalid, NotFound, and Refusal for
    an alliance that ended.
    """
    _check_times(facts["opens_at"], facts["closes_at"])
    hold_owner(facts.get("alliance_id"))
    Policy(facts.get("shortage_policy", Policy.PROPORTIONAL))
    purchase = Purchase(id=new_id(), state=PurchaseState.DRAFT, **facts)
    db.session.add(purchase)
    record_event(events.PURCHASE_DRAFTED, purchase.id, by, {"title": [None, purchase.title]})
    db.session.flush()
    return purchase


def change_terms(by: Actor, purchase_id: UUID, facts: dict[str, Any], based_on: int | None) -> Purchase:
    """Replace the terms of a draft; an owner that is not named stays.

    Raises Stale where they were changed since version `based_on` was read, Invalid, NotFound, and Refusal for an alliance
    that ended.
    """
    draft = _draft(purchase_id)
    if draft.version != based_on:
        raise Stale()
    _check_times(facts["opens_at"], facts["closes_at"])
    hold_owner(facts.get("alliance_id"))
    changes = {name: [getattr(draft, name), value] for name, value in facts.items() if getattr(draft, name) != value}
    for name, value in facts.items():
        setattr(draft, name, value)
    draft.version += 1
    told = {name: [_plain(before), _plain(after)] for name, (before, after) in changes.items()}
    record_event(events.PURCHASE_CHANGED, draft.id, by, told)
    db.session.flush()
    return draft


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def hold_owner(alliance_id: UUID | None) -> None:
    """See to it that an alliance that owns a purchase goes on until this transaction ends; the state always does.

    Raises NotFound, and Refusal for one that ended.
    """
    if alliance_id is None:
        return
    try:
        hold_alliance(alliance_id)
    except NotFound:
        raise
    except Refusal as refused:
        raise Refusal(refused.kind, refused.sentence, {"alliance_id": [refused.sentence]}) from None


def add_delivery_point(by: Actor, purchase_id: UUID, facts: dict[str, Any]) -> DeliveryPoint:
    """Add a pick-up site, or delivery to each program's door, to a draft."""
    draft = _draft(purchase_id)
    known = select(DeliveryPoint.id).where(DeliveryPoint.purchase_id == draft.id, DeliveryPoint.name == facts["name"])
    if db.session.execute(known).first():
        sentence = marked("This purchase has a delivery point of this name already.")
        raise Refusal("point-known", sentence, {"name": [sentence]})
    point = DeliveryPoint(id=new_id(), purchase_id=draft.id, **facts)
    db.session.add(point)
    record_event(events.PURCHASE_CHANGED, draft.id, by, {"delivery_point": [None, point.name]})
    db.session.flush()
    return point


def take_point_out(by: Actor, purchase_id: UUID, point_id: UUID) -> None:
    """Take a delivery point out of a draft. Raises NotFound."""
    draft = _draft(purchase_id)
    point = _taken_out(draft, DeliveryPoint, point_id, "delivery point")
    record_event(events.PURCHASE_CHANGED, draft.id, by, {"delivery_point": [point.name, None]})


def take_item_out(by: Actor, purchase_id: UUID, item_id: UUID) -> None:
    """Take an item out of a draft. Raises NotFound."""
    draft = _draft(purchase_id)
    item = _taken_out(draft, PurchaseItem, item_id, "item")
    record_event(events.PURCHASE_CHANGED, draft.id, by, {"item": [item.sku, None]})


def _taken_out(draft: Purchase, model: type[Part], row_id: UUID, what: str) -> Part:
    row = find(model, row_id)
    if row is None or row.purchase_id != draft.id:
        raise NotFound(what)
    db.session.delete(row)
    db.session.flush()
    return row


def add_items(by: Actor, purchase_id: UUID, wanted: Sequence[dict[str, Any]]) -> list[PurchaseItem]:
    """Put catalog items into a draft with the terms of now; they are frozen when the purchase opens.

    `wanted`: [{catalog_item_id, baseline_kind, baseline_cents?, eaches_per_place?}]. The baseline is the vendor's list
    price unless another kind is given with its cents per case. Raises NotFound, Invalid.
    """
    draft = _draft(purchase_id)
    ids = [one["catalog_item_id"] for one in wanted]
    rows = db.session.execute(
        select(CatalogItem, Contract.vendor_id)
        .join(Contract, (Contract.tenant_id == CatalogItem.tenant_id) & (Contract.id == CatalogItem.contract_id))
        .where(CatalogItem.id.in_(ids), CatalogItem.gone_at.is_(None))
    )
    found = {item.id: (item, vendor_id) for item, vendor_id in rows}
    present = set(db.session.scalars(select(PurchaseItem.catalog_item_id).where(PurchaseItem.purchase_id == draft.id)))
    if len(present) + len(ids) > MOST_ITEMS:
        raise Invalid("too-many-items", marked("A purchase holds at most %(most)s items.", most=MOST_ITEMS))
    made = []
    for place, one in enumerate(wanted):
        if one["catalog_item_id"] not in found:
            raise NotFound("catalog item")
        if one["catalog_item_id"] in present:
            sentence = marked("This item is in the purchase already.")
            raise Refusal("item-known", sentence, {f"items.{place}.catalog_item_id": [sentence]})
        present.add(one["catalog_item_id"])
        made.append(_frozen(draft.id, one, *found[one["catalog_item_id"]], place))
    db.session.add_all(made)
    record_event(events.PURCHASE_CHANGED, draft.id, by, {"items_added": [0, len(made)]})
    db.session.flush()
    return made


def _frozen(purchase_id: UUID, one: dict[str, Any], item: CatalogItem, vendor_id: int, place: int) -> PurchaseItem:
    kind = BaselineKind(one["baseline_kind"])
    given = one.get("baseline_cents")
    if given is None and kind is not BaselineKind.VENDOR_LIST:
        sentence = marked("Give the baseline's cents per case; only the vendor's list price is known here.")
        raise Invalid("baseline-needed", sentence, {f"items.{place}.baseline_cents": [sentence]})
    ladder = item.firm_rungs
    baseline = given if given is not None else (item.list_cents or ladder[0][1])
    return PurchaseItem(
        id=new_id(),
        purchase_id=purchase_id,
        catalog_item_id=item.id,
        contract_id=item.contract_id,
        vendor_id=vendor_id,
        **{name: getattr(item, name) for name in FROZEN},
        ladder=ladder,
        baseline_kind=kind,
        baseline_cents=baseline,
        eaches_per_place=one.get("eaches_per_place"),
    )


def open_purchase(by: Actor, purchase_id: UUID) -> Purchase:
    """Open a draft: it gets its number, and its items keep today's prices. Raises Refusal where something is missing."""
    purchase = locked_purchase(purchase_id)
    purchase.must_be(PurchaseState.DRAFT)
    if not db.session.scalar(select(func.count()).where(PurchaseItem.purchase_id == purchase.id)):
        raise Refusal("no-items", marked("Add at least one item before the purchase opens."))
    if not db.session.scalar(select(func.count()).where(DeliveryPoint.purchase_id == purchase.id)):
        raise Refusal("no-delivery-point", marked("Add a delivery point before the purchase opens."))
    at = database_now()
    if purchase.closes_at <= at:
        raise Refusal("closes-in-the-past", marked("The closing time has passed. Choose a later one."))
    hold_owner(purchase.alliance_id)
    freeze_terms(purchase.id, max(purchase.opens_at, at))
    purchase.move(PurchaseState.OPEN)
    purchase.number = _next_number(purchase)
    carry_orders(purchase)
    record_event(events.PURCHASE_OPENED, purchase.id, by, {"number": [None, purchase.number]})
    db.session.flush()
    return purchase


def _next_number(purchase: Purchase) -> str:
    """Return `<CODE>-<year>-<running number>`; the year is that of the opening instant in UTC."""
    code = db.session.scalar(text("select upper(code) from tenant where id = :id"), {"id": session().scope.id})
    start = f"{code}-{purchase.opens_at:%Y}-"
    # two purchases that open at once would take the same number
    take_turn(f"purchase number {start}")
    last = select(func.max(func.split_part(Purchase.number, "-", 3))).where(Purchase.number.startswith(start))
    return f"{start}{int(db.session.scalar(last) or 0) + 1:04d}"


def move_close(by: Actor, purchase_id: UUID, closes_at: datetime, based_on: int | None) -> Purchase:
    """Let an open purchase close earlier; those who ordered or began to are told. To close later is an extension.

    Raises Stale where it was changed since version `based_on` was read, NotFound, Refusal, Invalid.
    """
    purchase = locked_purchase(purchase_id)
    if purchase.state != PurchaseState.OPEN:
        raise Refusal("wrong-state", marked("Only an open purchase can be given another closing time."))
    if purchase.version != based_on:
        raise Stale()
    if closes_at <= database_now():
        sentence = marked("The closing time has passed. Choose a later one.")
        raise Invalid("closes-in-the-past", sentence, {"closes_at": [sentence]})
    _check_times(purchase.opens_at, closes_at)
    if closes_at == purchase.closes_at:
        return purchase
    if closes_at > purchase.closes_at:
        sentence = marked("This only moves the close to an earlier time. To close later, put the close off.")
        raise Invalid("closes-later", sentence, {"closes_at": [sentence]})
    moved = [purchase.closes_at.isoformat(), closes_at.isoformat()]
    purchase.closes_at = closes_at
    purchase.version += 1
    record_event(events.PURCHASE_RESCHEDULED, purchase.id, by, {"closes_at": moved})
    db.session.flush()
    return purchase


def cancel_purchase(by: Actor, purchase_id: UUID) -> Purchase:
    """Cancel a purchase before anything was ordered from a vendor."""
    purchase = locked_purchase(purchase_id)
    before = purchase.state
    gone = select(OrderDelivery.id).where(
        OrderDelivery.tenant_id == session().scope.id,
        OrderDelivery.purchase_id == purchase.id,
        OrderDelivery.state.in_((OrderStage.SENDING, OrderStage.UNKNOWN, *ON_ITS_WAY)),
    )
    if db.session.execute(gone.limit(1)).first():
        raise Refusal("orders-sent", marked("A vendor has or may have an order of this purchase. It stands."))
    purchase.move(PurchaseState.CANCELLED)
    record_event(events.PURCHASE_CANCELLED, purchase.id, by, {"state": [before, PurchaseState.CANCELLED]})
    db.session.flush()
    return purchase


def lock_key(purchase_id: UUID) -> dict[str, int]:
    """Return the two halves of the advisory lock of one purchase of the session's state.

    Advisory locks are shared by the whole database, so the key is a hash that carries the state.
    """
    number = (session().scope.id << 48) ^ (purchase_id.int & ((1 << 48) - 1))
    return {"key": number - (1 << 64) if number >= 1 << 63 else number}


def locked_purchase(purchase_id: UUID) -> Purchase:
    """Return a purchase under the exclusive lock that orders share. Raises NotFound."""
    db.session.execute(text("select pg_advisory_xact_lock(:key)"), lock_key(purchase_id))
    purchase = find(Purchase, purchase_id)
    if purchase is None:
        raise NotFound("purchase")
    # FOR NO KEY UPDATE: rows that only name the purchase, such as a payment for it, are written beside
    db.session.refresh(purchase, with_for_update={"key_share": True})
    return purchase


def _draft(purchase_id: UUID) -> Purchase:
    purchase = locked_purchase(purchase_id)
    if purchase.state != PurchaseState.DRAFT:
        raise Refusal(
            "wrong-state",
            marked("This purchase is no longer a draft. Its items and delivery points can no longer be changed."),
        )
    return purchase


def _check_times(opens_at: datetime, closes_at: datetime) -> None:
    if closes_at <= opens_at:
        sentence = marked("The closing time must be later than the opening time.")
        raise Invalid("times", sentence, {"closes_at": [sentence]})
