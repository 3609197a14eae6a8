"""OrderResponse (also Peppol's advanced one), DespatchAdvice, Invoice and CreditNote of UBL 2.1."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import IO

from carepool.sentences import Sentence, marked
from carepool.vendors.documents.answer import AnsweredLine, OrderAnswer, Whole
from carepool.vendors.documents.faults import BadDocument, Place
from carepool.vendors.documents.invoice import Charge, ChargeKind, Invoice, InvoicedLine
from carepool.vendors.documents.parties import Sender
from carepool.vendors.documents.shipment import Shipment, ShippedLine
from carepool.vendors.documents.statuses import LineStatus
from carepool.vendors.documents.units import Quantity, unit_of_code
from carepool.vendors.formats.charges import kind_of_charge
from carepool.vendors.formats.ubl.namespaces import (
    COMMON,
    CREDIT_NOTE,
    DESPATCH_ADVICE,
    INVOICE,
    ORDER_RESPONSE,
)
from carepool.vendors.formats.values import (
    LineCount,
    cents_at,
    date_at,
    line_number_at,
    price_at,
    quantity_at,
)
from carepool.vendors.formats.xml_parts import Part, parts

_WHOLES = {"AB": Whole.RECEIVED, "AP": Whole.ACCEPTED, "CA": Whole.CHANGED, "RE": Whole.REJECTED}
#: UNCL 1229, as far as Peppol lets an order response use it.
_ACTIONS = {
    "1": LineStatus.CHANGED,
    "3": LineStatus.CHANGED,
    "5": LineStatus.ACCEPTED,
    "7": LineStatus.REJECTED,
    "42": LineStatus.ACCEPTED_SHIPPED,
}
_CREDIT_TYPES = frozenset({"381", "396"})
_NO_ORDER = marked("It does not name the order. Put the order's number into OrderReference/ID.")
_NO_NUMBER = marked("It has no number. Put one into ID.")
_NO_QUANTITY = marked("The line has no quantity.")
_MOST_ALIKE = 100
"""Parts of the head with the same name that are kept, such as charges."""
_HEADS = frozenset(
    {
        "AccountingSupplierParty",
        "AdditionalDocumentReference",
        "AllowanceCharge",
        "DespatchSupplierParty",
        "DocumentCurrencyCode",
        "DueDate",
        "ID",
        "InvoiceTypeCode",
        "IssueDate",
        "LegalMonetaryTotal",
        "Note",
        "OrderReference",
        "OrderResponseCode",
        "PaymentMeans",
        "SalesOrderID",
        "SellerSupplierParty",
        "Shipment",
        "TaxTotal",
    }
)
"""Parts of the head that are kept."""
_NO_PART = Part("", {}, 0, "")


@dataclass
class _Kept:
    """What of a document is read before its lines are done."""

    root: Part
    parts: dict[str, list[Part]] = field(default_factory=dict)
    lines: list[Part] = field(default_factory=list)

    def first(self, name: str) -> Part | None:
        return next(iter(self.parts.get(name, ())), None)

    def text(self, name: str) -> str:
        found = self.first(name)
        return found.plain() if found else ""

    def needed(self, name: str, path: str, problem: Sentence) -> Part:
        """Return an element of the head; `path` empty: the part itself."""
        found = self.first(name)
        if found is None:
            raise BadDocument(self.root.place, problem)
        if path:
            return found.needed(path, problem)
        if not found.text:
            raise BadDocument(found.place, problem)
        return found


def read_answer(file: IO[bytes]) -> OrderAnswer:
    """Read an OrderResponse. Raises BadDocument."""
    lines: list[AnsweredLine] = []
    count = LineCount()
    kept = _Kept(_NO_PART)
    for part in _parts(file, ORDER_RESPONSE, kept):
        if part.name == "OrderLine":
            count.one_more(part.place)
            lines.extend(_answered(part))
    code = kept.needed("OrderResponseCode", "", marked("It has no OrderResponseCode: AB, AP, CA or RE."))
    whole = _WHOLES.get(code.text)
    if whole is None:
        raise BadDocument(
            code.place, marked('"%(code)s" is not an OrderResponseCode. Use AB, AP, CA or RE.', code=code.plain()[:40])
        )
    order = kept.needed("OrderReference", "ID", _NO_ORDER)
    return OrderAnswer(
        order_number=order.plain(),
        whole=whole,
        lines=tuple(lines),
        number=kept.text("SalesOrderID") or kept.text("ID"),
        answered_on=_date(kept.first("IssueDate")),
        order_version=_version(kept),
        sender=_sender(kept.first("SellerSupplierParty")),
        currency=kept.text("DocumentCurrencyCode"),
        total_cents=None,
        note=" ".join(part.plain() for part in kept.parts.get("Note", ())),
        place=order.place,
    )


def read_shipment(file: IO[bytes]) -> Shipment:
    """Read a DespatchAdvice. Raises BadDocument."""
    kept = _Kept(_NO_PART)
    lines: list[ShippedLine] = []
    count = LineCount()
    for part in _parts(file, DESPATCH_ADVICE, kept):
        if part.name == "DespatchLine":
            count.one_more(part.place)
            lines.append(_shipped(part, kept))
    number = kept.needed("ID", "", _NO_NUMBER)
    shipment = kept.first("Shipment")
    tracking: list[str] = []
    carrier = ""
    if shipment:
        carrier = shipment.text_of(
            "Consignment/CarrierParty/PartyName/Name",
            "Consignment/CarrierParty/PartyLegalEntity/RegistrationName",
            "ShipmentStage/CarrierParty/PartyName/Name",
            "Delivery/CarrierParty/PartyName/Name",
        )
        found = (*shipment.all("Delivery/TrackingID"), *shipment.all("Consignment/ID"))
        tracking = [one.plain() for one in found if one.text]
    return Shipment(
        number=number.plain(),
        lines=tuple(lines),
        shipped_on=_date_in(
            shipment, "Delivery/Despatch/ActualDespatchDate", "Delivery/Despatch/EstimatedDespatchDate"
        ),
        arrives_on=_date_in(
            shipment,
            "Delivery/EstimatedDeliveryPeriod/EndDate",
            "Delivery/EstimatedDeliveryPeriod/StartDate",
            "Delivery/ActualDeliveryDate",
        ),
        carrier=carrier,
        tracking=tuple(dict.fromkeys(tracking)),
        sender=_sender(kept.first("DespatchSupplierParty"), kept.first("SellerSupplierParty")),
        note=" ".join(part.plain() for part in kept.parts.get("Note", ())),
        place=number.place,
    )


def read_invoice(file: IO[bytes]) -> Invoice:
    """Read an Invoice. Raises BadDocument."""
    return _invoice(file, INVOICE, "InvoiceLine", "InvoicedQuantity")


def read_credit_note(file: IO[bytes]) -> Invoice:
    """Read a CreditNote as an invoice that is a credit. Raises BadDocument."""
    return _invoice(file, CREDIT_NOTE, "CreditNoteLine", "CreditedQuantity")


def _invoice(file: IO[bytes], namespace: str, line_name: str, quantity_name: str) -> Invoice:
    kept = _Kept(_NO_PART)
    lines: list[InvoicedLine] = []
    count = LineCount()
    for part in _parts(file, namespace, kept):
        if part.name == line_name:
            count.one_more(part.place)
            lines.append(_invoiced(part, quantity_name))
    number = kept.needed("ID", "", _NO_NUMBER)
    order_number, order_place = _order_of_invoice(kept, lines)
    no_total = marked("It has no total. Put it into LegalMonetaryTotal/PayableAmount.")
    total = kept.needed("LegalMonetaryTotal", "PayableAmount", no_total)
    currency = kept.text("DocumentCurrencyCode")
    return Invoice(
        number=number.plain(),
        order_number=order_number,
        lines=tuple(lines),
        total_cents=cents_at(total.place, total.text),
        invoiced_on=_date(kept.first("IssueDate")),
        due_on=_date(kept.first("DueDate")) or _date_in(kept.first("PaymentMeans"), "PaymentDueDate"),
        charges=tuple(_charges(kept, currency)),
        currency=currency,
        sender=_sender(kept.first("AccountingSupplierParty"), kept.first("SellerSupplierParty")),
        credit=namespace == CREDIT_NOTE or kept.text("InvoiceTypeCode") in _CREDIT_TYPES,
        note=" ".join(part.plain() for part in kept.parts.get("Note", ())),
        place=order_place,
        total_place=total.place,
    )


def _parts(file: IO[bytes], namespace: str, kept: _Kept) -> Iterator[Part]:
    """Keep the parts of the head; yield those of lines."""
    stream = parts(file, lambda path: False, COMMON | {namespace})
    kept.root = next(stream)
    for part in stream:
        if part.name.endswith("Line"):
            yield part
        elif part.name in _HEADS:
            found = kept.parts.setdefault(part.name, [])
            if len(found) < _MOST_ALIKE:
                found.append(part)


def _answered(part: Part) -> Iterator[AnsweredLine]:
    item = part.find("LineItem")
    if item is None:
        raise BadDocument(part.place, marked("The line has no LineItem."))
    code = item.needed("LineStatusCode", marked("The line has no LineStatusCode: 1, 3, 5, 7 or 42."))
    status = _ACTIONS.get(code.text)
    if status is None:
        raise BadDocument(
            code.place, marked('"%(code)s" is not a LineStatusCode. Use 1, 3, 5, 7 or 42.', code=code.plain()[:40])
        )
    substitute = part.text_of(
        "SellerSubstitutedLineItem/Item/SellersItemIdentification/ID", "SellerSubstitutedLineItem/ID"
    )
    if substitute and status is not LineStatus.REJECTED:
        status = LineStatus.SUBSTITUTED
    quantity = _quantity(item, "Quantity")
    backorder = _quantity(item, "MaximumBackorderQuantity", quantity)
    price, _ = _price(item)
    line = _line_number(part.find("OrderLineReference/LineID") or item.find("ID"))
    arrives = _date_in(item, "Delivery/PromisedDeliveryPeriod/EndDate", "Delivery/PromisedDeliveryPeriod/StartDate")
    sku = item.text_of("Item/SellersItemIdentification/ID")
    note = item.text_of("Note") or part.text_of("Note")
    if backorder is not None and backorder.number:
        if quantity is not None and quantity.number:
            only_less = status is LineStatus.CHANGED and price is None and arrives is None
            coming = LineStatus.ACCEPTED if only_less else status
            yield AnsweredLine(
                line,
                coming,
                sku,
                quantity,
                price,
                arrives_on=arrives,
                substitute_sku=substitute,
                note=note,
                place=part.place,
            )
        yield AnsweredLine(line, LineStatus.BACKORDERED, sku, backorder, note=note, place=part.place)
        return
    yield AnsweredLine(
        line, status, sku, quantity, price, arrives_on=arrives, substitute_sku=substitute, note=note, place=part.place
    )


def _shipped(part: Part, kept: _Kept) -> ShippedLine:
    quantity = _quantity(part, "DeliveredQuantity")
    if quantity is None:
        raise BadDocument(part.place, _NO_QUANTITY)
    order = part.text_of("OrderLineReference/OrderReference/ID")
    if not order:
        head = kept.first("OrderReference")
        order = head.text_of("ID") if head else ""
    if not order:
        raise BadDocument(part.place, _NO_ORDER)
    return ShippedLine(
        order_number=order,
        line=_line_number(part.find("OrderLineReference/LineID")),
        quantity=quantity,
        sku=part.text_of("Item/SellersItemIdentification/ID"),
        lot=part.text_of("Item/ItemInstance/LotIdentification/LotNumberID"),
        note=part.text_of("Note", "OutstandingReason"),
        place=part.place,
    )


def _invoiced(part: Part, quantity_name: str) -> InvoicedLine:
    quantity = _quantity(part, quantity_name)
    if quantity is None:
        raise BadDocument(part.place, _NO_QUANTITY)
    amount = part.needed("LineExtensionAmount", marked("The line has no LineExtensionAmount."))
    price, changed = _price(part)
    reference = part.find("OrderLineReference/LineID")
    return InvoicedLine(
        line=_line_number(reference),
        quantity=quantity,
        amount_cents=cents_at(amount.place, amount.text),
        sku=part.text_of("Item/SellersItemIdentification/ID"),
        name=part.text_of("Item/Name", "Item/Description"),
        price=None if changed else price,
        order_number=part.text_of("OrderLineReference/OrderReference/ID"),
        place=part.place,
    )


def _order_of_invoice(kept: _Kept, lines: list[InvoicedLine]) -> tuple[str, Place]:
    head = kept.first("OrderReference")
    found = head.find("ID") if head else None
    if found is not None and found.text:
        return found.plain(), found.place
    for line in lines:
        if line.order_number:
            return line.order_number, line.place
    raise BadDocument(kept.root.place, _NO_ORDER)


def _charges(kept: _Kept, currency: str) -> Iterator[Charge]:
    for part in kept.parts.get("AllowanceCharge", ()):
        amount = part.needed("Amount", marked("The charge has no amount."))
        cents = cents_at(amount.place, amount.text)
        reason = part.text_of("AllowanceChargeReason")
        if part.text_of("ChargeIndicator").lower() in ("true", "1"):
            yield Charge(kind_of_charge(part.text_of("AllowanceChargeReasonCode"), reason), cents, reason)
        else:
            yield Charge(ChargeKind.ALLOWANCE, -cents, reason)
    for part in kept.parts.get("TaxTotal", ()):
        tax = part.needed("TaxAmount", marked("The tax has no amount."))
        stated = tax.attribute("", "currencyID")
        if not stated or not currency or stated == currency:
            yield Charge(ChargeKind.TAX, cents_at(tax.place, tax.text))
            break
    total = kept.first("LegalMonetaryTotal")
    for name, sign in (("PrepaidAmount", -1), ("PayableRoundingAmount", 1)):
        one = total.find(name) if total else None
        if one is not None and one.text and (cents := cents_at(one.place, one.text)):
            yield Charge(ChargeKind.OTHER, sign * cents, name)


def _quantity(part: Part, path: str, alike: Quantity | None = None) -> Quantity | None:
    """Return a quantity; where it states no unit, it has that of `alike`, or is of eaches."""
    found = part.find(path)
    if found is None or not found.text:
        return None
    code = found.attribute("", "unitCode")
    if not code:
        return quantity_at(found.place, found.text, alike.unit if alike else unit_of_code("EA"), "")
    return quantity_at(found.place, found.text, unit_of_code(code), code)


def _price(part: Part) -> tuple[Decimal | None, bool]:
    """Return the price of one unit, and whether charges of the line's own change what it comes to."""
    found = part.find("Price/PriceAmount")
    changed = part.find("AllowanceCharge") is not None
    if found is None or not found.text:
        return None, changed
    price = price_at(found.place, found.text)
    base = part.find("Price/BaseQuantity")
    if base is not None and base.text:
        per = price_at(base.place, base.text)
        if per not in (0, 1):
            return (price / per).quantize(Decimal("0.000001")), changed
    return price, changed


def _line_number(part: Part | None) -> int | None:
    return None if part is None or not part.text else line_number_at(part.place, part.text)


def _date(part: Part | None) -> date | None:
    return None if part is None or not part.text else date_at(part.place, part.text)


def _date_in(part: Part | None, *paths: str) -> date | None:
    for path in paths:
        found = part.find(path) if part else None
        if found is not None and found.text:
            return date_at(found.place, found.text)
    return None


def _version(kept: _Kept) -> int | None:
    """The order's version, where the vendor sends our reference to it back."""
    for part in kept.parts.get("AdditionalDocumentReference", ()):
        if part.text_of("DocumentType") == "Order version":
            found = part.find("ID")
            return _line_number(found)
    return None


def _sender(*parties: Part | None) -> Sender:
    for one in parties:
        party = one.find("Party") if one else None
        if party is not None:
            return Sender(
                name=party.text_of("PartyName/Name", "PartyLegalEntity/RegistrationName"),
                mailboxes=tuple(found.plain() for found in party.all("EndpointID") if found.text),
                numbers=tuple(found.plain() for found in party.all("PartyIdentification/ID") if found.text),
            )
    return Sender()
