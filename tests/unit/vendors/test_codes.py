"""Units and line status codes: the lists are whole, and each says the same both ways."""

import subprocess
import sys

import pytest

from carepool.vendors.documents.statuses import LineStatus, Outcome, status_of_code, status_of_words
from carepool.vendors.documents.units import CASE, UNITS, Quantity, unit_of_code, unit_of_words, unit_of_x12

#: Element 668 as version 004010 lists it.
CODES_668 = "AA,AC,AR,BP,DR,IA,IB,IC,ID,IE,IF,IH,IP,IQ,IR,IS,IW,R1,R2,R3,R4,R5,R6,R7,R8,SP"


def test_every_code_of_element_668_has_a_meaning() -> None:
    assert CODES_668.split(",") == sorted(LineStatus)
    for status in LineStatus:
        assert status.meaning
        assert status_of_code(status.value.lower()) is status


@pytest.mark.parametrize(
    ("status", "outcome"),
    [("IA", Outcome.ACCEPTED), ("IB", Outcome.BACKORDERED), ("BP", Outcome.BACKORDERED), ("IP", Outcome.CHANGED),
     ("DR", Outcome.CHANGED), ("IH", Outcome.HELD), ("SP", Outcome.HELD), ("IR", Outcome.REJECTED),
     ("R2", Outcome.REJECTED), ("ID", Outcome.REJECTED)],
)  # fmt: skip
def test_a_code_says_what_becomes_of_the_goods(status: str, outcome: Outcome) -> None:
    assert LineStatus(status).outcome is outcome


@pytest.mark.parametrize(
    ("word", "code"),
    [("Accepted", "IA"), ("back-order", "IB"), ("OUT OF STOCK", "R4"), ("is", "IS"), ("perhaps", None)],
)
def test_words_of_people_are_codes(word: str, code: str | None) -> None:
    assert status_of_words(word) == code


def test_units_are_the_same_both_ways() -> None:
    assert len({unit.code for unit in UNITS}) == len({unit.x12 for unit in UNITS}) == len(UNITS)
    for unit in UNITS:
        assert unit_of_code(unit.code) is unit
        assert unit_of_x12(unit.x12) is unit
        assert all(unit_of_words(name) is unit for name in unit.names)


@pytest.mark.parametrize(
    ("text", "code"), [("CS", "XCS"), ("Ctn.", "XCT"), ("fl. oz", "OZA"), ("XBX", "XBX"), ("furlong", None)]
)
def test_units_as_vendors_write_them(text: str, code: str | None) -> None:
    found = unit_of_words(text)
    assert (found.code if found else None) == code


def test_old_and_loose_codes_are_read() -> None:
    assert unit_of_code("CS") is CASE
    assert unit_of_x12("CS") is CASE
    assert unit_of_code("??") is None
    assert Quantity(24, UNITS[0]).cases(12, CASE) == 2  # type: ignore[arg-type]


def test_documents_and_formats_load_without_the_web_and_the_database() -> None:
    code = (
        "import sys, carepool.vendors.formats.formats, carepool.vendors.documents.checking\n"
        "assert not {'flask', 'sqlalchemy', 'tenants', 'celery'} & set(sys.modules), sorted(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
