"""Which columns of a vendor's file hold the steps of a price ladder: `Price 10+`, `Tier 2 from` and `Tier 2 price`. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from carepool.tabular.columns import ColumnMap, plain, unaccented

MOST_STEPS = 12
STEPS = range(1, MOST_STEPS + 1)

_NAMES = frozenset(
    ("tier", "tiers", "break", "breaks", "level", "bracket", "step", "rung", "volume", "ladder", "prices", "pricing",
     "escala", "nivel")
)  # fmt: skip
_STARTS = frozenset(
    ("from", "qty", "quantity", "min", "minimum", "cases", "case", "start", "starts", "desde", "cantidad", "cajas")
)
_PRICES = frozenset(("price", "cost", "precio", "costo"))
_PERCENTS = frozenset(("percent", "pct", "discount", "off", "descuento"))
_OTHERS = frozenset(
    ("of", "per", "each", "unit", "usd", "in", "the", "at", "for", "a", "and", "cs", "list", "caja", "por", "lista", "net")
)  # fmt: skip
_OPEN = r"(?:\s*(?:cases?|cs|cajas?))?\s*(?:\+|or more|and up|& up|and over|o mas|y mas)"
_IN_HEADER = (
    re.compile(rf"(?<![\d.])(\d[\d,]{{0,8}}){_OPEN}"),
    re.compile(r"(?<![\d.])(\d[\d,]{0,8})\s*(?:-|–|to|a)\s*\d[\d,]{0,8}(?=\s|$|\)|cs|case)"),
    re.compile(r"(?:>=|≥|@)\s*(\d[\d,]{0,8})"),
    re.compile(r"^\s*(\d[\d,]{0,8})\s*(?:cases|cs|cajas)\s*$"),
)


@dataclass(frozen=True)
class _Step:
    """A column of a step: its kind (`from`, `price`, `percent`), its number, or the cases that the header itself names."""

    header: str
    kind: str
    number: int
    start: int | None = None


def step_columns(headers: Sequence[str]) -> ColumnMap:
    """Return the columns of a ladder's steps as `step_<n>_from`, `step_<n>_price`, `step_<n>_percent`.

    Where the header names the cases, `step_<n>_from` is fixed. A numbered price without its own "from" column is left
    alone: `Price Level 2` is often another customer's price.
    """
    named = [step for step in map(_named, headers) if step]
    numbered = [step for step in map(_numbered, headers) if step]
    columns: dict[str, tuple[str, ...]] = {}
    fixed: dict[str, str] = {}
    place = 0
    for number in sorted({step.number for step in numbered}):
        own = {step.kind: step.header for step in reversed(numbered) if step.number == number}
        if "from" in own and len(own) > 1 and place < MOST_STEPS:
            place += 1
            columns |= {f"step_{place}_{kind}": (header,) for kind, header in own.items()}
    for step in sorted(named, key=lambda step: step.start or 0):
        if place < MOST_STEPS:
            place += 1
            columns[f"step_{place}_{step.kind}"] = (step.header,)
            fixed[f"step_{place}_from"] = str(step.start)
    return ColumnMap(columns, fixed)


def _named(header: str) -> _Step | None:
    """Read a header that names the cases itself: `Price 10+`, `10-49 cases`, `Discount 50 or more`."""
    bare = unaccented(header.lower())
    for pattern in _IN_HEADER:
        if found := pattern.search(bare):
            rest = bare[: found.start()] + " " + bare[found.end() :]
            words = [word for word in plain(rest).split() if not word.isdecimal()]
            if set(words) <= _NAMES | _STARTS | _PRICES | _PERCENTS | _OTHERS:
                start = int(found.group(1).replace(",", ""))
                return _Step(header, "percent" if _is_percent(bare, words) else "price", 0, start) if start else None
    return None


def _numbered(header: str) -> _Step | None:
    """Read a header that numbers the step: `Tier 2 from`, `Price break 1`, `ladder.2.price`."""
    bare = re.sub(r"(?<=[a-z])(?=\d)|(?<=\d)(?=[a-z])", " ", unaccented(header.lower()))
    words = plain(bare).split()
    numbers = [int(word) for word in words if re.fullmatch(r"\d{1,2}", word)]
    rest = [word for word in words if not word.isdecimal()]
    if len(numbers) != 1 or not set(rest) <= _NAMES | _STARTS | _PRICES | _PERCENTS | _OTHERS:
        return None
    if _is_percent(bare, rest):
        return _Step(header, "percent", numbers[0])
    told = [word for word in rest if word in _STARTS | _PRICES]
    if not told:
        return None
    # `Tier 2 price per case` is a price, `Price break 2 qty` is not
    price = told[-1] in _PRICES or (told[-1] in ("case", "cases") and bool(_PRICES & set(rest)))
    return _Step(header, "price" if price else "from", numbers[0])


def _is_percent(bare: str, words: Iterable[str]) -> bool:
    return "%" in bare or bool(_PERCENTS & set(words))
