"""Verbs of contracts and catalog items."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from carepool import events
from carepool.errors import Invalid, NotFound, Refusal
from carepool.outbox import Actor, record_event
from carepool.purchasing.ladder import BadLadder, check_ladder
from carepool.purchasing.models.catalogs import CatalogItem, Contract
from carepool.sentences import marked
from carepool.vendors.actions import register_vendor, vendor_number
from tenants.database import db, find
from tenants.ids import new_id


def make_contract(by: Actor, facts: dict[str, Any]) -> Contract:
    """Record a contract with a vendor of the directory (`vendor_id`), or with a new one (`vendor_name`)."""
    if (facts.get("vendor_id") is None) == (not facts.get("vendor_name")):
        sentence = marked("Name a vendor of the directory or a new one, not both.")
        raise Invalid("which-vendor", sentence, {"vendor_id": [marked("Or vendor_name.")]})
    number = vendor_number(facts["vendor_id"]) if facts.get("vendor_id") else register_vendor(facts["vendor_name"]).id
    if db.session.execute(select(Contract.id).where(Contract.number == facts["number"])).first():
        sentence = marked("A contract with this number is known already.")
        raise Refusal("contract-known", sentence, {"number": [sentence]})
    names = ("number", "title", "minimum_cents", "valid_from", "valid_to")
    contract = Contract(id=new_id(), vendor_id=number, **{name: facts.get(name) for name in names if name in facts})
    db.session.add(contract)
    record_event(events.CONTRACT_MADE, contract.id, by, {"number": [None, contract.number]})
    db.session.flush()
    return contract


def add_catalog_item(by: Actor, contract_id: UUID, facts: dict[str, Any]) -> CatalogItem:
    """Add one item to a contract's catalog. Raises Invalid for a ladder that does not fall, naming the rung."""
    if find(Contract, contract_id) is None:
        raise NotFound("contract")
    try:
        check_ladder(facts["ladder"])
    except BadLadder as error:
        raise Invalid("bad-ladder", error.sentence, {error.at: [error.sentence]}) from None
    known = select(CatalogItem.id).where(CatalogItem.contract_id == contract_id, CatalogItem.sku == facts["sku"])
    if db.session.execute(known).first():
        sentence = marked("The contract has an item with this SKU already.")
        raise Refusal("sku-known", sentence, {"sku": [sentence]})
    item = CatalogItem(id=new_id(), contract_id=contract_id, **facts, search=searched_words(facts))
    db.session.add(item)
    record_event(events.CATALOG_ITEM_ADDED, item.id, by, {"sku": [None, item.sku]})
    db.session.flush()
    return item


def searched_words(facts: dict[str, Any]) -> str:
    """Return the lower-case words by which an item is found."""
    parts = (facts.get(name) or "" for name in ("name", "brand", "category", "sku", "gtin"))
    return " ".join(" ".join(parts).lower().split())
