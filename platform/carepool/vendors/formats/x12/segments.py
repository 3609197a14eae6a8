"""An X12 file as a stream of segments, with the separators that its ISA declares."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from carepool.sentences import marked
from carepool.vendors.documents.faults import BadDocument, Place, PlaceKind
from carepool.vendors.formats.values import clean

_BLOCK = 1 << 16
_ISA_BYTES = 106
_ISA_ELEMENTS = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)
_LONGEST_SEGMENT = 1 << 14
_MOST_ELEMENTS = 100
_NOT_X12 = marked("It does not begin with a whole ISA segment of 106 letters. Export it again as X12.")
_WHITE = b" \t\r\n"


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment: its id, its elements, and its number in the file, counted from 1."""

    id: str
    elements: tuple[str, ...]
    number: int

    def get(self, element: int) -> str:
        """Return an element by its number in the standard (`PO102` is 2), in one line; empty where there is none."""
        return clean(self.elements[element - 1]) if 0 < element <= len(self.elements) else ""

    def place(self, element: int = 0) -> Place:
        """Return where it stands, or where one of its elements does."""
        name = f"{self.id}{element:02d}" if element else self.id
        return Place(PlaceKind.SEGMENT, self.number, name)

    def pairs(self, first: int) -> Iterator[tuple[str, str]]:
        """Yield (qualifier, id) of the pairs that begin at an element, such as PO106 and PO107."""
        for number in range(first, len(self.elements), 2):
            qualifier, value = self.get(number), self.get(number + 1)
            if qualifier and value:
                yield qualifier, value


def segments(file: IO[bytes]) -> Iterator[Segment]:
    """Yield all segments of all interchanges in a file. Raises BadDocument. One segment is held at a time."""
    rest, number = b"", 0
    while True:
        rest = rest.lstrip(_WHITE)
        if not number:
            rest = rest.removeprefix(b"\xef\xbb\xbf").lstrip(_WHITE)
        while len(rest) < _ISA_BYTES:
            block = file.read(_BLOCK)
            if not block:
                break
            rest = rest + block if number else (rest + block).removeprefix(b"\xef\xbb\xbf").lstrip(_WHITE)
            rest = rest.lstrip(_WHITE)
        if not rest and number:
            return
        separator, end = _separators(rest, number + 1)
        ended = False
        while not ended:
            *whole, rest = rest.split(end)
            for position, raw in enumerate(whole):
                number += 1
                segment = _segment(raw.strip(_WHITE), separator, number)
                if segment is None:
                    number -= 1
                    continue
                yield segment
                if segment.id == "IEA":
                    rest, ended = end.join([*whole[position + 1 :], rest]), True
                    break
            if ended:
                break
            place = Place(PlaceKind.SEGMENT, number + 1, clean(rest[:3].decode("ascii", "replace")) or "-")
            if len(rest) > _LONGEST_SEGMENT:
                raise BadDocument(
                    place,
                    marked("The segment is longer than %(most)s letters. Is its end missing?", most=_LONGEST_SEGMENT),
                )
            block = file.read(_BLOCK)
            if not block:
                raise BadDocument(place, marked("The file ends before its IEA segment. Send it whole."))
            rest += block


def _separators(start: bytes, number: int) -> tuple[bytes, bytes]:
    """Return the element separator and the segment terminator of an ISA."""
    place = Place(PlaceKind.SEGMENT, number, "ISA")
    isa = start[:_ISA_BYTES]
    if len(isa) < _ISA_BYTES or not isa.startswith(b"ISA"):
        raise BadDocument(place, _NOT_X12)
    separator, component, end = isa[3:4], isa[104:105], isa[105:106]
    elements = isa[4:105].split(separator)
    if tuple(map(len, elements)) != _ISA_ELEMENTS:
        raise BadDocument(place, _NOT_X12)
    odd = any(one.isalnum() or one in (b" ", b"\0") for one in (separator, component, end))
    if odd or len({separator, component, end}) < 3:
        raise BadDocument(
            place, marked("The separators of the ISA segment are letters, or the same. Use *, > and ~ for example.")
        )
    return separator, end


def _segment(raw: bytes, separator: bytes, number: int) -> Segment | None:
    """Return a segment; None for nothing but white space between two ends."""
    if not raw:
        return None
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "replace")
    name, *elements = text.split(separator.decode("latin-1"))
    place = Place(PlaceKind.SEGMENT, number, clean(name)[:3] or "-")
    if not (2 <= len(name) <= 3 and name.isascii() and name.isalnum() and name == name.upper()):
        raise BadDocument(place, marked("This is no segment. Are the separators of the ISA segment used throughout?"))
    if "\0" in text:
        raise BadDocument(place, marked("It holds a NUL byte. Export it again."))
    if len(raw) > _LONGEST_SEGMENT or len(elements) > _MOST_ELEMENTS:
        raise BadDocument(
            place, marked("The segment is longer than %(most)s letters. Is its end missing?", most=_LONGEST_SEGMENT)
        )
    return Segment(name, tuple(elements), number)
