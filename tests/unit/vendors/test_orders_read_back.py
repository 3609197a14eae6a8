"""An order that is written and read back is the same order; what is written is the same bytes each time."""

import io
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from carepool.tabular.reading import read_table
from carepool.vendors.documents.faults import BadDocument
from carepool.vendors.documents.order import Order
from carepool.vendors.formats.formats import CSV, CXML, FORMATS, UBL, X12, XLSX, format_of, read_document, written
from carepool.vendors.formats.lists.order_reading import read_order as read_list_order
from carepool.vendors.formats.sending import Sending
from carepool.vendors.formats.x12.envelopes import transaction_sets
from carepool.vendors.formats.x12.order_reading import read_order as read_x12_order
from tests.unit.vendors.made_orders import FAST, orders
from tests.unit.vendors.orders import order
from tests.unit.vendors.schemas import FILES

SOME = settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=FAST)


def _read_x12(content: bytes) -> Order:
    return next(read_x12_order(envelope, body) for envelope, body in transaction_sets(io.BytesIO(content)))


@SOME
@given(orders())
def test_x12_reads_back(made: Order) -> None:
    assert _read_x12(X12.write(made, Sending(12))) == made


@SOME
@given(orders(None))
def test_csv_reads_back(made: Order) -> None:
    assert read_list_order(io.BytesIO(CSV.write(made, Sending()))) == made


@settings(SOME, max_examples=15)
@given(orders(None))
def test_xlsx_reads_back(made: Order) -> None:
    assert read_list_order(io.BytesIO(XLSX.write(made, Sending()))) == made


def test_x12_carries_texts_without_accents_and_separators() -> None:
    line = replace(order().lines[0], name="Jalapeño*~> crème ✓")
    made = replace(order(), lines=(line, *order().lines[1:]), link="https://a.example.org/x~y*z")
    found = _read_x12(X12.write(made, Sending()))
    assert found.lines[0].name == "Jalapeno creme ?"
    assert found.link == "https://a.example.org/x%7Ey%2Az"


def test_long_texts_are_broken_and_joined_in_x12() -> None:
    made = replace(order(), notes=" ".join(f"word{n}" for n in range(400)), link="")
    line = replace(made.lines[0], name="A name of many words " * 9 + "end")
    made = replace(made, lines=(line, *made.lines[1:]))
    found = _read_x12(X12.write(made, Sending()))
    assert found.notes == made.notes
    assert found.lines[0].name == line.name


@pytest.mark.parametrize("name", ["csv", "cxml", "x12", "ubl"])
def test_what_is_written_is_what_was_looked_over(name: str) -> None:
    """Compare with the files in `tests/data/vendors/written`; a wanted change is looked over and kept there."""
    for file in written(FORMATS[name], order(), Sending(7)):
        kept = FILES / "written" / file.name
        assert file.content.decode() == kept.read_bytes().decode(), kept.name


def test_each_delivery_point_is_a_peppol_order_of_its_own() -> None:
    files = list(written(UBL, order(), Sending()))
    assert [file.name for file in files] == ["CO-2026-0007-01-v2.xml", "CO-2026-0007-02-v2.xml"]
    with pytest.raises(ValueError, match="by_point"):
        UBL.write(order(), Sending())


def test_the_other_formats_carry_all_delivery_points_in_one_file() -> None:
    for one in (CSV, XLSX, CXML, X12):
        (file,) = written(one, order(), Sending())
        assert file.name == f"CO-2026-0007-v2{one.suffix}"
        assert format_of(io.BytesIO(file.content)) is one


def test_no_cell_of_a_list_is_a_formula() -> None:
    line = replace(order().lines[0], name='=HYPERLINK("http://x")')
    made = replace(order(), lines=(line, *order().lines[1:]), notes="@SUM(A1)")
    rows = list(read_table(io.BytesIO(CSV.write(made, Sending()))).rows)
    assert rows[0].cells["Item name"] == '\'=HYPERLINK("http://x")'  # type: ignore[union-attr]
    assert read_list_order(io.BytesIO(CSV.write(made, Sending()))) == made
    assert read_list_order(io.BytesIO(XLSX.write(made, Sending()))) == made


def test_an_order_that_lost_a_column_is_refused_by_its_name() -> None:
    content = CSV.write(order(), Sending()).replace(b"Price per case,", b"Preis,", 1)
    with pytest.raises(BadDocument, match='no column "Price per case"'):
        read_list_order(io.BytesIO(content))


def test_an_order_is_not_read_as_an_answer_before_a_line_is_filled_in() -> None:
    with pytest.raises(BadDocument, match=r'Row 2, column "Status": No line is answered'):
        read_document(io.BytesIO(CSV.write(order(), Sending())))
