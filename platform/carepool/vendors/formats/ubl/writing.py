"""An order as a UBL 2.1 Order that fits Peppol BIS Order 3 (transaction T01), or as an OrderCancellation (T115).

Peppol knows one delivery a document, so an order for several delivery points is written as one document each.
"""

from collections.abc import Mapping

from carepool.sentences import marked
from carepool.vendors.documents.faults import CannotWrite
from carepool.vendors.documents.order import DeliveryPoint, Order, OrderLine
from carepool.vendors.documents.parties import Address, Contact, Party
from carepool.vendors.documents.units import EACH
from carepool.vendors.formats.sending import Sending
from carepool.vendors.formats.ubl.namespaces import (
    ADVANCED_PROFILE,
    CAC,
    CANCELLATION,
    CBC,
    CUSTOMIZATION,
    GTIN_SCHEME,
    ORDER,
    ORDER_CANCELLATION,
    PROFILE,
    PURCHASE_ORDER,
)
from carepool.vendors.formats.values import decimal_text
from carepool.vendors.formats.words import CANCELED, remarks
from carepool.vendors.formats.xml_writing import DECLARATION, Writer


def write_order(order: Order, sending: Sending) -> bytes:
    """Return the order as UBL. Raises CannotWrite without both electronic addresses, ValueError for several points."""
    if len(order.points) != 1:
        raise ValueError("A Peppol order has one delivery point; write order.by_point().")
    if order.canceled:
        return _cancellation(order)
    currency = {"currencyID": order.currency}
    made = Writer(DECLARATION)
    with made.inside("Order", {"xmlns": ORDER, "xmlns:cac": CAC, "xmlns:cbc": CBC}):
        made.leaf("cbc:CustomizationID", CUSTOMIZATION)
        made.leaf("cbc:ProfileID", PROFILE)
        made.leaf("cbc:ID", order.number)
        made.leaf("cbc:IssueDate", f"{order.issued_at:%Y-%m-%d}")
        made.leaf("cbc:IssueTime", f"{order.issued_at:%H:%M:%S}")
        made.leaf("cbc:OrderTypeCode", PURCHASE_ORDER)
        made.leaf("cbc:Note", " | ".join(remarks(order)))
        made.leaf("cbc:DocumentCurrencyCode", order.currency)
        if order.cutoff_at is not None:
            with made.inside("cac:ValidityPeriod"):
                made.leaf("cbc:EndDate", f"{order.cutoff_at:%Y-%m-%d}")
        _version(made, order)
        if order.contract:
            with made.inside("cac:Contract"):
                made.leaf("cbc:ID", order.contract)
        with made.inside("cac:BuyerCustomerParty"):
            _party(made, order.buyer, needs_mailbox=True)
        with made.inside("cac:SellerSupplierParty"):
            _party(made, order.vendor, needs_mailbox=True, needs_address=True)
        if order.bill_to is not None:
            with made.inside("cac:AccountingCustomerParty"):
                _party(made, order.bill_to, needs_address=True)
        _delivery(made, order, order.points[0])
        if order.terms or order.net_days is not None:
            with made.inside("cac:PaymentTerms"):
                made.leaf("cbc:Note", order.terms or f"Net {order.net_days} days")
        with made.inside("cac:AnticipatedMonetaryTotal"):
            made.leaf("cbc:LineExtensionAmount", decimal_text(order.total_cents), currency)
            made.leaf("cbc:PayableAmount", decimal_text(order.total_cents), currency)
        for line in order.lines:
            _line(made, line, currency)
    return made.bytes()


def _cancellation(order: Order) -> bytes:
    """Return the document that takes an order back; it names the order, and no lines."""
    made = Writer(DECLARATION)
    with made.inside("OrderCancellation", {"xmlns": ORDER_CANCELLATION, "xmlns:cac": CAC, "xmlns:cbc": CBC}):
        made.leaf("cbc:CustomizationID", CANCELLATION)
        made.leaf("cbc:ProfileID", ADVANCED_PROFILE)
        made.leaf("cbc:ID", f"{order.number}-canceled-{order.version}")
        made.leaf("cbc:IssueDate", f"{order.issued_at:%Y-%m-%d}")
        made.leaf("cbc:IssueTime", f"{order.issued_at:%H:%M:%S}")
        made.leaf("cbc:Note", order.notes)
        made.leaf("cbc:CancellationNote", CANCELED)
        with made.inside("cac:OrderReference"):
            made.leaf("cbc:ID", order.number)
        _version(made, order)
        if order.contract:
            with made.inside("cac:Contract"):
                made.leaf("cbc:ID", order.contract)
        with made.inside("cac:BuyerCustomerParty"):
            _party(made, order.buyer, needs_mailbox=True)
        with made.inside("cac:SellerSupplierParty"):
            _party(made, order.vendor, needs_mailbox=True, needs_address=True)
    return made.bytes()


def _version(made: Writer, order: Order) -> None:
    with made.inside("cac:AdditionalDocumentReference"):
        made.leaf("cbc:ID", str(order.version))
        made.leaf("cbc:DocumentType", "Order version")
    if order.link:
        with made.inside("cac:AdditionalDocumentReference"):
            made.leaf("cbc:ID", order.number)
            made.leaf("cbc:DocumentType", "Page to answer at")
            with made.inside("cac:Attachment"), made.inside("cac:ExternalReference"):
                made.leaf("cbc:URI", order.link)


def _party(made: Writer, party: Party, *, needs_mailbox: bool = False, needs_address: bool = False) -> None:
    if needs_mailbox and (party.mailbox is None or not party.mailbox.scheme):
        raise CannotWrite(
            marked(
                "%(name)s has no electronic address with a scheme, such as D-U-N-S (0060). Enter it, or choose another format.",
                name=party.name,
            )
        )
    with made.inside("cac:Party"):
        if party.mailbox is not None and party.mailbox.scheme:
            made.leaf("cbc:EndpointID", party.mailbox.number, {"schemeID": party.mailbox.scheme})
        if party.number:
            with made.inside("cac:PartyIdentification"):
                made.leaf("cbc:ID", party.number)
        with made.inside("cac:PartyName"):
            made.leaf("cbc:Name", party.name)
        if needs_address or party.address != Address():
            with made.inside("cac:PostalAddress"):
                _address(made, party.address)
        with made.inside("cac:PartyLegalEntity"):
            made.leaf("cbc:RegistrationName", party.name)
        _contact(made, party.contact)


def _address(made: Writer, address: Address, line: str = "") -> None:
    made.leaf("cbc:StreetName", address.street)
    made.leaf("cbc:AdditionalStreetName", address.street_2)
    made.leaf("cbc:CityName", address.city)
    made.leaf("cbc:PostalZone", address.zip)
    made.leaf("cbc:CountrySubentity", address.state)
    if line:
        with made.inside("cac:AddressLine"):
            made.leaf("cbc:Line", line)
    with made.inside("cac:Country"):
        made.leaf("cbc:IdentificationCode", address.country)


def _contact(made: Writer, contact: Contact) -> None:
    if contact != Contact():
        with made.inside("cac:Contact"):
            made.leaf("cbc:Name", contact.name)
            made.leaf("cbc:Telephone", contact.phone)
            made.leaf("cbc:ElectronicMail", contact.email)


def _delivery(made: Writer, order: Order, point: DeliveryPoint) -> None:
    with made.inside("cac:Delivery"):
        with made.inside("cac:DeliveryLocation"):
            made.leaf("cbc:ID", point.number)
            made.leaf("cbc:Name", point.name)
            with made.inside("cac:Address"):
                _address(made, point.address, f"Dock {point.dock}" if point.dock else "")
        if order.deliver_on is not None:
            with made.inside("cac:RequestedDeliveryPeriod"):
                made.leaf("cbc:StartDate", order.deliver_on.isoformat())
                made.leaf("cbc:EndDate", order.deliver_on.isoformat())
        with made.inside("cac:DeliveryParty"):
            with made.inside("cac:PartyName"):
                made.leaf("cbc:Name", point.name)
            _contact(made, point.contact)
        if point.hours:
            with made.inside("cac:Shipment"):
                made.leaf("cbc:ID", point.number)
                with made.inside("cac:TransportHandlingUnit"):
                    made.leaf("cbc:ShippingMarks", f"Receiving hours: {point.hours}")


def _line(made: Writer, line: OrderLine, currency: Mapping[str, str]) -> None:
    unit = {"unitCode": line.unit.code}
    with made.inside("cac:OrderLine"), made.inside("cac:LineItem"):
        made.leaf("cbc:ID", str(line.line))
        made.leaf("cbc:Quantity", str(line.cases), unit)
        made.leaf("cbc:LineExtensionAmount", decimal_text(line.amount_cents), currency)
        with made.inside("cac:Price"):
            made.leaf("cbc:PriceAmount", decimal_text(line.price_cents), currency)
            made.leaf("cbc:BaseQuantity", "1", unit)
        with made.inside("cac:Item"):
            made.leaf("cbc:Name", line.name)
            with made.inside("cac:SellersItemIdentification"):
                made.leaf("cbc:ID", line.sku)
            if line.gtin:
                with made.inside("cac:StandardItemIdentification"):
                    made.leaf("cbc:ID", line.gtin.rjust(14, "0"), {"schemeID": GTIN_SCHEME})
            if line.unit_text:
                with made.inside("cac:AdditionalItemProperty"):
                    made.leaf("cbc:Name", "Unit as the vendor writes it")
                    made.leaf("cbc:Value", line.unit_text)
            with made.inside("cac:AdditionalItemProperty"):
                made.leaf("cbc:Name", "Case size")
                made.leaf("cbc:Value", str(line.case_size))
                made.leaf("cbc:ValueQuantity", str(line.case_size), {"unitCode": EACH.code})
