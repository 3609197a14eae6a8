"""What an order can cost at the most, and what is a usual quantity: rules for the page of an order. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from carepool.purchasing.sales_tax.rates import tax_on


@dataclass(frozen=True)
class AskedLine:
    """One line of an order: eaches asked for in all, eaches in a case, and the cents per case of the first rung."""

    eaches: int
    case_size: int
    first_price_cents: int
    taxable: bool = True

    @property
    def most_cents(self) -> int:
        """What all eaches cost at the first price, rounded up to a cent."""
        return -(-self.eaches * self.first_price_cents // self.case_size)


@dataclass(frozen=True)
class Charges:
    """What comes on top of the goods: the whole freight and handling in cents, and the tax rate in millionths.

    The rate is 0 for a program that pays no tax.
    """

    freight_cents: int = 0
    handling_cents: int = 0
    tax_millionths: int = 0


@dataclass(frozen=True)
class MostCost:
    """The most that an order can cost, in cents.

    `freight_cents` and `handling_cents` are the whole charges: a program that is served alone bears them alone.
    `taxable_cents`: what of the goods is taxable; `tax_cents`: the tax on it, none on freight and handling.
    """

    goods_cents: int = 0
    freight_cents: int = 0
    handling_cents: int = 0
    taxable_cents: int = 0
    tax_cents: int = 0

    @property
    def total_cents(self) -> int:
        """All together."""
        return self.goods_cents + self.freight_cents + self.handling_cents + self.tax_cents


def most_cost(lines: Sequence[AskedLine], charges: Charges) -> MostCost:
    """Return the most that lines can cost: all eaches asked for (extra and boost, too) at the first price, rounded up."""
    if not any(line.eaches for line in lines):
        return MostCost()
    taxable = sum(line.most_cents for line in lines if line.taxable)
    return MostCost(
        goods_cents=sum(line.most_cents for line in lines),
        freight_cents=charges.freight_cents,
        handling_cents=charges.handling_cents,
        taxable_cents=taxable,
        tax_cents=tax_on(taxable, charges.tax_millionths),
    )


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
