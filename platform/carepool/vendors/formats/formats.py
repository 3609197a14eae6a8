"""All formats: what each is called, what it writes, and what it reads.

A format is added by one entry here. `write` gets an order (for one delivery point where `one_point`) and how it is sent;
`read` gets a stream that stands at its start and can be set back.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO

from carepool.sentences import Sentence, marked
from carepool.vendors.documents.answer import OrderAnswer
from carepool.vendors.documents.digest import content_of
from carepool.vendors.documents.faults import WHOLE_FILE, BadDocument
from carepool.vendors.documents.invoice import Invoice
from carepool.vendors.documents.order import Order
from carepool.vendors.documents.receipt import Receipt
from carepool.vendors.documents.shipment import Shipment
from carepool.vendors.formats.cxml import reading as cxml_reading
from carepool.vendors.formats.cxml import writing as cxml_writing
from carepool.vendors.formats.lists import incoming as list_incoming
from carepool.vendors.formats.lists import writing as list_writing
from carepool.vendors.formats.pdf import writing as pdf_writing
from carepool.vendors.formats.sending import Sending
from carepool.vendors.formats.ubl import namespaces as ubl_names
from carepool.vendors.formats.ubl import reading as ubl_reading
from carepool.vendors.formats.ubl import writing as ubl_writing
from carepool.vendors.formats.x12 import incoming as x12_incoming
from carepool.vendors.formats.x12 import writing as x12_writing
from carepool.vendors.formats.x12.envelopes import Envelope, transaction_sets
from carepool.vendors.formats.x12.segments import Segment
from carepool.vendors.formats.xml_parts import root_of

Document = OrderAnswer | Shipment | Invoice | Receipt
"""What can come back from a vendor."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format. `name` is stable: it is kept with what was sent."""

    name: str
    media_type: str
    #: With its point.
    suffix: str
    write: Callable[[Order, Sending], bytes]
    #: None: nothing comes back in it.
    read: Callable[[IO[bytes]], tuple[Document, ...]] | None
    #: A file carries one delivery point.
    one_point: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written: its name, its media type, and its bytes."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Received:
    """A file that was read: its format, SHA-256 and size of its content, and the documents in it."""

    format: Format
    sha256: str
    size: int
    documents: tuple[Document, ...]


_UBL_KINDS = "OrderResponse, DespatchAdvice, Invoice, CreditNote (UBL 2.1)"
_CXML_KINDS = "ConfirmationRequest, ShipNoticeRequest, InvoiceDetailRequest"
_X12_KINDS = "855, 856, 810, 997 (004010)"


def _not_read(name: str, kinds: str) -> Sentence:
    return marked('"%(name)s" is not read here. Send one of these: %(kinds)s.', name=name[:60], kinds=kinds)


def _read_ubl(file: IO[bytes]) -> tuple[Document, ...]:
    namespace, name = root_of(file)
    read = _UBL.get(namespace)
    if read is None:
        raise BadDocument(WHOLE_FILE, _not_read(name, _UBL_KINDS))
    return (read(file),)


def _read_cxml(file: IO[bytes]) -> tuple[Document, ...]:
    name = cxml_reading.request_of(file)
    read = _CXML.get(name)
    if read is None:
        raise BadDocument(WHOLE_FILE, _not_read(name, _CXML_KINDS))
    return (read(file),)


def _read_x12(file: IO[bytes]) -> tuple[Document, ...]:
    found: list[Document] = []
    for envelope, body in transaction_sets(file):
        read = _X12.get(envelope.kind)
        if read is None:
            raise BadDocument(envelope.place, _not_read(envelope.kind, _X12_KINDS))
        found.append(read(envelope, body))
    if not found:
        raise BadDocument(WHOLE_FILE, marked("It holds no transaction set."))
    return tuple(found)


_UBL: dict[str, Callable[[IO[bytes]], Document]] = {
    ubl_names.ORDER_RESPONSE: ubl_reading.read_answer,
    ubl_names.DESPATCH_ADVICE: ubl_reading.read_shipment,
    ubl_names.INVOICE: ubl_reading.read_invoice,
    ubl_names.CREDIT_NOTE: ubl_reading.read_credit_note,
}
_CXML: dict[str, Callable[[IO[bytes]], Document]] = {
    cxml_reading.CONFIRMATION: cxml_reading.read_answer,
    cxml_reading.SHIP_NOTICE: cxml_reading.read_shipment,
    cxml_reading.INVOICE: cxml_reading.read_invoice,
}
_X12: dict[str, Callable[[Envelope, Iterator[Segment]], Document]] = {
    "855": x12_incoming.read_answer,
    "856": x12_incoming.read_shipment,
    "810": x12_incoming.read_invoice,
    "997": x12_incoming.read_receipt,
}
_SHEETS = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF = Format("pdf", "application/pdf", ".pdf", pdf_writing.write_order, None)
CSV = Format("csv", "text/csv", ".csv", list_writing.write_csv, list_incoming.read_list)
XLSX = Format("xlsx", _SHEETS, ".xlsx", list_writing.write_xlsx, list_incoming.read_list)
UBL = Format("ubl", "application/xml", ".xml", ubl_writing.write_order, _read_ubl, one_point=True)
CXML = Format("cxml", "text/xml", ".cxml", cxml_writing.write_order, _read_cxml)
X12 = Format("x12", "application/edi-x12", ".x12", x12_writing.write_order, _read_x12)
FORMATS: dict[str, Format] = {one.name: one for one in (PDF, CSV, XLSX, UBL, CXML, X12)}
"""Every format by its name."""
_START_BYTES = 512


def written(format_: Format, order: Order, sending: Sending) -> Iterator[Written]:
    """Yield the files of an order: one, or one a delivery point where the format carries one. Raises CannotWrite."""
    orders = order.by_point() if format_.one_point else iter((order,))
    for one in orders:
        name = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in one.number)
        ended = "-canceled" if one.canceled else ""
        yield Written(f"{name}-v{one.version}{ended}{format_.suffix}", format_.media_type, format_.write(one, sending))


def format_of(file: IO[bytes]) -> Format:
    """Tell a file's format by its content, never by its name, and set it back to its start. Raises BadDocument."""
    start = file.read(_START_BYTES)
    file.seek(0)
    if start.startswith(b"PK\x03\x04"):
        return XLSX
    bare = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    if bare.startswith(b"ISA"):
        return X12
    utf_16 = start.startswith((b"\xff\xfe<", b"\xfe\xff\0<"))
    if bare.startswith(b"<") or utf_16:
        _, name = root_of(file)
        return CXML if name == "cXML" else UBL
    return CSV


def read_document(file: IO[bytes], format_: Format | None = None) -> Received:
    """Read a vendor's file, in a format or in the one that its content shows. Raises BadDocument.

    Two files with the same `sha256` are the same file, sent twice.
    """
    content = content_of(file)
    found = format_ or format_of(file)
    if found.read is None:
        raise BadDocument(WHOLE_FILE, marked("Nothing is read in this format. Answer on the page, or send a list."))
    return Received(found, content.sha256, content.size, found.read(file))
