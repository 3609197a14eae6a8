"""`carepool allocate` as a program that reads lines and writes lines."""

import json
import subprocess
import sys
from typing import Any

import pytest

from carepool.purchasing.allocate_lines import answer

AT = "2026-03-01T10:00:00Z"


def _one(line: Any) -> tuple[Any, int]:
    written: list[str] = []
    status = answer([line if isinstance(line, str) else json.dumps(line)], written.append)
    return json.loads(written[0]), status


def _line(**changes: Any) -> dict[str, Any]:
    return {"case_size": 12, "ladder": [[1, 4000]], "entries": [{"member": "a", "wanted": 24, "at": AT}], **changes}


def test_the_answer_has_all_fields_of_the_contract() -> None:
    told, status = _one(_line())
    assert status == 0
    assert told == {
        "cases": 2, "pools": {"": 2}, "price": 4000, "boosted": False, "failed": False, "missing": 0, "bill": 8000,
        "got": {"a": 24}, "unallocated": 0, "amounts": {"a": 8000},
    }  # fmt: skip


def test_the_order_of_entries_does_not_matter_and_instants_are_compared_as_instants() -> None:
    entries = [
        {"member": "b", "wanted": 6, "at": "2026-03-01T12:00:00+05:00"},
        {"member": "a", "wanted": 6, "at": "2026-03-01T08:00:00Z"},
        {"member": "z", "wanted": 0, "at": AT},
    ]
    lines = [_line(entries=order, policy="first_come", received=7) for order in (entries, entries[::-1])]
    told = [_one(line)[0] for line in lines]
    assert told[0] == told[1]
    assert told[0]["got"] == {"b": 6, "a": 1, "z": 0}


@pytest.mark.parametrize(
    ("line", "at"),
    [
        (_line(ladder=[[1, 4000], [10, 4000]]), "ladder[1]"),
        (_line(ladder=[[2, 4000]]), "ladder[0]"),
        (_line(ladder=[]), "ladder"),
        (_line(case_size=0), "case_size"),
        (_line(case_size=True), "case_size"),
        (_line(policy="fair"), "policy"),
        (_line(colour=1), "colour"),
        (_line(entries=[{"member": "a", "wanted": 1.5, "at": AT}]), "entries[0].wanted"),
        (_line(entries=[{"member": "a", "wanted": 10**9 + 1, "at": AT}]), "entries[0].wanted"),
        (_line(entries=[{"member": "a", "wanted": 1, "at": "2026-03-01T10:00:00"}]), "entries[0].at"),
        (_line(entries=[{"member": "a", "wanted": 1, "at": AT}, {"member": "a", "wanted": 1, "at": AT, "pool": "x"}]),
         "entries[1].pool"),
        (_line(entries=[{"member": "a", "wanted": 3, "at": AT}], received=3), "received"),
        ("{", ""),
        ("[1]", ""),
        ('{"case_size": NaN}', ""),
        ('{"case_size": 1, "case_size": 2}', ""),
    ],
)  # fmt: skip
def test_a_bad_line_names_its_place(line: Any, at: str) -> None:
    told, status = _one(line)
    assert (told["at"], status) == (at, 1)
    assert told["error"].endswith(".")


def test_the_program_answers_every_line_and_exits_1_when_one_failed() -> None:
    given = "\n".join([json.dumps(_line()), "nonsense", json.dumps(_line(case_size=24))])
    run = subprocess.run([sys.executable, "-m", "carepool", "allocate"], input=given, capture_output=True, text=True)
    told = [json.loads(line) for line in run.stdout.splitlines()]
    assert [one.get("cases") for one in told] == [2, None, 1]
    assert run.returncode == 1


def test_it_needs_neither_flask_nor_a_database() -> None:
    code = "import sys, carepool.purchasing.commands; print([m for m in ('flask', 'sqlalchemy', 'celery') if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
