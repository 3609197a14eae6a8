"""Fields that the schemas of purchasing share. Quantities in eaches or cases as named, money in whole cents."""

from enum import StrEnum
from typing import Any

from marshmallow import fields, validate

_MOST_CENTS = 10**12
TAX = "Sales tax on taxable goods: 62500 is 6.25 %. Freight and handling are not taxed."


def cents(**options: Any) -> fields.Integer:
    """An amount of money in whole cents."""
    return fields.Integer(strict=True, validate=validate.Range(0, _MOST_CENTS), **options)


def count(least: int = 0, most: int = 10**9, **options: Any) -> fields.Integer:
    """A whole number between two, both included."""
    return fields.Integer(strict=True, validate=validate.Range(least, most), **options)


def word(words: type[StrEnum]) -> fields.String:
    """One word of a list, as the database keeps it."""
    return fields.String(required=True, validate=validate.OneOf([str(word) for word in words]))


class Rung(fields.Tuple):
    """One rung of a price ladder: [from_cases, cents per case], or hundredths of a percent off the list price."""

    def __init__(self) -> None:
        super().__init__((count(1), cents()))
