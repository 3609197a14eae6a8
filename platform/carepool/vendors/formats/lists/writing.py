"""An order as CSV or XLSX: one row a line."""

import io
from collections.abc import Iterator
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

from carepool.tabular.csv_lines import BEGIN, csv_bytes
from carepool.vendors.documents.order import DeliveryPoint, Order, OrderLine
from carepool.vendors.formats.lists.columns import ANSWER_HEADS, COLUMNS, Cell, Column
from carepool.vendors.formats.sending import Sending
from carepool.vendors.formats.values import clean, decimal_text

HEADS = tuple(column.head for column in COLUMNS)
_MONEY = "0.00"
_SHEET, _CANCELED = "Order", "CANCELED"
_WIDE, _NARROW = 34, 14
_TO_FILL_IN = PatternFill("solid", start_color="FFF3CD")


def write_csv(order: Order, sending: Sending) -> bytes:
    """Return the order as CSV in UTF-8; no cell is a formula."""
    rows = (
        [
            decimal_text(cell) if column.money and isinstance(cell, int) else cell
            for column, cell in zip(COLUMNS, row, strict=True)
        ]
        for row in rows_of(order)
    )
    return BEGIN + csv_bytes([HEADS, *rows])


def write_xlsx(order: Order, sending: Sending) -> bytes:
    """Return the order as a workbook of one sheet; the columns for the vendor's answer are colored."""
    book = Workbook(write_only=True)
    sheet: Any = book.create_sheet(_CANCELED if order.canceled else _SHEET)
    sheet.freeze_panes = "D2"
    for place, head in enumerate(HEADS, start=1):
        wide = head in ("Item name", "Deliver to", "Notes", "Vendor note")
        sheet.column_dimensions[get_column_letter(place)].width = _WIDE if wide else _NARROW
    sheet.append([_head(sheet, head) for head in HEADS])
    for row in rows_of(order):
        sheet.append([_cell(sheet, cell, money=column.money) for column, cell in zip(COLUMNS, row, strict=True)])
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def rows_of(order: Order) -> Iterator[list[Cell]]:
    """Yield a row for each line; texts in one line, amounts in cents."""
    for point, lines in order.lines_by_point():
        alike = [_value(column, order, point, lines[0]) for column in COLUMNS]
        for line in lines:
            row = alike.copy()
            for place, column in _OF_LINES:
                row[place] = _value(column, order, point, line)
            yield row


_OF_LINES = [(place, column) for place, column in enumerate(COLUMNS) if column.each_line]


def _value(column: Column, order: Order, point: DeliveryPoint, line: OrderLine) -> Cell:
    value = column.value(order, point, line)
    return clean(value) if isinstance(value, str) else value


def _head(sheet: Any, head: str) -> Any:
    cell = WriteOnlyCell(sheet, head)
    cell.font = Font(bold=True)
    if head in ANSWER_HEADS:
        cell.fill = _TO_FILL_IN
    return cell


def _cell(sheet: Any, value: Cell, *, money: bool) -> Any:
    if value in ("", None):
        return None
    cell = WriteOnlyCell(sheet, value / 100 if money and isinstance(value, int) else value)
    if isinstance(value, str):
        # a name that begins with "=" stays a name
        cell.data_type = "s"
    elif money:
        cell.number_format = _MONEY
    return cell
