"""Packs as vendors write them: how many eaches a case holds, and the word for one each. Pure."""

import re

from carepool.sentences import marked
from carepool.tabular.cells import read_number

LARGEST_CASE = 1_000_000

_PACKS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(\d{1,7})\s*-\s*(\d{1,7})\s*/\s*(?:cs|case|ct)",
        r"(\d{1,7})\s*x\s*\d",
        r"(\d{1,7})\s+(?:per|a)\s+case",
        r"(\d{1,7})\s+\w{1,30}(?:\s+\w{1,30})?\s+(?:per|a)\s+case",
        r"(\d{1,7})\s*/\s*(?:cs|case|pk|ct|bx|box)\b",
        r"(\d{1,7})\s*/\s*\d",
        r"(\d{1,7})\s*(?:ct|count|pk|pack)\b",
        r"(\d{1,7})\s*(?:gl|gal)\s*/\s*(?:cs|case)",
        r"case of (\d{1,7})",
    )
)
_SINGLE = re.compile(r"(ea|each|rl|roll|box|bx|cs|case|pk|pack|unit|bag|bottle|can|jar)")
_DOZEN = re.compile(r"(?:1\s*)?(?:dz|doz|dozen)\b")
_PACKED = frozenset({"cs", "case", "cases", "ct", "carton", "cartons", "dz", "doz", "dozen", "gross", "pallet"})
_MEASURES = frozenset(
    {"lb", "lbs", "pound", "pounds", "oz", "ounce", "g", "gm", "gram", "kg", "kilogram", "l", "lt", "liter", "ml", "gl",
     "gal", "gallon", "qt", "quart", "pt", "pint", "ft", "in", "yd", "m"}
)  # fmt: skip
_UNITS = {
    "ea": "each", "eaches": "each", "pc": "piece", "pcs": "piece", "rl": "roll", "btl": "bottle", "bt": "bottle",
    "bx": "box", "bg": "bag", "pk": "pack", "pkg": "pack", "pr": "pair", "tb": "tube", "cn": "can", "rm": "ream",
    "st": "set", "un": "unit",
}  # fmt: skip

UNITS = (
    marked("each"), marked("piece"), marked("roll"), marked("bottle"), marked("box"), marked("bag"), marked("pack"),
    marked("pair"), marked("tube"), marked("can"), marked("ream"), marked("set"), marked("unit"),
)  # fmt: skip
"""Words for one each that pages say in the reader's language; other words are shown as the file had them."""


def read_pack(text: str, count: bool = False) -> tuple[int, bool]:
    """Return eaches in a case and whether the text said so: `1000/CS`, `10-100 / CS`, `24 bottles per case`, `3/6LB`.

    `count`: the column counts eaches, so a plain number is their count. Raises ValueError for a number that cannot be
    a case size: zero, negative, a fraction, or beyond a million.
    """
    words = text.lower().replace(",", "").strip()
    if re.fullmatch(r"-?\d+(\.\d*)?", words) and count:
        return _size(text), True
    for pattern in _PACKS:
        if found := pattern.match(words):
            size = 1
            for group in found.groups():
                size *= int(group)
            if not 0 < size <= LARGEST_CASE:
                raise _not_a_size(text)
            return size, True
    if _DOZEN.match(words):
        return 12, True
    return 1, _SINGLE.fullmatch(words) is not None


def _size(text: str) -> int:
    number = read_number(text)
    if number is None or number != number.to_integral_value() or not 0 < number <= LARGEST_CASE:
        raise _not_a_size(text)
    return int(number)


def _not_a_size(text: str) -> ValueError:
    return ValueError(f"The case size {text[:40]!r} must be a whole number of eaches, from 1 to a million.")


def unit_word(text: str) -> str:
    """Return the word for one each: `RL` is a roll; what names a case or a measure, or is no word, is an each."""
    word = " ".join(text.lower().replace(".", " ").split())
    if word in _UNITS:
        return _UNITS[word]
    plain = re.fullmatch(r"[^\W\d_]{2,20}( [^\W\d_]{2,20})?", word)
    return word if plain and word not in _PACKED and word not in _MEASURES else "each"
