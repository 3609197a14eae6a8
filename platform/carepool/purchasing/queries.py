"""Reads of purchasing. Loaders are the guard: they answer only within the scope and the caller's rights."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select, Uuid, bindparam, func, or_, select, text, true
from sqlalchemy.dialects.postgresql import ARRAY

from carepool.errors import NotFound
from carepool.files import StoredFile
from carepool.identity.rights import Permission, Rights
from carepool.programs.models import Program
from carepool.purchasing.actions.ordering import Line, Standing
from carepool.purchasing.allocation import Terms, decide_from_totals
from carepool.purchasing.joinable import is_meant_for
from carepool.purchasing.ladder import LadderView, view_ladder
from carepool.purchasing.models.catalogs import CatalogItem, Contract
from carepool.purchasing.models.closings import Close, DryRun, LineResult, MemberBill, Saving, Share
from carepool.purchasing.models.orders import ProgramOrder, Wish
from carepool.purchasing.models.packing_documents import PackingDocument
from carepool.purchasing.models.purchase_orders import PurchaseOrder, PurchaseOrderLine
from carepool.purchasing.models.purchases import DeliveryPoint, Purchase, PurchaseItem, PurchaseState
from carepool.purchasing.models.saved_sets import SavedSet
from carepool.purchasing.sentences import why
from carepool.web.requests import signed_in
from tenants.database import db, execute, find, one_of, session

Row = TypeVar("Row")


def contract_or_404(contract_id: UUID) -> Contract:
    """Return a contract of this state. Raises NotFound."""
    return _or_404(Contract, "contract", contract_id)


def catalog_item_or_404(item_id: UUID) -> CatalogItem:
    """Return a catalog item of this state. Raises NotFound."""
    return _or_404(CatalogItem, "catalog item", item_id)


def set_or_404(set_id: UUID) -> SavedSet:
    """Return a saved set of this state. Raises NotFound."""
    return _or_404(SavedSet, "set", set_id)


def packing_or_404(document_id: UUID) -> PackingDocument:
    """Return a packing list to print of this state. Raises NotFound."""
    return _or_404(PackingDocument, "packing list", document_id)


def packing_file_or_404(document: PackingDocument) -> StoredFile:
    """Return the stored file of a packing list. Raises NotFound while a worker makes it."""
    return _or_404(StoredFile, "file", document.file_id)


def packing_documents(purchase: Purchase) -> Select[Any]:
    """Return the packing lists to print of the newest close."""
    return select(PackingDocument).where(
        PackingDocument.purchase_id == purchase.id, PackingDocument.version == purchase.close_version
    )


def purchase_or_404(purchase_id: UUID) -> Purchase:
    """Return a purchase that the caller may see: drafts only for coordinators. Raises NotFound."""
    purchase = _or_404(Purchase, "purchase", purchase_id)
    if purchase.state == PurchaseState.DRAFT and not signed_in().rights.may(Permission.PURCHASES_WRITE):
        raise NotFound("purchase")
    return purchase


def _or_404(model: type[Row], what: str, *keys: Any) -> Row:
    row = find(model, *keys)
    if row is None:
        raise NotFound(what)
    return row


def catalog_items(words: str | None, contract_id: UUID | None = None) -> Select[Any]:
    """Return the items offered now, or those whose words begin with or hold all the given words."""
    query = select(CatalogItem).where(CatalogItem.gone_at.is_(None))
    if contract_id is not None:
        query = query.where(CatalogItem.contract_id == contract_id)
    if words:
        found = text("select app.search_catalog_items(:words, 1000)").bindparams(words=words)
        ids = [row[0] for row in db.session.execute(found)]
        query = query.where(CatalogItem.tenant_id == session().scope.id, one_of(CatalogItem.id, ids))
    return query


def purchases_seen(state: PurchaseState | None) -> Select[Any]:
    """Return the purchases that the caller may see: all for coordinators, else what is meant for their programs."""
    return purchases_for(signed_in().rights, state)


def purchases_for(rights: Rights, state: PurchaseState | None) -> Select[Any]:
    """Return the purchases that someone with these rights may see."""
    query = select(Purchase)
    if state is not None:
        query = query.where(Purchase.state == state)
    if rights.may(Permission.PURCHASES_WRITE):
        return query
    mine = rights.programs_with(Permission.PURCHASES_READ)
    meant = select(Program.id).where(Program.id.in_(mine), is_meant_for(Purchase))
    # who ordered and left the alliance since then, or changed its type, still finds what it gets and owes
    ordered = select(ProgramOrder.program_id).where(
        ProgramOrder.tenant_id == Purchase.tenant_id,
        ProgramOrder.purchase_id == Purchase.id,
        ProgramOrder.program_id.in_(mine),
    )
    seen = or_(meant.correlate(Purchase).exists(), ordered.correlate(Purchase).exists())
    return query.where(Purchase.state != PurchaseState.DRAFT, seen)


def delivery_points(purchase_id: UUID) -> list[DeliveryPoint]:
    """Return the delivery points of a purchase by name."""
    query = select(DeliveryPoint).where(DeliveryPoint.purchase_id == purchase_id).order_by(DeliveryPoint.name)
    return list(db.session.scalars(query))


def order_or_404(purchase_id: UUID, program_id: UUID) -> ProgramOrder:
    """Return a program's order. Raises NotFound."""
    order = find(ProgramOrder, purchase_id, program_id)
    if order is None:
        raise NotFound("order")
    return order


def order_body(order: Standing) -> dict[str, Any]:
    """Return an order with the live ladder of each item it names."""
    own = {line.item_id: line.wanted for line in (*order.lines, *order.unsent)}
    views = ladders(order.purchase_id, list(own), own)
    names = ("program_id", "state", "version", "delivery_point_id", "placed_at")
    return {
        **{name: getattr(order, name) for name in names},
        "lines": [_with_ladder(line, views) for line in order.lines],
        "unsent": [_with_ladder(line, views) for line in order.unsent],
    }


def _with_ladder(line: Line, views: dict[UUID, LadderView]) -> dict[str, Any]:
    return {
        "item_id": line.item_id,
        "wanted": line.wanted,
        "extra": line.extra,
        "boost": line.boost,
        "ladder": views[line.item_id],
    }


def _in_purchase(model: Any) -> Any:
    return model.purchase_id == bindparam("purchase")


# one look at the index an item, and not at all wishes of the purchase
_TOTALS = (
    select(
        Wish.pool_id.label("pool"),
        func.sum(Wish.wanted).label("wanted"),
        func.sum(Wish.extra).label("extra"),
        func.sum(Wish.boost).label("boost"),
    )
    .where(Wish.tenant_id == PurchaseItem.tenant_id, _in_purchase(Wish), Wish.item_id == PurchaseItem.id)
    .group_by(Wish.pool_id)
    .correlate(PurchaseItem)
    .lateral("total")
)
_LADDERS = (
    select(
        PurchaseItem.id, PurchaseItem.case_size, PurchaseItem.min_cases, PurchaseItem.ladder,
        _TOTALS.c.pool, _TOTALS.c.wanted, _TOTALS.c.extra, _TOTALS.c.boost,
    )
    .outerjoin(_TOTALS, true())
    .where(_in_purchase(PurchaseItem), PurchaseItem.id == func.any(bindparam("items", type_=ARRAY(Uuid()))))
)  # fmt: skip


def with_ladders(items: Sequence[PurchaseItem], purchase_id: UUID) -> list[dict[str, Any]]:
    """Return items of a purchase with their live ladders."""
    views = ladders(purchase_id, [item.id for item in items], {})
    names = (
        "id", "sku", "name", "unit", "pack_text", "case_size", "min_cases", "ladder", "baseline_kind", "baseline_cents",
        "eaches_per_place", "taxable",
    )  # fmt: skip
    return [{**{name: getattr(item, name) for name in names}, "live": views[item.id]} for item in items]


def ladders(purchase_id: UUID, item_ids: Sequence[UUID], own_wanted: Mapping[UUID, int]) -> dict[UUID, LadderView]:
    """Return the live ladder of items of a purchase, in one statement however many items there are."""
    terms: dict[UUID, Terms] = {}
    totals: dict[UUID, dict[UUID, tuple[int, int, int]]] = {}
    for item_id, size, least, rungs, pool, *sums in execute(_LADDERS, purchase=purchase_id, items=item_ids):
        terms[item_id] = Terms(size, least, rungs)
        pools = totals.setdefault(item_id, {})
        if pool is not None:
            pools[pool] = (int(sums[0]), int(sums[1]), int(sums[2]))
    return {one: _view(terms[one], totals[one], own_wanted.get(one, 0)) for one in item_ids}


def _view(terms: Terms, totals: Mapping[UUID, tuple[int, int, int]], own: int) -> LadderView:
    decision = decide_from_totals(terms, totals)
    wanted = sum(sums[0] for sums in totals.values())
    return view_ladder(terms.ladder, terms.case_size, decision.cases, wanted, own)


def dry_run_or_404(run_id: UUID) -> DryRun:
    """Return a dry run. Raises NotFound."""
    return _or_404(DryRun, "dry run", run_id)


def last_close_or_404(purchase: Purchase) -> Close:
    """Return the newest close of a purchase. Raises NotFound where none was computed yet."""
    return _or_404(Close, "close", purchase.id, purchase.close_version)


def record_or_404(purchase: Purchase) -> StoredFile:
    """Return the stored record of a purchase's newest close. Raises NotFound."""
    return _or_404(StoredFile, "record", last_close_or_404(purchase).record_id)


def purchase_orders(purchase: Purchase) -> Select[Any]:
    """Return the purchase orders of the newest close."""
    return select(PurchaseOrder).where(
        PurchaseOrder.tenant_id == session().scope.id,
        PurchaseOrder.purchase_id == purchase.id,
        PurchaseOrder.version == purchase.close_version,
    )


def purchase_order_or_404(order_id: UUID) -> PurchaseOrder:
    """Return a purchase order of this state. Raises NotFound."""
    return _or_404(PurchaseOrder, "purchase order", order_id)


def purchase_order_lines(order: PurchaseOrder) -> Sequence[PurchaseOrderLine]:
    """Return the lines of a purchase order in their order."""
    query = select(PurchaseOrderLine).where(
        PurchaseOrderLine.tenant_id == session().scope.id, PurchaseOrderLine.purchase_order_id == order.id
    )
    return list(db.session.scalars(query.order_by(PurchaseOrderLine.line)))


def shares_of(purchase: Purchase) -> Select[Any]:
    """Return all shares of the newest close."""
    return select(Share).where(Share.purchase_id == purchase.id, Share.version == purchase.close_version)


def result_of(purchase: Purchase, program_id: UUID) -> dict[str, Any]:
    """Return what the newest close means for one program. Raises NotFound before a close.

    What was saved is against prices without tax, so the tax of the bill is not in it.
    """
    last_close_or_404(purchase)
    bill = find(MemberBill, purchase.id, purchase.close_version, program_id) or _NO_BILL
    saved = db.session.execute(
        select(func.sum(Saving.baseline_cents - Saving.paid_cents)).where(
            Saving.purchase_id == purchase.id,
            Saving.version == purchase.close_version,
            Saving.program_id == program_id,
        )
    ).scalar()
    names = (
        "goods_cents", "freight_cents", "handling_cents", "taxable_cents", "tax_cents", "total_cents", "certificate",
    )  # fmt: skip
    return {
        **{name: getattr(bill, name) for name in names},
        "tax_millionths": purchase.tax_millionths,
        "saved_cents": int(saved or 0) - bill.freight_cents - bill.handling_cents,
        "shares": [_explained(*row) for row in db.session.execute(_shares_with_lines(purchase, program_id))],
    }


_NO_BILL = MemberBill(goods_cents=0, freight_cents=0, handling_cents=0, taxable_cents=0, tax_cents=0, certificate="")


def _shares_with_lines(purchase: Purchase, program_id: UUID) -> Select[Any]:
    return (
        select(Share, LineResult, PurchaseItem)
        .join(
            LineResult,
            (LineResult.tenant_id == Share.tenant_id)
            & (LineResult.purchase_id == Share.purchase_id)
            & (LineResult.version == Share.version)
            & (LineResult.item_id == Share.item_id),
        )
        .join(PurchaseItem, (PurchaseItem.tenant_id == Share.tenant_id) & (PurchaseItem.id == Share.item_id))
        .where(
            Share.purchase_id == purchase.id,
            Share.version == purchase.close_version,
            Share.program_id == program_id,
        )
        .order_by(PurchaseItem.name, PurchaseItem.id)
    )


def _explained(share: Share, line: LineResult, item: PurchaseItem) -> dict[str, Any]:
    names = ("item_id", "program_id", "wanted", "extra", "boost", "got", "amount_cents", "baseline_cents", "reason")
    return {
        **{name: getattr(share, name) for name in names},
        "sku": item.sku,
        "name": item.name,
        "case_size": item.case_size,
        "taxable": item.taxable,
        "cases": line.cases,
        "wanted_in_all": line.wanted,
        "price_cents": line.price_cents,
        "why": why(share, line, item.case_size),
    }
