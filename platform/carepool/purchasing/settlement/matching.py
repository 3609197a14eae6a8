"""The three-way match: what a vendor billed against what was ordered and what was received. Pure; whole cents and eaches.

Each line is held against its line of the purchase order: the amount against the price of record for what is billed, and
all that is billed so far against what was received and can be used. A difference in cents passes within the tolerance of
its contract: the larger of a rate of the expected amount and an amount. Sums and lines that nobody ordered have none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from carepool.money import half_up

_WHOLE = 1_000_000


class Reason(StrEnum):
    """What differs."""

    UNKNOWN_LINE = "unknown_line"
    #: Nothing is ordered from the vendor any more.
    CANCELED = "canceled"
    PRICE = "price"
    NOT_RECEIVED = "not_received"
    #: The line's amount is not its quantity times its price.
    LINE_SUM = "line_sum"
    #: A credit note gives back more than was billed.
    NOT_BILLED = "not_billed"
    FREIGHT = "freight"
    TAX = "tax"
    #: The invoice's total is not the sum of its lines, freight and tax.
    TOTAL = "total"


class LineKey(NamedTuple):
    """Which line of which purchase order."""

    order_id: UUID
    line: int


@dataclass(frozen=True)
class Tolerance:
    """How many cents a difference may have: the larger of a rate in millionths of what is expected, and an amount."""

    millionths: int = 0
    cents: int = 0

    def lets(self, difference: int, expected: int) -> bool:
        """Tell whether a difference in cents passes."""
        return abs(difference) <= max(expected * self.millionths // _WHOLE, self.cents)


@dataclass(frozen=True)
class OrderedLine:
    """A line of a purchase order: eaches ordered, received and usable, and billed so far; cents a case of so many eaches."""

    case_size: int
    price_cents: int
    ordered: int
    received: int
    billed: int = 0
    is_taxable: bool = True
    tolerance: Tolerance = field(default_factory=Tolerance)

    def worth(self, eaches: int) -> int:
        """Return what eaches cost at the price of record, in cents, half up."""
        return half_up(eaches * self.price_cents, self.case_size)


@dataclass(frozen=True)
class BilledLine:
    """A line of an invoice. `key` is None where no ordered line is meant; `price_cents` where no price is written."""

    place: int
    key: LineKey | None
    eaches: int
    price_cents: int | None
    amount_cents: int


@dataclass(frozen=True)
class Bill:
    """An invoice or credit note as it was written; all amounts are above 0."""

    lines: Sequence[BilledLine]
    freight_cents: int
    tax_cents: int
    total_cents: int
    is_credit: bool = False

    @property
    def goods_cents(self) -> int:
        """What all lines come to."""
        return sum(one.amount_cents for one in self.lines)


@dataclass(frozen=True)
class Expected:
    """What a bill is held against.

    `freight_cents`: freight of the purchase that nobody billed yet; `tax_millionths`: its rate of sales tax; `tolerance`:
    of what is not of a line; `is_canceled`: the vendor's whole order was canceled, so that a person decides about any bill.
    """

    lines: Mapping[LineKey, OrderedLine]
    freight_cents: int
    tax_millionths: int
    tolerance: Tolerance = field(default_factory=Tolerance)
    is_canceled: bool = False


@dataclass(frozen=True)
class Difference:
    """One difference: of a line (its place) or of the whole, with the numbers of its sentence."""

    reason: Reason
    place: int | None
    numbers: Mapping[str, int]

    def as_json(self) -> dict[str, Any]:
        """Return it for keeping."""
        return {"reason": str(self.reason), "place": self.place, **self.numbers}


def match(bill: Bill, expected: Expected) -> list[Difference]:
    """Return every difference, by line and then of the whole; none means that the bill matches."""
    found: list[Difference] = []
    if expected.is_canceled:
        found.append(Difference(Reason.CANCELED, None, {"billed_cents": bill.total_cents}))
    billed = {key: line.billed for key, line in expected.lines.items()}
    for one in bill.lines:
        line = expected.lines.get(one.key) if one.key else None
        if line is None or one.key is None:
            found.append(Difference(Reason.UNKNOWN_LINE, one.place, {"billed_cents": one.amount_cents}))
            continue
        found += _line(one, line, billed[one.key], is_credit=bill.is_credit)
        billed[one.key] += -one.eaches if bill.is_credit else one.eaches
    return found + _whole(bill, expected)


def _line(one: BilledLine, line: OrderedLine, before: int, *, is_credit: bool) -> list[Difference]:
    found = []
    worth = line.worth(one.eaches)
    if one.price_cents is not None:
        product = half_up(one.eaches * one.price_cents, line.case_size)
        if not line.tolerance.lets(one.amount_cents - product, product):
            numbers = {"billed_cents": one.amount_cents, "expected_cents": product}
            found.append(Difference(Reason.LINE_SUM, one.place, numbers))
    if not found and not line.tolerance.lets(one.amount_cents - worth, worth):
        numbers = {"billed_cents": one.amount_cents, "expected_cents": worth}
        found.append(Difference(Reason.PRICE, one.place, numbers))
    if is_credit:
        if one.eaches > before:
            found.append(Difference(Reason.NOT_BILLED, one.place, {"eaches": one.eaches, "billed": before}))
        return found
    over = before + one.eaches - line.received
    if over > 0 and not line.tolerance.lets(line.worth(over), worth):
        numbers = {"over": over, "received": line.received, "billed": before + one.eaches, "cents": line.worth(over)}
        found.append(Difference(Reason.NOT_RECEIVED, one.place, numbers))
    return found


def _whole(bill: Bill, expected: Expected) -> list[Difference]:
    found = []
    freight = bill.freight_cents - max(0, expected.freight_cents)
    if freight > 0 and not bill.is_credit and not expected.tolerance.lets(freight, expected.freight_cents):
        numbers = {"billed_cents": bill.freight_cents, "expected_cents": max(0, expected.freight_cents)}
        found.append(Difference(Reason.FREIGHT, None, numbers))
    lines = [(one.amount_cents, expected.lines.get(one.key)) for one in bill.lines if one.key is not None]
    taxed = sum(cents for cents, line in lines if line is not None and line.is_taxable)
    most = half_up(taxed * expected.tax_millionths, _WHOLE)
    # an exempt program's goods are billed without tax, so less is no difference
    if bill.tax_cents > most and not expected.tolerance.lets(bill.tax_cents - most, most):
        found.append(Difference(Reason.TAX, None, {"billed_cents": bill.tax_cents, "expected_cents": most}))
    whole = bill.goods_cents + bill.freight_cents + bill.tax_cents
    if whole != bill.total_cents:
        found.append(Difference(Reason.TOTAL, None, {"billed_cents": bill.total_cents, "expected_cents": whole}))
    return found
