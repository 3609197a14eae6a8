"""When a vendor can deliver, and until when it must know: lead time, holidays, weekdays, cut-off. Pure.

All days and times are those where the state is.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

HORIZON_DAYS = 400
"""So far a delivery is looked for; a vendor with no day at all in it cannot be planned with."""
_SATURDAY = 5


@dataclass(frozen=True)
class DeliveryRule:
    """What a vendor says of its deliveries. `weekdays`: 0 is Monday; `cutoff_minute`: after midnight, None without one."""

    lead_days: int
    weekdays: frozenset[int]
    holidays: frozenset[date] = frozenset()
    cutoff_days: int = 0
    cutoff_minute: int | None = None

    def works_on(self, day: date) -> bool:
        """Tell whether the vendor works on a day: Monday to Friday, but for its holidays."""
        return day.weekday() < _SATURDAY and day not in self.holidays

    def delivers_on(self, day: date) -> bool:
        """Tell whether the vendor delivers on a day."""
        return day.weekday() in self.weekdays and day not in self.holidays

    def cutoff_of(self, delivery: date) -> datetime | None:
        """Return the local instant, without a zone, until which an order for a delivery is taken; None: no cut-off."""
        if self.cutoff_minute is None:
            return None
        at = time(self.cutoff_minute // 60, self.cutoff_minute % 60)
        return datetime.combine(delivery - timedelta(days=self.cutoff_days), at)


def proposed_delivery(ordered_at: datetime, rule: DeliveryRule) -> date | None:
    """Return the first day on which goods ordered at a local instant can come, or None within `HORIZON_DAYS`.

    The lead time counts the working days after the day of the order; then the first day counts on which the vendor
    delivers and whose cut-off has not passed.
    """
    ready = _after_working_days(ordered_at.date(), rule)
    if ready is None:
        return None
    last = ordered_at.date() + timedelta(days=HORIZON_DAYS)
    day = ready
    while day <= last:
        cutoff = rule.cutoff_of(day)
        if rule.delivers_on(day) and (cutoff is None or ordered_at <= cutoff):
            return day
        day += timedelta(days=1)
    return None


def _after_working_days(start: date, rule: DeliveryRule) -> date | None:
    """Return the day on which so many working days after `start` have begun; the day itself where none are needed."""
    day, left = start, rule.lead_days
    for _ in range(HORIZON_DAYS):
        if not left:
            return day
        day += timedelta(days=1)
        left -= rule.works_on(day)
    return None if left else day
