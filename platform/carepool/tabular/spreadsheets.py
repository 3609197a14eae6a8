"""Spreadsheets (.xlsx) as tables, read row by row."""

import zipfile
from collections.abc import Iterator
from itertools import islice
from typing import IO, Any

import openpyxl

from carepool.sentences import marked
from carepool.tabular.tables import MOST_COLUMNS, Record, Table, UnreadableFile, table_of

_LARGEST_UNPACKED = 1 << 28
_LARGEST_PART = 1 << 26
"""Bytes of a part that is read whole: shared texts, styles, the book itself."""
_BOMB_RATIO = 200
_BOMB_BYTES = 1 << 24
_LONGEST_CELL = 32_767
"""Characters that a cell of a spreadsheet can hold."""
_MOST_TAGS = 12_000_000
"""About 3 million cells; the reader keeps up to 90 bytes for each tag that is no cell."""
_TOO_LARGE = marked("The spreadsheet is too large unpacked. Save it as .csv and try again.")
_TITLE_ROWS = 30
_DAMAGED = marked("The spreadsheet cannot be opened: the file is damaged. Save it again as .xlsx or .csv.")
_MOST_ROWS = 1 << 20


def spreadsheet_table(file: IO[bytes]) -> Table:
    """Open a spreadsheet's first sheet that has columns. Raises UnreadableFile, also while rows are read."""
    try:
        _refuse_bomb(file)
        file.seek(0)
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        return table_of(_records(_sheet(book)))
    except UnreadableFile:
        raise
    except Exception as error:
        raise UnreadableFile(_DAMAGED) from error


def _refuse_bomb(file: IO[bytes]) -> None:
    """Refuse a file that unpacks to far more than a list can be; zipfile reads no more than a header declares."""
    with zipfile.ZipFile(file) as archive:
        parts = archive.infolist()
        if not any(part.filename == "[Content_Types].xml" for part in parts):
            raise UnreadableFile(
                marked("This is a ZIP archive, not a spreadsheet. Unpack it and choose the list inside.")
            )
        whole = (part for part in parts if not part.filename.startswith("xl/worksheets/"))
        if (
            sum(part.file_size for part in parts) > _LARGEST_UNPACKED
            or sum(part.file_size for part in whole) > _LARGEST_PART
            or any(part.file_size > max(_BOMB_BYTES, part.compress_size * _BOMB_RATIO) for part in parts)
            or _tags(archive) > _MOST_TAGS
        ):
            raise UnreadableFile(_TOO_LARGE)


def _tags(archive: zipfile.ZipFile) -> int:
    """Count the tags of all parts, at most a few more than are read."""
    tags = 0
    for part in archive.infolist():
        with archive.open(part) as stream:
            while tags <= _MOST_TAGS and (block := stream.read(1 << 20)):
                tags += block.count(b"<")
    return tags


def _sheet(book: Any) -> Any:
    """Return the first visible sheet with two filled cells in a row; covers and instructions are passed over."""
    sheets = book.worksheets
    if not sheets:
        raise UnreadableFile(
            marked("The spreadsheet has no sheet with cells. Save the list as .xlsx or .csv and try again.")
        )
    visible = [sheet for sheet in sheets if sheet.sheet_state == "visible"] or sheets
    for sheet in visible:
        sheet.reset_dimensions()
        if any(sum(1 for value in row if value is not None) > 1 for row in islice(_values(sheet), _TITLE_ROWS)):
            return sheet
    return visible[0]


def _values(sheet: Any) -> Iterator[tuple[Any, ...]]:
    """Yield the rows; without the limits one stray row number would make the reader fill in rows for ever."""
    yield from sheet.iter_rows(values_only=True, max_row=_MOST_ROWS, max_col=MOST_COLUMNS + 1)


def _records(sheet: Any) -> Iterator[Record]:
    before = None
    try:
        for number, row in enumerate(_values(sheet), start=1):
            if row is before:  # the reader fills a gap with one empty row, again and again
                continue
            before, end = row, len(row)
            while end and row[end - 1] is None:
                end -= 1
            cells = [cell_text(value) for value in row[:end]]
            long = next((place for place, cell in enumerate(cells, start=1) if len(cell) > _LONGEST_CELL), None)
            if long:
                place, most = str(long), str(_LONGEST_CELL)
                yield (
                    number,
                    marked("The cell in column %(place)s is longer than %(most)s letters.", place=place, most=most),
                )
            else:
                yield number, cells
    except Exception as error:
        # the reader is lazy: what is broken deep in the file shows here
        raise UnreadableFile(_DAMAGED) from error


def cell_text(value: Any) -> str:
    """Return a value of a spreadsheet or of JSON as the text that a person sees."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 10**15:
        return str(int(value))
    return str(value)
