"""An order as a cXML 1.2 OrderRequest. Several delivery points: each item bears its own ShipTo.

One that is canceled is an OrderRequest of type `delete`, which has the lines that the vendor had (cXML Reference Guide 1.2,
"OrderRequestHeader").
"""

import re
from collections.abc import Mapping

from carepool.vendors.documents.order import DeliveryPoint, Order, OrderLine
from carepool.vendors.documents.parties import Address, Contact, Party
from carepool.vendors.formats.sending import Sending
from carepool.vendors.formats.values import decimal_text
from carepool.vendors.formats.words import instant_text, remarks
from carepool.vendors.formats.xml_writing import DECLARATION, Writer

VERSION = "1.2.063"
_DOCTYPE = f'<!DOCTYPE cXML SYSTEM "http://xml.cxml.org/schemas/cXML/{VERSION}/cXML.dtd">\n'
_DUNS_SCHEME = "0060"
_ENGLISH = {"xml:lang": "en-US"}
_AGENT = "Carepool"
_UNCLASSIFIED = "unclassified"


def write_order(order: Order, sending: Sending) -> bytes:
    """Return the order as cXML."""
    made = Writer(DECLARATION + _DOCTYPE)
    head = {
        "payloadID": payload_id(order.number, order.version),
        "timestamp": order.issued_at.isoformat(timespec="seconds"),
        "version": VERSION,
    }
    with made.inside("cXML", head):
        with made.inside("Header"):
            with made.inside("From"):
                _credential(made, order.buyer)
            with made.inside("To"):
                _credential(made, order.vendor)
            with made.inside("Sender"):
                _credential(made, order.buyer, sending.secret)
                made.leaf("UserAgent", _AGENT)
        mode = "test" if sending.test else "production"
        with made.inside("Request", {"deploymentMode": mode}), made.inside("OrderRequest"):
            _header(made, order)
            several = len(order.points) > 1
            for point, lines in order.lines_by_point():
                for line in lines:
                    _item(made, order, line, point if several else None)
    return made.bytes()


def payload_id(number: str, version: int) -> str:
    """Return the id under which a version of an order is sent, the same whenever it is written again."""
    return f"{number}.{version}@carepool"


def _header(made: Writer, order: Order) -> None:
    attributes = {
        "orderID": order.number,
        "orderDate": order.issued_at.isoformat(timespec="seconds"),
        "orderType": "regular",
        "type": "delete" if order.canceled else "update" if order.before else "new",
        "orderVersion": str(order.version),
    }
    if order.deliver_on is not None:
        attributes["requestedDeliveryDate"] = order.deliver_on.isoformat()
    with made.inside("OrderRequestHeader", attributes):
        with made.inside("Total"):
            _money(made, order.total_cents, order.currency)
        if len(order.points) == 1:
            _ship_to(made, order.points[0])
        with made.inside("BillTo"):
            _address(made, order.bill_to or order.buyer)
        if order.net_days is not None:
            made.empty("PaymentTerm", {"payInNumberOfDays": str(order.net_days)})
        _contact(made, order.buyer.contact, order.buyer.name, "purchasingAgent")
        if order.remit_to is not None:
            _remit_to(made, order.remit_to)
        if words := " | ".join(remarks(order)):
            made.leaf("Comments", words, _ENGLISH)
        if order.link:
            with made.inside("Followup"):
                made.leaf("URL", order.link)
        if order.before:
            made.empty("DocumentReference", {"payloadID": payload_id(order.number, order.before)})
        if order.contract:
            made.empty("IdReference", {"identifier": order.contract, "domain": "contractNumber"})
        if order.buyer.number:
            made.empty("IdReference", {"identifier": order.buyer.number, "domain": "accountNumber"})
        _extrinsic(made, "paymentTerms", order.terms)
        _extrinsic(made, "taxExemption", order.tax_exemption)
        _extrinsic(made, "orderingCutOff", instant_text(order.cutoff_at) if order.cutoff_at else "")


def _item(made: Writer, order: Order, line: OrderLine, point: DeliveryPoint | None) -> None:
    attributes = {"quantity": str(line.cases), "lineNumber": str(line.line)}
    if order.deliver_on is not None:
        attributes["requestedDeliveryDate"] = order.deliver_on.isoformat()
    with made.inside("ItemOut", attributes):
        with made.inside("ItemID"):
            made.leaf("SupplierPartID", line.sku, keep=True)
            if line.gtin:
                made.empty("IdReference", {"identifier": line.gtin, "domain": "GTIN"})
        with made.inside("ItemDetail"):
            with made.inside("UnitPrice"):
                _money(made, line.price_cents, order.currency)
            made.leaf("Description", line.name, _ENGLISH, keep=True)
            made.leaf("UnitOfMeasure", line.unit.code)
            made.leaf("Classification", _UNCLASSIFIED, {"domain": "Custom"})
            _extrinsic(made, "unitAsTheVendorWritesIt", line.unit_text)
            _extrinsic(made, "caseSize", str(line.case_size))
        if point is not None:
            _ship_to(made, point)


def _ship_to(made: Writer, point: DeliveryPoint) -> None:
    deliver_to = (point.contact.name, f"Dock {point.dock}" if point.dock else "")
    with made.inside("ShipTo"):
        _address(made, Party(point.name, point.number, point.address, point.contact), deliver_to)
        if point.hours:
            made.empty("IdReference", {"identifier": point.hours, "domain": "receivingHours"})
        if point.dock:
            made.empty("IdReference", {"identifier": point.dock, "domain": "dock"})


def _address(made: Writer, party: Party, deliver_to: tuple[str, ...] = ()) -> None:
    attributes = {"isoCountryCode": party.address.country}
    if party.number:
        attributes["addressID"] = party.number
    with made.inside("Address", attributes):
        made.leaf("Name", party.name, _ENGLISH, keep=True)
        _postal(made, party.address, deliver_to)
        made.leaf("Email", party.contact.email)
        _phone(made, party.contact.phone)


def _postal(made: Writer, address: Address, deliver_to: tuple[str, ...] = ()) -> None:
    if address == Address() and not any(deliver_to):
        return
    with made.inside("PostalAddress"):
        for one in deliver_to:
            made.leaf("DeliverTo", one)
        made.leaf("Street", address.street, keep=True)
        made.leaf("Street", address.street_2)
        made.leaf("City", address.city, keep=True)
        made.leaf("State", address.state)
        made.leaf("PostalCode", address.zip)
        made.leaf("Country", address.country, {"isoCountryCode": address.country})


def _contact(made: Writer, contact: Contact, fallback: str, role: str) -> None:
    if contact == Contact():
        return
    with made.inside("Contact", {"role": role}):
        made.leaf("Name", contact.name or fallback, _ENGLISH, keep=True)
        made.leaf("Email", contact.email)
        _phone(made, contact.phone)


def _remit_to(made: Writer, party: Party) -> None:
    with made.inside("Contact", {"role": "remitTo"}):
        made.leaf("Name", party.name, _ENGLISH, keep=True)
        _postal(made, party.address)
        made.leaf("Email", party.contact.email)
        _phone(made, party.contact.phone)


def _phone(made: Writer, phone: str) -> None:
    if not phone:
        return
    digits = re.sub(r"\D", "", phone)
    digits = digits[1:] if len(digits) == 11 and digits.startswith("1") else digits
    area, number = (digits[:3], digits[3:]) if len(digits) == 10 else ("", phone)
    with made.inside("Phone"), made.inside("TelephoneNumber"):
        made.leaf("CountryCode", "1", {"isoCountryCode": "US"})
        made.leaf("AreaOrCityCode", area, keep=True)
        made.leaf("Number", number, keep=True)


def _credential(made: Writer, party: Party, secret: str = "") -> None:
    if party.mailbox is None:
        domain, identity = "name", party.number or party.name
    else:
        scheme = party.mailbox.scheme
        domain = "DUNS" if scheme == _DUNS_SCHEME else scheme or "NetworkID"
        identity = party.mailbox.number
    with made.inside("Credential", {"domain": domain}):
        made.leaf("Identity", identity, keep=True)
        made.leaf("SharedSecret", secret)


def _money(made: Writer, cents: int, currency: str) -> None:
    made.leaf("Money", decimal_text(cents), _currency(currency))


def _currency(code: str) -> Mapping[str, str]:
    return {"currency": code}


def _extrinsic(made: Writer, name: str, text: str) -> None:
    made.leaf("Extrinsic", text, {"name": name})
