"""Quantities: eaches are what programs ask for, cases are what vendors sell."""

from typing import NewType

Eaches = NewType("Eaches", int)
"""A number of single things."""

Cases = NewType("Cases", int)
"""A number of whole cases."""

LARGEST = 10**9
"""No quantity of one entry is larger."""
