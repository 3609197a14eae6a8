"""The handbook for vendors lists every unit and every line status code."""

import re
from pathlib import Path

from carepool.vendors.documents.statuses import LineStatus
from carepool.vendors.documents.units import UNITS
from carepool.vendors.formats.formats import FORMATS
from carepool.vendors.formats.lists.columns import ANSWER_HEADS

_TEXT = (Path(__file__).resolve().parents[3] / "docs" / "vendors.md").read_text()


def test_every_unit_is_listed_with_both_its_codes() -> None:
    for unit in UNITS:
        assert f"| {unit.names[0]} | {unit.code} | {unit.x12} |" in _TEXT


def test_every_line_status_is_listed() -> None:
    table = _TEXT[_TEXT.index("## Line status codes") : _TEXT.index("## Units")]
    told = set(re.findall(r"\b(?:[A-Z]{2}|R\d)\b", table)) | {f"R{number}" for number in range(1, 9)}
    assert set(LineStatus) <= told


def test_every_format_and_every_column_to_fill_in_is_named() -> None:
    for name in FORMATS:
        assert f"`{name}`" in _TEXT
    for head in ANSWER_HEADS[:-1]:
        assert head in _TEXT
