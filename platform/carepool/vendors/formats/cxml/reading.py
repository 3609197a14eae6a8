"""ConfirmationRequest, ShipNoticeRequest and InvoiceDetailRequest of cXML 1.2."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import IO

from carepool.sentences import marked
from carepool.vendors.documents.answer import AnsweredLine, OrderAnswer, Whole
from carepool.vendors.documents.faults import BadDocument, Place
from carepool.vendors.documents.invoice import Charge, ChargeKind, Invoice, InvoicedLine
from carepool.vendors.documents.parties import Sender
from carepool.vendors.documents.shipment import Shipment, ShippedLine
from carepool.vendors.documents.statuses import LineStatus
from carepool.vendors.documents.units import Quantity, unit_of_code
from carepool.vendors.formats.values import (
    MOST_TEXT,
    LineCount,
    cents_at,
    clean,
    date_at,
    line_number_at,
    number_at,
    price_at,
    quantity_at,
)
from carepool.vendors.formats.xml_parts import Part, parts

CONFIRMATION, SHIP_NOTICE, INVOICE = "ConfirmationRequest", "ShipNoticeRequest", "InvoiceDetailRequest"
_REQUEST = "cXML/Request"
_OPEN = frozenset(
    {
        _REQUEST,
        *(f"{_REQUEST}/{name}" for name in (CONFIRMATION, SHIP_NOTICE, INVOICE)),
        f"{_REQUEST}/{SHIP_NOTICE}/ShipNoticePortion",
        f"{_REQUEST}/{INVOICE}/InvoiceDetailOrder",
    }
)
_WHOLES = {
    "accept": Whole.ACCEPTED,
    "allDetail": Whole.CHANGED,
    "detail": Whole.CHANGED,
    "except": Whole.CHANGED,
    "replace": Whole.CHANGED,
    "backordered": Whole.BACKORDERED,
    "reject": Whole.REJECTED,
    "requestToPay": Whole.RECEIVED,
}
_STATUSES = {
    "accept": LineStatus.ACCEPTED,
    "requestToPay": LineStatus.ACCEPTED,
    "backordered": LineStatus.BACKORDERED,
    "reject": LineStatus.REJECTED,
    "unknown": LineStatus.HELD,
}
_NO_ORDER = marked("It does not name the order. Put the order's number into OrderReference, orderID.")
_CREDITS = frozenset({"creditMemo", "lineLevelCreditMemo"})
_MOST_TRACKING = 100
_LONGEST_TERM = 3650


def opens(path: str) -> bool:
    """Tell whether an element's children are read one by one."""
    return path in _OPEN


def request_of(file: IO[bytes]) -> str:
    """Return the kind of the request inside, such as `ConfirmationRequest`, and set the file back to its start."""
    found = ""
    for part in parts(file, lambda path: path.startswith(_REQUEST)):
        if part.path.startswith(f"{_REQUEST}/"):
            found = part.name
            break
    file.seek(0)
    return found


def read_answer(file: IO[bytes]) -> OrderAnswer:
    """Read a ConfirmationRequest. Raises BadDocument."""
    sender, header, order = Sender(), None, None
    lines: list[AnsweredLine] = []
    count, root = LineCount(), None
    for part in parts(file, opens):
        root = root or part
        if part.path == "cXML/Header":
            sender = _sender(part)
        elif part.name == "ConfirmationHeader":
            header = part
        elif part.name == "OrderReference":
            order = part
        elif part.name == "ConfirmationItem":
            count.one_more(part.place)
            lines.extend(_answered(part))
    if header is None or root is None:
        raise BadDocument(_place(root), marked("It has no ConfirmationHeader."))
    kind = header.attributes.get("type", "")
    whole = _WHOLES.get(kind)
    if whole is None:
        raise BadDocument(
            header.place,
            marked(
                '"%(type)s" is no type of a confirmation. Use accept, detail, except, reject.', type=clean(kind)[:40]
            ),
        )
    number, version = _order_number(order, root)
    total = header.find("Total/Money")
    return OrderAnswer(
        order_number=number,
        whole=whole,
        lines=tuple(lines),
        number=_attribute(header, "confirmID"),
        answered_on=_date(header, "noticeDate"),
        order_version=version,
        sender=sender,
        currency=total.attribute("", "currency") if total else "",
        total_cents=cents_at(total.place, total.text) if total else None,
        note=header.text_of("Comments"),
        place=order.place if order else root.place,
    )


def read_shipment(file: IO[bytes]) -> Shipment:
    """Read a ShipNoticeRequest. Raises BadDocument."""
    sender, header, root, order_number = Sender(), None, None, ""
    lines: list[ShippedLine] = []
    tracking: list[str] = []
    carrier, count = "", LineCount()
    for part in parts(file, opens):
        root = root or part
        if part.path == "cXML/Header":
            sender = _sender(part)
        elif part.name == "ShipNoticeHeader":
            header = part
        elif part.name == "ShipControl":
            carrier = carrier or part.text_of("CarrierIdentifier")
            found = [one.plain() for one in part.all("ShipmentIdentifier") if one.text]
            tracking += found[: _MOST_TRACKING - len(tracking)]
        elif part.name == "ShipNoticePortion":
            order_number = ""
        elif part.name == "OrderReference":
            order_number, _ = _order_number(part, root)
        elif part.name == "ShipNoticeItem":
            count.one_more(part.place)
            lines.append(_shipped(part, order_number))
    if header is None or root is None:
        raise BadDocument(_place(root), marked("It has no ShipNoticeHeader."))
    return Shipment(
        number=_needed_attribute(header, "shipmentID"),
        lines=tuple(lines),
        shipped_on=_date(header, "shipmentDate"),
        arrives_on=_date(header, "deliveryDate"),
        carrier=carrier,
        tracking=tuple(dict.fromkeys(tracking)),
        sender=sender,
        note=header.text_of("Comments"),
        place=header.place,
    )


def read_invoice(file: IO[bytes]) -> Invoice:
    """Read an InvoiceDetailRequest for one order. Raises BadDocument."""
    sender, header, root, summary, order = Sender(), None, None, None, None
    lines: list[InvoicedLine] = []
    count, credit = LineCount(), False
    number = ""
    for part in parts(file, opens):
        root = root or part
        if part.path == "cXML/Header":
            sender = _sender(part)
        elif part.name == "InvoiceDetailRequestHeader":
            header, credit = part, part.attributes.get("purpose", "") in _CREDITS
        elif part.name == "InvoiceDetailOrderInfo":
            found = part.find("OrderReference") or part.find("OrderIDInfo")
            named, _ = _order_number(found, part)
            if order is not None and named != number:
                raise BadDocument(part.place, marked("It is for several orders. Send one invoice for each order."))
            order, number = found, named
        elif part.name == "InvoiceDetailItem":
            count.one_more(part.place)
            lines.append(_invoiced(part, credit=credit))
        elif part.name == "InvoiceDetailSummary":
            summary = part
    if header is None or root is None:
        raise BadDocument(_place(root), marked("It has no InvoiceDetailRequestHeader."))
    if order is None:
        raise BadDocument(root.place, _NO_ORDER)
    if summary is None:
        raise BadDocument(root.place, marked("It has no InvoiceDetailSummary."))
    total = next(
        (
            one
            for path in ("DueAmount", "NetAmount", "GrossAmount")
            if (one := summary.find(f"{path}/Money")) and one.text
        ),
        None,
    )
    if total is None:
        raise BadDocument(summary.place, marked("It has no total. Put it into NetAmount or DueAmount."))
    invoiced_on = _date(header, "invoiceDate")
    return Invoice(
        number=_needed_attribute(header, "invoiceID"),
        order_number=number,
        lines=tuple(lines),
        total_cents=_signed(cents_at(total.place, total.text), credit=credit),
        invoiced_on=invoiced_on,
        due_on=_due(header, invoiced_on),
        charges=tuple(_charges(summary, credit=credit)),
        currency=total.attribute("", "currency"),
        sender=sender,
        credit=credit,
        note=header.text_of("Comments"),
        place=order.place,
        total_place=total.place,
    )


def _answered(part: Part) -> Iterator[AnsweredLine]:
    line = line_number_at(part.place, part.attributes.get("lineNumber", ""))
    wanted = part.attributes.get("quantity", "").strip()
    statuses = list(part.all("ConfirmationStatus"))
    for one in statuses:
        kind = one.attributes.get("type", "")
        quantity = _quantity(one)
        price = one.find("UnitPrice/Money") or one.find("ItemIn/ItemDetail/UnitPrice/Money")
        arrives = _date(one, "deliveryDate")
        substitute = one.text_of("ItemIn/ItemID/SupplierPartID")
        status = _STATUSES.get(kind)
        if status is None:
            if kind not in ("detail", "allDetail"):
                problem = marked(
                    '"%(type)s" is no type of a line. Use accept, detail, backordered, reject.', type=clean(kind)[:40]
                )
                raise BadDocument(one.place, problem)
            fewer = len(statuses) == 1 and one.attributes.get("quantity", "").strip() != wanted
            status = _detail(bool(substitute), bool(price), bool(arrives), fewer=fewer)
        yield AnsweredLine(
            line=line,
            status=status,
            quantity=quantity,
            price=price_at(price.place, price.text) if price else None,
            ships_on=_date(one, "shipmentDate"),
            arrives_on=arrives,
            substitute_sku=substitute,
            note=one.text_of("Comments"),
            place=one.place,
        )


def _detail(*changes: bool, fewer: bool) -> LineStatus:
    """What a status of details says: one change has a code of its own, several together are changes."""
    codes = (LineStatus.SUBSTITUTED, LineStatus.PRICE_CHANGED, LineStatus.DATE_MOVED)
    found = [code for code, changed in zip(codes, changes, strict=True) if changed]
    if fewer:
        found.append(LineStatus.QUANTITY_CHANGED)
    if LineStatus.SUBSTITUTED in found:
        return LineStatus.SUBSTITUTED
    return found[0] if len(found) == 1 else LineStatus.CHANGED


def _shipped(part: Part, order_number: str) -> ShippedLine:
    if not order_number:
        raise BadDocument(part.place, _NO_ORDER)
    return ShippedLine(
        order_number=order_number,
        line=line_number_at(part.place, part.attributes.get("lineNumber", "")),
        quantity=_quantity(part),
        sku=part.text_of("ItemID/SupplierPartID"),
        lot=part.text_of("Batch/SupplierBatchID", "SupplierBatchID"),
        note=part.text_of("Comments"),
        place=part.place,
    )


def _invoiced(part: Part, *, credit: bool) -> InvoicedLine:
    quantity = _quantity(part, credit=credit)
    price_part = part.find("UnitPrice/Money")
    price = (
        None
        if price_part is None
        else price_at(price_part.place, price_part.text.lstrip("-") if credit else price_part.text)
    )
    amount = part.find("SubtotalAmount/Money") or part.find("NetAmount/Money")
    if amount is not None:
        cents = _signed(cents_at(amount.place, amount.text), credit=credit)
    elif price is not None:
        cents = int((price * quantity.number * 100).quantize(Decimal(1), ROUND_HALF_UP))
    else:
        raise BadDocument(part.place, marked("The line has neither a price nor an amount."))
    basis = part.find("PriceBasisQuantity")
    if basis is not None and price is not None:
        price = _price_of_one(basis, price)
    reference = part.find("InvoiceDetailItemReference")
    line = reference.attributes.get("lineNumber", "") if reference else ""
    return InvoicedLine(
        line=line_number_at(part.place, line) if line else None,
        quantity=quantity,
        amount_cents=cents,
        sku=part.text_of("InvoiceDetailItemReference/ItemID/SupplierPartID"),
        name=part.text_of("InvoiceDetailItemReference/Description"),
        price=price,
        place=part.place,
    )


def _price_of_one(basis: Part, price: Decimal) -> Decimal | None:
    """The price of one unit where the price is that of several, or of another unit."""
    per = number_at(basis.place, basis.attributes.get("quantity", "1"))
    factor = number_at(basis.place, basis.attributes.get("conversionFactor", "1"))
    if per <= 0 or factor <= 0:
        raise BadDocument(basis.place, marked("A price basis is larger than nothing."))
    return price if per == factor == 1 else (price * factor / per).quantize(Decimal("0.000001"))


def _charges(summary: Part, *, credit: bool) -> Iterator[Charge]:
    known = (
        ("Tax/Money", ChargeKind.TAX, 1),
        ("ShippingAmount/Money", ChargeKind.FREIGHT, 1),
        ("SpecialHandlingAmount/Money", ChargeKind.OTHER, 1),
        ("InvoiceDetailDiscount/Money", ChargeKind.ALLOWANCE, -1),
        ("TotalCharges/Money", ChargeKind.OTHER, 1),
        ("TotalAllowances/Money", ChargeKind.ALLOWANCE, -1),
    )
    for path, kind, sign in known:
        found = summary.find(path)
        if found is not None and found.text:
            cents = _signed(cents_at(found.place, found.text), credit=credit)
            if cents:
                yield Charge(kind, -abs(cents) if sign < 0 else cents, "")
    due = summary.find("DueAmount/Money")
    deposit = summary.find("DepositAmount/Money")
    if due is not None and due.text and deposit is not None and deposit.text:
        yield Charge(ChargeKind.OTHER, -_signed(cents_at(deposit.place, deposit.text), credit=credit), "DepositAmount")


def _signed(cents: int, *, credit: bool) -> int:
    """A credit memo of cXML has negative amounts; ours says that it is a credit."""
    return -cents if credit else cents


def _quantity(part: Part, *, credit: bool = False) -> Quantity:
    unit = part.text_of("UnitOfMeasure")
    number = part.attributes.get("quantity", "")
    return quantity_at(part.place, number.strip().lstrip("-") if credit else number, unit_of_code(unit or "EA"), unit)


def _order_number(reference: Part | None, root: Part) -> tuple[str, int | None]:
    """Return the order's number and, where the answer names the very message, its version."""
    if reference is None:
        raise BadDocument(root.place, _NO_ORDER)
    number = _attribute(reference, "orderID")
    payload = reference.attribute("DocumentReference", "payloadID")
    version = None
    if payload.endswith("@carepool"):
        named, _, rest = payload.removesuffix("@carepool").rpartition(".")
        if rest.isascii() and rest.isdigit() and len(rest) < 9:
            number, version = number or named, int(rest)
    if not number:
        raise BadDocument(reference.place, _NO_ORDER)
    return number, version


def _due(header: Part, invoiced_on: date | None) -> date | None:
    term = header.find("PaymentTerm")
    days = term.attributes.get("payInNumberOfDays", "") if term else ""
    if not invoiced_on or not (days.isascii() and days.isdigit() and int(days[:6]) <= _LONGEST_TERM):
        return None
    return invoiced_on + timedelta(days=int(days[:6]))


def _attribute(part: Part, name: str) -> str:
    return part.attribute("", name)[:MOST_TEXT]


def _needed_attribute(part: Part, name: str) -> str:
    found = _attribute(part, name)
    if not found:
        raise BadDocument(part.place, marked("It has no %(name)s.", name=name))
    return found


def _date(part: Part, name: str) -> date | None:
    text = part.attributes.get(name, "")
    return date_at(part.place, text) if text.strip() else None


def _place(part: Part | None) -> Place:
    return part.place if part else Place()


def _sender(header: Part) -> Sender:
    identities = tuple(one.plain() for one in header.all("From/Credential/Identity") if one.text)
    return Sender(mailboxes=identities, numbers=identities)
