"""What a table in a file is to the rest of the house: headers and a stream of numbered rows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from carepool.sentences import Sentence, marked

MOST_COLUMNS = 500
_HEADER_ROWS = 30


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
    reason: Sentence


@dataclass(frozen=True)
class Table:
    """Headers as written (white space tidied) and a stream of rows, read once. Reading may raise UnreadableFile."""

    headers: tuple[str, ...]
    rows: Iterator[Row | BadRow]


Record = tuple[int, list[str] | Sentence]
"""A row's number and its cells, or why it cannot be read."""


def table_of(records: Iterable[Record]) -> Table:
    """Take the first row that is about as full as its neighbours for the header; titles above it are passed over.

    Raises UnreadableFile where there is no such row, or it has more than MOST_COLUMNS columns.
    """
    stream = iter(records)
    first = list(islice(stream, _HEADER_ROWS))
    filled = [0 if isinstance(cells, str) else sum(1 for cell in cells if cell.strip()) for _, cells in first]
    fullest = max(filled, default=0)
    for place, (number, cells) in enumerate(first):
        if isinstance(cells, Sentence):
            raise UnreadableFile(marked("Row %(row)s: %(reason)s", row=str(number), reason=cells))
        if fullest and filled[place] * 10 >= fullest * 6:
            headers = headers_of(cells)
            return Table(headers, _rows(headers, chain(first[place + 1 :], stream)))
    raise UnreadableFile(marked("No header row was found. Put the column names into the first row."))


def headers_of(names: Sequence[str]) -> tuple[str, ...]:
    """Return names tidied, none empty and none twice. Raises UnreadableFile for more than MOST_COLUMNS."""
    if len(names) > MOST_COLUMNS:
        raise UnreadableFile(
            marked(
                "The file has %(found)s columns; at most %(most)s are read. Remove empty ones.",
                found=len(names),
                most=MOST_COLUMNS,
            )
        )
    found: dict[str, None] = {}
    for place, written in enumerate(names, start=1):
        name = " ".join(written.replace("\0", "").split()) or f"column {place}"
        unique, copy = name, 2
        while unique in found:
            unique, copy = f"{name} ({copy})", copy + 1
        found[unique] = None
    return tuple(found)


def within_columns(cells: list[str]) -> list[str] | Sentence:
    """Return cells without empty ones beyond MOST_COLUMNS, or why the row is refused: too many filled ones."""
    if len(cells) <= MOST_COLUMNS:
        return cells
    if any(cell.strip() for cell in cells[MOST_COLUMNS:]):
        return marked(
            "The row has %(found)s cells; at most %(most)s columns are read.", found=len(cells), most=MOST_COLUMNS
        )
    return cells[:MOST_COLUMNS]


def _rows(headers: tuple[str, ...], records: Iterable[Record]) -> Iterator[Row | BadRow]:
    width = len(headers)
    for number, cells in records:
        if isinstance(cells, Sentence):
            yield BadRow(number, cells)
        elif any(cell.strip() for cell in cells[width:]):
            sentence = marked(
                "The row has %(found)s cells, the header has %(width)s. Is a separator inside a cell?",
                found=len(cells),
                width=width,
            )
            yield BadRow(number, sentence)
        elif any(cell.strip() for cell in cells):
            padded = cells if len(cells) >= width else [*cells, *([""] * (width - len(cells)))]
            yield Row(number, dict(zip(headers, padded, strict=False)))
