"""JSON as tables: an array of objects, an object that holds one, or one object after another."""

import codecs
import json
from collections.abc import Iterable, Iterator, Mapping
from decimal import InvalidOperation
from itertools import chain, islice
from typing import IO, Any

import ijson
from ijson.common import ObjectBuilder

from carepool.sentences import marked
from carepool.tabular.spreadsheets import cell_text
from carepool.tabular.tables import MOST_COLUMNS, BadRow, Row, Table, UnreadableFile, headers_of

_HEADER_OBJECTS = 200
_DEEPEST = 32
_MOST_EVENTS = 20_000
"""Names and values of one object."""
_MOST_NUMBERED = 12
"""Objects of a list inside an entry that become columns, such as contacts or price breaks."""
_LONGEST_SILENCE = 1 << 22
"""Bytes of one name or value."""
_FIRST_LINE = 1 << 20

_FAULTS = (ijson.JSONError, ValueError, InvalidOperation, SystemError, UnicodeDecodeError, RecursionError)
"""What the parser raises for bad JSON, numbers of thousands of digits among it."""


def objects_table(file: IO[bytes]) -> Table:
    """Open JSON as a table; nested names are joined by dots. Raises UnreadableFile, also while rows are read."""
    after_mark = 3 if file.read(3) == codecs.BOM_UTF8 else 0
    file.seek(after_mark)
    lines = _one_a_line(file)
    file.seek(after_mark)
    flat = _flattened(file, lines)
    first = list(islice(flat, _HEADER_OBJECTS))
    names = dict.fromkeys(name for one in first if isinstance(one, dict) for name in one)
    if not names:
        raise UnreadableFile(
            marked("The JSON holds no list of objects. Each program or item must be an object in a list.")
        )
    headers = headers_of(list(names))
    return Table(headers, _rows(dict(zip(names, headers, strict=True)), chain(first, flat)))


def _rows(names: Mapping[str, str], entries: Iterable[dict[str, str] | None]) -> Iterator[Row | BadRow]:
    for number, one in enumerate(entries, start=1):
        if one is None:
            yield BadRow(number, marked("This entry of the list is not an object with names and values."))
        elif len(one) > MOST_COLUMNS:
            yield BadRow(
                number,
                marked("This entry has %(found)s names; at most %(most)s are read.", found=len(one), most=MOST_COLUMNS),
            )
        else:
            yield Row(number, {names[name]: text for name, text in one.items() if name in names})


def _one_a_line(file: IO[bytes]) -> bool:
    """Tell whether a whole object stands in the first line and another line follows."""
    first = file.readline(_FIRST_LINE).strip()
    if not first.startswith(b"{") or not any(file.readline(_FIRST_LINE).strip() for _ in range(3)):
        return False
    try:
        return isinstance(json.loads(first), dict)
    except _FAULTS:
        return False


class _Watched:
    """A file that refuses to be read far without the parser finding anything: one value would fill the memory."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.silent = 0

    def read(self, size: int = -1) -> bytes:
        """Read on; raises UnreadableFile after too long a silence."""
        block = self._file.read(size)
        self.silent += len(block)
        if self.silent > _LONGEST_SILENCE:
            raise UnreadableFile(marked("A text in the JSON is longer than 4 million letters."))
        return block


def _flattened(file: IO[bytes], lines: bool) -> Iterator[dict[str, str] | None]:
    """Yield each object of the list as {name: text}; None for an entry that is no object."""
    watched = _Watched(file)
    try:
        for entry in _entries(watched, lines):
            yield _flat(entry) if isinstance(entry, dict) else None
    except UnreadableFile:
        raise
    except _FAULTS as error:
        words = " ".join(str(error).replace("(right here)", "").replace("------^", "").split())[:200]
        raise UnreadableFile(
            marked("The JSON cannot be read: %(reason)s. Save it again as UTF-8, or as .csv.", reason=words)
        ) from None


def _entries(file: _Watched, lines: bool) -> Iterator[Any]:
    """Yield the entries of the first array that holds an object, or the outermost objects where `lines`."""
    around: list[str] = []
    level = 0 if lines else None
    builder, events = None, 0
    for event, value in ijson.basic_parse(file, multiple_values=True):
        file.silent = 0
        if event in ("end_map", "end_array"):
            around.pop()
        if level is None and event == "start_map" and around[-1:] == ["start_array"]:
            level = len(around)
        if level is not None and len(around) < level:
            return
        if builder is None and level == len(around) and not event.startswith(("end_", "map_key")):
            builder, events = ObjectBuilder(), 0
        if builder is not None:
            builder.event(event, value)
            events += 1
        if event in ("start_map", "start_array"):
            around.append(event)
        elif builder is not None and level == len(around):
            yield builder.value
            builder = None
        if len(around) > _DEEPEST or events > _MOST_EVENTS:
            raise UnreadableFile(
                marked(
                    "An entry of the JSON is nested deeper than %(levels)s levels, or is too large.", levels=_DEEPEST
                )
            )


def _flat(one: Mapping[str, Any], start: str = "") -> dict[str, str]:
    """Return {name: text}; objects in a list are numbered from 1, lists in a list become `1:40.00; 10:34.00`."""
    cells: dict[str, str] = {}
    for name, value in one.items():
        if isinstance(value, dict):
            cells |= _flat(value, f"{start}{name}.")
        elif isinstance(value, list):
            objects = [part for part in value if isinstance(part, dict)]
            for place, part in enumerate(objects[:_MOST_NUMBERED], start=1):
                cells |= _flat(part, f"{start}{name}.{place}.")
            if len(objects) < len(value) or not value:
                lists = any(isinstance(part, list) for part in value)
                cells[f"{start}{name}"] = ("; " if lists else ", ").join(
                    _joined(part) for part in value if not isinstance(part, dict)
                )
        else:
            cells[f"{start}{name}"] = cell_text(value)
    return cells


def _joined(value: Any) -> str:
    if not isinstance(value, list):
        return cell_text(value)
    return ":".join(cell_text(part) for part in value if not isinstance(part, dict | list))
