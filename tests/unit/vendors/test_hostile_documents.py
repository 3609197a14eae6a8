"""Whatever bytes come: documents are read, or BadDocument names the place and says why. Nothing else, and not for ever."""

import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from carepool.vendors.documents.digest import MOST_BYTES
from carepool.vendors.documents.faults import BadDocument
from carepool.vendors.formats.formats import CSV, CXML, FORMATS, UBL, X12, XLSX, read_document
from carepool.vendors.formats.sending import Sending
from carepool.vendors.formats.values import MOST_LINES
from tests.unit.vendors.orders import order
from tests.unit.vendors.schemas import FILES

MIB = 1 << 20
X855, INVOICE = (FILES / "855.x12").read_bytes(), (FILES / "ubl-invoice.xml").read_bytes()
CONFIRMATION = (FILES / "cxml-confirmation.xml").read_bytes()
ALL = [path.read_bytes() for path in sorted(FILES.glob("*.*"))]
HARD = settings(max_examples=200, deadline=5000, database=None, suppress_health_check=list(HealthCheck))


def refused(content: bytes) -> str:
    with pytest.raises(BadDocument) as told:
        read_document(io.BytesIO(content))
    return str(told.value.sentence)


def _after_declaration(content: bytes, doctype: bytes) -> bytes:
    bare = re.sub(rb"<!DOCTYPE[^>]*>", b"", content)
    return bare.replace(b"?>\n", b"?>\n" + doctype + b"\n", 1)


LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 12))
DOCTYPES = {
    "entities that unfold": b'<!DOCTYPE x [<!ENTITY l0 "lol">' + LAUGHS + b"]>",
    "a file of this machine": b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
    "a page of this network": b'<!DOCTYPE x [<!ENTITY e SYSTEM "http://169.254.169.254/latest">]>',
    "a parameter entity": b'<!DOCTYPE x [<!ENTITY % p SYSTEM "http://localhost/x.dtd"> %p;]>',
    "an unparsed entity": b'<!DOCTYPE x [<!NOTATION n SYSTEM "n"><!ENTITY e SYSTEM "e" NDATA n>]>',
    "a default attribute": b'<!DOCTYPE x [<!ATTLIST Money currency CDATA "USD">]>',
}


@pytest.mark.parametrize("doctype", DOCTYPES.values(), ids=DOCTYPES)
@pytest.mark.parametrize("content", [INVOICE, CONFIRMATION], ids=["ubl", "cxml"])
def test_definitions_inside_a_file_are_refused(content: bytes, doctype: bytes) -> None:
    told = refused(_after_declaration(content, doctype).replace(b"INV-4401", b"&l11;"))
    assert re.match(r"Line \d, element -: It defines entities or its own document type\.", told)


def test_an_entity_that_is_not_defined_is_refused() -> None:
    assert refused(CONFIRMATION.replace(b"Late truck", b"Late&nbsp;truck")).startswith("Line 25, element cXML/Request/")
    assert "not well-formed" in refused(INVOICE.replace(b"Gloves", b"&e;"))


def test_the_definition_that_a_file_names_is_never_fetched(tmp_path: Path) -> None:
    """A name of a definition is only a name: cXML files bear one, also one that is not there."""
    told = CONFIRMATION.replace(b"http://xml.cxml.org/schemas/cXML/1.2.063/Fulfill.dtd", b"http://127.0.0.1:9/none.dtd")
    assert read_document(io.BytesIO(told)).documents == read_document(io.BytesIO(CONFIRMATION)).documents


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (INVOICE[:-200], r"Line \d+, element Invoice/.*not well-formed XML \(unclosed token\)"),
        (INVOICE.replace(b"</cbc:ID>", b"</cbc:Id>", 1), r"Line 5, element .*mismatched tag"),
        (INVOICE.replace(b"Gloves", b"Gl\0ves"), r"Line 42, element Invoice/InvoiceLine/Item/Name: It is not well-formed"),
        (INVOICE.replace(b"Gloves", b"Gl\xffves"), r"Line 42, element .*not well-formed"),
        (INVOICE.replace(b"UTF-8", b"EBCDIC-9"), r"Line 1, element -: It.*encoding"),
        (INVOICE.replace(b">7<", b">seven<"), r'Line 39, element Invoice/InvoiceLine/InvoicedQuantity: "seven" is not a number'),
        (INVOICE.replace(b">7<", b">-7<"), r"InvoicedQuantity: \"-7\" is not a whole quantity"),
        (INVOICE.replace(b">7<", b">1e9999<"), r"InvoicedQuantity: \"1e9999\" is not a number"),
        (INVOICE.replace(b">7<", b">" + b"9" * 40 + b"<"), r"is not a number"),
        (INVOICE.replace(b">338.00<", b">338.001<"), r"LegalMonetaryTotal/PayableAmount: \"338.001\" is not an amount"),
        (INVOICE.replace(b'"XCS"', b'"FURLONG"'), r'InvoicedQuantity: The unit "FURLONG" is not known here'),
        (INVOICE.replace(b"2026-03-21", b"2026-02-30"), r'Invoice/IssueDate: "2026-02-30" is not a date'),
        (INVOICE.replace(b"<cac:OrderReference><cbc:ID>CO-2026-0007-01</cbc:ID></cac:OrderReference>", b""),
         r"Line 2, element Invoice: It does not name the order"),
        (INVOICE.replace(b"Invoice-2", b"Invoice-3"), r'The file: "Invoice" is not read here'),
        (CONFIRMATION.replace(b"ConfirmationRequest", b"PunchOutSetupRequest"), r'"PunchOutSetupRequest" is not read here'),
        (CONFIRMATION.replace(b'type="except"', b'type="maybe"'), r'ConfirmationHeader: "maybe" is no type'),
        (CONFIRMATION.replace(b'lineNumber="2"', b'lineNumber="0"'), r"Line 21, .*\"0\" is not a line number"),
        (b"<html><body>Not found</body></html>", r'The file: "html" is not read here'),
        (b"<" * 1000, r"Line 1, element -: It is not well-formed"),
    ],
)  # fmt: skip
def test_xml_that_cannot_be_read_names_its_place(content: bytes, told: str) -> None:
    assert re.search(told, refused(content))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (X855[:60], r"Segment 1 \(ISA\): It does not begin with a whole ISA"),
        (X855[:500], r"Segment 1\d \(\w+\): The file ends before its IEA segment"),
        (X855.replace(b"IEA*1*000000031~\n", b""), r"The file ends before its IEA"),
        (X855.replace(b"*>~", b"*>>", 1), r"Segment 1 \(ISA\): The separators"),
        (X855.replace(b"*", b"A"), r"Segment 1 \(ISA\): It does not begin|Segment 1 \(ISA\): The separators"),
        (X855.replace(b"~\n", b"|\n").replace(b"|\n", b"~\n", 1), r"Segment 2 .*(no segment|longer|ends before)"),
        (X855.replace(b"ISA*00*  ", b"ISA*00* ", 1), r"Segment 1 \(ISA\): It does not begin"),
        (X855.replace(b"GL-100", b"GL\x00-100"), r"Segment 8 \(PO1\): It holds a NUL byte"),
        (X855.replace(b"SE*18*", b"SE*17*"), r'Segment 20 \(SE01\): It counts "17", but there are 18'),
        (X855.replace(b"GE*1*31", b"GE*1*32"), r'Segment 21 \(GE02\): Its control number is "32"'),
        (X855.replace(b"IEA*1*", b"IEA*2*"), r"Segment 22 \(IEA01\): It counts"),
        (X855.replace(b"SE*18*0001~\n", b""), r"Segment 20 \(GE\): The transaction set before it has no SE"),
        (X855.replace(b"ACK*IB*", b"ACK*QQ*"), r'Segment 10 \(ACK01\): "QQ" is no line status'),
        (X855.replace(b"ACK*IB*3*", b"ACK*IB*3.5*"), r'Segment 10 \(ACK02\): "3.5" is not a whole quantity'),
        (X855.replace(b"ACK*IB*3*CA", b"ACK*IB*3*QQ"), r'Segment 10 \(ACK02\): The unit "QQ" is not known'),
        (X855.replace(b"*068*20260318", b"*068*20261318"), r"Segment 9 \(ACK05\): \"2026-13-18\" is not a date"),
        (X855.replace(b"*36.00*", b"*-36*"), r"Segment 8 \(PO104\): \"-36\" is not a price"),
        (X855.replace(b"CO-2026-0007", b""), r"Segment 4 \(BAK03\): It does not name the order's number"),
        (X855.replace(b"ST*855", b"ST*840"), r'Segment 3 \(ST\): "840" is not read here'),
        (X855.replace(b"BAK*00*AC", b"BAK*00*QQ"), r"Segment 4 \(BAK02\)"),
        ((FILES / "810.x12").read_bytes().replace(b"TDS*33800", b"TDS*338.00"), r"Segment 11 \(TDS01\): .*counts cents"),
        ((FILES / "856.x12").read_bytes().replace(b"PRF*CO-2026-0007~", b"PRF*~"), r"Segment 17 \(SN1\): It does not name"),
    ],
)  # fmt: skip
def test_x12_that_cannot_be_read_names_its_segment(content: bytes, told: str) -> None:
    assert re.search(told, refused(content))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "The file: The file is empty"),
        (b"%PDF-1.7 nothing", "The file: This is a PDF"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(32)) * 40, "The file: This is not a table"),
        (b"Status,Line\nIA,1\n", 'Row 1: There is no column "order number"'),
        (b"Order number,Status,Line\nCO-1,IA,3,4\n", "Row 2: The row cannot be read"),
        (b"Order number,Status\n,IA\n", 'Row 2, column "Order number": The row has no number here'),
        (b"PK\x03\x04 broken", "The file: The spreadsheet cannot be opened"),
    ],
)
def test_lists_that_cannot_be_read_name_their_place(content: bytes, told: str) -> None:
    assert refused(content).startswith(told)


@HARD
@given(st.binary(max_size=3_000))
@example(b"ISA")
@example(b"<?xml")
@example(b"\xef\xbb\xbf")
@example(b"<a xmlns='" + b"x" * 200)
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        read_document(io.BytesIO(content))
    except BadDocument as told:
        assert told.sentence


@st.composite
def _spoiled(draw: Any) -> bytes:
    """A real file with some bytes taken out, put in or changed."""
    content = bytearray(draw(st.sampled_from(ALL)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(content) - 1))
        match draw(st.integers(0, 3)):
            case 0:
                del content[at : at + draw(st.integers(1, 80))]
            case 1:
                content[at:at] = draw(st.binary(min_size=1, max_size=8))
            case 2:
                content[at] = draw(st.integers(0, 255))
            case _:
                content[at:at] = content[at : at + draw(st.integers(1, 200))]
        if not content:
            return b"x"
    return bytes(content)


@HARD
@given(_spoiled())
def test_spoiled_files_are_read_or_refused(content: bytes) -> None:
    try:
        read_document(io.BytesIO(content))
    except BadDocument as told:
        assert told.sentence


@settings(HARD, max_examples=60)
@given(_spoiled(), st.sampled_from([UBL, CXML, X12, CSV, XLSX]))
def test_a_file_read_as_another_format_is_refused_and_nothing_else(content: bytes, format_: Any) -> None:
    try:
        read_document(io.BytesIO(content), format_)
    except BadDocument as told:
        assert told.sentence


def test_too_deep_and_too_wide_are_refused() -> None:
    head, _, tail = INVOICE.partition(b"<cac:TaxTotal>")
    deep = head + b"<cac:X>" * 60 + b"</cac:X>" * 60 + b"<cac:TaxTotal>" + tail
    assert "lie more than 40 deep" in refused(deep)
    wide = head + b"<cac:X>" + b"<cac:Y/>" * 30_000 + b"</cac:X><cac:TaxTotal>" + tail
    assert "far larger than any real one" in refused(wide)


def test_more_lines_than_any_order_has_are_refused() -> None:
    head, _, tail = X855.partition(b"PO1*1")
    lines = b"PO1*1*1*CA~" * (MOST_LINES + 1)
    assert f"Segment {MOST_LINES + 8} (PO1): It has more than {MOST_LINES} lines" in refused(
        head + lines + b"PO1*1" + tail
    )


def test_a_file_of_100_mb_is_refused_without_being_kept() -> None:
    class Endless(io.RawIOBase):
        """Bytes made on the fly."""

        def __init__(self) -> None:
            self.given = 0

        def read(self, size: int = -1) -> bytes:
            self.given += size
            return b"A" * size if self.given <= 100 * MIB else b""

    file = Endless()
    with pytest.raises(BadDocument, match="larger than 64 MB"):
        read_document(file)  # type: ignore[arg-type]
    assert file.given <= MOST_BYTES + 2 * MIB


_CHILD = """
import json, sys
from carepool.vendors.documents.faults import BadDocument
from carepool.vendors.formats.formats import read_document
def peak():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
before, told, lines = peak(), "", 0
try:
    with open(sys.argv[1], "rb") as file:
        lines = sum(len(one.lines) for one in read_document(file).documents)
except BadDocument as error:
    told = str(error.sentence)
print(json.dumps({"lines": lines, "told": told, "grown": (peak() - before) // 1024}))
"""


def _measured(path: Path, blocks: Iterator[bytes]) -> dict[str, Any]:
    with path.open("wb") as file:
        for block in blocks:
            file.write(block)
    command = [sys.executable, "-c", _CHILD, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=True)
    told: dict[str, Any] = json.loads(done.stdout)
    print(path.name, told)
    return told


def _repeated(start: bytes, block: bytes, end: bytes, size: int) -> Iterator[bytes]:
    yield start
    for _ in range(size // len(block)):
        yield block
    yield end


_HEAD, _, _TAIL = INVOICE.partition(b"<cac:TaxTotal>")
_TAIL = b"<cac:TaxTotal>" + _TAIL


@pytest.mark.parametrize(
    ("name", "start", "block", "end"),
    [
        ("one text of UBL", _HEAD + b"<cbc:Note>", b"x" * MIB, b"</cbc:Note>" + _TAIL),
        ("one tag", b"<Invoice ", b'a="' + b"x" * MIB + b'" ', b"/>"),
        ("one comment", _HEAD + b"<!--", b"x" * MIB, b"-->" + _TAIL),
        ("one part", _HEAD + b"<cac:X>", b"<cac:Y>1</cac:Y>" * 65_536, b"</cac:X>" + _TAIL),
        ("notes", _HEAD, b"<cbc:Note>" + b"x" * 3_000 + b"</cbc:Note>", _TAIL),
        ("names", _HEAD, b"".join(b"<cbc:N%d/>" % n for n in range(100_000)), _TAIL),
        ("brackets", b"<Invoice>", b"<a>" * 300_000, b""),
        ("one segment", X855[:500], b"x" * MIB, b""),
        ("segments without a set", X855[:220], b"N1*SE*x~" * 100_000, b""),
        ("interchanges", b"", X855, b""),
        (
            "tracking numbers",
            (FILES / "856.x12").read_bytes().partition(b"HL*2")[0],
            b"REF*CN*" + b"9" * 25 + b"~",
            b"",
        ),
    ],
)
def test_hostile_files_of_40_mib_are_read_in_bounded_memory(
    tmp_path: Path, name: str, start: bytes, block: bytes, end: bytes
) -> None:
    told = _measured(tmp_path / name, _repeated(start, block, end, 40 * MIB))
    assert told["grown"] < (30 if name.startswith("one ") else 100), told
    assert told["told"] or name in ("notes", "names")


def test_a_long_confirmation_is_read_line_by_line() -> None:
    head, item, tail = CONFIRMATION.partition(b'<ConfirmationItem quantity="3"')
    one, _, rest = (item + tail).partition(b"</ConfirmationItem>")
    one += b"</ConfirmationItem>"
    (answer,) = read_document(io.BytesIO(head + one * 6_000 + rest)).documents
    assert len(answer.lines) == 6_004  # type: ignore[union-attr]


def test_a_file_inside_an_invoice_is_passed_over(tmp_path: Path) -> None:
    head, _, tail = INVOICE.partition(b"JVBERi0xLjcK")
    told = _measured(tmp_path / "scan.xml", _repeated(head, b"JVBERi0x" * 131_072, tail, 40 * MIB))
    assert told == {"lines": 2, "told": "", "grown": told["grown"]}
    assert told["grown"] < 40


def test_no_writer_is_led_astray_by_what_people_wrote() -> None:
    nasty = ']]> </cbc:Name><x/> &amp; \0\ud800\x1b[31m ~*>^ \u202e =1+1 #{read("/etc/passwd")}'
    line = replace(order().lines[0], name=nasty)
    made = replace(next(order().by_point()), lines=(line, order().lines[1]), notes=nasty)
    for one in FORMATS.values():
        assert one.write(made, Sending())
