"""Files for the bank hold to the record rules of the NACHA format."""

import itertools
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carepool.purchasing.settlement.nacha import (
    MOST_CENTS,
    AchEntry,
    NotWritable,
    Origin,
    is_routing_number,
    written_file,
)

ORIGIN = Origin("Bank of the Rockies", "102001017", "1840000001", "Colorado Pools")
AT, DAY = datetime(2026, 11, 26, 9, 5, tzinfo=UTC), date(2026, 11, 27)


@st.composite
def routing_numbers(draw: st.DrawFn) -> str:
    digits = [draw(st.integers(0, 9)) for _ in range(8)]
    rest = sum(digit * weight for digit, weight in zip(digits, (3, 7, 1, 3, 7, 1, 3, 7), strict=True)) % 10
    number = "".join(map(str, [*digits, (10 - rest) % 10]))
    return number if is_routing_number(number) else "102001017"


ENTRIES = st.builds(
    AchEntry,
    routing=routing_numbers(),
    account=st.text("0123456789", min_size=1, max_size=17),
    holder=st.text(max_size=40),
    cents=st.integers(1, MOST_CENTS),
    is_debit=st.booleans(),
    is_savings=st.booleans(),
    is_business=st.booleans(),
    reference=st.text("0123456789abcdef", max_size=20),
)


def _records(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        found.setdefault(line[0], []).append(line)
    return found


@given(st.lists(ENTRIES, min_size=1, max_size=25))
def test_every_file_adds_up_by_the_rules(entries: list[AchEntry]) -> None:
    text = written_file(ORIGIN, entries, AT, DAY, "A")
    lines = text.splitlines()
    assert text.isascii() and text.endswith("\n")
    assert {len(line) for line in lines} == {94}
    assert len(lines) % 10 == 0
    records = _records(text)
    control = next(line for line in records["9"] if line != "9" * 94)
    details = records["6"]
    assert len(details) == len(entries) == int(control[13:21])
    assert int(control[7:13]) == len(lines) // 10
    assert int(control[1:7]) == len(records["5"]) == len(records["8"])
    hashed = sum(int(line[3:11]) for line in details)
    assert int(control[21:31]) == hashed % 10**10
    assert int(control[31:43]) == sum(one.cents for one in entries if one.is_debit)
    assert int(control[43:55]) == sum(one.cents for one in entries if not one.is_debit)
    traces = [int(line[79:94]) for line in details]
    assert traces == sorted(traces) and len(set(traces)) == len(traces)
    assert {line[79:87] for line in details} == {ORIGIN.bank_routing[:8]}


@given(st.lists(ENTRIES, min_size=1, max_size=25))
def test_every_batch_adds_up_and_holds_one_kind(entries: list[AchEntry]) -> None:
    batch: list[str] = []
    batches = []
    for line in written_file(ORIGIN, entries, AT, DAY, "A").splitlines():
        batch = [line] if line[0] == "5" else [*batch, line]
        if line[0] == "8":
            batches.append(batch)
    kinds = []
    for number, (header, *details, control) in enumerate(batches, start=1):
        assert header[1:4] == control[1:4] in {"220", "225"}
        assert int(control[4:10]) == len(details)
        assert int(control[10:20]) == sum(int(line[3:11]) for line in details) % 10**10
        amounts = sum(int(line[29:39]) for line in details)
        debit, credit = int(control[20:32]), int(control[32:44])
        assert (debit, credit) == ((amounts, 0) if header[1:4] == "225" else (0, amounts))
        codes = {"27", "37"} if header[1:4] == "225" else {"22", "32"}
        assert {line[1:3] for line in details} <= codes
        assert int(header[87:94]) == int(control[87:94]) == number
        assert header[40:50] == control[44:54] == "1840000001"
        assert header[69:75] == "261127"
        kinds.append((header[50:53], header[1:4]))
    assert len(kinds) == len(set(kinds))


def test_the_header_says_from_whom_to_whom() -> None:
    one = AchEntry("102001017", "12345", "Casa Luna", 5000, True, False, True, "r")
    header = written_file(ORIGIN, [one], AT, DAY, "B").splitlines()[0]
    assert header.startswith("101 1020010171840000001" + "2611260905" + "B094101")
    assert header[40:63].strip() == "BANK OF THE ROCKIES"


@pytest.mark.parametrize(
    ("number", "right"),
    [
        ("102001017", True),
        ("021000021", True),
        ("102001018", False),
        ("10200101", False),
        ("000000000", False),
        ("1020O1017", False),
    ],
)  # fmt: skip
def test_routing_numbers_have_a_check_digit(number: str, right: bool) -> None:
    assert is_routing_number(number) is right


def test_one_digit_or_two_neighbours_changed_are_no_routing_number() -> None:
    number = "021000021"
    for place, digit in itertools.product(range(9), "0123456789"):
        changed = number[:place] + digit + number[place + 1 :]
        assert changed == number or not is_routing_number(changed)


@pytest.mark.parametrize(
    "wrong",
    [
        {"routing": "123456789"}, {"cents": 0}, {"cents": MOST_CENTS + 1}, {"account": ""}, {"account": "1" * 18},
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(wrong: dict[str, object]) -> None:
    right = {"routing": "102001017", "account": "1", "holder": "H", "cents": 1, "is_debit": True, "is_savings": False,
             "is_business": True, "reference": ""}  # fmt: skip
    with pytest.raises(NotWritable):
        written_file(ORIGIN, [AchEntry(**{**right, **wrong})], AT, DAY, "A")  # type: ignore[arg-type]


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(NotWritable):
        written_file(ORIGIN, [], AT, DAY, "A")
