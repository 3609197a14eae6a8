"""A bank's file of returned payments reverses what it names, once, and stops at nothing that is not known."""

import io
from datetime import timedelta
from typing import Any

import pytest

from carepool.clock import now
from tests.api.test_payments import account, pay, put_account, set_origin
from tests.cast import Cast, Player, State
from tests.settling import balances, ledger, settled


def _paid_by_bank(state: State, cents: int = 1500) -> tuple[dict[str, Any], str]:
    """A program's payment that went to the bank; return it and its entry of the file."""
    program = str(state.director.program_id)
    set_origin(state)
    put_account(state, f"/programs/{program}/bank-account")
    payment = pay(state, program_id=program, method="ach", reference="", amount_cents=cents).json
    day = (now() + timedelta(days=1)).date().isoformat()
    made = state.api("POST", "/ach-files", state.coordinator, json={"effective_on": day})
    assert made.status_code == 201, made.text
    lines = state.api("GET", f"/ach-files/{made.json['id']}/file", state.coordinator).text.splitlines()
    return payment, next(one for one in lines if one.startswith("6"))


def returned(*entries: str, code: str = "R01") -> str:
    """A file of returns with these original entries, as a bank writes it."""
    lines = [f"{'101 102001017 021000021':<94}", f"{'5225BANK':<94}"]
    for entry in entries:
        lines += [f"6{'26' if entry[1:3] == '27' else '21'}{entry[3:78]}1{entry[79:]}"]
        lines += [f"{'799' + code + entry[79:94]:<79}{'021000020000001':<15}"]
    lines += [f"{'8225':<94}", f"{'9000001':<94}"]
    return "\n".join(lines) + "\n"


def _take(state: State, content: str | bytes, by: Player | None = None) -> Any:
    written = content.encode() if isinstance(content, str) else content
    data = {"file": (io.BytesIO(written), "returns.txt")}
    return state.api("POST", "/ach-returns", by or state.coordinator, data=data, content_type="multipart/form-data")


def test_a_returned_payment_is_reversed_once_with_its_reason(here: State) -> None:
    settled(here)
    before = account(here, here.director)
    payment, entry = _paid_by_bank(here)
    assert account(here, here.director)["owed_cents"] == before["owed_cents"] - 1500
    for outcome in ("reversed", "already"):
        answer = _take(here, returned(entry))
        assert answer.status_code == 200, answer.text
        [one] = answer.json["items"]
        assert (one["outcome"], one["payment_id"], one["amount_cents"]) == (outcome, payment["id"], 1500)
    shown = here.api("GET", f"/payments/{payment['id']}", here.coordinator).json
    assert (shown["state"], shown["reason"]) == ("reversed", "R01 Insufficient funds")
    assert account(here, here.director)["owed_cents"] == before["owed_cents"]
    assert balances(ledger(here))["bank"] == 0


def test_what_is_not_known_stops_nothing(here: State) -> None:
    settled(here)
    _, entry = _paid_by_bank(here)
    other = entry[:39] + "ABCDEF012345678" + entry[54:]
    dearer = entry[:29] + "0000009999" + entry[39:]
    found = _take(here, returned(other, dearer, entry)).json["items"]
    assert [one["outcome"] for one in found] == ["unknown", "unknown", "reversed"]
    assert found[0]["payment_id"] is None and found[0]["line"] == 3


def test_a_payment_of_another_state_is_not_known_here(cast: Cast) -> None:
    settled(cast.here)
    payment, entry = _paid_by_bank(cast.here)
    [one] = _take(cast.there, returned(entry)).json["items"]
    assert (one["outcome"], one["payment_id"]) == ("unknown", None)
    shown = cast.here.api("GET", f"/payments/{payment['id']}", cast.here.coordinator).json
    assert shown["state"] == "done"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"\xff\xfe",
        returned().encode(),
        b"101" + b" " * 91 + b"\n6 too short but " + b"x" * 90 + b"\n9\n",
    ],
)
def test_what_is_no_file_of_returns_is_refused(here: State, content: bytes) -> None:
    answer = _take(here, content)
    assert answer.status_code == 422 and answer.json["errors"][0]["field"] == "file", answer.text
    assert here.api("POST", "/ach-returns", here.coordinator).status_code == 422


def test_a_file_with_one_bad_line_changes_nothing(here: State) -> None:
    settled(here)
    payment, entry = _paid_by_bank(here)
    bad = returned(entry, entry).replace("799R01", "799X01", 2).replace("799X01", "799R01", 1)
    answer = _take(here, bad)
    assert answer.status_code == 422 and "Line 6" in answer.json["errors"][0]["message"], answer.text
    assert here.api("GET", f"/payments/{payment['id']}", here.coordinator).json["state"] == "done"


def test_only_those_who_keep_the_money_take_returns(here: State) -> None:
    assert _take(here, returned(), here.director).status_code == 403


def test_the_page_takes_the_file_and_says_what_became_of_it(here: State) -> None:
    settled(here)
    _, entry = _paid_by_bank(here)
    browser = here.browser(here.coordinator)
    form = {"file": (io.BytesIO(returned(entry, entry[:39] + "X" * 15 + entry[54:]).encode()), "r.txt")}
    assert browser.submit("/money/returns", "POST", form).status_code == 302
    page = browser.submit("/money", "GET").text
    assert "Reversed now: 1" in page and "lines 5 of the file" in page
    assert browser.submit("/money/returns", "POST", {}).status_code == 422
