"""When goods can come: never on a holiday, never past a cut-off, and not a day later than must be."""

from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from carepool.vendors.terms.delivery_dates import HORIZON_DAYS, DeliveryRule, proposed_delivery

_at = datetime.fromisoformat
"""Local instants have no zone here."""
_DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))
_RULES = st.builds(
    DeliveryRule,
    lead_days=st.integers(0, 30),
    weekdays=st.frozensets(st.integers(0, 6), min_size=1),
    holidays=st.frozensets(_DAYS, max_size=40),
    cutoff_days=st.integers(0, 20),
    cutoff_minute=st.none() | st.integers(0, 1439),
)
_MOMENTS = st.datetimes(_at("2026-01-01T00:00"), _at("2027-06-30T00:00"))


def _fits(day: date, at: datetime, rule: DeliveryRule) -> bool:
    """Say the rule again, day by day."""
    worked = sum(rule.works_on(at.date() + timedelta(days=n)) for n in range(1, (day - at.date()).days + 1))
    cutoff = rule.cutoff_of(day)
    return worked >= rule.lead_days and rule.delivers_on(day) and (cutoff is None or at <= cutoff)


@given(_MOMENTS, _RULES)
def test_it_is_the_first_day_that_fits(at: datetime, rule: DeliveryRule) -> None:
    found = proposed_delivery(at, rule)
    last = found or at.date() + timedelta(days=HORIZON_DAYS)
    days = [at.date() + timedelta(days=n) for n in range((last - at.date()).days + 1)]
    fitting = [day for day in days if _fits(day, at, rule)]
    assert fitting[:1] == ([found] if found else [])


@given(_MOMENTS, _RULES, st.integers(1, 72))
def test_who_orders_later_never_gets_goods_earlier(at: datetime, rule: DeliveryRule, hours: int) -> None:
    first, then = proposed_delivery(at, rule), proposed_delivery(at + timedelta(hours=hours), rule)
    assert first is None or then is None or first <= then


def test_as_a_person_counts_it() -> None:
    rule = DeliveryRule(2, frozenset({1, 3}), frozenset({date(2026, 11, 26)}), cutoff_days=1, cutoff_minute=14 * 60)
    # Tuesday noon; Wednesday and Friday are the two working days, Thursday is Thanksgiving; then Tuesday is next
    assert proposed_delivery(_at("2026-11-24T12:00"), rule) == date(2026, 12, 1)
    # the cut-off of Tuesday's delivery is Monday at 2 p.m.
    short = DeliveryRule(1, frozenset({1, 3}), cutoff_days=1, cutoff_minute=14 * 60)
    assert proposed_delivery(_at("2026-11-30T14:00"), short) == date(2026, 12, 1)
    assert proposed_delivery(_at("2026-11-30T14:01"), short) == date(2026, 12, 3)


def test_a_vendor_that_never_delivers_has_no_day() -> None:
    days = frozenset(date(2026, 1, 1) + timedelta(days=n) for n in range(2 * HORIZON_DAYS))
    assert proposed_delivery(_at("2026-01-05T09:00"), DeliveryRule(1, frozenset(range(7)), days)) is None
