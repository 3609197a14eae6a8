"""What stands in cells, and which column is which."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from carepool.tabular.cells import read_date, read_number, read_whole, read_yes
from carepool.tabular.columns import ColumnMap, Field, propose


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-05",
        "3/5/2026",
        "03/05/26",
        "3-5-2026",
        "2026-03-05 00:00:00",
        "2026-03-05T00:00:00Z",
        "Mar 5, 2026",
        "March 5 2026",
        "5-Mar-2026",
        "3/5/2026 12:00:00 AM",
    ],
)
def test_dates(text: str) -> None:
    assert read_date(text) == date(2026, 3, 5)


@pytest.mark.parametrize("text", ["13/01/2026", "2026-02-30", "soon", "46023", "1/1/0001", "9" * 50])
def test_what_is_no_date_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="is not a date"):
        read_date(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("$1,234.50", "1234.50"),
        ("40,00", "40.00"),
        ("1.234,50", "1234.50"),
        ("-5", "-5"),
        (".5", "0.5"),
        ("12 USD", "12"),
        ("1,200", "1200"),
    ],
)
def test_numbers(text: str, number: str) -> None:
    assert read_number(text) == Decimal(number)


@pytest.mark.parametrize("text", ["1e5", "NaN", "Infinity", "1_000", "12 ea", "9" * 13, "0x1", "1.2.3", "--5", "١٢ x"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        read_number(text)


def test_nothing_is_nothing() -> None:
    assert [read(text) for read in (read_date, read_yes, read_number, read_whole) for text in ("", "-", "N/A")] == [
        None
    ] * 12
    assert (read_whole("12.0"), read_yes("Y"), read_yes("Exempt"), read_yes("Sí")) == (12, True, False, True)
    for wrong in ("maybe", "8.25%"):
        with pytest.raises(ValueError, match="Write Y or N"):
            read_yes(wrong)
    with pytest.raises(ValueError, match="not a whole number"):
        read_whole("1.5")


FIELDS = (Field("name", ("name",), required=True), Field("city", ("ciudad",)))


@pytest.mark.parametrize(
    "kept",
    [
        {"columns": []},
        {"columns": {"name": 5}},
        {"columns": {"name": []}},
        {"columns": {"name": [{}]}},
        {"fixed": {"name": 5}},
        {"columns": {"name": "N"}, "fixes": {}},
    ],
)
def test_a_map_of_another_shape_is_refused(kept: Any) -> None:
    with pytest.raises(ValueError, match="A column map looks like"):
        ColumnMap.from_json(kept)


def test_a_map_tells_everything_that_is_to_be_mended() -> None:
    chosen = ColumnMap.from_json({"columns": {"nmae": "Name", "city": "Town"}, "fixed": {"zone": "x"}})
    assert chosen.missing(FIELDS, ["Name"]) == [
        "nmae: there is no such field",
        "zone: there is no such field",
        "city: the file has no column 'Town'",
        "name: choose its column",
    ]


def test_accents_and_hints() -> None:
    assert propose(["Ciudád", "NAME"], FIELDS).columns == {"name": ("NAME",), "city": ("Ciudád",)}
    hinted = propose(["Name", "Lugar"], FIELDS, {"city": "Lugar", "name": "Gone"})
    assert hinted.columns == {"city": ("Lugar",), "name": ("Name",)}
