"""What changed between two dry runs. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Line = Mapping[str, Any]


@dataclass(frozen=True)
class Difference:
    """One item whose result changed: eaches wanted, cases, and cents per case (None where none is bought)."""

    name: str
    wanted: tuple[int, int]
    cases: tuple[int, int]
    price_cents: tuple[int | None, int | None]


def differences(before: Sequence[Line], after: Sequence[Line]) -> list[Difference]:
    """Return the items whose wanted, cases or price differ between the lines of two dry runs, by name."""
    nothing: Line = {"wanted": 0, "cases": 0, "price_cents": None}
    old, new = ({(line["sku"], line["name"]): line for line in lines} for lines in (before, after))
    found = []
    for key in sorted({**old, **new}, key=lambda one: (one[1], one[0])):
        was, now = old.get(key, nothing), new.get(key, nothing)
        one = Difference(
            key[1],
            (was["wanted"], now["wanted"]),
            (was["cases"], now["cases"]),
            (was["price_cents"], now["price_cents"]),
        )
        if any(a != b for a, b in (one.wanted, one.cases, one.price_cents)):
            found.append(one)
    return found
