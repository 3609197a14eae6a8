"""Reads of receiving. Loaders are the guard: they answer only within the scope and the caller's rights."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, or_, select, true

from carepool.errors import NotFound
from carepool.files import StoredFile
from carepool.identity.rights import Permission
from carepool.purchasing.models.closings import MemberBill, Share
from carepool.purchasing.models.orders import ProgramOrder
from carepool.purchasing.models.purchase_orders import PurchaseOrder
from carepool.purchasing.models.purchases import DeliveryPoint, Purchase, PurchaseItem
from carepool.purchasing.receiving.actions.terms import UNDER_WAY
from carepool.purchasing.receiving.counts import LineCount, line_counts, terms_of
from carepool.purchasing.receiving.models.claims import VendorClaim
from carepool.purchasing.receiving.models.counting import Receipt, ReceiptLine, ReceiptPhoto
from carepool.purchasing.receiving.models.documents import SiteDocument
from carepool.purchasing.receiving.models.sharing import (
    Arrival,
    ArrivalBill,
    ArrivalShare,
    ArrivalSupply,
    Credit,
)
from carepool.purchasing.receiving.sentences import why_arrived
from carepool.web.requests import signed_in
from tenants.database import db, find, one_of, session

_P = Permission


def order_to_receive_or_404(order_id: UUID) -> PurchaseOrder:
    """Return a purchase order that the caller may count: all for state staff, one's own door for programs."""
    order = find(PurchaseOrder, order_id)
    if order is None or not signed_in().rights.may(_P.GOODS_RECEIVE, order.pool_id):
        raise NotFound("purchase order")
    return order


def receipt_or_404(receipt_id: UUID) -> Receipt:
    """Return a count of an order that the caller may count. Raises NotFound."""
    receipt = find(Receipt, receipt_id)
    order = find(PurchaseOrder, receipt.purchase_order_id) if receipt else None
    if receipt is None or order is None or not signed_in().rights.may(_P.GOODS_RECEIVE, order.pool_id):
        raise NotFound("receipt")
    return receipt


def photo_or_404(photo_id: UUID) -> StoredFile:
    """Return the file of a photo of a count that the caller may read. Raises NotFound."""
    photo = find(ReceiptPhoto, photo_id)
    if photo is None:
        raise NotFound("file")
    receipt = find(Receipt, photo.receipt_id)
    order = find(PurchaseOrder, receipt.purchase_order_id) if receipt else None
    file = find(StoredFile, photo.file_id)
    if order is None or file is None or not signed_in().rights.may(_P.GOODS_RECEIVE, order.pool_id):
        raise NotFound("file")
    return file


def orders_to_receive() -> Select[Any]:
    """Return the purchase orders of goods on their way or arriving that the caller may count."""
    rights = signed_in().rights
    own = [one for one in rights.program_ids if rights.may(_P.GOODS_RECEIVE, one)]
    mine = true() if rights.may(_P.GOODS_RECEIVE) else one_of(PurchaseOrder.pool_id, own)
    newest = (Purchase.tenant_id == PurchaseOrder.tenant_id) & (Purchase.id == PurchaseOrder.purchase_id)
    return (
        select(PurchaseOrder)
        .join(Purchase, newest & (Purchase.close_version == PurchaseOrder.version))
        .where(PurchaseOrder.tenant_id == session().scope.id, Purchase.state.in_(UNDER_WAY), mine)
    )


def arrives(order: PurchaseOrder) -> bool:
    """Tell whether an order may be counted now: it is of the newest close, and its goods are on their way or arriving."""
    purchase = find(Purchase, order.purchase_id)
    return purchase is not None and purchase.state in UNDER_WAY and purchase.close_version == order.version


def orders_with(words: str) -> Select[Any]:
    """Return the orders to receive whose number is this, or that hold an item of this GTIN, SKU or vendor's number."""
    items = select(PurchaseItem.purchase_id).where(or_(PurchaseItem.gtin == words, PurchaseItem.sku == words))
    vendors = select(PurchaseItem.vendor_id).where(or_(PurchaseItem.gtin == words, PurchaseItem.sku == words))
    holding = PurchaseOrder.purchase_id.in_(items) & PurchaseOrder.vendor_id.in_(vendors)
    return orders_to_receive().where(or_(PurchaseOrder.number == words.upper(), holding))


def counts_of(order: PurchaseOrder) -> list[LineCount]:
    """Return the lines of an order with what was counted."""
    return line_counts(order.purchase_id, [order])


def receipts_of(order: PurchaseOrder) -> Select[Any]:
    """Return the counts of an order."""
    return select(Receipt).where(Receipt.purchase_order_id == order.id)


def receipt_body(receipt: Receipt) -> dict[str, Any]:
    """Return a count with its lines and photos."""
    lines = select(ReceiptLine).where(ReceiptLine.receipt_id == receipt.id).order_by(ReceiptLine.place)
    photos = select(ReceiptPhoto).where(ReceiptPhoto.receipt_id == receipt.id).order_by(ReceiptPhoto.id)
    names = (
        "id", "purchase_order_id", "count_key", "person_id", "counted_at", "received_at", "note", "cause",
    )  # fmt: skip
    return {
        **{name: getattr(receipt, name) for name in names},
        "lines": list(db.session.scalars(lines)),
        "photos": list(db.session.scalars(photos)),
    }


def arrival_or_404(arrival_id: UUID) -> Arrival:
    """Return a result of this state. Raises NotFound."""
    found = find(Arrival, arrival_id)
    if found is None:
        raise NotFound("arrival")
    return found


def arrivals_of(purchase: Purchase) -> Select[Any]:
    """Return all results of a purchase, those that are not computed yet, too."""
    return select(Arrival).where(Arrival.purchase_id == purchase.id)


def arrival_in_force(purchase: Purchase) -> Arrival | None:
    """Return the newest computed result of a purchase, or None."""
    version = terms_of(purchase.id).arrival_version
    query = select(Arrival).where(Arrival.purchase_id == purchase.id, Arrival.version == version)
    return db.session.scalars(query).one_or_none() if version else None


def arrival_file_or_404(arrival: Arrival) -> StoredFile:
    """Return the stored record of a result. Raises NotFound while it is not computed."""
    found = find(StoredFile, arrival.record_id) if arrival.record_id else None
    if found is None:
        raise NotFound("record")
    return found


def arrival_shares(arrival: Arrival) -> Select[Any]:
    """Return all shares of a result."""
    own = (ArrivalShare.purchase_id == arrival.purchase_id, ArrivalShare.version == arrival.version)
    return select(ArrivalShare).where(*own)


def credits_of(purchase: Purchase, program_id: UUID | None = None) -> Select[Any]:
    """Return the credits of a purchase, of one program where it is given."""
    query = select(Credit).where(Credit.purchase_id == purchase.id)
    return query.where(Credit.program_id == program_id) if program_id else query


def vendor_claims(purchase: Purchase) -> Select[Any]:
    """Return the claims to vendors of a purchase."""
    return select(VendorClaim).where(VendorClaim.purchase_id == purchase.id)


def vendor_claim_or_404(claim_id: UUID) -> VendorClaim:
    """Return a claim to a vendor of this state. Raises NotFound."""
    found = find(VendorClaim, claim_id)
    if found is None:
        raise NotFound("vendor claim")
    return found


def arrived_for(purchase: Purchase, program_id: UUID) -> dict[str, Any]:
    """Return what the result in force means for one program, beside the close. Raises NotFound before a result."""
    arrival = arrival_in_force(purchase)
    if arrival is None:
        raise NotFound("arrival")
    bill = find(ArrivalBill, purchase.id, arrival.version, program_id)
    ordered = find(MemberBill, purchase.id, arrival.close_version, program_id)
    paid = _total(ordered)
    rows = db.session.execute(_shares_with_supply(arrival, program_id, pool_of(purchase.id, program_id)))
    return {
        "version": arrival.version,
        "goods_cents": bill.goods_cents if bill else 0,
        "freight_cents": bill.freight_cents if bill else 0,
        "handling_cents": bill.handling_cents if bill else 0,
        "ordered_cents": paid,
        "credit_cents": paid - _total(bill),
        "shares": [_explained(*row) for row in rows],
    }


def _total(bill: ArrivalBill | MemberBill | None) -> int:
    return bill.goods_cents + bill.freight_cents + bill.handling_cents if bill else 0


def pool_of(purchase_id: UUID, program_id: UUID) -> UUID | None:
    """Return where a program's goods are put down: a pick-up site's id, or its own for its door; None without an order."""
    order = find(ProgramOrder, purchase_id, program_id)
    point = find(DeliveryPoint, order.delivery_point_id) if order else None
    return None if point is None else program_id if point.kind == "door" else point.id


def _shares_with_supply(arrival: Arrival, program_id: UUID, pool_id: UUID | None) -> Select[Any]:
    def same(one: Any) -> Any:
        names = ("tenant_id", "purchase_id", "item_id")
        return and_(*(getattr(one, name) == getattr(ArrivalShare, name) for name in names))

    closed = (Share.version == arrival.close_version) & (Share.program_id == ArrivalShare.program_id)
    supplied = (ArrivalSupply.version == ArrivalShare.version) & (ArrivalSupply.pool_id == pool_id)
    item = (PurchaseItem.tenant_id == ArrivalShare.tenant_id) & (PurchaseItem.id == ArrivalShare.item_id)
    return (
        select(ArrivalShare, Share, PurchaseItem, ArrivalSupply.usable, ArrivalSupply.ordered)
        .join(Share, same(Share) & closed)
        .join(PurchaseItem, item)
        .outerjoin(ArrivalSupply, same(ArrivalSupply) & supplied)
        .where(
            ArrivalShare.purchase_id == arrival.purchase_id,
            ArrivalShare.version == arrival.version,
            ArrivalShare.program_id == program_id,
        )
        .order_by(PurchaseItem.name, PurchaseItem.id)
    )


def _explained(
    share: ArrivalShare, closed: Share, item: PurchaseItem, usable: int | None, ordered: int | None
) -> dict[str, Any]:
    return {
        "item_id": item.id,
        "sku": item.sku,
        "name": item.name,
        "wanted": closed.wanted,
        "ordered": closed.got,
        "got": share.got,
        "ordered_cents": closed.amount_cents,
        "amount_cents": share.amount_cents,
        "reason": share.reason,
        "arrived_here": usable or 0,
        "ordered_here": ordered or 0,
        "why": why_arrived(share, closed, usable or 0, ordered or 0),
    }


def papers_of(purchase: Purchase) -> Select[Any]:
    """Return the papers of a purchase's newest result."""
    version = terms_of(purchase.id).arrival_version
    return select(SiteDocument).where(SiteDocument.purchase_id == purchase.id, SiteDocument.version == version)


def paper_or_404(document_id: UUID) -> SiteDocument:
    """Return a paper of this state. Raises NotFound."""
    found = find(SiteDocument, document_id)
    if found is None:
        raise NotFound("paper")
    return found


def paper_file_or_404(document: SiteDocument) -> StoredFile:
    """Return the stored file of a paper. Raises NotFound while a worker makes it."""
    found = find(StoredFile, document.file_id) if document.file_id else None
    if found is None:
        raise NotFound("file")
    return found
