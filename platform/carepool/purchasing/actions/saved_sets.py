"""Verbs of saved sets: keep the items of a purchase as a set, change it, lay it into a draft."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select

from carepool import events
from carepool.errors import Invalid, NotFound, Refusal, Stale
from carepool.outbox import Actor, record_event
from carepool.purchasing.actions.purchases import add_items
from carepool.purchasing.models.catalogs import CatalogItem
from carepool.purchasing.models.purchases import BaselineKind, PurchaseItem
from carepool.purchasing.models.saved_sets import SavedSet, SavedSetItem
from carepool.sentences import marked
from tenants.database import bulk_insert, db, find
from tenants.ids import new_id


@dataclass(frozen=True)
class SetLine:
    """An item of a set: how it is called, its limit, and its catalog row where it is offered now."""

    contract_id: UUID
    sku: str
    name: str
    eaches_per_place: int | None
    catalog_item_id: UUID | None


@dataclass(frozen=True)
class Laid:
    """What became of a set in a draft: items added, items that were there, names of those no longer offered."""

    added: int
    present: int
    gone: list[str]


def lines_of(set_id: UUID) -> list[SetLine]:
    """Return the items of a set by name, with what is offered of them now."""
    rows = db.session.execute(
        select(SavedSetItem, CatalogItem.id)
        .outerjoin(
            CatalogItem,
            (CatalogItem.tenant_id == SavedSetItem.tenant_id)
            & (CatalogItem.contract_id == SavedSetItem.contract_id)
            & (CatalogItem.sku == SavedSetItem.sku)
            & CatalogItem.gone_at.is_(None),
        )
        .where(SavedSetItem.set_id == set_id)
        .order_by(SavedSetItem.name, SavedSetItem.contract_id, SavedSetItem.sku)
    )
    return [SetLine(one.contract_id, one.sku, one.name, one.eaches_per_place, item) for one, item in rows]


def keep_set(by: Actor, purchase_id: UUID, name: str) -> SavedSet:
    """Keep the items of a purchase, with their limits, as a set of a new name. Raises Refusal for a name in use."""
    set_id = new_id()
    # two who keep the same name at once wait for each other here
    if not bulk_insert(SavedSet, ("id", "version"), [(set_id, 1)], same={"name": _free_name(name, set_id)}, keep=True):
        raise _taken()
    kept = _locked(set_id)
    items = select(PurchaseItem.contract_id, PurchaseItem.sku, PurchaseItem.name, PurchaseItem.eaches_per_place).where(
        PurchaseItem.purchase_id == purchase_id
    )
    _put(kept.id, [tuple(row) for row in db.session.execute(items)])
    record_event(events.SET_KEPT, kept.id, by, {"name": [None, name], "from": str(purchase_id)})
    return kept


def change_set(by: Actor, set_id: UUID, name: str, items: Sequence[dict[str, Any]], based_on: int | None) -> SavedSet:
    """Replace a set: its name and its items, each `{contract_id, sku, eaches_per_place}`.

    Raises Stale where it was changed since version `based_on` was read, Invalid for an item that neither a catalog nor
    the set holds, Refusal for a name in use, NotFound.
    """
    kept = _locked(set_id)
    if kept.version != based_on:
        raise Stale()
    known = {(one.contract_id, one.sku): one.name for one in lines_of(kept.id)}
    wanted = {(one["contract_id"], one["sku"]): one["eaches_per_place"] for one in items}
    names = known | _offered({key[0] for key in wanted})
    for place, one in enumerate(items):
        if (one["contract_id"], one["sku"]) not in names:
            sentence = marked("No catalog offers %(sku)s under this contract.", sku=one["sku"])
            raise Invalid("item-unknown", sentence, {f"items.{place}.sku": [sentence]})
    if name != kept.name:
        kept.name = _free_name(name, kept.id)
    kept.version += 1
    db.session.execute(delete(SavedSetItem).where(SavedSetItem.set_id == kept.id))
    _put(kept.id, [(*key, names[key], limit) for key, limit in wanted.items()])
    record_event(events.SET_CHANGED, kept.id, by, {"name": name, "items": [len(known), len(wanted)]})
    db.session.flush()
    return kept


def remove_set(by: Actor, set_id: UUID) -> None:
    """Remove a set; purchases keep the items that came from it. Raises NotFound."""
    kept = _locked(set_id)
    db.session.execute(delete(SavedSetItem).where(SavedSetItem.set_id == kept.id))
    db.session.delete(kept)
    record_event(events.SET_REMOVED, kept.id, by, {"name": [kept.name, None]})
    db.session.flush()


def lay_set(by: Actor, purchase_id: UUID, set_id: UUID) -> Laid:
    """Put the items of a set that are offered now into a draft, at today's prices; those that are there stay as they are.

    Raises Refusal for a purchase that is no draft, NotFound.
    """
    if find(SavedSet, set_id) is None:
        raise NotFound("set")
    lines = lines_of(set_id)
    there = set(db.session.scalars(select(PurchaseItem.catalog_item_id).where(PurchaseItem.purchase_id == purchase_id)))
    offered = [one for one in lines if one.catalog_item_id is not None]
    fresh = [one for one in offered if one.catalog_item_id not in there]
    wanted = [
        {
            "catalog_item_id": one.catalog_item_id,
            "baseline_kind": BaselineKind.VENDOR_LIST,
            "eaches_per_place": one.eaches_per_place,
        }
        for one in fresh
    ]
    add_items(by, purchase_id, wanted)
    return Laid(len(fresh), len(offered) - len(fresh), [one.name for one in lines if one.catalog_item_id is None])


def _locked(set_id: UUID) -> SavedSet:
    kept = find(SavedSet, set_id)
    if kept is None:
        raise NotFound("set")
    db.session.refresh(kept, with_for_update=True)
    return kept


def _offered(contracts: set[UUID]) -> dict[tuple[UUID, str], str]:
    query = select(CatalogItem.contract_id, CatalogItem.sku, CatalogItem.name).where(
        CatalogItem.contract_id.in_(contracts), CatalogItem.gone_at.is_(None)
    )
    return {(contract, sku): name for contract, sku, name in db.session.execute(query)} if contracts else {}


def _put(set_id: UUID, rows: Sequence[tuple[Any, ...]]) -> None:
    bulk_insert(SavedSetItem, ("contract_id", "sku", "name", "eaches_per_place"), rows, same={"set_id": set_id})


def _free_name(name: str, own: UUID) -> str:
    """Return a name that no other set has, whatever its case. Raises Refusal."""
    known = select(SavedSet.id).where(func.lower(SavedSet.name) == func.lower(name), SavedSet.id != own)
    if db.session.execute(known).first():
        raise _taken()
    return name


def _taken() -> Refusal:
    sentence = marked("There is a set of this name already. Choose another name.")
    return Refusal("name-taken", sentence, {"name": [sentence]})
