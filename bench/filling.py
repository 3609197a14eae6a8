"""Rows to measure with."""

from datetime import timedelta
from uuid import UUID

from bench.place import Place
from carepool.clock import now
from carepool.outbox import Actor
from carepool.programs.models import Program
from carepool.purchasing.actions import catalogs, purchases
from carepool.purchasing.models.catalogs import CatalogItem
from carepool.purchasing.models.orders import OrderState, ProgramOrder, Wish
from carepool.purchasing.models.purchases import PurchaseItem
from tenants.database import bulk_insert, db
from tenants.ids import new_id
from tenants.scope import visiting

_BY = Actor.operator()
LADDER = [[1, 4000], [50, 3600], [200, 3200]]


def programs(place: Place, count: int) -> list[UUID]:
    """Insert programs and return their ids."""
    ids = [new_id() for _ in range(count)]
    with visiting(place.tenant.scope, place.app):
        rows = ((one, f"B-{one.hex}", f"Program {number}", "center", 60) for number, one in enumerate(ids))
        columns = ("id", "licence_number", "name", "type", "capacity")
        words = dict.fromkeys(("type_word", "status_word", "capacity_note", "quality_word", "street", "city", "zip", "county",
                               "phone", "email", "contact_name"), "")  # fmt: skip
        bulk_insert(Program, columns, rows, same={"status": "full", **words})
    return ids


def catalog(place: Place, count: int) -> UUID:
    """Insert a contract with items and return its id."""
    with visiting(place.tenant.scope, place.app):
        facts = {"vendor_name": "Bench Supply", "number": f"B-{new_id().hex}", "title": "Bench"}
        contract = catalogs.make_contract(_BY, facts)
        names = ("gloves", "wipes", "towels", "soap", "paper", "crayons", "milk", "apples")
        columns = ("id", "sku", "name", "case_size", "ladder", "search")
        rows = (
            (new_id(), f"SKU{n}", f"{names[n % 8]} number {n}", 12, LADDER, f"{names[n % 8]} number {n} sku{n}")
            for n in range(count)
        )
        same = {"contract_id": contract.id, "unit": "each", "pack_text": "", "min_cases": 0, "storage": "dry",
                "taxable": True, "brand": "", "category": "", "list_cents": 5000}  # fmt: skip
        bulk_insert(CatalogItem, columns, rows, same=same)
        return contract.id


def purchase(place: Place, contract: UUID, items: int) -> tuple[UUID, UUID, list[UUID]]:
    """Open a purchase; return its id, its delivery point's and its items'."""
    with visiting(place.tenant.scope, place.app):
        at = now()
        terms = {"title": "Bench", "opens_at": at - timedelta(minutes=1), "closes_at": at + timedelta(days=1)}
        made = purchases.draft_purchase(_BY, terms)
        point = purchases.add_delivery_point(_BY, made.id, {"kind": "site", "name": "Site"})
        chosen = db.session.query(CatalogItem.id).filter(CatalogItem.contract_id == contract).limit(items)
        wanted = [{"catalog_item_id": one, "baseline_kind": "vendor_list"} for (one,) in chosen]
        frozen: list[PurchaseItem] = purchases.add_items(_BY, made.id, wanted)
        purchases.open_purchase(_BY, made.id)
        return made.id, point.id, [one.id for one in frozen]


def wishes(place: Place, purchase_id: UUID, point: UUID, items: list[UUID], joined: list[UUID], each: int) -> int:
    """Place an order of `each` items for every program; return the number of lines."""
    at = now()
    with visiting(place.tenant.scope, place.app):
        orders = ((one, at + timedelta(microseconds=n)) for n, one in enumerate(joined))
        same = {"purchase_id": purchase_id, "state": OrderState.PLACED, "version": 1, "delivery_point_id": point,
                "priority": 1, "changed_at": at}  # fmt: skip
        bulk_insert(ProgramOrder, ("program_id", "placed_at"), orders, same=same)
        lines = (
            (
                items[(n * each + k) % len(items)],
                program,
                1 + (n * 7 + k * 3) % 9,
                (n + k) % 3,
                at + timedelta(microseconds=n),
            )
            for n, program in enumerate(joined)
            for k in range(each)
        )
        columns = ("item_id", "program_id", "wanted", "extra", "at")
        same = {"purchase_id": purchase_id, "entry": 0, "boost": 0, "pool_id": point}
        return bulk_insert(Wish, columns, lines, same=same)
