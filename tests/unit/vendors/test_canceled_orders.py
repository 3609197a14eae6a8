"""An order that is canceled, in each format: by its official schema, in the standard's own terms, and in plain words."""

import csv
import io
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from lxml import etree
from openpyxl import load_workbook

from carepool.vendors.documents.kept import as_json, from_json
from carepool.vendors.documents.order import Order
from carepool.vendors.documents.parties import Mailbox
from carepool.vendors.formats.formats import CSV, CXML, FORMATS, PDF, UBL, X12, XLSX, written
from carepool.vendors.formats.pdf.writing import _document
from carepool.vendors.formats.sending import Sending
from tests.unit.vendors import x12_grammar
from tests.unit.vendors.made_orders import FAST, orders
from tests.unit.vendors.orders import order
from tests.unit.vendors.schemas import assert_cxml, assert_ubl
from tests.unit.vendors.test_x12_orders import assert_850

NAMES = {
    "c": "urn:oasis:names:specification:ubl:schema:xsd:OrderCancellation-2",
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
#: What Peppol's transaction T115 makes mandatory, by the ids of its rules.
MANDATORY = {
    "PEPPOL-T115-B00101": "/c:OrderCancellation/cbc:CustomizationID",
    "PEPPOL-T115-B00102": "/c:OrderCancellation/cbc:ProfileID",
    "PEPPOL-T115-B00103": "/c:OrderCancellation/cbc:ID",
    "PEPPOL-T115-B00104": "/c:OrderCancellation/cbc:IssueDate",
    "PEPPOL-T115-B00105": "/c:OrderCancellation/cbc:CancellationNote",
    "PEPPOL-T115-B00106": "/c:OrderCancellation/cac:OrderReference/cbc:ID",
    "PEPPOL-T115-B02501": "/c:OrderCancellation/cac:BuyerCustomerParty/cac:Party/cbc:EndpointID/@schemeID",
    "PEPPOL-T115-B02502": "//cac:BuyerCustomerParty/cac:Party/cac:PartyLegalEntity/cbc:RegistrationName",
    "PEPPOL-T115-B06001": "/c:OrderCancellation/cac:SellerSupplierParty/cac:Party/cbc:EndpointID/@schemeID",
    "PEPPOL-T115-B06002": "//cac:SellerSupplierParty/cac:Party/cac:PostalAddress/cac:Country/cbc:IdentificationCode",
    "PEPPOL-T115-B06003": "//cac:SellerSupplierParty/cac:Party/cac:PartyLegalEntity/cbc:RegistrationName",
}


def canceled(version: int = 3, replaces: int | None = 2) -> Order:
    return replace(order(), version=version, replaces=replaces, canceled=True, deliver_on=None, cutoff_at=None)


def _texts(root: etree._Element, path: str) -> list[str]:
    return [str(one) for one in root.xpath(path, namespaces=NAMES)]  # type: ignore[union-attr]


def assert_cancellation(content: bytes) -> etree._Element:
    root = assert_ubl(content)
    assert etree.QName(root).localname == "OrderCancellation"
    for rule, path in MANDATORY.items():
        assert root.xpath(path, namespaces=NAMES), rule
    [reference] = root.xpath("/c:OrderCancellation/cac:OrderReference", namespaces=NAMES)  # type: ignore[union-attr, misc]
    assert [etree.QName(one).localname for one in reference] == ["ID"], "PEPPOL-T115-B00902"  # type: ignore[union-attr]
    for one in root.iter():
        assert len(one) or (one.text or "").strip(), f"PEPPOL-COMMON-R001: {one.tag} is empty"
    told = {name: _texts(root, f"/c:OrderCancellation/cbc:{name}/text()") for name in ("CustomizationID", "ProfileID")}
    assert told == {
        "CustomizationID": ["urn:fdc:peppol.eu:poacc:trns:order_cancellation:3"],
        "ProfileID": ["urn:fdc:peppol.eu:poacc:bis:advanced_ordering:3"],
    }, "PEPPOL-T115-B00201, -B00301"
    return root


def test_a_ubl_cancellation_names_each_order_by_its_own_number() -> None:
    files = list(written(UBL, canceled(), Sending()))
    assert [one.name for one in files] == ["CO-2026-0007-01-v3-canceled.xml", "CO-2026-0007-02-v3-canceled.xml"]
    for file, number in zip(files, ("CO-2026-0007-01", "CO-2026-0007-02"), strict=True):
        root = assert_cancellation(file.content)
        assert _texts(root, "/c:OrderCancellation/cac:OrderReference/cbc:ID/text()") == [number]
        [note] = _texts(root, "/c:OrderCancellation/cbc:CancellationNote/text()")
        assert note.startswith("CANCELED")


def test_a_cxml_cancellation_is_a_delete_that_names_the_order_that_the_vendor_has() -> None:
    root = assert_cxml(CXML.write(canceled(version=5, replaces=2), Sending()), "cXML")
    head = root.find(".//OrderRequestHeader")
    assert head is not None
    assert (head.get("type"), head.get("orderID"), head.get("orderVersion")) == ("delete", "CO-2026-0007", "5")
    assert head.find("DocumentReference").get("payloadID") == "CO-2026-0007.2@carepool"  # type: ignore[union-attr]
    lines = [(one.get("lineNumber"), one.get("quantity")) for one in root.iterfind(".//ItemOut")]
    assert lines == [("1", "10"), ("2", "3"), ("3", "4"), ("4", "20")], "as the vendor had them"
    assert (head.findtext("Comments") or "").startswith("CANCELED")


def test_an_x12_cancellation_is_an_850_with_purpose_01() -> None:
    content = X12.write(canceled(), Sending(7))
    assert_850(content)
    begin = next(one for one in x12_grammar.split(content) if one.id == "BEG")
    assert begin.elements[:3] == ("01", "SA", "CO-2026-0007")
    assert b"MSG*CANCELED" in content


def test_an_order_that_the_vendor_never_had_is_an_original_whatever_its_version() -> None:
    fresh = replace(order(), version=3, replaces=0)
    begin = next(one for one in x12_grammar.split(X12.write(fresh, Sending())) if one.id == "BEG")
    assert begin.elements[0] == "00"
    head = assert_cxml(CXML.write(fresh, Sending()), "cXML").find(".//OrderRequestHeader")
    assert head is not None and head.get("type") == "new" and head.find("DocumentReference") is None


@pytest.mark.parametrize("name", ["csv", "xlsx"])
def test_a_list_says_canceled_in_every_line_and_counts_no_cases(name: str) -> None:
    content = FORMATS[name].write(canceled(), Sending())
    if name == "csv":
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    else:
        book = load_workbook(io.BytesIO(content))
        assert book.sheetnames == ["CANCELED"]
        head, *cells = book.active.iter_rows(values_only=True)  # type: ignore[union-attr]
        rows = [dict(zip(map(str, head), map(str, row), strict=True)) for row in cells]
    assert len(rows) == 4
    for row in rows:
        assert row["Item name"].startswith("CANCELED: ") and row["Notes"].startswith("CANCELED: ")
        assert int(row["Cases"]) == 0 and float(row["Amount"]) == 0


def test_the_pages_say_it_first() -> None:
    told = _document(canceled(), str, "en")
    assert told["words"]["title"] == "CANCELED: purchase order"
    assert told["words"]["canceled"].startswith("CANCELED. Deliver nothing of this order")
    assert told["total"] == "Canceled: 771.30 USD"
    assert not _document(order(), str, "en")["words"]["canceled"]
    assert PDF.write(canceled(), Sending()).startswith(b"%PDF-")


def test_it_is_kept_and_read_again_as_it_was() -> None:
    assert from_json(as_json(canceled())) == replace(canceled(), link="")
    before = as_json(order())
    for name in ("replaces", "canceled"):
        before.pop(name)
    assert from_json(before) == replace(order(), link=""), "also what was kept before there were cancellations"


@settings(max_examples=30, deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=FAST)
@given(orders(None))
def test_every_order_can_be_canceled_in_every_format(made: Order) -> None:
    gone = replace(made, canceled=True, replaces=max(made.version - 1, 1))
    assert_cxml(CXML.write(gone, Sending()), "cXML")
    assert_850(X12.write(gone, Sending()))
    assert b"CANCELED" in CSV.write(gone, Sending())
    assert XLSX.write(gone, Sending()).startswith(b"PK")
    buyer = replace(made.buyer, mailbox=Mailbox("123456789", "0060"))
    vendor = replace(made.vendor, mailbox=Mailbox("987654321", "0060"))
    for file in written(UBL, replace(gone, buyer=buyer, vendor=vendor), Sending()):
        assert_cancellation(file.content)
