"""Money in whole cents, and sharing it out so that the parts add up."""

from collections.abc import Sequence
from typing import NewType

Cents = NewType("Cents", int)
"""An amount of money in whole cents."""


def share_out(amount: int, weights: Sequence[int]) -> list[int]:
    """Share an amount in proportion to weights by largest remainder; the parts add up to the amount.

    Each part is the floor of its exact quota; what is left goes one each by largest remainder, ties by position.
    Weights that are all zero get nothing. Integers only, any size.
    """
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    products = [amount * weight for weight in weights]
    parts = [product // whole for product in products]
    left = amount - sum(parts)
    if left:
        remainders = [product % whole for product in products]
        # a stable sort keeps the order of positions among equal remainders, also in reverse
        for position in sorted(range(len(parts)), key=remainders.__getitem__, reverse=True)[:left]:
            parts[position] += 1
    return parts


def half_up(numerator: int, denominator: int) -> int:
    """Divide two integers that are not negative and round half up to a whole number."""
    return (2 * numerator + denominator) // (2 * denominator)
