"""The verb that takes a vendor's file: read, checked against its order, and done in whole or not at all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO
from uuid import UUID

from sqlalchemy import select

from carepool import events
from carepool.errors import Invalid, NotFound, Refusal
from carepool.files import keep_file
from carepool.notifications.letters import Sender
from carepool.outbox import Actor, record_event
from carepool.purchasing.actions.purchases import locked_purchase
from carepool.purchasing.models.purchase_orders import PurchaseOrder
from carepool.purchasing.models.purchases import Purchase
from carepool.sentences import Sentence, marked
from carepool.vendors.answers.actions import LineSaid, answers_of, lines_of, record_answer
from carepool.vendors.deliveries.actions import note_step
from carepool.vendors.deliveries.contents import orders_of_delivery
from carepool.vendors.deliveries.letters import order_of
from carepool.vendors.deliveries.models import MAY_HAVE_IT, ON_ITS_WAY, OrderDelivery, OrderStage
from carepool.vendors.deliveries.standing import deliveries_of, is_canceled, standings_of
from carepool.vendors.deliveries.working import take_fallback
from carepool.vendors.documents.answer import OrderAnswer, Whole
from carepool.vendors.documents.checking import Finding, check_answer, check_shipment, line_named
from carepool.vendors.documents.faults import BadDocument, Place
from carepool.vendors.documents.invoice import Invoice
from carepool.vendors.documents.order import Order
from carepool.vendors.documents.receipt import Receipt
from carepool.vendors.documents.shipment import Shipment
from carepool.vendors.documents.statuses import LineStatus, Outcome
from carepool.vendors.formats.formats import CSV, XLSX, Document, Received, read_document
from carepool.vendors.inbox.answering import lines_said
from carepool.vendors.inbox.models import Door, FileState, VendorFile
from carepool.vendors.inbox.shipments import expect
from carepool.vendors.links.invoices import bring_invoice, checked_size
from carepool.vendors.terms.actions import terms_of
from tenants.database import db, find, session
from tenants.ids import new_id

MOST_TOLD = 20
"""Faults that are told of one file."""


@dataclass(frozen=True)
class Taken:
    """A file that was taken, or that had been before, so that nothing changed."""

    file: VendorFile
    is_new: bool


def take_file(
    by: Actor, vendor_id: int, stream: IO[bytes], name: str, door: Door, about: OrderDelivery | None = None
) -> Taken:
    """Take a file of a vendor: its answers are recorded as on the page, its notices are kept for those who receive.

    `about`: the order message that alone it may speak of, where the door leads to one. The same file again changes nothing.
    Raises Invalid naming the place of every fault, and Refusal where an order takes no answers any more.
    """
    received = _read(stream)
    known = taken_before(vendor_id, received.sha256)
    if known is not None:
        return Taken(known, is_new=False)
    orders = [_order_for(vendor_id, one, about) for one in _in_sequence(received.documents)]
    for purchase_id in sorted({one.delivery.purchase_id for one in orders if one.delivery.purchase_id}):
        # two doors may bring the same file at once
        locked_purchase(purchase_id)
    known = taken_before(vendor_id, received.sha256)
    if known is not None:
        return Taken(known, is_new=False)
    stream.seek(0)
    stored = keep_file(stream, plain_name(name), received.format.media_type)
    own = VendorFile(
        id=new_id(),
        vendor_id=vendor_id,
        purchase_id=orders[0].delivery.purchase_id if orders else None,
        file_id=stored.id,
        name=stored.name,
        door=door,
        format=received.format.name,
        state=FileState.TAKEN,
        sha256=received.sha256,
        size=received.size,
        documents=[{"kind": one.kind, "order": one.number} for one in orders],
    )
    db.session.add(own)
    db.session.flush()
    counts_what_comes = received.format in (CSV, XLSX)
    for one in orders:
        _do(by, own, one, stream, counts_what_comes=counts_what_comes)
    purchase = {"purchase": str(own.purchase_id)} if own.purchase_id else {}
    record_event(events.VENDOR_FILE_TAKEN, own.id, by, {"file": [None, own.name], **purchase})
    db.session.flush()
    return Taken(own, is_new=True)


def take_by_hand(by: Actor, purchase: Purchase, vendor_id: UUID, stream: IO[bytes], name: str) -> Taken:
    """Take a file in that a vendor sent to a person; it may speak of this purchase's orders only.

    `vendor_id`: the vendor's public id. Raises NotFound for a vendor that is not ordered from here, Invalid, Refusal.
    """
    standing = next((one for one in standings_of(purchase) if one.vendor.public_id == vendor_id), None)
    if standing is None:
        raise NotFound("vendor")
    about = standing.newest or standing.before
    if about is None:
        raise Refusal("not-sent", marked("This vendor has no order yet that it could answer."))
    return take_file(by, standing.vendor.id, stream, name, Door.HAND, about)


def note_refused(
    by: Actor, vendor_id: int, stream: IO[bytes], name: str, door: Door, faults: Sequence[Sentence]
) -> VendorFile | None:
    """Keep a file that was refused at a door where nobody reads the answer, and have the coordinators told, once a file."""
    stream.seek(0)
    stored = keep_file(stream, plain_name(name), "application/octet-stream")
    same = (
        VendorFile.tenant_id == session().scope.id,
        VendorFile.vendor_id == vendor_id,
        VendorFile.sha256 == stored.sha256,
        VendorFile.state == FileState.REFUSED,
    )
    if db.session.execute(select(VendorFile.id).where(*same).limit(1)).first():
        db.session.delete(stored)
        db.session.flush()
        return None
    own = VendorFile(
        id=new_id(),
        vendor_id=vendor_id,
        file_id=stored.id,
        name=stored.name,
        door=door,
        state=FileState.REFUSED,
        error=faults[0],
        sha256=stored.sha256,
        size=stored.size,
    )
    db.session.add(own)
    record_event(events.VENDOR_FILE_REFUSED, own.id, by, {"file": [None, own.name]})
    db.session.flush()
    return own


def taken_before(vendor_id: int, sha256: str) -> VendorFile | None:
    """Return the file of these bytes that was taken from a vendor, or None."""
    same = (
        VendorFile.tenant_id == session().scope.id,
        VendorFile.vendor_id == vendor_id,
        VendorFile.sha256 == sha256,
        VendorFile.state == FileState.TAKEN,
    )
    return db.session.scalars(select(VendorFile).where(*same)).one_or_none()


def plain_name(name: str) -> str:
    """Return a file's name without a path or control signs."""
    bare = "".join(one for one in name.replace("\\", "/").rpartition("/")[2] if one.isprintable()).strip(". ")[:120]
    return bare or "file"


@dataclass(frozen=True)
class _ForOrder:
    """A document and the order message that it speaks of."""

    document: Document
    delivery: OrderDelivery
    number: str

    @property
    def kind(self) -> str:
        """What it is, in one word that is kept."""
        return _KINDS[type(self.document)]


_KINDS: dict[type, str] = {OrderAnswer: "answer", Receipt: "receipt", Shipment: "shipment", Invoice: "invoice"}


def _read(stream: IO[bytes]) -> Received:
    checked_size(stream)
    try:
        return read_document(stream)
    except BadDocument as bad:
        raise _fault("bad-file", bad.sentence) from bad


def _in_sequence(documents: Sequence[Document]) -> Iterator[tuple[Document, str, Place]]:
    """Yield each document with the number of the order that it names and where that stands; receipts name a control."""
    for one in documents:
        if isinstance(one, Shipment):
            for number in sorted(one.order_numbers()):
                place = next(line.place for line in one.lines if line.order_number == number)
                yield one, number, place
        elif isinstance(one, Receipt):
            yield one, str(one.control), one.place
        else:
            yield one, one.order_number, one.place


def _order_for(vendor_id: int, told: tuple[Document, str, Place], about: OrderDelivery | None) -> _ForOrder:
    """Return the message of this vendor that a document speaks of. Raises Invalid naming the place."""
    document, number, place = told
    find_it = _of_control if isinstance(document, Receipt) else _of_number
    found = find_it(vendor_id, number)
    if found is None or (about is not None and found.purchase_id != about.purchase_id):
        raise _fault("wrong-order", _not_yours(place, number, isinstance(document, Receipt)))
    if about is not None and not isinstance(document, Receipt):
        found = about
    return _ForOrder(document, found, number)


def _not_yours(place: Place, number: str, receipt: bool) -> Sentence:
    problem = (
        marked('No order that we sent you has the control number "%(number)s".', number=number[:60])
        if receipt
        else marked(
            'Order "%(number)s" is none of yours here. Give the number that stands on the order.', number=number[:60]
        )
    )
    return marked("%(place)s: %(problem)s", place=place.sentence(), problem=problem)


def _of_control(vendor_id: int, control: str) -> OrderDelivery | None:
    own = (
        OrderDelivery.tenant_id == session().scope.id,
        OrderDelivery.vendor_id == vendor_id,
        OrderDelivery.control == int(control),
    )
    found = db.session.scalars(select(OrderDelivery).where(*own)).one_or_none()
    return found if found is not None and found.is_order else None


def _of_number(vendor_id: int, number: str) -> OrderDelivery | None:
    """Return the newest message with which a vendor has an order of a number: the message's, or one place's."""
    theirs = (
        select(PurchaseOrder.purchase_id)
        .join(Purchase, (Purchase.tenant_id == PurchaseOrder.tenant_id) & (Purchase.id == PurchaseOrder.purchase_id))
        .where(
            PurchaseOrder.tenant_id == session().scope.id,
            PurchaseOrder.vendor_id == vendor_id,
            (PurchaseOrder.number == number) | (Purchase.number == number),
        )
    )
    purchase_id = db.session.scalars(theirs.limit(1)).first()
    if purchase_id is None:
        return None
    sent = deliveries_of(purchase_id).where(OrderDelivery.vendor_id == vendor_id, OrderDelivery.state.in_(MAY_HAVE_IT))
    found = list(db.session.scalars(sent))
    return found[-1] if found else None


def _do(by: Actor, own: VendorFile, one: _ForOrder, stream: IO[bytes], *, counts_what_comes: bool) -> None:
    document, delivery = one.document, one.delivery
    if isinstance(document, Receipt):
        _receipt(by, delivery, document)
    elif isinstance(document, OrderAnswer):
        _answer(by, own, delivery, document, counts_what_comes=counts_what_comes)
    elif isinstance(document, Shipment):
        _must_be_wanted(delivery, one.number)
        order = _neutral(delivery)
        _checked(check_shipment(order, document))
        expect(own, delivery, order, document, one.number)
    else:
        stream.seek(0)
        bring_invoice(delivery, stream, own.name)


def _answer(
    by: Actor, own: VendorFile, delivery: OrderDelivery, document: OrderAnswer, *, counts_what_comes: bool
) -> None:
    order = _neutral(delivery)
    _checked(check_answer(order, document))
    received = document.whole is Whole.RECEIVED and not document.lines
    if received or (delivery.cancels and _is_yes(document)):
        _acknowledge(by, delivery, own)
        return
    said = lines_said(order, document, _said_before(delivery), counts_what_comes=counts_what_comes)
    try:
        record_answer(by, delivery, said, document.note[:1000], own.door)
    except Invalid as refused:
        raise _at_lines(order, document, refused) from refused


def _said_before(delivery: OrderDelivery) -> dict[int, LineSaid]:
    """Return what the newest answer to a message says by its line numbers."""
    answers = answers_of(delivery)
    told = lines_of(answers[0]) if answers else {}
    return {
        number: LineSaid(
            LineStatus(one.code), one.cases, one.price_cents, one.promised_on, one.substitute_sku, one.substitute_name
        )
        for number, (order, line) in orders_of_delivery(delivery).numbered().items()
        if (one := told.get((order.id, line.line))) is not None
    }


def _at_lines(order: Order, document: OrderAnswer, refused: Invalid) -> Invalid:
    """Return a refusal that names the places in the file instead of the boxes of a form."""
    places: dict[int, Place] = {}
    for one in document.lines:
        line = line_named(order, document.order_number, one)
        if line is not None:
            places.setdefault(line.line, one.place)
    found = []
    for name, sentences in refused.fields.items():
        number = name.rpartition(".")[2]
        place = places.get(int(number), document.place) if number.isdecimal() else document.place
        found += [marked("%(place)s: %(problem)s", place=place.sentence(), problem=one) for one in sentences]
    found = found[:MOST_TOLD] or [refused.sentence]
    return Invalid("bad-file", found[0], {"file": found})


def _acknowledge(by: Actor, delivery: OrderDelivery, own: VendorFile) -> None:
    db.session.refresh(delivery, with_for_update=True)
    if delivery.acknowledged_at is None:
        evidence = f"file {own.id} sha256 {own.sha256}"
        note_step(by, delivery, OrderStage.ACKNOWLEDGED, events.ORDER_ACKNOWLEDGED, evidence=evidence)


def _receipt(by: Actor, delivery: OrderDelivery, document: Receipt) -> None:
    """A receipt proves that the vendor's system has the order, or that it cannot read it."""
    db.session.refresh(delivery, with_for_update=True)
    accepted = document.accepted and all(one.accepted for one in document.sets)
    evidence = f"X12 997 of group {document.control}: {'accepted' if accepted else 'rejected'}"
    if accepted:
        if delivery.state not in ON_ITS_WAY:
            note_step(by, delivery, OrderStage.SENT, evidence=evidence)
        note_step(by, delivery, OrderStage.DELIVERED, evidence=evidence)
        return
    faults = [fault for one in document.sets for fault in one.faults]
    where = f"{faults[0].segment} {faults[0].position}" if faults else ""
    error = (
        marked("The vendor's system could not read the order: segment %(where)s.", where=where)
        if where
        else marked("The vendor's system could not read the order.")
    )
    if delivery.state in (OrderStage.SENT, OrderStage.DELIVERED, OrderStage.UNKNOWN):
        note_step(by, delivery, OrderStage.REFUSED, events.ORDER_TROUBLE, evidence=evidence, error=error)
        take_fallback(by, delivery)


def _is_yes(document: OrderAnswer) -> bool:
    """Tell whether an answer takes all as it was sent: to a cancellation it says that the vendor knows. Pure."""
    whole = document.whole in (Whole.RECEIVED, Whole.ACCEPTED, Whole.CHANGED)
    return whole and all(one.status.outcome is Outcome.ACCEPTED for one in document.lines)


def _must_be_wanted(delivery: OrderDelivery, number: str) -> None:
    """Refuse goods of an order of which nothing is wanted any more."""
    purchase = find(Purchase, delivery.purchase_id)
    if purchase is not None and is_canceled(purchase, delivery.vendor_id):
        sentence = marked(
            "Order %(number)s was canceled: nothing of it is wanted. Ship nothing, and call the people who ordered where"
            " something has left.",
            number=number[:60],
        )
        raise _fault("order-canceled", sentence)


def _neutral(delivery: OrderDelivery) -> Order:
    return order_of(delivery, terms_of(delivery.vendor_id), Sender.here(), "")


def _checked(findings: Sequence[Finding]) -> None:
    if findings:
        told = [one.sentence for one in findings[:MOST_TOLD]]
        raise Invalid("does-not-fit", told[0], {"file": told})


def _fault(kind: str, sentence: Sentence) -> Invalid:
    return Invalid(kind, sentence, {"file": [sentence]})
