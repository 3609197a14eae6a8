"""The rules of a program's budget and of approval."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from carepool.purchasing.spending.rules import Budget, BudgetPer, BudgetStanding, OverBudget, must_wait, period_of

CENTS = st.integers(0, 10**9)
INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2032, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
ZONES = st.sampled_from(["America/New_York", "America/Denver", "Pacific/Guam", "America/Phoenix", "Pacific/Honolulu"])
PERIODS = st.sampled_from([BudgetPer.MONTH, BudgetPer.QUARTER, BudgetPer.YEAR])


def _budget(cents: int = 0, per: BudgetPer = BudgetPer.YEAR, starts: int = 1, over: str = "refuse") -> Budget:
    return Budget(cents, per, starts, OverBudget(over))


@given(PERIODS, st.integers(1, 12), INSTANTS, ZONES)
def test_periods_hold_their_instant_and_follow_each_other(per: BudgetPer, starts: int, at: datetime, zone: str) -> None:
    budget = _budget(per=per, starts=starts)
    found = period_of(budget, at, zone)
    assert found and found.start <= at < found.end
    local = found.start.astimezone(ZoneInfo(zone))
    assert (local.day, local.hour, local.minute) == (1, 0, 0)
    length = {BudgetPer.MONTH: 1, BudgetPer.QUARTER: 3, BudgetPer.YEAR: 12}[per]
    assert (local.month - starts) % length == 0
    assert {period_of(budget, one, zone) for one in (found.start, found.end - timedelta(microseconds=1))} == {found}
    after = period_of(budget, found.end, zone)
    assert after and after.start == found.end


@given(CENTS, CENTS, CENTS, CENTS)
def test_a_budget_stops_every_rise_above_it_and_no_fall(budget: int, elsewhere: int, before: int, after: int) -> None:
    standing = BudgetStanding(_budget(budget), elsewhere, before, after)
    assert standing.stops == (after > before and elsewhere + after > budget)
    assert (standing.over_cents == 0) == (after <= budget - elsewhere)
    assert not BudgetStanding(_budget(budget, over="warn"), elsewhere, before, after).stops
    if not standing.stops and after > before:
        assert after <= standing.left_cents


def test_a_budget_of_each_purchase_has_no_period() -> None:
    assert period_of(_budget(per=BudgetPer.PURCHASE), datetime(2026, 1, 1, tzinfo=UTC), "America/Denver") is None


@given(CENTS, st.none() | CENTS)
def test_only_orders_above_the_amount_of_those_who_do_not_approve_wait(most: int, above: int | None) -> None:
    assert not must_wait(most, above, approves=True)
    assert must_wait(most, above, approves=False) == (most > (above or 0))
