"""What an order can cost at the most, and what is a usual quantity: rules for the page of an order. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class AskedLine:
    """One line of an order: eaches asked for in all, eaches in a case, and the cents per case of the first rung."""

    eaches: int
    case_size: int
    first_price_cents: int


@dataclass(frozen=True)
class MostCost:
    """The most that an order can cost, in cents; tax is not in it.

    `freight_cents` and `handling_cents` are the whole charges: a program that is served alone bears them alone.
    """

    goods_cents: int
    freight_cents: int
    handling_cents: int

    @property
    def total_cents(self) -> int:
        """All together."""
        return self.goods_cents + self.freight_cents + self.handling_cents


def most_cost(lines: Sequence[AskedLine], freight_cents: int, handling_cents: int) -> MostCost:
    """Return the most that lines can cost: all eaches asked for (extra and boost, too) at the first price, rounded up."""
    goods = sum(-(-line.eaches * line.first_price_cents // line.case_size) for line in lines)
    return MostCost(goods, freight_cents, handling_cents) if any(line.eaches for line in lines) else MostCost(0, 0, 0)


def usual_quantity(last_wanted: int | None, eaches_per_place: int | None, capacity: int | None) -> int | None:
    """Return a usual quantity in eaches: that of the last order, else the limit of the licensed places; None: unknown.

    A last order above the limit is cut to it.
    """
    limit = eaches_per_place * capacity if eaches_per_place and capacity else None
    if last_wanted is None:
        return limit
    return last_wanted if limit is None else min(last_wanted, limit)


def is_far_above(wanted: int, usual: int | None) -> bool:
    """Tell whether a wanted quantity is more than twice the usual one."""
    return usual is not None and wanted > 2 * usual
