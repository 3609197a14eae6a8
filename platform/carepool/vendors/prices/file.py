"""A vendor's file of new prices: one row an item and rung, each with its fault where it has one. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from carepool.sentences import Sentence, marked
from carepool.tabular.cells import is_nothing, quoted, read_number, read_whole, rounded
from carepool.tabular.columns import Field, propose
from carepool.tabular.tables import BadRow, Table

FIELDS = (
    Field("sku", ("sku", "vendor sku", "item number", "item no", "item code", "product code", "codigo"), required=True),
    Field("price", ("new price", "price", "case price", "new case price", "precio", "precio nuevo"), required=True),
    Field("from_cases", ("from cases", "from", "cases", "min cases", "desde cajas")),
    Field("contract", ("contract", "contract number", "contrato")),
)
HEADERS = ("SKU", "Contract", "From cases", "New price")
"""What the file that is given out has in its first row."""
MOST_ROWS = 20_000
MOST_CENTS = 100_000_000


class BadHeaders(ValueError):
    """A file without the columns that are needed; the sentence names them."""

    def __init__(self, missing: Sequence[str]) -> None:
        self.sentence = marked("The file has no column %(missing)s. Use the file that you can get here.",
                               missing=", ".join(missing))  # fmt: skip
        super().__init__(self.sentence)


@dataclass(frozen=True)
class PriceRow:
    """One price: of an item (by its number, and its contract where that is written) from so many cases on, in cents."""

    number: int
    sku: str
    contract: str
    from_cases: int
    cents: int


def read_prices(table: Table) -> Iterator[PriceRow | BadRow]:
    """Yield each price, or why its row is refused: row and column are named. Raises BadHeaders, UnreadableFile."""
    columns = propose(table.headers, FIELDS)
    missing = [one.name for one in FIELDS if one.required and one.name not in columns.columns]
    if missing:
        raise BadHeaders(missing)
    for place, row in enumerate(table.rows):
        if place >= MOST_ROWS:
            yield BadRow(row.number, marked("The file has more than %(most)s rows. Send it in parts.", most=MOST_ROWS))
            return
        if isinstance(row, BadRow):
            yield row
            continue
        text = {one.name: columns.read(row.cells, one.name) for one in FIELDS}
        if is_nothing(text["price"]):
            # a price that stays as it is
            continue
        try:
            yield _price(row.number, text)
        except ValueError as error:
            [sentence] = error.args
            yield BadRow(row.number, sentence)


def _price(number: int, text: Mapping[str, str]) -> PriceRow:
    if not text["sku"]:
        raise ValueError(_in_column("SKU", marked("There is no item number.")))
    try:
        price = read_number(text["price"])
    except ValueError:
        price = None
    cents = None if price is None else rounded(price * 100)
    if cents is None or not 0 < cents <= MOST_CENTS:
        raise ValueError(
            _in_column("New price", marked("%(text)s is not a price such as 38.50.", text=quoted(text["price"])))
        )
    try:
        start = 1 if is_nothing(text["from_cases"]) else read_whole(text["from_cases"])
    except ValueError:
        start = None
    if start is None or not 0 < start <= 1_000_000:
        written = quoted(text["from_cases"])
        raise ValueError(_in_column("From cases", marked("%(text)s is not a number of cases.", text=written)))
    return PriceRow(number, text["sku"], text["contract"], start, cents)


def _in_column(column: str, fault: Sentence) -> Sentence:
    return marked("Column %(column)s: %(fault)s", column=column, fault=fault)
