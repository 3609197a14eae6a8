"""Verbs of contracts and catalog items."""

from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import func, select

from carepool import events
from carepool.errors import Invalid, NotFound, Refusal, Stale
from carepool.outbox import Actor, record_event
from carepool.purchasing.ladder import BadLadder, PriceBasis, check_terms
from carepool.purchasing.models.catalogs import CatalogItem, Contract
from carepool.purchasing.models.purchases import Purchase, PurchaseItem, PurchaseState
from carepool.sentences import marked
from carepool.vendors.actions import register_vendor, vendor_number
from tenants.database import db, find
from tenants.ids import new_id

Row = TypeVar("Row", Contract, CatalogItem)


def make_contract(by: Actor, facts: dict[str, Any]) -> Contract:
    """Record a contract with a vendor of the directory (`vendor_id`), or with a new one (`vendor_name`)."""
    if (facts.get("vendor_id") is None) == (not facts.get("vendor_name")):
        sentence = marked("Name a vendor of the directory or a new one, not both.")
        raise Invalid("which-vendor", sentence, {"vendor_id": [marked("Or vendor_name.")]})
    number = vendor_number(facts["vendor_id"]) if facts.get("vendor_id") else register_vendor(facts["vendor_name"]).id
    _refuse_known_number(facts["number"])
    names = ("number", "title", "minimum_cents", "valid_from", "valid_to")
    contract = Contract(id=new_id(), vendor_id=number, **{name: facts.get(name) for name in names if name in facts})
    db.session.add(contract)
    record_event(events.CONTRACT_MADE, contract.id, by, {"number": [None, contract.number]})
    db.session.flush()
    return contract


def change_contract(by: Actor, contract_id: UUID, facts: dict[str, Any], based_on: int | None) -> Contract:
    """Correct a contract's number, title, minimum (cents) and dates. Raises NotFound, Stale, Refusal.

    The minimum stays while a purchase that counts on it is open.
    """
    contract = _for_change(Contract, "contract", contract_id, based_on)
    _refuse_known_number(facts["number"], contract.id)
    if facts["minimum_cents"] != contract.minimum_cents and _is_bought(contract.id):
        sentence = marked("A purchase with items of this contract is open, so its minimum cannot change now.")
        raise Refusal("contract-in-use", sentence, {"minimum_cents": [sentence]})
    record_event(events.CONTRACT_CHANGED, contract.id, by, _replace(contract, facts))
    db.session.flush()
    return contract


def _refuse_known_number(number: str, but: UUID | None = None) -> None:
    known = db.session.scalar(select(Contract.id).where(Contract.number == number))
    if known is not None and known != but:
        sentence = marked("A contract with this number is known already.")
        raise Refusal("contract-known", sentence, {"number": [sentence]})


def _is_bought(contract_id: UUID) -> bool:
    joined = (PurchaseItem.tenant_id == Purchase.tenant_id) & (PurchaseItem.purchase_id == Purchase.id)
    running = Purchase.state.in_([PurchaseState.OPEN, PurchaseState.CLOSING])
    found = select(Purchase.id).join(PurchaseItem, joined).where(PurchaseItem.contract_id == contract_id, running)
    return db.session.execute(found.limit(1)).first() is not None


def add_catalog_item(by: Actor, contract_id: UUID, facts: dict[str, Any]) -> CatalogItem:
    """Add one item to a contract's catalog. Raises Invalid for a ladder that does not fall, naming the rung."""
    if find(Contract, contract_id) is None:
        raise NotFound("contract")
    _check_terms(facts)
    known = select(CatalogItem.id).where(CatalogItem.contract_id == contract_id, CatalogItem.sku == facts["sku"])
    if db.session.execute(known).first():
        sentence = marked("The contract has an item with this SKU already.")
        raise Refusal("sku-known", sentence, {"sku": [sentence]})
    item = CatalogItem(id=new_id(), contract_id=contract_id, **facts, search=searched_words(facts))
    db.session.add(item)
    record_event(events.CATALOG_ITEM_ADDED, item.id, by, {"sku": [None, item.sku]})
    db.session.flush()
    return item


def change_catalog_item(by: Actor, item_id: UUID, facts: dict[str, Any], based_on: int | None) -> CatalogItem:
    """Correct an item; purchases that are open keep their prices. Raises NotFound, Stale, Invalid."""
    item = _for_change(CatalogItem, "catalog item", item_id, based_on)
    if facts["sku"] != item.sku:
        sentence = marked("An item keeps its SKU. Take it out of the catalog and add another.")
        raise Invalid("sku-kept", sentence, {"sku": [sentence]})
    _check_terms(facts)
    diff = _replace(item, facts)
    item.search = searched_words(facts)
    record_event(events.CATALOG_ITEM_CHANGED, item.id, by, diff)
    db.session.flush()
    return item


def change_prices(by: Actor, item_id: UUID, ladder: list[Any], list_cents: int | None) -> None:
    """Give an item other prices; purchases that are open keep theirs. One that is gone, or has them already, is left.

    `ladder`: rungs as the catalog keeps them. Raises Invalid.
    """
    item = find(CatalogItem, item_id)
    if item is None:
        return
    db.session.refresh(item, with_for_update=True)
    facts = {"ladder": ladder, "list_cents": list_cents}
    if item.gone_at is not None or all(getattr(item, name) == value for name, value in facts.items()):
        return
    _check_terms({**facts, "price_basis": item.price_basis})
    record_event(events.CATALOG_ITEM_CHANGED, item.id, by, _replace(item, facts))
    db.session.flush()


def take_catalog_item_out(by: Actor, item_id: UUID, based_on: int | None) -> CatalogItem:
    """Mark an item as gone from its catalog; purchases that are open keep it. Raises NotFound, Stale."""
    item = _for_change(CatalogItem, "catalog item", item_id, based_on)
    if item.gone_at is None:
        item.gone_at = db.session.scalars(select(func.now())).one()
        item.version += 1
        record_event(events.CATALOG_ITEM_CHANGED, item.id, by, {"gone": [False, True]})
        db.session.flush()
    return item


def _for_change(model: type[Row], what: str, row_id: UUID, based_on: int | None) -> Row:
    """Return a contract or item with its row locked, so that two changes follow each other."""
    row = find(model, row_id)
    if row is None:
        raise NotFound(what)
    db.session.refresh(row, with_for_update=True)
    if row.version != based_on:
        raise Stale()
    return row


def _replace(row: Contract | CatalogItem, facts: dict[str, Any]) -> dict[str, list[Any]]:
    """Set facts that differ and raise the version; return what changed as {field: [before, after]}."""
    diff: dict[str, list[Any]] = {}
    for name, value in facts.items():
        before = getattr(row, name)
        if before != value:
            diff[name] = [one.isoformat() if isinstance(one, date) else one for one in (before, value)]
            setattr(row, name, value)
    row.version += 1
    return diff


def _check_terms(facts: dict[str, Any]) -> None:
    since, until = facts.get("valid_from"), facts.get("valid_to")
    if since and until and until < since:
        sentence = marked("The last day comes before the first.")
        raise Invalid("dates", sentence, {"valid_to": [sentence]})
    basis = PriceBasis(facts.get("price_basis", PriceBasis.FIRM))
    try:
        check_terms(basis, facts["ladder"], facts.get("list_cents"))
    except BadLadder as error:
        raise Invalid("bad-ladder", error.sentence, {error.at: [error.sentence]}) from None


def searched_words(facts: dict[str, Any]) -> str:
    """Return the lower-case words by which an item is found."""
    parts = (facts.get(name) or "" for name in ("name", "brand", "category", "sku", "gtin"))
    return " ".join(" ".join(parts).lower().split())
