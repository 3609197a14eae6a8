"""An order as a vendor's own system reads it from the document that came: what is asked for, and what it comes to."""

import hashlib
import io
import json
from dataclasses import dataclass
from decimal import Decimal

from carepool.demo.purchase import DemonstrationFailed
from carepool.vendors.documents.faults import BadDocument
from carepool.vendors.formats.lists.order_reading import read_order
from carepool.vendors.formats.xml_parts import parts

_ORDER = "cXML/Request/OrderRequest"
_OPEN = frozenset({"cXML", "cXML/Request", _ORDER})


@dataclass(frozen=True)
class LineRead:
    """A line as it came. Cases; cents a case."""

    line: int
    sku: str
    name: str
    cases: int
    price_cents: int


@dataclass(frozen=True)
class OrderRead:
    """An order as it came; `told_cents`: the sum that the document itself names, None where it names none."""

    lines: tuple[LineRead, ...]
    told_cents: int | None
    link: str

    @property
    def total_cents(self) -> int:
        """What the lines come to."""
        return sum(one.cases * one.price_cents for one in self.lines)

    @property
    def sha256(self) -> str:
        """A hash of what is asked for: the same for all documents of a version, whatever their format."""
        told = sorted([one.line, one.sku, one.name, one.cases, one.price_cents] for one in self.lines)
        return hashlib.sha256(json.dumps(told, separators=(",", ":")).encode()).hexdigest()


def read(way: str, content: bytes) -> OrderRead:
    """Read the one document of an order. Raises DemonstrationFailed."""
    try:
        return _cxml(content) if way == "cxml" else _list(content)
    except BadDocument as error:
        raise DemonstrationFailed(f"The vendor cannot read what came by {way}: {error}") from None


def _list(content: bytes) -> OrderRead:
    order = read_order(io.BytesIO(content))
    lines = tuple(LineRead(one.line, one.sku, one.name, int(one.cases), one.price_cents) for one in order.lines)
    return OrderRead(lines, None, order.link)


def _cxml(content: bytes) -> OrderRead:
    lines, told, link = [], None, ""
    for part in parts(io.BytesIO(content), _OPEN.__contains__):
        if part.name == "OrderRequestHeader":
            told, link = _cents(part.text_of("Total/Money")), part.text_of("Followup/URL")
        elif part.name == "ItemOut":
            lines.append(
                LineRead(
                    int(part.attribute("", "lineNumber")),
                    part.text_of("ItemID/SupplierPartID"),
                    part.text_of("ItemDetail/Description"),
                    int(part.attribute("", "quantity")),
                    _cents(part.text_of("ItemDetail/UnitPrice/Money")),
                )
            )
    return OrderRead(tuple(lines), told, link)


def _cents(text: str) -> int:
    return int(Decimal(text) * 100)
