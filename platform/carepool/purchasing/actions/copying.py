"""The verb that drafts a purchase from one that was: its terms, delivery points and items."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select

from carepool import events
from carepool.clock import now
from carepool.errors import NotFound
from carepool.outbox import Actor, record_event
from carepool.purchasing.actions.purchases import add_items, draft_purchase
from carepool.purchasing.models.catalogs import CatalogItem
from carepool.purchasing.models.purchases import BaselineKind, DeliveryPoint, Purchase, PurchaseItem
from tenants.database import db, find
from tenants.ids import new_id

_TERMS = (
    "title", "program_types", "counties", "shortage_policy", "freight_cents", "freight_rule", "handling_cents",
    "handling_rule", "tax_millionths", "minimum_rule", "extend_days",
)  # fmt: skip
_POINT = ("kind", "name", "address", "hours", "receiving_hours", "dock", "contact")


def copy_purchase(by: Actor, source_id: UUID) -> Purchase:
    """Draft a purchase like another: it opens now and lasts as long, with the items that are still in their catalogs.

    Prices are today's; a baseline other than the vendor's list price is kept. Raises NotFound.
    """
    source = find(Purchase, source_id)
    if source is None:
        raise NotFound("purchase")
    return draft_like(by, source, items_still_offered(source.id))


def draft_like(by: Actor, source: Purchase, items: Iterable[PurchaseItem]) -> Purchase:
    """Draft a purchase with the owner, the terms and delivery points of another, and these items of it.

    An owner that ended is kept, too: such a draft does not open before another one is chosen.
    """
    at = now().replace(second=0, microsecond=0)
    terms = {name: getattr(source, name) for name in _TERMS}
    draft = draft_purchase(by, {**terms, "opens_at": at, "closes_at": at + (source.closes_at - source.opens_at)})
    draft.alliance_id = source.alliance_id
    for point in db.session.scalars(select(DeliveryPoint).where(DeliveryPoint.purchase_id == source.id)):
        facts = {name: getattr(point, name) for name in _POINT}
        db.session.add(DeliveryPoint(id=new_id(), purchase_id=draft.id, **facts))
    add_items(by, draft.id, [_wanted(item) for item in items])
    record_event(events.PURCHASE_CHANGED, draft.id, by, {"copied_from": [None, str(source.id)]})
    db.session.flush()
    return draft


def items_still_offered(purchase_id: UUID) -> list[PurchaseItem]:
    """Return the items of a purchase that their catalogs still hold."""
    joined = (CatalogItem.tenant_id == PurchaseItem.tenant_id) & (CatalogItem.id == PurchaseItem.catalog_item_id)
    offered = select(PurchaseItem).join(CatalogItem, joined)
    held = offered.where(PurchaseItem.purchase_id == purchase_id, CatalogItem.gone_at.is_(None))
    return list(db.session.scalars(held))


def _wanted(item: PurchaseItem) -> dict[str, Any]:
    kept = item.baseline_kind != BaselineKind.VENDOR_LIST
    return {
        "catalog_item_id": item.catalog_item_id,
        "baseline_kind": item.baseline_kind,
        "baseline_cents": item.baseline_cents if kept else None,
        "eaches_per_place": item.eaches_per_place,
    }
