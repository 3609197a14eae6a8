"""Freight and handling shared to the cent, and the vendor's minimum in money."""

from collections.abc import Hashable, Mapping, Sequence
from enum import StrEnum
from typing import TypeVar

from carepool.money import share_out

Seller = TypeVar("Seller", bound=Hashable)


class ShareRule(StrEnum):
    """How freight and handling are shared (allocation, part C)."""

    BY_VALUE = "by_value"
    BY_EACHES = "by_eaches"
    EQUAL = "equal"


def share_charge(cents: int, rule: ShareRule, values: Sequence[int], eaches: Sequence[int]) -> tuple[list[int], int]:
    """Share a charge over members who got anything; return each part and what is left to the owner, in cents.

    `values`: goods in cents, `eaches`: eaches got, both in the order of the members' places. Nothing is left to the
    owner unless there is nobody to bear it.
    """
    weights = {
        ShareRule.BY_VALUE: list(values),
        ShareRule.BY_EACHES: list(eaches),
        ShareRule.EQUAL: [1 if got else 0 for got in eaches],
    }[ShareRule(rule)]
    parts = share_out(cents, weights)
    return parts, cents - sum(parts)


def missing_minimum(bills: Mapping[Seller, int], minimums: Mapping[Seller, int]) -> frozenset[Seller]:
    """Return the sellers whose order value is above nothing and below their own minimum, both in cents."""
    return frozenset(seller for seller, bill in bills.items() if 0 < bill < minimums.get(seller, 0))
