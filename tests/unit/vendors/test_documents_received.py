"""The same answer, shipment and invoice, read from every format that vendors send them in."""

import io
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from carepool.tabular.csv_lines import csv_bytes
from carepool.tabular.reading import read_table
from carepool.tabular.tables import Row
from carepool.vendors.documents.answer import OrderAnswer, Whole
from carepool.vendors.documents.checking import check_answer, check_invoice, check_shipment
from carepool.vendors.documents.faults import BadDocument
from carepool.vendors.documents.invoice import ChargeKind, Invoice
from carepool.vendors.documents.receipt import Receipt, ReceivedFault
from carepool.vendors.documents.shipment import Shipment
from carepool.vendors.documents.statuses import LineStatus
from carepool.vendors.formats.formats import CSV, FORMATS, PDF, X12, XLSX, Received, format_of, read_document
from carepool.vendors.formats.sending import Sending
from tests.unit.vendors.orders import order
from tests.unit.vendors.schemas import FILES, assert_cxml, assert_ubl

_S = LineStatus


def received(name: str) -> Received:
    return read_document(io.BytesIO((FILES / name).read_bytes()))


def one(name: str) -> Any:
    (found,) = received(name).documents
    return found


def test_the_files_are_real_ones() -> None:
    for path in FILES.glob("ubl-*.xml"):
        assert_ubl(path.read_bytes())
    for name in ("cxml-confirmation.xml", "cxml-ship-notice.xml"):
        assert_cxml((FILES / name).read_bytes(), "Fulfill")


@pytest.mark.parametrize(
    ("name", "statuses"),
    [
        ("855.x12", [(1, _S.ACCEPTED, 7), (1, _S.BACKORDERED, 3), (2, _S.SUBSTITUTED, 3), (3, _S.PRICE_CHANGED, 4),
                     (4, _S.REJECTED_NOT_AVAILABLE, 20)]),
        ("cxml-confirmation.xml", [(1, _S.ACCEPTED, 7), (1, _S.BACKORDERED, 3), (2, _S.DATE_MOVED, 3),
                                   (3, _S.PRICE_CHANGED, 4), (4, _S.REJECTED, 20)]),
        ("ubl-order-response.xml", [(1, _S.CHANGED, 7), (1, _S.BACKORDERED, 3), (2, _S.SUBSTITUTED, 3)]),
    ],
)  # fmt: skip
def test_answers_speak_in_line_status_codes(name: str, statuses: list[tuple[int, LineStatus, int]]) -> None:
    answer: OrderAnswer = one(name)
    assert answer.order_number.startswith("CO-2026-0007")
    assert answer.whole is Whole.CHANGED
    assert answer.number == "SO-9001"
    assert answer.answered_on == date(2026, 3, 11)
    assert [(line.line, line.status, line.quantity.number if line.quantity else 0) for line in answer.lines] == statuses
    assert "987654321" in answer.sender.mailboxes
    assert check_answer(order(), answer) == ()


def test_an_answer_in_x12_says_what_is_different() -> None:
    lines = one("855.x12").lines
    assert lines[0].ships_on == date(2026, 3, 18)
    assert lines[2].substitute_sku == "00418"
    assert (lines[3].price, lines[3].arrives_on) == (Decimal("25.25"), date(2026, 3, 24))
    assert lines[4].note == "No longer made"
    assert one("855.x12").order_version == one("cxml-confirmation.xml").order_version == 2


@pytest.mark.parametrize("name", ["856.x12", "cxml-ship-notice.xml", "ubl-despatch-advice.xml", "shipment.csv"])
def test_shipments_are_the_same_in_every_format(name: str) -> None:
    shipment: Shipment = one(name)
    assert shipment.number == "SHP-31"
    assert (shipment.shipped_on, shipment.arrives_on) == (date(2026, 3, 18), date(2026, 3, 20))
    assert "PRO-555" in shipment.tracking
    assert shipment.carrier in ("Front Range Freight", "FRFT")
    assert [(line.line, line.quantity.number, line.quantity.unit.code) for line in shipment.lines] == [
        (1, 7, "XCS"), (2, 36, "EA"),
    ]  # fmt: skip
    assert shipment.lines[0].sku == "GL-100 M"
    assert shipment.lines[0].lot == "L-9"
    assert check_shipment(order(), shipment) == ()


@pytest.mark.parametrize("name", ["810.x12", "cxml-invoice.xml", "ubl-invoice.xml", "invoice.csv"])
def test_invoices_are_the_same_in_every_format(name: str) -> None:
    invoice: Invoice = one(name)
    assert (invoice.number, invoice.total_cents, invoice.credit) == ("INV-4401", 33800, False)
    assert (invoice.invoiced_on, invoice.due_on) == (date(2026, 3, 21), date(2026, 4, 20))
    assert [(line.line, line.amount_cents) for line in invoice.lines] == [(1, 25200), (2, 7350)]
    charges = {charge.kind: charge.amount_cents for charge in invoice.charges if charge.amount_cents}
    assert charges == {ChargeKind.FREIGHT: 1800, ChargeKind.ALLOWANCE: -550}
    assert check_invoice(order(), invoice) == ()


def test_a_credit_note_is_an_invoice_that_is_a_credit() -> None:
    invoice: Invoice = one("ubl-credit-note.xml")
    assert invoice.credit
    assert invoice.total_cents == 3600
    content = (
        (FILES / "cxml-invoice.xml")
        .read_text()
        .replace('"standard"', '"creditMemo"')
        .replace(' quantity="', ' quantity="-')
    )
    content = content.replace('<Money currency="USD">', '<Money currency="USD">-')
    (memo,) = read_document(io.BytesIO(content.encode())).documents
    assert isinstance(memo, Invoice)
    assert memo.credit
    assert memo.total_cents == 33800
    assert check_invoice(order(), memo) == ()


def test_a_receipt_names_what_could_not_be_read() -> None:
    receipt: Receipt = one("997.x12")
    assert (receipt.control, receipt.accepted) == (7, False)
    (told,) = receipt.sets
    assert (told.kind, told.control, told.accepted) == ("850", 1, False)
    assert told.faults == (ReceivedFault("PO1", 35, "8"), ReceivedFault("PO1", 35, "6", 2))


def _filled(cells: dict[int, dict[str, str]]) -> bytes:
    """The order as CSV with cells of some lines filled in, as a vendor would."""
    table = read_table(io.BytesIO(CSV.write(order(), Sending())))
    rows = [row for row in table.rows if isinstance(row, Row)]
    changed = [{**row.cells, **cells.get(place, {})} for place, row in enumerate(rows, start=1)]
    return csv_bytes([table.headers, *([row[head] for head in table.headers] for row in changed)])


def test_a_vendor_fills_in_the_list_and_sends_it_back() -> None:
    content = _filled({
        1: {"Status": "Accepted"},
        2: {"Status": "IS", "Substitute item number": "00418", "Vendor note": "New pack"},
        3: {"Confirmed cases": "2", "Arrival date": "3/24/2026"},
        4: {"Status": "out of stock"},
    })  # fmt: skip
    (answer,) = read_document(io.BytesIO(content)).documents
    assert isinstance(answer, OrderAnswer)
    assert answer.whole is Whole.CHANGED
    assert [line.status for line in answer.lines] == [
        _S.ACCEPTED,
        _S.SUBSTITUTED,
        _S.QUANTITY_CHANGED,
        _S.REJECTED_NOT_AVAILABLE,
    ]
    assert answer.lines[2].arrives_on == date(2026, 3, 24)
    assert answer.lines[1].note == "New pack"
    assert (answer.order_number, answer.order_version) == ("CO-2026-0007", 2)
    assert check_answer(order(), answer) == ()


def test_lines_left_blank_are_still_to_be_answered() -> None:
    (answer,) = read_document(io.BytesIO(_filled({2: {"Confirmed cases": "3"}}))).documents
    assert isinstance(answer, OrderAnswer)
    assert answer.whole is Whole.RECEIVED
    assert [(line.line, line.status) for line in answer.lines] == [(2, _S.ACCEPTED)]


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"Status": "perhaps"}, 'Row 2, column "Status": "perhaps" is no status'),
        ({"Confirmed cases": "two"}, 'Row 2, column "Confirmed cases": "two" is not a number'),
        ({"Confirmed cases": "2.5"}, 'Row 2, column "Confirmed cases": "2.5" is not a whole quantity'),
        ({"Confirmed cases": "-2"}, 'Row 2, column "Confirmed cases": "-2" is not a whole quantity'),
        ({"Status": "IA", "Arrival date": "soon"}, 'Row 2, column "Arrival date": "soon" is not a date'),
        ({"Confirmed price per case": "12"}, 'Row 2, column "Status": The line says something, but not its status'),
        ({"Status": "IA", "Line": "first"}, 'Row 2, column "Line": "first" is not a line number'),
    ],
)
def test_a_cell_that_cannot_be_read_is_named(cells: dict[str, str], told: str) -> None:
    with pytest.raises(BadDocument) as refused:
        read_document(io.BytesIO(_filled({1: cells})))
    assert told in str(refused.value.sentence)


def test_several_documents_in_one_file() -> None:
    single = (FILES / "855.x12").read_bytes()
    assert len(read_document(io.BytesIO(single * 3)).documents) == 3
    invoice = (FILES / "invoice.csv").read_bytes()
    both = invoice + b"INV-4402,CO-2026-0007,1,GL-100 M,Gloves,1,case,36.00,36.00,3/22/2026,,\n"
    assert [one.number for one in read_document(io.BytesIO(both)).documents] == ["INV-4401", "INV-4402"]  # type: ignore[union-attr]


def test_the_same_file_twice_has_the_same_digest() -> None:
    first, again = received("855.x12"), received("855.x12")
    assert first.sha256 == again.sha256
    other = read_document(io.BytesIO((FILES / "855.x12").read_bytes() + b"\n"))
    assert other.sha256 != first.sha256
    assert first.size + 1 == other.size


def test_a_format_is_known_by_its_content() -> None:
    for name, wanted in (
        ("855.x12", "x12"),
        ("cxml-invoice.xml", "cxml"),
        ("ubl-invoice.xml", "ubl"),
        ("invoice.csv", "csv"),
    ):
        assert received(name).format is FORMATS[wanted]
    assert format_of(io.BytesIO(XLSX.write(order(), Sending()))) is XLSX
    mark = b"\xef\xbb\xbf"
    assert format_of(io.BytesIO(mark + (FILES / "ubl-invoice.xml").read_bytes())) is FORMATS["ubl"]
    assert read_document(io.BytesIO(mark + (FILES / "855.x12").read_bytes())).format is X12
    assert PDF.read is None


def test_an_xml_file_may_be_in_another_encoding() -> None:
    content = (FILES / "ubl-invoice.xml").read_text().replace("Wipes", "Toallitas húmedas")
    for encoding in ("iso-8859-1", "utf-16"):
        told = content.replace("UTF-8", encoding).encode(encoding)
        (invoice,) = read_document(io.BytesIO(told)).documents
        assert isinstance(invoice, Invoice)
        assert invoice.lines[1].name == "Toallitas húmedas"


def test_other_separators_are_those_of_the_isa() -> None:
    content = (FILES / "855.x12").read_bytes().replace(b"~\n", b"\r\n").replace(b"*", b"|")
    (answer,) = read_document(io.BytesIO(content)).documents
    assert isinstance(answer, OrderAnswer)
    assert answer.lines == one("855.x12").lines


def test_an_answer_to_one_delivery_point_is_about_its_lines() -> None:
    answer: OrderAnswer = one("ubl-order-response.xml")
    stray = replace(answer.lines[0], line=4)
    (found,) = check_answer(order(), replace(answer, lines=(stray,)))
    assert "has no line 4" in found.sentence
