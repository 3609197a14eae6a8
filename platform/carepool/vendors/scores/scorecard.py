"""What a scorecard says of a vendor: shares worked out from counts. Pure; integers in, millionths out.

The measures are the ones that buyers in the U.S. use of their suppliers:

- *Fill rate*: usable eaches that came, of the eaches that were ordered. More than was ordered fills nothing else, so each
  line counts up to what was ordered (line fill, as in the APICS Dictionary under "customer service ratio": what is
  delivered of what is ordered).
- *On time*: orders of which the first goods came on or before the day that was asked for, of the orders with such a day
  (APICS Dictionary, "on-time schedule performance": performance against the requested date).
- *Price drift*: what was billed over what the same eaches cost at the prices that were ordered, less one: 0 is as ordered,
  above 0 is dearer (purchase price variance as a rate, APICS Dictionary).
- *Invoice accuracy*: invoices without any difference to order and receipt when they were matched, of all invoices;
  credit notes are not counted (first-pass match rate of three-way matching, as the Institute of Finance & Management
  measures it).
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date

MILLION = 1_000_000


@dataclass(frozen=True)
class Counts:
    """What was counted; sums of several are sums of each."""

    ordered_eaches: int = 0
    #: Usable, of each line at most what was ordered.
    received_eaches: int = 0
    dated_orders: int = 0
    timely_orders: int = 0
    #: The billed eaches at the prices that were ordered, and as they were billed, in cents.
    ordered_cents: int = 0
    billed_cents: int = 0
    invoices: int = 0
    right_invoices: int = 0

    @property
    def fill_rate(self) -> int | None:
        """Millionths of what was ordered that came; None where nothing was ordered."""
        return _share(self.received_eaches, self.ordered_eaches)

    @property
    def on_time(self) -> int | None:
        """Millionths of the orders with a day that came by it; None where none had one."""
        return _share(self.timely_orders, self.dated_orders)

    @property
    def price_drift(self) -> int | None:
        """Millionths by which bills were above (below 0: under) the prices that were ordered; None before any bill."""
        ratio = _share(self.billed_cents, self.ordered_cents)
        return None if ratio is None else ratio - MILLION

    @property
    def invoice_accuracy(self) -> int | None:
        """Millionths of the invoices that were right at once; None before any invoice."""
        return _share(self.right_invoices, self.invoices)


def _share(part: int, whole: int) -> int | None:
    """Return part of whole in millionths, half up; None of nothing."""
    return (2 * part * MILLION + whole) // (2 * whole) if whole else None


def added(counts: Iterable[Counts]) -> Counts:
    """Return the sum."""
    every = list(counts)
    return Counts(**{one.name: sum(getattr(own, one.name) for own in every) for one in fields(Counts)})


def quarter_of(day: date) -> tuple[int, int]:
    """Return (year, quarter 1 to 4)."""
    return day.year, (day.month + 2) // 3
