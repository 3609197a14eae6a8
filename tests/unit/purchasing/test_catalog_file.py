"""Vendors' catalogs: packs, ladders in whatever columns, percent off list, dates, tax, and what is refused."""

import csv
import io
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carepool.purchasing.catalogs.file import CatalogRow, propose_columns, read_catalog
from carepool.purchasing.ladder import BadLadder, PriceBasis, check_ladder, check_terms, firm_ladder
from carepool.tabular.columns import ColumnMap
from carepool.tabular.reading import read_table
from carepool.tabular.tables import BadRow
from tests.unit.tabular.books import book


def read(content: bytes, fixed: dict[str, str] | None = None) -> list[CatalogRow | BadRow]:
    table = read_table(io.BytesIO(content))
    proposed = propose_columns(table.headers)
    return list(read_catalog(table, ColumnMap(proposed.columns, {**proposed.fixed, **(fixed or {})})))


def one(**cells: str) -> CatalogRow | BadRow:
    """The only row of a file with the given headers and cells, and a name."""
    out = io.StringIO()
    csv.writer(out).writerows([["SKU", "Item Name", *cells], ["G1", "Gloves", *cells.values()]])
    [row] = read(out.getvalue().encode())
    return row


def facts(**cells: str) -> dict[str, Any]:
    row = one(**cells)
    assert isinstance(row, CatalogRow), row
    return dict(row.facts)


def refused(**cells: str) -> str:
    row = one(**cells)
    assert isinstance(row, BadRow), row
    assert row.number == 2
    return row.reason


FALLING = [[1, 4000], [10, 3400], [50, 3000]]


@pytest.mark.parametrize(
    "cells",
    [
        {"Case Price": "40.00", "Price 10+": "34", "Price 50+": "$30.00"},
        {"Price": "40.00", "10+ cases": "34", "50+ cases": "30"},
        {"1-9 cases": "40", "10-49 cases": "34", "50+ cases": "30"},
        {"Case Price": "40", "Price (50 or more)": "30", "Price (10 or more)": "34"},
        {
            "Tier 1 from": "1",
            "Tier 1 price": "40",
            "Tier 2 from": "10",
            "Tier 2 price": "34",
            "Tier 3 from": "50",
            "Tier 3 price": "30",
        },
        {"Price": "40", "Qty break 1": "10", "Price break 1": "34", "Qty break 2": "50", "Price break 2": "30"},
        {"price": "40", "qty1": "10", "price1": "34", "qty2": "50", "price2": "30"},
        {"Price breaks": "1:40.00;10:34.00;50:30.00"},
        {"Price": "40", "Price ladder": "10+ @ $34.00 | 50+ @ $30.00"},
        {"Precio por caja": "40,00", "Precio 10 o más": "34,00", "Precio 50 o más": "30,00"},
        # a rung that repeats the one before says nothing new
        {"Case Price": "40.00", "Price 5+": "40.00", "Price 10+": "34", "Price 50+": "30"},
    ],
    ids=lambda cells: ", ".join(cells),
)
def test_a_ladder_in_whatever_columns_it_comes(cells: dict[str, str]) -> None:
    found = facts(**cells)
    assert (found["price_basis"], found["ladder"]) == (PriceBasis.FIRM, FALLING)


def test_a_blank_step_is_no_step_and_each_prices_become_case_prices() -> None:
    assert facts(**{"Case Price": "40", "Price 10+": "", "Price 50+": "-"})["ladder"] == [[1, 4000]]
    each = facts(**{"Case Size": "12", "Unit Price": "3.335", "Unit price 10+": "2.50", "RRP": "5"})
    assert (each["ladder"], each["list_cents"]) == ([[1, 4002], [10, 3000]], 6000)
    [row] = read(b"Name,Price,Case Size\nSoap,2.50,4\n", {"price_basis": "each"})
    assert isinstance(row, CatalogRow)
    assert row.facts["ladder"] == [[1, 1000]]


def test_json_ladders_of_objects_and_of_lists() -> None:
    items = [
        {"sku": "1", "name": "A", "ladder": [{"from": 1, "price": 40.0}, {"from": 10, "price": 34}]},
        {"sku": "2", "name": "B", "price_breaks": [[1, 40], [10, 34.0]]},
    ]
    for row in read(json.dumps(items).encode()):
        assert isinstance(row, CatalogRow), row
        assert row.facts["ladder"] == [[1, 4000], [10, 3400]]


@pytest.mark.parametrize(
    ("cells", "listed", "ladder"),
    [
        ({"List Price": "50.00", "Discount %": "15"}, 5000, [[1, 1500]]),
        ({"List Price": "50.00", "Percent off": "12.5%"}, 5000, [[1, 1250]]),
        ({"List Price": "50.00", "Discount": "0.15"}, 5000, [[1, 1500]]),
        ({"List Price": "50.00", "Discount %": "10", "Discount % 10+": "15"}, 5000, [[1, 1000], [10, 1500]]),
        ({"List Price": "50.00", "Discount 10+": "15%"}, 5000, [[1, 0], [10, 1500]]),
        ({"List Price": "50.00", "Price breaks": "1: 10%; 10: 15%"}, 5000, [[1, 1000], [10, 1500]]),
        ({"Price": "42.50", "List Price": "50.00", "Discount %": "15"}, 5000, [[1, 1500]]),
        ({"List Price": "50.00", "Discount %": ""}, 5000, None),
    ],
    ids=lambda value: ", ".join(value) if isinstance(value, dict) else None,
)
def test_percent_off_list(cells: dict[str, str], listed: int, ladder: Any) -> None:
    found = facts(**cells)
    if ladder is None:
        assert (found["price_basis"], found["ladder"]) == (PriceBasis.FIRM, [[1, listed]])
    else:
        assert (found["price_basis"], found["ladder"], found["list_cents"]) == (PriceBasis.PERCENT_OFF, ladder, listed)


def test_a_percent_cell_of_a_spreadsheet_is_a_percent() -> None:
    [row] = read(book([["SKU", "Name", "List Price", "Discount %"], ["1", "A", 50, 0.15]]))
    assert isinstance(row, CatalogRow)
    assert row.facts["ladder"] == [[1, 1500]]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"Price": "5", "Case Size": "0"}, "The case size '0' must be a whole number of eaches"),
        ({"Price": "5", "Case Size": "-12"}, "The case size '-12'"),
        ({"Price": "5", "Case Size": "2.5"}, "The case size '2.5'"),
        ({"Price": "5", "Case Size": "99999999"}, "The case size '99999999'"),
        ({"Price": "5", "Pack Size": "0/CS"}, "The case size '0/CS'"),
        ({"Price": "5", "Pack": "0"}, "The case size '0'"),
        ({"Price": "-5"}, "The price '-5' is below zero."),
        ({"Price": "99999999999"}, "The price '99999999999' is too large."),
        ({"Price": "call us"}, "'call us' is not a price."),
        ({"Price": "0.00"}, "There is no price."),
        (
            {"Case Price": "40", "Price 10+": "41"},
            "Step 2 of the price ladder (41.00 from 10 cases after 40.00 from 1 case): Each rung must cost less",
        ),
        ({"Case Price": "40", "Price 10+": "34", "Price 50+": "35"}, "Step 3 of the price ladder (35.00 from 50 cases"),
        ({"Case Price": "40", "Price 10+": "-1"}, "The price '-1' is below zero."),
        ({"Case Price": "40", "Price breaks": "1:39"}, "There are two prices for 1 case: 40.00 and 39.00."),
        (
            {"Price breaks": "10:34.00"},
            "Step 1 of the price ladder (34.00 from 10 cases): The first rung must start at 1 case.",
        ),
        ({"Price breaks": "cheap"}, "Price break 'cheap' cannot be read."),
        ({"Price": "5", "Tier 2 from": "many", "Tier 2 price": "4"}, "The number of cases 'many' of step 1"),
        ({"List Price": "50", "Discount %": "100"}, "The percent off '100' must be at least 0 and less than 100."),
        ({"List Price": "50", "Discount %": "-5"}, "The percent off '-5'"),
        ({"List Price": "50", "Discount %": "12.345"}, "more than two places"),
        (
            {"List Price": "50", "Discount %": "20", "Discount 10+ %": "15"},
            "Step 2 of the price ladder (15 % from 10 cases after 20 % from 1 case)",
        ),
        ({"Name 2": "", "Discount %": "15"}, "There is no list price that the percent is taken off."),
        (
            {"Case Price": "40", "Price 10+": "34", "Discount %": "5"},
            "There are both prices by cases and a percent off list.",
        ),
        (
            {"Price": "40", "List Price": "50", "Discount %": "15"},
            "The price 40.00 a case is not the list price less the percent, 42.50.",
        ),
        ({"Price": "5", "Min cases": "-1"}, "The minimum '-1' must be a whole number of cases."),
        ({"Price": "5", "Min cases": "some"}, "The minimum 'some'"),
        ({"Price": "5", "Valid from": "13/13/2026"}, "'13/13/2026' is not a date."),
        (
            {"Price": "5", "Valid from": "2026-05-01", "Valid to": "4/1/2026"},
            "The last day 2026-04-01 comes before the first day 2026-05-01.",
        ),
        ({"Price": "5", "Taxable": "8.25%"}, "Taxable: '8.25%' is neither yes nor no."),
    ],
    ids=lambda value: ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else "",
)
def test_what_cannot_be_bought_is_refused_with_a_sentence(cells: dict[str, str], words: str) -> None:
    assert words in refused(**cells)


def test_dates_tax_unit_minimum_and_storage() -> None:
    found = facts(
        **{
            "Price": "5",
            "UOM": "RL",
            "Min cases": "2 cases",
            "Effective date": "1/15/2026",
            "Valid until": "2026-12-31 00:00:00",
            "Taxable": "N",
            "Storage": "Frozen",
            "UPC": "036000-291452",
        }
    )
    told = ("unit", "min_cases", "valid_from", "valid_to", "taxable", "storage", "gtin")
    assert [found[name] for name in told] == ["roll", 2, "2026-01-15", "2026-12-31", False, "frozen", "036000291452"]


@pytest.mark.parametrize(
    ("text", "size", "known"),
    [
        ("1000/CS", 1000, True),
        ("10-100 / CS", 1000, True),
        ("24 bottles per case", 24, True),
        ("12 x 16 oz jars per case", 12, True),
        ("3/6LB", 3, True),
        ("12 per case", 12, True),
        ("12 ct", 12, True),
        ("case of 6", 6, True),
        ("4 GL / CS", 4, True),
        ("1 DZ", 12, True),
        ("RL", 1, True),
        ("", 1, False),
        ("25 LB", 1, False),
        ("assorted", 1, False),
        ("12", 12, True),
    ],
)
def test_packs(text: str, size: int, known: bool) -> None:
    row = one(**{"Price": "5", "Pack Size": text})
    assert isinstance(row, CatalogRow)
    assert row.facts["case_size"] == size
    assert ("the pack is not known" not in row.note) == known


def test_a_gtin_that_a_spreadsheet_cut_is_left_out_with_a_note() -> None:
    row = one(Price="5", GTIN="8.07681E+12")
    assert isinstance(row, CatalogRow)
    assert row.facts["gtin"] is None
    assert "8.07681E+12" in row.note


def test_customers_price_levels_are_not_taken_for_a_ladder() -> None:
    assert facts(**{"Price": "5", "Price Level 1": "4", "Price Level 2": "6"})["ladder"] == [[1, 500]]


@given(st.integers(1, 10**9), st.lists(st.integers(0, 9999), min_size=1, max_size=6, unique=True))
def test_percent_off_never_costs_more_for_more_cases(listed: int, points: list[int]) -> None:
    ladder = [[1 + 5 * place, point] for place, point in enumerate(sorted(points))]
    check_terms(PriceBasis.PERCENT_OFF, ladder, listed)
    firm = firm_ladder(PriceBasis.PERCENT_OFF, ladder, listed)
    assert all(later[1] <= former[1] for former, later in pairwise(firm))
    # half up: nobody is charged more than half a cent beyond the exact price
    for (_, cents), (_, point) in zip(firm, ladder, strict=True):
        assert -5000 < cents * 10_000 - listed * (10_000 - point) <= 5000
    if len({cents for _, cents in firm}) < len(firm):
        with pytest.raises(BadLadder):
            check_ladder(firm)


REAL = {
    "218supply_products.csv": (277, 99),
    "218supply_products_utf16_tab.txt": (277, 99),
    "common_use_supplies_unspsc_ph_pipe.txt": (14, 7),
    "office_products_from_superstore_cp1252.csv": (1862, 32),
    "sysco_style_order_guide.xlsx": (5, 0),
    "sysco_style_template.csv": (20, 0),
    "two_vendor_spice_comparison.csv": (6, 0),
    "wholesale_foods_au_a_k_crlf.csv": (148, 0),
}


@pytest.mark.parametrize("name", REAL)
def test_real_priced_catalogs_are_read_with_what_is_proposed(shared: Path, name: str) -> None:
    rows = read((shared / "catalogs" / name).read_bytes())
    items = sum(isinstance(row, CatalogRow) for row in rows)
    assert (items, len(rows) - items) == REAL[name]


def test_a_catalog_without_prices_is_refused_row_by_row(shared: Path) -> None:
    rows = read((shared / "catalogs" / "openfoodfacts_sample.tsv").read_bytes())
    assert len(rows) == 1120
    assert all(isinstance(row, BadRow) for row in rows)
