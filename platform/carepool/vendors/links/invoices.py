"""Files that a vendor brings as its invoice: kept as they are, their kind told by their content."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import IO
from uuid import UUID

from sqlalchemy import func, select

from carepool import events
from carepool.errors import Invalid, NotFound, Refusal
from carepool.files import StoredFile, keep_file, open_file
from carepool.outbox import Actor, record_event
from carepool.purchasing.actions.purchases import locked_purchase
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.settlement.actions.documents import record_document
from carepool.sentences import Sentence, marked
from carepool.vendors.deliveries.contents import asked_of_vendor, orders_of_delivery
from carepool.vendors.deliveries.models import OrderDelivery
from carepool.vendors.deliveries.standing import delivery_or_404
from carepool.vendors.desk.publishing import refresh_purchase
from carepool.vendors.documents.faults import BadDocument
from carepool.vendors.documents.invoice import Invoice
from carepool.vendors.formats.formats import read_document
from carepool.vendors.links.invoiced_orders import in_orders
from carepool.vendors.links.models import VendorInvoiceFile
from tenants.database import db, find, session
from tenants.ids import new_id

MOST_BYTES = 10 * 1024 * 1024
MOST_FILES = 50
"""Files that one vendor brings for one purchase; a second invoice is common, a fiftieth is a mistake."""
_BEGINNING = 1024
_READABLE = ("csv", "xlsx", "xml", "x12")
_KINDS: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF-", "pdf", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "png", "image/png"),
    (b"\xff\xd8\xff", "jpeg", "image/jpeg"),
    (b"PK\x03\x04", "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"ISA", "x12", "application/edi-x12"),
)


def bring_invoice(delivery: OrderDelivery, stream: IO[bytes], name: str) -> VendorInvoiceFile:
    """Keep a file; the same bytes for the same order are kept once. Raises Invalid, Refusal."""
    if delivery.purchase_id is None:
        raise Refusal("only-a-test", marked("This is a test order. There is nothing to bill."))
    kind, media_type = kind_of(stream)
    purchase = locked_purchase(delivery.purchase_id)
    brought = (
        VendorInvoiceFile.tenant_id == session().scope.id,
        VendorInvoiceFile.purchase_id == purchase.id,
        VendorInvoiceFile.vendor_id == delivery.vendor_id,
    )
    if (db.session.scalar(select(func.count()).select_from(VendorInvoiceFile).where(*brought)) or 0) >= MOST_FILES:
        sentence = marked("So many files were brought for this order. Send the next one by mail.")
        raise _fault("too-many-files", sentence)
    stored = keep_file(stream, _plain_name(name, kind), media_type)
    known = db.session.scalars(
        select(VendorInvoiceFile).where(*brought, VendorInvoiceFile.sha256 == stored.sha256)
    ).one_or_none()
    if known is not None:
        db.session.delete(stored)
        db.session.flush()
        return known
    own = VendorInvoiceFile(
        id=new_id(),
        vendor_id=delivery.vendor_id,
        purchase_id=purchase.id,
        delivery_id=delivery.id,
        file_id=stored.id,
        name=stored.name,
        kind=kind,
        sha256=stored.sha256,
        size=stored.size,
    )
    db.session.add(own)
    diff = {"file": [None, own.name], "purchase": str(purchase.id)}
    record_event(events.VENDOR_INVOICE_BROUGHT, own.id, Actor.vendor(), diff)
    db.session.flush()
    refresh_purchase(purchase.id, delivery.vendor_id)
    return own


def invoices_of(delivery: OrderDelivery) -> list[VendorInvoiceFile]:
    """Return the files that a vendor brought for the purchase of a message, the oldest first."""
    own = (
        VendorInvoiceFile.tenant_id == session().scope.id,
        VendorInvoiceFile.purchase_id == delivery.purchase_id,
        VendorInvoiceFile.vendor_id == delivery.vendor_id,
    )
    return list(db.session.scalars(select(VendorInvoiceFile).where(*own).order_by(VendorInvoiceFile.id)))


def invoice_files(purchase_id: UUID) -> list[VendorInvoiceFile]:
    """Return all files that vendors brought for a purchase, the oldest first."""
    own = VendorInvoiceFile.tenant_id == session().scope.id, VendorInvoiceFile.purchase_id == purchase_id
    return list(db.session.scalars(select(VendorInvoiceFile).where(*own).order_by(VendorInvoiceFile.id)))


def take_in(by: Actor, file_id: UUID) -> None:
    """Keep what an invoice says of itself, and enter it for matching, where its format can be read. Run again, the same.

    The facts: {number, order, day, total_cents} of the first invoice in the file, and `entered`, ids of the invoices that
    were entered. A picture or PDF, and what cannot be read or entered, stays a file that a person reads.
    """
    own = find(VendorInvoiceFile, file_id)
    stored = find(StoredFile, own.file_id) if own else None
    if own is None or stored is None or own.kind not in _READABLE or own.facts:
        return
    try:
        with open_file(stored) as file:
            documents = read_document(file).documents
    except BadDocument:
        return
    invoices = [one for one in documents if isinstance(one, Invoice)]
    if invoices:
        first = invoices[0]
        day = first.invoiced_on.isoformat() if first.invoiced_on else None
        told = {"number": first.number[:100], "order": first.order_number[:100]}
        entered = list(_entered(by, own, invoices))
        own.facts = {**told, "day": day, "total_cents": first.total_cents, "entered": entered}
    db.session.flush()


def _entered(by: Actor, own: VendorInvoiceFile, invoices: Iterable[Invoice]) -> Iterator[str]:
    """Enter invoices and yield their ids; one of an order that is not under way, or that is here already, is left."""
    purchase, delivery = find(Purchase, own.purchase_id), delivery_or_404(own.delivery_id)
    if purchase is None:
        return
    orders, newest = orders_of_delivery(delivery), asked_of_vendor(purchase, own.vendor_id)
    for one in invoices:
        with suppress(NotFound, Refusal), db.session.begin_nested():
            yield str(record_document(by, own.vendor_id, in_orders(one, orders, newest)).id)


def checked_size(stream: IO[bytes]) -> int:
    """Return the bytes of a file that a vendor brings, from its beginning on. Raises Invalid for none, and too many."""
    size = stream.seek(0, 2)
    stream.seek(0)
    if not size:
        raise _fault("empty-file", marked("Choose a file first."))
    if size > MOST_BYTES:
        raise _fault("file-too-large", marked("The file is larger than %(most)s MB.", most=MOST_BYTES // 1024 // 1024))
    return size


def kind_of(stream: IO[bytes]) -> tuple[str, str]:
    """Tell what a file is by its content, never by its name. Raises Invalid."""
    size = checked_size(stream)
    beginning = stream.read(_BEGINNING)
    stream.seek(0)
    for magic, kind, media_type in _KINDS:
        if beginning.startswith(magic):
            return kind, media_type
    text = beginning.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"<") and b"\0" not in beginning:
        # pages are no documents, and a browser would run what is in them
        if any(word in beginning.lower() for word in (b"<html", b"<!doctype html", b"<svg", b"<script")):
            raise _unknown()
        return "xml", "application/xml"
    try:
        readable = beginning.decode("utf-8-sig", errors="strict" if size < _BEGINNING else "ignore")
    except UnicodeDecodeError:
        raise _unknown() from None
    if readable and all(one.isprintable() or one in "\r\n\t" for one in readable) and "," in readable:
        return "csv", "text/csv; charset=utf-8"
    raise _unknown()


def _unknown() -> Invalid:
    return _fault("unknown-file", marked("Bring the invoice as PDF, picture, Excel, CSV, XML or X12."))


def _fault(kind: str, sentence: Sentence) -> Invalid:
    return Invalid(kind, sentence, {"file": [sentence]})


_ENDINGS = {"jpeg": ("jpg", "jpeg"), "x12": ("x12", "edi", "txt")}


def _plain_name(name: str, kind: str) -> str:
    """Return a name without a path or control signs, that ends as its content says."""
    bare = "".join(one for one in name.replace("\\", "/").rpartition("/")[2] if one.isprintable()).strip(". ")[:120]
    endings = _ENDINGS.get(kind, (kind,))
    return bare if bare.lower().endswith(tuple(f".{one}" for one in endings)) else f"{bare or 'invoice'}.{endings[0]}"
