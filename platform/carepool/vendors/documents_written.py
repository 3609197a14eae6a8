"""Orders written in the formats that vendors read; and what those formats are called on pages."""

from carepool.sentences import Sentence, marked
from carepool.vendors.channels.outgoing import Document
from carepool.vendors.documents.order import Order
from carepool.vendors.formats import formats
from carepool.vendors.formats.sending import Sending

FORMATS: dict[str, Sentence] = {
    "pdf": marked("PDF, to print"),
    "csv": marked("CSV list"),
    "xlsx": marked("Excel list"),
    "ubl": marked("UBL 2.1"),
    "cxml": marked("cXML 1.2"),
    "x12": marked("X12 850 (EDI)"),
}
"""Formats that terms may name, with their words."""


def carries_one_place(format_name: str) -> bool:
    """Tell whether a file of a format carries one place of delivery; False for an empty name."""
    return bool(format_name) and formats.FORMATS[format_name].one_point


def written_documents(
    order: Order, format_name: str, control: int, *, test: bool = False, secret: str = ""
) -> tuple[Document, ...]:
    """Return an order as files: one, or one a delivery point where the format carries one; none for an empty name.

    `control`: the number of the message; `secret`: what cXML calls the shared secret. Raises CannotWrite.
    """
    if not format_name:
        return ()
    found = formats.written(formats.FORMATS[format_name], order, Sending(control, test, secret))
    return tuple(Document(one.name, one.media_type, one.content) for one in found)
