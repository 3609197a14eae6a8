"""A vendor's answer to an order: which lines come, which do not, and what is different."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from carepool.vendors.documents.faults import WHOLE_FILE, Place
from carepool.vendors.documents.parties import NO_SENDER, Sender
from carepool.vendors.documents.statuses import LineStatus
from carepool.vendors.documents.units import Quantity


class Whole(StrEnum):
    """What an answer says of the order as a whole."""

    #: It arrived; what becomes of lines that are not named is still to be said.
    RECEIVED = "received"
    ACCEPTED = "accepted"
    #: The lines say what is different; lines that are not named are as ordered.
    CHANGED = "changed"
    #: Nothing comes now; all of it later.
    BACKORDERED = "backordered"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class AnsweredLine:
    """What becomes of a line, or of a part of it: a line has as many of these as the vendor gives it fates."""

    #: The order's line number; None where the vendor names only its item.
    line: int | None
    status: LineStatus
    sku: str = ""
    #: How much of the line this is about; None: all of it.
    quantity: Quantity | None = None
    #: Price of one of `quantity`'s unit, exactly as written; None: as ordered.
    price: Decimal | None = None
    #: When it leaves the vendor, and when it is to arrive.
    ships_on: date | None = None
    arrives_on: date | None = None
    substitute_sku: str = ""
    note: str = ""
    #: The purchase order it belongs to, where the line itself names one.
    order_number: str = ""
    place: Place = field(default=WHOLE_FILE, compare=False)


@dataclass(frozen=True, slots=True)
class OrderAnswer:
    """A whole answer. `number`: the vendor's own for the answer or the order; empty: none."""

    order_number: str
    whole: Whole
    lines: tuple[AnsweredLine, ...] = ()
    number: str = ""
    answered_on: date | None = None
    #: The version of the order that is answered; None: it does not say.
    order_version: int | None = None
    sender: Sender = NO_SENDER
    #: Empty: it names no currency.
    currency: str = ""
    #: What the vendor counts the order at; None: it does not say.
    total_cents: int | None = None
    note: str = ""
    #: Where the order's number stands.
    place: Place = field(default=WHOLE_FILE, compare=False)
