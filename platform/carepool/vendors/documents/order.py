"""An order to a vendor: one message of a purchase, for one or several delivery points; or that it is canceled."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from carepool.quantities import Cases, Eaches
from carepool.vendors.documents.parties import NO_ADDRESS, NO_CONTACT, Address, Contact, Party
from carepool.vendors.documents.units import CASE, Unit


@dataclass(frozen=True, slots=True)
class DeliveryPoint:
    """Where goods are put down. `number`: the purchase order for this point, by which lines and answers name it."""

    number: str
    name: str
    address: Address = NO_ADDRESS
    #: Receiving hours, as people write them: `Mon-Fri 7-11 am`.
    hours: str = ""
    dock: str = ""
    contact: Contact = NO_CONTACT


@dataclass(frozen=True, slots=True)
class OrderLine:
    """So many cases of one item for one delivery point."""

    #: Unique in the message, from 1.
    line: int
    #: The number of its delivery point.
    point: str
    #: The vendor's own item number.
    sku: str
    name: str
    cases: Cases
    case_size: Eaches
    #: Price of a case.
    price_cents: int
    unit: Unit = CASE
    #: The unit as the vendor wrote it: `CS`, `24/12 OZ CS`; empty: not known.
    unit_text: str = ""
    #: 8, 12, 13 or 14 digits; empty: none.
    gtin: str = ""

    @property
    def amount_cents(self) -> int:
        """What the line comes to."""
        return self.cases * self.price_cents


@dataclass(frozen=True, slots=True)
class Order:
    """A whole order. A changed order is the same number under a higher version, sent whole.

    Raises ValueError where it is not one: no lines, a line twice, a line for an unknown point, a point without lines,
    an instant without a zone.
    """

    number: str
    version: int
    issued_at: datetime
    buyer: Party
    vendor: Party
    points: tuple[DeliveryPoint, ...]
    lines: tuple[OrderLine, ...]
    currency: str = "USD"
    #: Where invoices go; None: to the buyer.
    bill_to: Party | None = None
    #: Where the vendor wants its money, as its contract says; None: not known.
    remit_to: Party | None = None
    contract: str = ""
    #: The vendor's ordering cut-off that this order keeps; None: none known.
    cutoff_at: datetime | None = None
    #: Requested delivery date; None: as the vendor delivers.
    deliver_on: date | None = None
    #: Payment terms in words, and days until the whole amount is due (None: not in days).
    terms: str = ""
    net_days: int | None = None
    #: Why no sales tax is due, with the certificate's number.
    tax_exemption: str = ""
    notes: str = ""
    #: The page at which the vendor answers; empty: none.
    link: str = ""
    #: The version that the vendor has and that this one takes the place of; 0: it has none, None: the one lower by 1.
    replaces: int | None = None
    #: Nothing of it is wanted any more: its lines are those that the vendor had, which are taken back.
    canceled: bool = False

    def __post_init__(self) -> None:
        points = {point.number for point in self.points}
        if not self.lines or len(points) != len(self.points) or {line.point for line in self.lines} != points:
            raise ValueError("An order has lines, and each of its points has some.")
        if len({line.line for line in self.lines}) != len(self.lines):
            raise ValueError("Each line of an order has a number of its own.")
        if any(line.cases < 1 or line.case_size < 1 or line.price_cents < 0 or line.line < 1 for line in self.lines):
            raise ValueError("A line orders at least one case, at a price that is not negative.")
        if self.issued_at.tzinfo is None or (self.cutoff_at is not None and self.cutoff_at.tzinfo is None):
            raise ValueError("Instants have a zone.")

    @property
    def before(self) -> int:
        """The version that this one takes the place of; 0 where the vendor has none."""
        return self.version - 1 if self.replaces is None else self.replaces

    @property
    def total_cents(self) -> int:
        """The sum of all lines."""
        return sum(line.amount_cents for line in self.lines)

    def numbers(self) -> frozenset[str]:
        """Return the numbers by which an answer may name it: the message's and each delivery point's."""
        return frozenset({self.number, *(point.number for point in self.points)})

    def lines_by_point(self) -> Iterator[tuple[DeliveryPoint, tuple[OrderLine, ...]]]:
        """Yield each delivery point with its lines, in the order of the points."""
        kept: Mapping[str, list[OrderLine]] = {point.number: [] for point in self.points}
        for line in self.lines:
            kept[line.point].append(line)
        for point in self.points:
            yield point, tuple(kept[point.number])

    def by_point(self) -> Iterator["Order"]:
        """Yield an order for each delivery point, under the point's own number; lines keep theirs."""
        for point, lines in self.lines_by_point():
            yield replace(self, number=point.number, points=(point,), lines=lines)
