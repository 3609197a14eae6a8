"""Read any table file as a stream of rows. The kind is found by content, never by name."""

import codecs
import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from statistics import median
from typing import Any, BinaryIO

import ijson
import openpyxl

from carepool.sentences import Sentence, marked

_LARGEST_CELL = 1 << 20
_LARGEST_UNPACKED = 1 << 29
_MOST_COLUMNS = 500
_HEADER_OBJECTS = 200
_SAMPLE_BYTES = 1 << 16
_HEADER_ROWS = 30
_LONGEST_LINE = 1 << 24


class UnreadableFile(ValueError):
    """A file that cannot be read as a table; the sentence says what was seen and what to do."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Row:
    """One row: its number as a spreadsheet shows it, and {header: text}."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be read, and why."""

    number: int
    reason: str


@dataclass(frozen=True)
class Table:
    """Headers as written (white space tidied) and a stream of rows, read once."""

    headers: tuple[str, ...]
    rows: Iterator[Row | BadRow]


def read_table(file: BinaryIO) -> Table:
    """Open a table. Memory stays bounded whatever the file's size. Raises UnreadableFile, also while rows are read."""
    start = file.read(_SAMPLE_BYTES)
    file.seek(0)
    if not start.strip(b"\0 \r\n\t"):
        raise UnreadableFile(marked("The file is empty. Choose the file with the list in it."))
    if start.startswith(b"PK\x03\x04"):
        return _spreadsheet(file)
    if start.startswith((b"\xd0\xcf\x11\xe0", b"%PDF")):
        raise UnreadableFile(marked("This is a PDF or an old Excel file. Save it as .xlsx or .csv and try again."))
    if start.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in (b"{", b"["):
        return _objects(file)
    return _text(file, start)


def _text(file: BinaryIO, start: bytes) -> Table:
    encoding = _encoding(file, start)
    sample = start.decode(encoding, errors="replace")
    csv.field_size_limit(_LARGEST_CELL)
    reader = csv.reader(_lines(file, encoding), delimiter=_delimiter(sample))
    return _table(_records(reader))


def _lines(file: BinaryIO, encoding: str) -> Iterator[str]:
    """Yield lines with their ends made alike; a wrapper would close a file that is not its own."""
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(errors="replace"), translate=True)
    rest = ""
    while block := file.read(_SAMPLE_BYTES):
        *whole, rest = (rest + decoder.decode(block)).split("\n")
        yield from (f"{line}\n" for line in whole)
        if len(rest) > _LONGEST_LINE:
            raise UnreadableFile(
                marked("A line of the file is longer than 16 million characters. Is it a list with one row a line?")
            )
    if rest := rest + decoder.decode(b"", final=True):
        yield rest


def _encoding(file: BinaryIO, start: bytes) -> str:
    """UTF-16 and UTF-8 by their marks, UTF-8 where all of it is, else Windows-1252."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while block := file.read(1 << 20):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    finally:
        file.seek(0)
    return "utf-8"


def _delimiter(sample: str) -> str:
    """The one that makes the first rows widest and alike."""
    best, best_score = ",", 0.0
    for candidate in ",\t|;":
        try:
            widths = [
                len(row) for row in islice(csv.reader(io.StringIO(sample, newline=""), delimiter=candidate), 40) if row
            ]
        except csv.Error:
            continue
        if len(widths) > 2:
            widths.pop()  # the last may be cut off
        usual = median(widths) if widths else 0
        alike = sum(1 for width in widths if width == usual) / len(widths) if widths else 0
        score = (usual - 1) * alike
        if score > best_score:
            best, best_score = candidate, score
    return best


def _records(reader: Any) -> Iterator[tuple[int, list[str] | str]]:
    """Yield (number, cells), or (number, reason) for a record that the reader refuses."""
    number = 0
    while True:
        number += 1
        try:
            yield number, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield number, f"This row cannot be read: {error}."


def _table(records: Iterator[tuple[int, list[str] | str]]) -> Table:
    """Take the first row that is about as full as its neighbours for the header; titles above it are passed over."""
    first = list(islice(records, _HEADER_ROWS))
    filled = [0 if isinstance(cells, str) else sum(1 for cell in cells if cell.strip()) for _, cells in first]
    fullest = max(filled, default=0)
    for place, (number, cells) in enumerate(first):
        if isinstance(cells, str):
            raise UnreadableFile(
                marked("Row %(row)s cannot be read. Open the file and mend this row.", row=str(number))
            )
        if fullest and filled[place] * 10 >= fullest * 6:
            headers = _headers(cells)
            return Table(headers, _rows(headers, chain(first[place + 1 :], records)))
    raise UnreadableFile(marked("No header row was found. Put the column names into the first row."))


def _headers(cells: Iterable[Any]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for place, cell in enumerate(cells, start=1):
        name = " ".join(str(cell if cell is not None else "").replace("\0", "").split()) or f"column {place}"
        unique, copy = name, 2
        while unique in found:
            unique, copy = f"{name} ({copy})", copy + 1
        found[unique] = None
    headers = tuple(found)
    if len(headers) > _MOST_COLUMNS:
        raise UnreadableFile(
            marked(
                "The file has %(found)s columns; at most %(most)s are read. Remove empty ones.",
                found=len(headers),
                most=_MOST_COLUMNS,
            )
        )
    return headers


def _rows(headers: tuple[str, ...], records: Iterator[tuple[int, list[str] | str]]) -> Iterator[Row | BadRow]:
    width = len(headers)
    for number, cells in records:
        if isinstance(cells, str):
            yield BadRow(number, cells)
        elif any(cell.strip() for cell in cells[width:]):
            yield BadRow(
                number, f"The row has {len(cells)} cells, the header has {width}. Is a separator inside a cell?"
            )
        elif any(cell.strip() for cell in cells):
            padded = cells if len(cells) >= width else [*cells, *([""] * (width - len(cells)))]
            yield Row(number, dict(zip(headers, padded, strict=False)))


def _spreadsheet(file: BinaryIO) -> Table:
    try:
        with zipfile.ZipFile(file) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _LARGEST_UNPACKED:
                raise UnreadableFile(marked("The spreadsheet is too large unpacked. Save it as .csv and try again."))
        file.seek(0)
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        rows = sheet.iter_rows(values_only=True, max_col=_MOST_COLUMNS + 1)
        return _table(
            (number, _without_tail([_cell(value) for value in row])) for number, row in enumerate(rows, start=1)
        )
    except UnreadableFile:
        raise
    except Exception as error:
        raise UnreadableFile(
            marked("The spreadsheet cannot be opened (%(reason)s). Save it again as .xlsx or .csv.", reason=str(error))
        ) from None


def _without_tail(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _objects(file: BinaryIO) -> Table:
    """An array of objects, an object that holds one, or one object a line; nested names are joined by dots."""
    try:
        prefix = _array_prefix(file)
        file.seek(0)
        found = _lines_of_objects(file) if prefix is None else ijson.items(file, prefix)
        flat = (_flat(one) for one in found if isinstance(one, dict))
        first = list(islice(flat, _HEADER_OBJECTS))
    except (ijson.JSONError, ValueError, UnicodeDecodeError) as error:
        raise UnreadableFile(marked("The JSON cannot be read: %(reason)s.", reason=str(error))) from None
    if not first:
        raise UnreadableFile(
            marked("The JSON holds no list of objects. Each program or item must be an object in a list.")
        )
    headers = tuple(dict.fromkeys(name for one in first for name in one))
    return Table(headers, _object_rows(chain(first, flat)))


def _object_rows(objects: Iterable[dict[str, str]]) -> Iterator[Row | BadRow]:
    try:
        for number, one in enumerate(objects, start=1):
            yield Row(number, one)
    except (ijson.JSONError, ValueError) as error:
        raise UnreadableFile(marked("The JSON cannot be read further: %(reason)s.", reason=str(error))) from None


def _array_prefix(file: BinaryIO) -> str | None:
    """Return ijson's prefix of the first array's items; None for one object a line."""
    file.seek(3 if file.read(3) == codecs.BOM_UTF8 else 0)
    try:
        for prefix, event, _ in ijson.parse(file, multiple_values=True):
            if event == "start_array":
                return f"{prefix}.item".lstrip(".")
            if event == "end_map" and prefix == "":
                return None
    except ijson.JSONError:
        raise
    return None


def _lines_of_objects(file: BinaryIO) -> Iterator[Any]:
    for line in file:
        if line.strip():
            yield json.loads(line)


def _flat(one: Mapping[str, Any], start: str = "") -> dict[str, str]:
    cells: dict[str, str] = {}
    for name, value in one.items():
        if isinstance(value, dict):
            cells |= _flat(value, f"{start}{name}.")
        elif isinstance(value, list):
            cells[f"{start}{name}"] = ", ".join(_cell(part) for part in value if not isinstance(part, dict | list))
        else:
            cells[f"{start}{name}"] = _cell(value)
    return cells
