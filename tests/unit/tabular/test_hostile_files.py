"""Whatever bytes come: a table is read, or UnreadableFile says why. Never anything else, never for ever."""

import io
import json
import time
import zipfile
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from carepool.programs.roster_file import FIELDS, Words, read_roster
from carepool.purchasing.catalogs import file as catalog_file
from carepool.tabular.columns import propose
from carepool.tabular.reading import read_table
from carepool.tabular.tables import MOST_COLUMNS, BadRow, Row, UnreadableFile
from tests.unit.tabular.books import SHEET_END, SHEET_START, book, raw_book, row_xml

HARD = settings(max_examples=300, deadline=5000, database=None, suppress_health_check=list(HealthCheck))
GOOD_BOOK = book([["License Number", "Name"], *[[f"L-{n}", f"Place {n}"] for n in range(50)]])


def rows_of(content: bytes) -> list[Row | BadRow] | str:
    """All rows, or the sentence of UnreadableFile."""
    try:
        return list(read_table(io.BytesIO(content)).rows)
    except UnreadableFile as error:
        assert str(error)
        return str(error)


def read_all(content: bytes) -> None:
    """Read a file as a roster and as a catalog, as an import would with what it proposes."""
    for fields, reader in ((FIELDS, "roster"), (catalog_file.FIELDS, "catalog")):
        try:
            table = read_table(io.BytesIO(content))
            if reader == "roster":
                found: Any = read_roster(table, propose(table.headers, fields), Words({}, {}, {}))
            else:
                found = catalog_file.read_catalog(table, catalog_file.propose_columns(table.headers))
            for row in found:
                # what is staged must be texts that JSON and PostgreSQL can keep
                kept = row.reason if isinstance(row, BadRow) else [row.key, dict(row.facts)]
                assert b"\\u0000" not in json.dumps(kept, ensure_ascii=False).encode()
        except UnreadableFile as error:
            assert str(error)


@HARD
@given(st.binary(max_size=3000))
def test_random_bytes(content: bytes) -> None:
    read_all(content)


@HARD
@given(
    st.sampled_from([b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"PK\x03\x04", b"{", b"[", b"[{", b"<", b'"']),
    st.binary(),
)
def test_random_bytes_behind_a_mark(mark: bytes, content: bytes) -> None:
    read_all(mark + content)


CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["", "0", "-1", "1e999", "NaN", "9" * 5000, "1:40;10:50", "1/0/CS", "$-5", "50%", "12/CS", "L-1", "2026-02-30", "=1+1",
         "10+", "\x00", '"', "1,2,3", "١٢", "0x10", "1_000", "½", "Infinity", "-0", "1.999999", "999999999999999999"]
    ),
)  # fmt: skip
HEADERS = [
    "License Number", "Name", "Type", "Capacity", "SKU", "Price", "Price 10+", "Tier 2 from", "Tier 2 price",
    "Case Size", "Discount %", "List Price", "GTIN", "Valid from", "Valid to", "Taxable", "Min cases", "Unit", "Price breaks",
]  # fmt: skip


@HARD
@given(st.lists(st.lists(CELLS, min_size=len(HEADERS), max_size=len(HEADERS)), max_size=6))
def test_random_cells_under_known_headers(rows: list[list[str]]) -> None:
    text = "\n".join("\t".join(part.replace("\t", " ").replace("\n", " ") for part in row) for row in [HEADERS, *rows])
    read_all(text.encode("utf-8", "surrogatepass"))


@HARD
@given(st.text(alphabet='ab,;|\t\n\r"\x00 é', max_size=400), st.sampled_from(["utf-8", "utf-16", "cp1252"]))
def test_random_separated_text(text: str, encoding: str) -> None:
    read_all(text.encode(encoding))


@HARD
@given(st.integers(0, len(GOOD_BOOK)))
def test_a_truncated_spreadsheet(length: int) -> None:
    read_all(GOOD_BOOK[:length])


@HARD
@given(st.lists(st.tuples(st.integers(0, len(GOOD_BOOK) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_a_spreadsheet_with_wrong_bytes(changes: list[tuple[int, int]]) -> None:
    content = bytearray(GOOD_BOOK)
    for place, byte in changes:
        content[place] = byte
    read_all(bytes(content))


@HARD
@given(st.text(alphabet="<>/row c=\"1sv'tr&;", max_size=200), st.integers(1, 3))
def test_a_sheet_that_breaks_after_its_header(inside: str, rows: int) -> None:
    start = "".join(row_xml(number, "License Number", "Name") for number in range(1, rows + 1))
    read_all(raw_book([SHEET_START, start, inside, SHEET_END]))


JSON_TEXT = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@HARD
@given(JSON_TEXT, st.integers(0, 60))
def test_json_and_fragments_of_it(value: Any, cut: int) -> None:
    whole = json.dumps([value, {"License Number": "1", "Name": value}]).encode()
    read_all(whole)
    read_all(whole[: len(whole) - cut])
    read_all(b'{"data": ' + whole + b"}")


@HARD
@given(st.text(alphabet='{}[]:,"0e9.-+ntfalsu\\ \n', max_size=200))
@example("[{" * 3)
def test_json_like_text(text: str) -> None:
    read_all(b"[" + text.encode())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[" * 2_000_000, "nested deeper"),
        (b'[{"a":' * 300_000, "nested deeper"),
        (b'{"a":' * 300_000, "nested deeper"),
        (b'[{"a": ' + b"9" * 5000 + b"}]", "JSON"),
        (b'[{"a": 1e99999999999999999999}]', "JSON"),
        (b'[{"a": NaN}]', "JSON"),
        (b'[{"a": "' + b"x" * 9_000_000 + b'"}]', "longer than 4 million"),
        (b'[{"a": "\xff"}]', "JSON"),
        (b'[{"a": 1}, {"a": 2}', "JSON"),
        (b"[1, 2, 3]", "no list of objects"),
        (json.dumps([{f"name {n}": n for n in range(600)}]).encode(), "600 columns"),
        ('[{"a": 1}]'.encode("utf-16"), "UTF-16"),
        (b"a" * 3_000_000, "longer than a million"),
        (",".join(f"c{n}" for n in range(501)).encode() + b"\n1\n", "501 cells"),
        (b"<html><table><tr><td>License Number</td></tr></table></html>", "web page"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0\0\0\x01\0\x08\x06\0\0\0", "picture"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 500, "old Excel"),
    ],
    ids=lambda value: None if isinstance(value, bytes) else value,
)
def test_what_is_not_a_table_is_answered_with_a_sentence(content: bytes, words: str) -> None:
    told = rows_of(content)
    assert isinstance(told, str), told
    assert words in told


def test_numbers_of_json_stay_as_they_were_written() -> None:
    content = b'\xef\xbb\xbf[{"n": 1e999, "big": 123456789012345678901234567890, "p": 49.10, "yes": true, "none": null, "n": 7}]'
    [row] = rows_of(content)
    assert isinstance(row, Row)
    assert row.cells == {"n": "7", "big": "123456789012345678901234567890", "p": "49.10", "yes": "True", "none": ""}


def test_json_finds_its_list_wherever_it_stands() -> None:
    first = [Row(1, {"a": "1"}), Row(2, {"a": "2"})]
    assert rows_of(b'{"meta": [1], "d": {"list": [{"a": 1}, {"a": 2}]}}') == first
    assert rows_of(b'{"a": 1, "tags": []}\n{"a": 2, "tags": []}') == [
        Row(1, {"a": "1", "tags": ""}),
        Row(2, {"a": "2", "tags": ""}),
    ]
    assert rows_of(b'[{"a": 1}, 7, [8], {"a": 2}]')[1:3] == [
        BadRow(2, "This entry of the list is not an object with names and values."),
        BadRow(3, "This entry of the list is not an object with names and values."),
    ]


def test_a_huge_cell_is_refused_with_its_row() -> None:
    bad = rows_of(b"a,b\n1,2\n" + b'"' + b"x" * 70_000 + b'",2\n3,4\n')
    assert isinstance(bad, list)
    assert bad[1] == BadRow(3, "A cell is longer than 65536 letters. Is a quotation mark missing?")
    wide = rows_of(raw_book([SHEET_START, row_xml(1, "a", "b"), row_xml(2, "x" * 40_000, "b"), SHEET_END]))
    assert wide == [BadRow(2, "The cell in column 1 is longer than 32767 letters.")]


def test_a_sheet_of_many_columns_or_strange_row_numbers_ends() -> None:
    wide = book([["a"] * (MOST_COLUMNS + 40), ["1"] * 3])
    assert "columns" in str(rows_of(wide))
    far = raw_book([SHEET_START, row_xml(1, "a", "b"), row_xml(10**15, "c", "d"), SHEET_END])
    began = time.monotonic()
    assert rows_of(far) == []
    late = raw_book([SHEET_START, row_xml(1, "a", "b"), row_xml(1_000_000, "c", "d"), SHEET_END])
    assert rows_of(late) == [Row(1_000_000, {"a": "c", "b": "d"})]
    # a gap of a million rows is passed over, not read
    assert time.monotonic() - began < 10


def test_a_sheet_that_breaks_while_it_is_read_is_unreadable_and_not_a_crash() -> None:
    rows = [row_xml(number, f"L-{number}", "x") for number in range(2, 5001)]
    whole = raw_book([SHEET_START, row_xml(1, "License Number", "Name"), *rows, SHEET_END])
    assert len(rows_of(whole)) == 4999
    broken = raw_book([SHEET_START, row_xml(1, "License Number", "Name"), *rows, "<row><c></row>", SHEET_END])
    table = read_table(io.BytesIO(broken))
    assert table.headers == ("License Number", "Name")
    with pytest.raises(UnreadableFile, match="cannot be opened"):
        list(table.rows)


def test_the_sheet_with_columns_is_read_whatever_stands_before_it() -> None:
    cover = [["How to read this list"], ["It is published every week."]]
    assert rows_of(book(cover, [["SKU", "Name"], ["1", "Soap"]])) == [Row(2, {"SKU": "1", "Name": "Soap"})]


def test_an_archive_that_is_no_spreadsheet_says_so() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("roster.csv", "a,b\n1,2\n")
    assert "ZIP archive" in str(rows_of(out.getvalue()))
