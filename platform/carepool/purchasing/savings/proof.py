"""When evidence proves the price that a saving is compared with. Pure.

A saving is only as good as what goods would have cost alone. A baseline is proved when a document of its own kind shows
it, and no document of that kind shows less: who buys alone would have taken the lowest.
"""

from collections.abc import Iterable
from enum import StrEnum


class Proof(StrEnum):
    """How a baseline stands to its evidence."""

    PROVED = "proved"
    LOWER = "lower"
    NONE = "none"


def proof_of(baseline_cents: int, prices: Iterable[int | None]) -> Proof:
    """Return how a baseline of so many cents per case stands to the prices that documents of its kind show.

    None: the document shows the baseline itself.
    """
    shown = [baseline_cents if price is None else price for price in prices]
    if not shown:
        return Proof.NONE
    return Proof.LOWER if min(shown) < baseline_cents else Proof.PROVED
