"""Large files and bombs are read in bounded memory; each is read in a process of its own, whose peak is measured."""

import json
import random
import struct
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.tabular.books import PARTS, SHEET_END, SHEET_START, raw_book, row_xml

MIB = 1 << 20
_CHILD = """
import json, sys, time
from carepool.tabular.reading import read_table
from carepool.tabular.tables import UnreadableFile
def peak():
    # of this process alone; getrusage tells the peak of the parent too
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
began, rows, told = time.monotonic(), 0, ""
before = peak()
try:
    with open(sys.argv[1], "rb") as file:
        for row in read_table(file).rows:
            rows += 1
            if rows >= int(sys.argv[2]):
                break
except UnreadableFile as error:
    told = str(error)
print(json.dumps({"rows": rows, "told": told, "grown": (peak() - before) // 1024, "seconds": time.monotonic() - began}))
"""


def measured(path: Path, most_rows: int = 10**9) -> dict[str, Any]:
    """Read a file in a child; rows read, the sentence, MiB that the process grew, seconds."""
    command = [sys.executable, "-c", _CHILD, str(path), str(most_rows)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    told: dict[str, Any] = json.loads(done.stdout)
    print(path.name, told)
    return told


def _written(path: Path, start: bytes, block: bytes, size: int) -> Path:
    with path.open("wb") as file:
        file.write(start)
        for _ in range(size // len(block)):
            file.write(block)
    return path


def test_a_list_of_200_mib_is_read_in_bounded_memory(tmp_path: Path) -> None:
    block = b"".join(b'L-%07d,"Little Oaks, Inc.",Center,45,%s\n' % (n, b"x" * 900) for n in range(1000))
    path = _written(tmp_path / "list.csv", b"License Number,Name,Type,Capacity,Note\n", block, 200 * MIB)
    told = measured(path)
    assert told["rows"] > 200_000
    assert told["grown"] < 30, told


@pytest.mark.parametrize(
    ("name", "start", "block"),
    [
        ("one line", b"a,b\n", b"x" * MIB),
        ("one open quotation mark", b'a,b\n1,"', (b"x" * 1020 + b",y\n") * 1024),
        ("many columns", b"a,b\n", b"," * MIB),
        ("many columns in quotation marks", b"a,b\n", (b'"' + b"x" * 60_000 + b'",') * 16),
        ("json of one text", b'[{"a": "', b"x" * MIB),
        ("json of one object", b'[{"a": 1', b"".join(b', "n%d": [1,2,3]' % n for n in range(60_000))),
        ("json of one list", b'[{"a": [', b"1," * (MIB // 2)),
        ("json of brackets", b"[", b"[" * MIB),
        ("json of names", b'[{"a": 1', (b'},{"' + b"n" * 1000 + b'": 1') * 1000),
    ],
)
def test_hostile_texts_of_64_mib_are_read_in_bounded_memory(
    tmp_path: Path, name: str, start: bytes, block: bytes
) -> None:
    told = measured(_written(tmp_path / name, start, block, 64 * MIB))
    assert told["grown"] < 120, told


def _bomb_rows(mib: int) -> Iterator[str]:
    yield SHEET_START + row_xml(1, "License Number", "Name")
    block = "".join(f"<row>{'<c><v>1</v></c>' * 4}</row>" for _ in range(1000))
    for _ in range(mib * MIB // len(block)):
        yield block
    yield SHEET_END


@pytest.fixture(scope="module")
def bomb() -> bytes:
    """A spreadsheet of less than 3 MB that unpacks to more than 512 MiB."""
    made = raw_book(_bomb_rows(520))
    assert len(made) < 3_000_000
    return made


def test_a_zip_bomb_is_refused_at_once(tmp_path: Path, bomb: bytes) -> None:
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(bomb)
    told = measured(path)
    assert "too large unpacked" in told["told"]
    assert told["grown"] < 60
    assert told["seconds"] < 5


def test_a_zip_bomb_that_lies_about_its_size_is_not_unpacked(tmp_path: Path, bomb: bytes) -> None:
    path = tmp_path / "lie.xlsx"
    with_lie = bytearray(bomb)
    place = with_lie.rindex(b"PK\x01\x02", 0, with_lie.rindex(b"xl/worksheets/sheet1.xml"))
    with_lie[place + 24 : place + 28] = struct.pack("<I", 5 * MIB)
    path.write_bytes(bytes(with_lie))
    assert zipfile.ZipFile(path).getinfo("xl/worksheets/sheet1.xml").file_size == 5 * MIB
    told = measured(path)
    assert "cannot be opened" in told["told"]
    assert told["grown"] < 60


def test_a_part_that_is_read_whole_stays_small(tmp_path: Path) -> None:
    """Shared texts are kept in memory by the reader, so they are limited apart from the sheet."""
    path = tmp_path / "texts.xlsx"
    path.write_bytes(raw_book([SHEET_START, row_xml(1, "a", "b"), SHEET_END]))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/sharedStrings.xml", "w") as part:
        for number in range(70 * 64):
            part.write((f"<si><t>{number}</t></si>" * 1000).encode()[:16384])
    assert "too large unpacked" in measured(path)["told"]


def test_a_sheet_of_nothing_but_tags_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tags.xlsx"
    names = random.Random(7)
    block = "".join(f"<x{names.randrange(10**6)}/>" for _ in range(20_000))
    path.write_bytes(raw_book([SHEET_START, *[block] * 620, SHEET_END]))
    told = measured(path)
    assert "too large unpacked" in told["told"]
    assert told["grown"] < 60


def test_a_sheet_of_one_huge_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "text.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, text in PARTS.items():
            archive.writestr(name, text)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            part.write(f'{SHEET_START}<row r="1"><c t="inlineStr"><is><t>'.encode())
            for _ in range(260):
                part.write(b"x" * MIB)
    told = measured(path)
    assert "too large unpacked" in told["told"]
    assert told["grown"] < 60


def test_entities_of_a_sheet_do_not_unfold(tmp_path: Path) -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    document = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">{laughs}]>'
    sheet = SHEET_START + row_xml(1, "a", "b") + row_xml(2, "&l11;", "x") + SHEET_END
    path = tmp_path / "laughs.xlsx"
    path.write_bytes(raw_book([document, sheet]))
    told = measured(path)
    assert "cannot be opened" in told["told"]
    assert told["grown"] < 60
