"""Every UBL order fits OASIS's schema and the rules of Peppol BIS Order 3 (transaction T01) that bear on it.

With `PEPPOL_ORDER_XSLT` (see `tests/data/schemas/README.md`) the official compiled rules are run too.
"""

import os
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from lxml import etree

from carepool.vendors.documents.faults import CannotWrite
from carepool.vendors.documents.order import Order
from carepool.vendors.documents.parties import Address, Contact, Mailbox
from carepool.vendors.formats.formats import UBL, written
from carepool.vendors.formats.sending import Sending
from tests.unit.vendors.made_orders import FAST, orders
from tests.unit.vendors.orders import order
from tests.unit.vendors.schemas import assert_ubl

RULES = os.environ.get("PEPPOL_ORDER_XSLT", "")
NAMES = {
    "o": "urn:oasis:names:specification:ubl:schema:xsd:Order-2",
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
#: Elements that T01 makes mandatory: inside each of the first, every one of the second.
MANDATORY = {
    "/o:Order": (
        "cbc:CustomizationID", "cbc:ProfileID", "cbc:ID", "cbc:IssueDate", "cbc:DocumentCurrencyCode",
        "cac:BuyerCustomerParty/cac:Party", "cac:SellerSupplierParty/cac:Party", "cac:OrderLine",
    ),
    "//cac:BuyerCustomerParty/cac:Party": ("cbc:EndpointID/@schemeID", "cac:PartyLegalEntity/cbc:RegistrationName"),
    "//cac:SellerSupplierParty/cac:Party": (
        "cbc:EndpointID/@schemeID", "cac:PostalAddress", "cac:PartyLegalEntity/cbc:RegistrationName",
    ),
    "//cac:AccountingCustomerParty/cac:Party": ("cac:PostalAddress", "cac:PartyLegalEntity/cbc:RegistrationName"),
    "//cac:PostalAddress": ("cac:Country/cbc:IdentificationCode",),
    "//cac:DeliveryLocation": ("cac:Address/cac:Country/cbc:IdentificationCode",),
    "//cac:OrderLine/cac:LineItem": ("cbc:ID", "cbc:Quantity/@unitCode", "cac:Item/cbc:Name"),
    "//cac:StandardItemIdentification": ("cbc:ID/@schemeID",),
    "//cac:AdditionalItemProperty": ("cbc:Name", "cbc:Value"),
    "//cac:Shipment": ("cbc:ID",),
    "//cac:AnticipatedMonetaryTotal": ("cbc:LineExtensionAmount", "cbc:PayableAmount"),
}  # fmt: skip
#: What T01 lets stand only once.
ONCE = (
    "cbc:Note",
    "cac:ValidityPeriod",
    "cac:Contract",
    "cac:Delivery",
    "cac:PaymentTerms",
    "cac:AnticipatedMonetaryTotal",
)


def _found(root: etree._Element, path: str) -> list[etree._Element]:
    return root.xpath(path, namespaces=NAMES)  # type: ignore[return-value]


def assert_peppol(content: bytes) -> None:
    """State the rules by their ids, as Peppol publishes them."""
    root = assert_ubl(content)
    for path, wanted in MANDATORY.items():
        for one in _found(root, path):
            for inside in wanted:
                assert _found(one, inside), f"{path} lacks {inside}"
    for name in ONCE:
        assert len(_found(root, f"/o:Order/{name}")) <= 1, name
    for one in root.iter():
        assert len(one) or (one.text or "").strip(), f"PEPPOL-COMMON-R001: {one.tag} is empty"
    text = {name: "".join(_found(root, f"/o:Order/cbc:{name}/text()")) for name in ("CustomizationID", "ProfileID")}
    assert text["CustomizationID"].startswith("urn:fdc:peppol.eu:poacc:trns:order:3"), "PEPPOL-T01-R034"
    assert text["ProfileID"] in {
        f"urn:fdc:peppol.eu:poacc:bis:{name}:3" for name in ("order_only", "ordering", "advanced_ordering")
    }, "PEPPOL-T01-R031"
    (currency,) = _found(root, "/o:Order/cbc:DocumentCurrencyCode/text()")
    assert set(_found(root, "//@currencyID")) == {currency}, "PEPPOL-T01-R003"
    for amount in _found(root, "//cbc:LineExtensionAmount | //cbc:PayableAmount"):
        assert Decimal(amount.text or "") >= 0 and len((amount.text or "").partition(".")[2]) <= 2, (
            "PEPPOL-T01-R006, R007, R028"
        )
    lines = _found(root, "//cac:LineItem")
    ids = ["".join(_found(line, "cbc:ID/text()")) for line in lines]
    assert len(set(ids)) == len(ids), "PEPPOL-T01-R001"
    sums = Decimal(0)
    for line in lines:
        quantity, amount, price, base = (
            Decimal("".join(_found(line, path)))
            for path in ("cbc:Quantity/text()", "cbc:LineExtensionAmount/text()", "cac:Price/cbc:PriceAmount/text()",
                         "cac:Price/cbc:BaseQuantity/text()")
        )  # fmt: skip
        assert quantity >= 0 and price >= 0 and base > 0, "PEPPOL-T01-R004, R005, R025"
        assert abs(amount - quantity * price / base) <= Decimal("0.02"), "PEPPOL-T01-R024"
        sums += amount
    (total,) = _found(root, "//cac:AnticipatedMonetaryTotal/cbc:LineExtensionAmount/text()")
    assert Decimal(total) == sums, "PEPPOL-T01-R008"


def _official(content: bytes) -> list[str]:
    """Return the fatal rules of the official file that fail."""
    saxonche = pytest.importorskip("saxonche")
    with saxonche.PySaxonProcessor(license=False) as processor:
        rules = processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=RULES)
        told = rules.transform_to_string(xdm_node=processor.parse_xml(xml_text=content.decode()))
    failed = etree.fromstring(told.encode()).iter("{http://purl.oclc.org/dsdl/svrl}failed-assert")
    return [one.get("id", "") for one in failed if one.get("flag") == "fatal"]


@settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=FAST)
@given(orders(None))
def test_every_order_fits_the_schema_and_peppols_rules(made: Order) -> None:
    buyer = replace(made.buyer, mailbox=Mailbox("123456789", "0060"))
    vendor = replace(made.vendor, mailbox=Mailbox("987654321", "0060"))
    for file in written(UBL, replace(made, buyer=buyer, vendor=vendor), Sending()):
        assert_peppol(file.content)


def test_an_order_with_the_least_in_it_fits() -> None:
    full = order()
    bare = replace(
        next(full.by_point()),
        buyer=replace(full.buyer, number="", address=Address(), contact=Contact()),
        vendor=replace(full.vendor, number="", address=Address(), contact=Contact()),
        bill_to=None, remit_to=None, contract="", cutoff_at=None, deliver_on=None, terms="", net_days=None,
        tax_exemption="", notes="", link="", version=1,
    )  # fmt: skip
    point = replace(bare.points[0], address=Address(), hours="", dock="", contact=Contact())
    assert_peppol(UBL.write(replace(bare, points=(point,)), Sending()))


@pytest.mark.skipif(not RULES, reason="PEPPOL_ORDER_XSLT names no file; the official rules may not be passed on")
def test_the_official_rules_are_kept() -> None:
    for file in written(UBL, order(), Sending()):
        assert _official(file.content) == []
    broken = UBL.write(next(order().by_point()), Sending()).replace(b">433.50<", b">433.51<")
    assert "PEPPOL-T01-R008" in _official(broken)


def test_the_statement_of_the_rules_can_fail() -> None:
    content = UBL.write(next(order().by_point()), Sending())
    assert_peppol(content)
    for old, new, rule in (
        (b">433.50<", b">433.51<", "R008"),
        (b">10</cbc:Quantity>", b">11</cbc:Quantity>", "R024"),
        (b"<cbc:ID>2</cbc:ID><cbc:Quantity", b"<cbc:ID>1</cbc:ID><cbc:Quantity", "R001"),
        (b":bis:ordering:3", b":bis:other:3", "R031"),
    ):
        assert old in content
        with pytest.raises(AssertionError, match=rule):
            assert_peppol(content.replace(old, new))


def test_without_an_electronic_address_it_says_what_is_missing() -> None:
    made = next(order().by_point())
    for mailbox in (None, Mailbox("987654321")):
        with pytest.raises(CannotWrite, match="Acme Supply & Sons has no electronic address"):
            UBL.write(replace(made, vendor=replace(made.vendor, mailbox=mailbox)), Sending())
