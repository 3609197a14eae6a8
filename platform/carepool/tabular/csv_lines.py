"""Lines of CSV for people who open them in a spreadsheet: UTF-8 with its mark, and no cell is a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

BEGIN = "\ufeff".encode()
"""Bytes at the beginning of a file, by which spreadsheets know its letters."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_bytes(rows: Iterable[Sequence[Any]]) -> bytes:
    """Return rows as CSV. A text that a spreadsheet would take for a formula gets an apostrophe in front."""
    written = io.StringIO()
    csv.writer(written).writerows([_safe(cell) for cell in row] for row in rows)
    return written.getvalue().encode()


def _safe(cell: Any) -> Any:
    if isinstance(cell, str) and cell.startswith(_FORMULA):
        return f"'{cell}"
    return "" if cell is None else cell
