"""One row of a list that was sent, read field by field; what is wrong names the row and the column."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import IO

from carepool.sentences import marked
from carepool.tabular import cells as reading
from carepool.tabular.columns import ColumnMap, Field, propose
from carepool.tabular.reading import read_table
from carepool.tabular.tables import BadRow, Row, Table, UnreadableFile
from carepool.vendors.documents.faults import WHOLE_FILE, BadDocument, Place, PlaceKind
from carepool.vendors.documents.units import CASE, Quantity, Unit, unit_of_words
from carepool.vendors.formats.values import (
    LineCount,
    cents_at,
    clean,
    line_number_at,
    price_at,
    quantity_at,
    text_at,
)

_FORMULA = ("=", "+", "-", "@")


@dataclass(frozen=True, slots=True)
class ListRow:
    """A row under a map from our fields to its columns."""

    number: int
    cells: Mapping[str, str]
    columns: ColumnMap

    def place(self, field: str = "") -> Place:
        """Return where the row, or a field of it, stands."""
        heads = self.columns.columns.get(field, ())
        return Place(PlaceKind.ROW, self.number, heads[0] if heads else "")

    def text(self, field: str) -> str:
        """Return a field in one line; the apostrophe that keeps a text from being a formula is taken off."""
        text = self.columns.read(self.cells, field)
        if text.startswith("'") and text[1:].startswith(_FORMULA):
            text = text[1:]
        return text_at(self.place(field), text)

    def _plain(self, field: str) -> str:
        text = self.text(field)
        return "" if reading.is_nothing(text) else text

    def number_of(self, field: str) -> Decimal | None:
        """Return a number as people write it, such as `$1,204.50`; None for nothing. Raises BadDocument."""
        text = self.text(field)
        try:
            return reading.read_number(text)
        except ValueError as error:
            problem = marked('"%(text)s" is not a number. Write it like 12 or 12.50.', text=clean(text)[:40])
            raise BadDocument(self.place(field), problem) from error

    def cents(self, field: str) -> int | None:
        """Return an amount in cents; None for nothing. Raises BadDocument."""
        number = self.number_of(field)
        return None if number is None else cents_at(self.place(field), f"{number:f}")

    def price(self, field: str) -> Decimal | None:
        """Return a price; None for nothing. Raises BadDocument."""
        number = self.number_of(field)
        return None if number is None else price_at(self.place(field), f"{number:f}")

    def line(self, field: str) -> int | None:
        """Return a line number; None for nothing. Raises BadDocument."""
        text = self._plain(field).removesuffix(".0")
        return line_number_at(self.place(field), text) if text else None

    def day(self, field: str) -> date | None:
        """Return a date as people write it; None for nothing. Raises BadDocument."""
        text = self.text(field)
        try:
            return reading.read_date(text)
        except ValueError as error:
            problem = marked('"%(text)s" is not a date. Write it like 2026-03-31.', text=clean(text)[:40])
            raise BadDocument(self.place(field), problem) from error

    def quantity(self, field: str, unit_field: str) -> Quantity | None:
        """Return a quantity; None for nothing. Raises BadDocument.

        It is in cases where its column says so (`Confirmed cases`) or no unit is given.
        """
        number = self.number_of(field)
        if number is None:
            return None
        in_cases = "case" in self.columns.columns.get(field, ("",))[0].lower()
        words = "" if in_cases else self.text(unit_field)
        unit: Unit | None = unit_of_words(words) if words else CASE
        return quantity_at(self.place(field), f"{number:f}", unit, words)


def open_list(file: IO[bytes]) -> Table:
    """Open a CSV or XLSX. Raises BadDocument."""
    try:
        return read_table(file)
    except UnreadableFile as error:
        raise BadDocument(WHOLE_FILE, error.sentence) from error


def columns_of(table: Table, fields: Sequence[Field]) -> ColumnMap:
    """Return which column is which field. Raises BadDocument where a required one is missing."""
    found = propose(table.headers, fields)
    missing = [field.synonyms[0] for field in fields if field.required and field.name not in found.columns]
    if missing:
        problem = marked(
            'There is no column "%(column)s". Name the columns as in the order that was sent.', column=missing[0]
        )
        raise BadDocument(Place(PlaceKind.ROW, 1), problem)
    return found


def rows_of(table: Table, columns: ColumnMap) -> Iterator[ListRow]:
    """Yield the rows. Raises BadDocument for one that cannot be read, and for more than there may be."""
    count = LineCount()
    stream = iter(table.rows)
    while True:
        try:
            row: Row | BadRow | None = next(stream, None)
        except UnreadableFile as error:
            raise BadDocument(WHOLE_FILE, error.sentence) from error
        if row is None:
            return
        place = Place(PlaceKind.ROW, row.number)
        count.one_more(place)
        if isinstance(row, BadRow):
            raise BadDocument(place, marked("The row cannot be read: %(reason)s", reason=row.reason))
        yield ListRow(row.number, row.cells, columns)
