"""The 850 of ASC X12 004010, as far as this system writes it: stated from the standard, apart from the code that writes.

Segments with their elements (data type, least and most letters, codes in use), and the order in which they may stand.
"""

import re
from dataclasses import dataclass

#: An element: "<type> <least> <most>", then the codes that may stand there; a leading "!" makes it mandatory.
SEGMENTS: dict[str, tuple[str, ...]] = {
    "BEG": ("!ID 2 2 00 01 05", "!ID 2 2 SA", "!AN 1 22", "AN 1 30", "!DT 8 8"),
    "CUR": ("!ID 2 3 BY", "!ID 3 3"),
    "REF": ("!ID 2 3 CT ZZ DK", "AN 1 30", "AN 1 80"),
    "PER": ("!ID 2 2 BD IC DC", "AN 1 60", "ID 2 2 TE EM", "AN 1 80", "ID 2 2 EM", "AN 1 80"),
    "ITD": ("ID 2 2 05 14", "ID 1 2 3", "R 1 6", "DT 8 8", "N0 1 3", "DT 8 8", "N0 1 3", "N2 1 10", "DT 8 8", "N2 1 10",
            "R 1 5", "AN 1 80"),
    "DTM": ("!ID 3 3 097 002", "DT 8 8", "TM 4 8", "ID 2 2 UT"),
    "N9": ("!ID 2 3 ZZ L1", "AN 1 30", "AN 1 45", "DT 8 8", "TM 4 8", "ID 2 2 UT"),
    "MSG": ("!AN 1 264",),
    "N1": ("!ID 2 3 BY VN BT RI ST", "AN 1 60", "ID 1 2 91 92", "AN 2 80"),
    "N2": ("!AN 1 60", "AN 1 60"),
    "N3": ("!AN 1 55", "AN 1 55"),
    "N4": ("AN 2 30", "ID 2 2", "ID 3 15", "ID 2 3"),
    "PO1": ("AN 1 20", "R 1 15", "ID 2 2", "R 1 17", "ID 2 2", "ID 2 2 VN", "AN 1 48", "ID 2 2 UK UP EN", "AN 1 48"),
    "PID": ("!ID 1 1 F", "ID 2 3 08", "ID 2 2", "AN 1 12", "AN 1 80"),
    "PO4": ("N0 1 6",),
    "CTT": ("!N0 1 6", "R 1 10"),
    "AMT": ("!ID 1 3 TT", "!R 1 18"),
}  # fmt: skip
#: Relational conditions: in each of these lists of elements, all or none.
PAIRED = {
    "PER": ((3, 4), (5, 6)),
    "N1": ((3, 4),),
    "PO1": ((6, 7), (8, 9)),
}
#: At least one of these.
ONE_OF = {"REF": (2, 3), "N9": (2, 3), "N1": (2, 3), "DTM": (2, 3)}
_UNITS = re.compile(
    "EA|UN|PC|CA|CT|BX|PK|BG|BO|JR|CN|TB|SL|RL|SH|RM|TY|BC|PA|DR|BD|PL|PR|DZ|GS|HU|TH|ST|KT|LB|OZ|KG|GR|GA|QT|PT|FO|LT"
)
_PARTY = r"N1(,N2)?(,N3)?(,N4)?(,REF)*(,PER)*"
ORDER = re.compile(
    rf"BEG,CUR(,REF)+(,PER)?(,ITD)?(,DTM){{1,2}}((,N9)(,MSG)*)*(,{_PARTY}){{3,200}}"
    r"(,PO1(,PID)+,PO4(,REF)*(,N1)?)+,CTT,AMT"
)
_TYPES = {
    "DT": re.compile(r"\d{8}"),
    "TM": re.compile(r"\d{4}(\d\d)?"),
    "N0": re.compile(r"-?\d+"),
    "N2": re.compile(r"-?\d+"),
    "R": re.compile(r"-?\d*\.?\d+"),
    "ID": re.compile(r"[A-Z0-9]+"),
    "AN": re.compile(r"[ -~]*[!-~]"),
}


@dataclass(frozen=True)
class Line:
    """A segment as it stands in a file."""

    id: str
    elements: tuple[str, ...]


def split(content: bytes) -> list[Line]:
    """Split a file at its own separators."""
    text = content.decode("ascii")
    element, end = text[3], text[105]
    return [
        Line(one.split(element)[0], tuple(one.split(element)[1:])) for one in map(str.strip, text.split(end)) if one
    ]


def faults(body: list[Line]) -> list[str]:
    """Return what of a transaction set, without ST and SE, is not as the standard has it."""
    found = []
    if not ORDER.fullmatch(",".join(one.id for one in body)):
        found.append("the segments do not stand in order")
    for place, one in enumerate(body, start=2):
        wanted = SEGMENTS.get(one.id)
        if wanted is None or len(one.elements) > len(wanted) or not one.elements or not one.elements[-1]:
            found.append(f"{place} {one}: no such segment, too many elements, or an empty one at its end")
            continue
        for number, rule in enumerate(wanted, start=1):
            value = one.elements[number - 1] if number <= len(one.elements) else ""
            kind, least, most, *codes = rule.removeprefix("!").split()
            if not value:
                if rule.startswith("!"):
                    found.append(f"{place} {one.id}{number:02d} is mandatory")
                continue
            length = len(value.replace(".", "").replace("-", "")) if kind in ("R", "N0", "N2") else len(value)
            if (
                not int(least) <= length <= int(most)
                or not _TYPES[kind].fullmatch(value)
                or (codes and value not in codes)
            ):
                found.append(f"{place} {one.id}{number:02d}: {value!r} is no {rule}")
        given = {number for number, value in enumerate(one.elements, start=1) if value}
        found += [
            f"{place} {one.id}: {pair} go together" for pair in PAIRED.get(one.id, ()) if len(given & set(pair)) == 1
        ]
        if one.id in ONE_OF and not given & set(ONE_OF[one.id]):
            found.append(f"{place} {one.id}: one of {ONE_OF[one.id]} is needed")
        if one.id == "PO1" and not _UNITS.fullmatch(one.elements[2]):
            found.append(f"{place} PO103: {one.elements[2]!r} is no unit")
    return found
