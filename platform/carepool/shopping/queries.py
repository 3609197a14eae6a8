"""Reads of a program that looks around: favourites, and items with what they cost and what it paid last."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, select

from carepool.purchasing.models.catalogs import CatalogItem
from carepool.purchasing.models.closings import Share
from carepool.purchasing.models.purchases import Purchase, PurchaseItem, PurchaseState
from carepool.purchasing.savings import in_force
from carepool.shopping.models import Favourite
from carepool.shopping.savings import Saved
from tenants.database import db, one_of

Key = tuple[UUID, str]
"""Contract and SKU."""


@dataclass(frozen=True)
class Offer:
    """An item of the catalog as a program sees it.

    `case_cents`: a case at the first price; `last_paid`: (cents, eaches) of what the program got last, None before.
    """

    item: CatalogItem
    favourite: bool
    case_cents: int
    last_paid: tuple[int, int] | None

    @property
    def eaches(self) -> int:
        """Eaches in a case."""
        return self.item.case_size

    @property
    def uses(self) -> int | None:
        """Uses in a case, or None where the item does not say how many an each has."""
        return self.item.case_size * self.item.uses_per_each if self.item.uses_per_each else None


def favourites(program_id: UUID) -> set[Key]:
    """Return what a program marked, as contract and SKU."""
    query = select(Favourite.contract_id, Favourite.sku).where(Favourite.program_id == program_id)
    return {(contract, sku) for contract, sku in db.session.execute(query)}


def favourite_items(program_id: UUID) -> Select[Any]:
    """Return the favourites of a program that are offered now."""
    mine = and_(
        Favourite.tenant_id == CatalogItem.tenant_id,
        Favourite.contract_id == CatalogItem.contract_id,
        Favourite.sku == CatalogItem.sku,
        Favourite.program_id == program_id,
    )
    return select(CatalogItem).join(Favourite, mine).where(CatalogItem.gone_at.is_(None))


def favourites_first(items: Sequence[PurchaseItem], marked: set[Key]) -> list[PurchaseItem]:
    """Return the items of a purchase, those that were marked first, else in their order."""
    return sorted(items, key=lambda item: (item.contract_id, item.sku) not in marked)


def offers(program_id: UUID, items: Sequence[CatalogItem]) -> list[Offer]:
    """Return items as a program sees them, in their order."""
    marked, paid = favourites(program_id), _last_paid(program_id, items)
    return [
        Offer(item, key in marked, item.firm_rungs[0][1], paid.get(key))
        for item in items
        for key in [(item.contract_id, item.sku)]
    ]


def _last_paid(program_id: UUID, items: Sequence[CatalogItem]) -> dict[Key, tuple[int, int]]:
    """Return {(contract, SKU): (cents, eaches)} of the newest close in which the program got something."""
    if not items:
        return {}
    item_key = (PurchaseItem.contract_id, PurchaseItem.sku)
    newest = and_(
        Purchase.tenant_id == Share.tenant_id,
        Purchase.id == Share.purchase_id,
        Purchase.close_version == Share.version,
    )
    query = (
        select(*item_key, Share.amount_cents, Share.got)
        .join(PurchaseItem, and_(PurchaseItem.tenant_id == Share.tenant_id, PurchaseItem.id == Share.item_id))
        .join(Purchase, newest)
        .where(
            Share.program_id == program_id,
            Share.got > 0,
            one_of(PurchaseItem.contract_id, {item.contract_id for item in items}),
            one_of(PurchaseItem.sku, {item.sku for item in items}),
        )
        .distinct(*item_key)
        .order_by(*item_key, Purchase.cutoff_at.desc(), Purchase.id)
    )
    return {(contract, sku): (cents, got) for contract, sku, cents, got in db.session.execute(query)}


def saved_in(program_id: UUID) -> list[Saved]:
    """Return the closed purchases in which a program owes something or saved something, the newest first.

    Once goods came, they are counted as they came. Sales tax is in no amount: what the goods cost alone is a price
    without tax.
    """
    own, billed = in_force.alone(program_id=program_id), in_force.bills(program_id=program_id)
    sums = select(own.c.purchase_id, func.sum(own.c.baseline_cents)).group_by(own.c.purchase_id)
    alone = {one: int(cents) for one, cents in db.session.execute(sums)}
    paid = (
        select(
            billed.c.purchase_id.label("id"),
            func.sum(billed.c.goods_cents + billed.c.freight_cents + billed.c.handling_cents).label("cents"),
        )
        .group_by(billed.c.purchase_id)
        .subquery()
    )
    bought = select(Purchase, paid.c.cents).join(paid, Purchase.id == paid.c.id)
    found = [
        Saved(
            purchase.id,
            purchase.title,
            purchase.number or "",
            purchase.cutoff_at or purchase.closes_at,
            alone.get(purchase.id, 0),
            int(cents),
        )
        for purchase, cents in db.session.execute(bought.where(Purchase.state != PurchaseState.CANCELLED))
    ]
    return sorted(found, key=lambda one: (one.at, one.purchase_id), reverse=True)
