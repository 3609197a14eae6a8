"""Units of quantities: UN/ECE Recommendation 20 (and 21, with its X), and what X12 element 355 calls the same.

A short list of what child care programs buy. Sources: UN/ECE Recommendation 20 revision 11e, Recommendation 21 revision
9e, ASC X12 004010 data element 355.
"""

from dataclasses import dataclass
from typing import NamedTuple

from carepool.quantities import Cases, Eaches


class Unit(NamedTuple):
    """A unit: its Recommendation 20 code, the X12 355 code that means the same, and its English names, best first."""

    code: str
    x12: str
    names: tuple[str, ...]


UNITS: tuple[Unit, ...] = (
    Unit("EA", "EA", ("each", "ea", "eaches", "single")),
    Unit("C62", "UN", ("unit", "units", "un", "one")),
    Unit("H87", "PC", ("piece", "pieces", "pc", "pcs")),
    Unit("XCS", "CA", ("case", "cases", "cs", "ca", "cse")),
    Unit("XCT", "CT", ("carton", "cartons", "ct", "ctn")),
    Unit("XBX", "BX", ("box", "boxes", "bx")),
    Unit("XPK", "PK", ("package", "packages", "pk", "pkg", "pack", "packs")),
    Unit("XBG", "BG", ("bag", "bags", "bg")),
    Unit("XBO", "BO", ("bottle", "bottles", "bo", "btl")),
    Unit("XJR", "JR", ("jar", "jars", "jr")),
    Unit("XCX", "CN", ("can", "cans", "cn")),
    Unit("XTU", "TB", ("tube", "tubes", "tb")),
    Unit("XSY", "SL", ("sleeve", "sleeves", "sl", "slv")),
    Unit("XRO", "RL", ("roll", "rolls", "rl")),
    Unit("XST", "SH", ("sheet", "sheets", "sh")),
    Unit("RM", "RM", ("ream", "reams", "rm")),
    Unit("XPU", "TY", ("tray", "trays", "ty")),
    Unit("XBJ", "BC", ("bucket", "buckets", "bc")),
    Unit("XPL", "PA", ("pail", "pails")),
    Unit("XDR", "DR", ("drum", "drums", "dr")),
    Unit("XBE", "BD", ("bundle", "bundles", "bd", "bdl")),
    Unit("XPX", "PL", ("pallet", "pallets", "plt", "skid")),
    Unit("PR", "PR", ("pair", "pairs", "pr")),
    Unit("DZN", "DZ", ("dozen", "dozens", "dz", "doz")),
    Unit("GRO", "GS", ("gross", "gs", "gro")),
    Unit("CEN", "HU", ("hundred", "hu", "c")),
    Unit("MIL", "TH", ("thousand", "th", "m")),
    Unit("SET", "ST", ("set", "sets", "st")),
    Unit("KT", "KT", ("kit", "kits", "kt")),
    Unit("LBR", "LB", ("pound", "pounds", "lb", "lbs")),
    Unit("ONZ", "OZ", ("ounce", "ounces", "oz")),
    Unit("KGM", "KG", ("kilogram", "kilograms", "kg")),
    Unit("GRM", "GR", ("gram", "grams", "g", "gr")),
    Unit("GLL", "GA", ("gallon", "gallons", "gal", "ga")),
    Unit("QTL", "QT", ("quart", "quarts", "qt")),
    Unit("PTL", "PT", ("pint", "pints", "pt")),
    Unit("OZA", "FO", ("fluid ounce", "fluid ounces", "fl oz", "floz")),
    Unit("LTR", "LT", ("liter", "liters", "litre", "litres", "l")),
)
EACH, CASE = UNITS[0], UNITS[3]
_SINGLE = frozenset({"EA", "C62", "H87"})
"""Codes that count single things."""
_OUTER = frozenset({"XCS", "XCT"})
"""Codes that vendors write for what we call a case."""
_BY_CODE = {unit.code: unit for unit in UNITS}
_BY_X12 = {unit.x12: unit for unit in UNITS}
_BY_NAME = {name: unit for unit in reversed(UNITS) for name in unit.names}
#: Codes of older revisions and habits that mean one of ours.
_ALSO = {
    "CS": CASE,
    "CA": CASE,
    "BX": _BY_CODE["XBX"],
    "PK": _BY_CODE["XPK"],
    "CT": _BY_CODE["XCT"],
    "NAR": EACH,
    "NMP": _BY_CODE["XPK"],
}


def unit_of_code(code: str) -> Unit | None:
    """Return the unit of a Recommendation 20 code (also without the X of Recommendation 21); None for unknown ones."""
    wanted = code.strip().upper()
    return _BY_CODE.get(wanted) or _ALSO.get(wanted) or _BY_X12.get(wanted)


def unit_of_x12(code: str) -> Unit | None:
    """Return the unit of an X12 355 code; None for unknown ones. `CS` is read as case, as most vendors mean it."""
    wanted = code.strip().upper()
    return CASE if wanted == "CS" else _BY_X12.get(wanted)


def unit_of_words(text: str) -> Unit | None:
    """Return the unit that a vendor's own word or code means, such as `CS`, `case` or `Ctn.`; None for unknown ones."""
    word = " ".join(text.strip().strip(".").lower().replace(".", " ").split())
    return _BY_NAME.get(word) or _BY_CODE.get(word.upper())


@dataclass(frozen=True, slots=True)
class Quantity:
    """A whole number of a unit."""

    number: int
    unit: Unit

    def cases(self, case_size: Eaches, ordered: Unit) -> Cases | None:
        """Return how many whole cases of this size it is; None where it is none, or the unit is another.

        `ordered`: the unit in which cases were ordered, such as boxes.
        """
        if self.unit == ordered or self.unit.code in _OUTER:
            return Cases(self.number)
        if self.unit.code in _SINGLE and case_size > 0 and self.number % case_size == 0:
            return Cases(self.number // case_size)
        return None
