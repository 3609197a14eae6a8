"""What a program lets its staff spend: when an order waits for a director, and when it breaks the budget. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo


class BudgetPer(StrEnum):
    """How long a budget lasts."""

    PURCHASE = "purchase"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class OverBudget(StrEnum):
    """What happens to an order above the budget."""

    REFUSE = "refuse"
    WARN = "warn"


_MONTHS = {BudgetPer.MONTH: 1, BudgetPer.QUARTER: 3, BudgetPer.YEAR: 12}


@dataclass(frozen=True)
class Budget:
    """A budget in cents. `year_starts`: the month, 1 to 12, in which the program's year begins; quarters follow it."""

    cents: int
    per: BudgetPer
    year_starts: int
    over: OverBudget


@dataclass(frozen=True)
class Period:
    """From an instant to another, which is no longer in it."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class BudgetStanding:
    """Where a budget stands, in cents.

    `elsewhere_cents`: what other purchases of the period take; `before_cents`: the most that the placed order of this
    purchase can cost; `after_cents`: the most that it could cost as asked now.
    """

    budget: Budget
    elsewhere_cents: int
    before_cents: int
    after_cents: int

    @property
    def left_cents(self) -> int:
        """What is left for this purchase's order; 0 where nothing is."""
        return max(0, self.budget.cents - self.elsewhere_cents)

    @property
    def over_cents(self) -> int:
        """By how much the order as asked goes above what is left."""
        return max(0, self.elsewhere_cents + self.after_cents - self.budget.cents)

    @property
    def stops(self) -> bool:
        """Whether the order is refused: it goes above the budget, costs more than before, and the program chose so."""
        return self.budget.over == OverBudget.REFUSE and bool(self.over_cents) and self.after_cents > self.before_cents


def period_of(budget: Budget, at: datetime, zone: str) -> Period | None:
    """Return the period of a budget that holds an instant, on the calendar of a zone; None for one of each purchase."""
    if budget.per == BudgetPer.PURCHASE:
        return None
    local = at.astimezone(ZoneInfo(zone))
    months = _MONTHS[budget.per]
    number = local.year * 12 + local.month - budget.year_starts
    first = number - number % months + budget.year_starts - 1
    return Period(_first_of(first, zone), _first_of(first + months, zone))


def _first_of(number: int, zone: str) -> datetime:
    """Return the first instant of a month, counted from year 0, in UTC."""
    return datetime(number // 12, number % 12 + 1, 1, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def must_wait(most_cents: int, above_cents: int | None, *, approves: bool) -> bool:
    """Tell whether an order waits for approval; `above_cents` None: the program said no amount, so each one waits.

    `approves`: whether the one who places it may approve orders.
    """
    return not approves and most_cents > (above_cents or 0)
