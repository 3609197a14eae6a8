"""Text files with separators as tables, in whatever encoding and with whatever separator they come."""

import codecs
import csv
import io
from collections.abc import Iterator
from itertools import islice
from statistics import median
from typing import IO, Any

from carepool.sentences import marked
from carepool.tabular.tables import Record, Table, UnreadableFile, table_of, within_columns

_BLOCK_BYTES = 1 << 16
_LARGEST_CELL = 1 << 16
_LONGEST_ROW = 1 << 20
"""Letters of a cell, and of all cells of a row or of a line."""
_SIGNS = frozenset(range(32)) - frozenset(b"\t\n\v\f\r")


def text_table(file: IO[bytes], start: bytes) -> Table:
    """Open a text as a table; `start` is its beginning. Raises UnreadableFile, also while rows are read."""
    encoding = _encoding(file, start)
    if encoding != "utf-16" and sum(1 for byte in start if byte in _SIGNS) * 20 > len(start):
        raise UnreadableFile(
            marked("This is not a table but a picture, a program or the like. Save the list as .xlsx or .csv.")
        )
    sample = start.decode(encoding, errors="replace")
    if sample.lstrip("\ufeff \r\n\t")[:1] == "<":
        raise UnreadableFile(
            marked("This is a web page or XML, not a table. Open it in a spreadsheet and save it as .xlsx.")
        )
    if encoding == "utf-16" and sample.lstrip()[:1] in ("{", "["):
        raise UnreadableFile(marked("This JSON is in UTF-16. Save it as UTF-8 and try again."))
    csv.field_size_limit(_LARGEST_CELL)
    return table_of(_records(csv.reader(_lines(file, encoding), delimiter=_delimiter(sample))))


def _lines(file: IO[bytes], encoding: str) -> Iterator[str]:
    """Yield lines with their ends made alike; a wrapper would close a file that is not its own."""
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(errors="replace"), translate=True)
    rest = ""
    while block := file.read(_BLOCK_BYTES):
        *whole, rest = (rest + decoder.decode(block)).split("\n")
        yield from (f"{line}\n" for line in whole)
        if len(rest) > _LONGEST_ROW:
            raise UnreadableFile(
                marked("A line of the file is longer than a million letters. Is it a list with one row a line?")
            )
    if rest := rest + decoder.decode(b"", final=True):
        yield rest


def _encoding(file: IO[bytes], start: bytes) -> str:
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


def _records(reader: Any) -> Iterator[Record]:
    """Yield (number, cells), or (number, reason) for a record that the reader refuses."""
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            most = str(_LARGEST_CELL)
            yield number, marked("A cell is longer than %(most)s letters. Is a quotation mark missing?", most=most)
            continue
        if sum(map(len, cells)) > _LONGEST_ROW:
            yield number, marked("The row is longer than a million letters. Is a quotation mark missing?")
        else:
            yield number, within_columns(cells)
