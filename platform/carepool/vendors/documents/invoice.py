"""A vendor's invoice."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from carepool.vendors.documents.faults import WHOLE_FILE, Place
from carepool.vendors.documents.parties import NO_SENDER, Sender
from carepool.vendors.documents.units import Quantity


class ChargeKind(StrEnum):
    """What is added to the lines, or taken off."""

    FREIGHT = "freight"
    TAX = "tax"
    ALLOWANCE = "allowance"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Charge:
    """An amount beside the lines; negative where it is taken off."""

    kind: ChargeKind
    amount_cents: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class InvoicedLine:
    """One line of an invoice."""

    #: The order's line number; None where the vendor names only its item.
    line: int | None
    quantity: Quantity
    #: What the line comes to.
    amount_cents: int
    sku: str = ""
    name: str = ""
    #: Price of one of `quantity`'s unit, exactly as written; None: not given.
    price: Decimal | None = None
    #: The purchase order it belongs to, where the line itself names one.
    order_number: str = ""
    place: Place = field(default=WHOLE_FILE, compare=False)


@dataclass(frozen=True, slots=True)
class Invoice:
    """A whole invoice for one order."""

    number: str
    order_number: str
    lines: tuple[InvoicedLine, ...]
    #: What is to be paid.
    total_cents: int
    invoiced_on: date | None = None
    due_on: date | None = None
    charges: tuple[Charge, ...] = ()
    currency: str = ""
    sender: Sender = NO_SENDER
    #: A credit: what is owed to us.
    credit: bool = False
    note: str = ""
    #: Where the order's number stands, and where the total.
    place: Place = field(default=WHOLE_FILE, compare=False)
    total_place: Place = field(default=WHOLE_FILE, compare=False)
