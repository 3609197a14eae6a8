"""A vendor's notice that goods are on their way."""

from dataclasses import dataclass, field
from datetime import date

from carepool.vendors.documents.faults import WHOLE_FILE, Place
from carepool.vendors.documents.parties import NO_SENDER, Sender
from carepool.vendors.documents.units import Quantity


@dataclass(frozen=True, slots=True)
class ShippedLine:
    """So much of a line that is on its way."""

    #: The purchase order it belongs to.
    order_number: str
    #: The order's line number; None where the vendor names only its item.
    line: int | None
    quantity: Quantity
    sku: str = ""
    lot: str = ""
    note: str = ""
    place: Place = field(default=WHOLE_FILE, compare=False)


@dataclass(frozen=True, slots=True)
class Shipment:
    """A whole notice; it may be for several orders."""

    #: The vendor's number of the shipment.
    number: str
    lines: tuple[ShippedLine, ...]
    shipped_on: date | None = None
    arrives_on: date | None = None
    carrier: str = ""
    #: Tracking or bill of lading numbers.
    tracking: tuple[str, ...] = ()
    sender: Sender = NO_SENDER
    note: str = ""
    place: Place = field(default=WHOLE_FILE, compare=False)

    def order_numbers(self) -> frozenset[str]:
        """Return the purchase orders of which something is on its way."""
        return frozenset(line.order_number for line in self.lines)
