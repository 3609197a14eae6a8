"""Payments are booked once, files for the bank hold them, cards wait for the provider, write-offs take two people."""

import csv
import io
import secrets
import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from carepool.clock import now
from carepool.outbox import Actor
from carepool.purchasing.actions.purchases import locked_purchase
from carepool.purchasing.settlement.actions import bank_files
from carepool.purchasing.settlement.actions.booking import Event, book, hold_all_parties, hold_party
from carepool.purchasing.settlement.models.ledger import Cause
from carepool.purchasing.settlement.models.payments import BankAccount
from carepool.purchasing.settlement.postings import credit_used
from carepool.vendors.actions import vendor_number
from tenants.database import db
from tenants.ids import new_id
from tests.buying import Buy, work
from tests.cast import Cast, Player, State
from tests.settling import balances, invoice_of, ledger, settled, standing, vendors_of
from tests.waiting import until_someone_waits

ROUTING = "021000021"


def pay(state: State, by: Player | None = None, **body: Any) -> Any:
    base = {"key": secrets.token_hex(8), "method": "check", "paid_on": "2026-11-26", "reference": "1042"}
    return state.api("POST", "/payments", by or state.coordinator, json={**base, **body})


def account(state: State, player: Player) -> dict[str, Any]:
    return dict(state.api("GET", f"/programs/{player.program_id}/account", player).json)


def put_account(state: State, path: str, **body: Any) -> Any:
    base = {"holder": "Sunny Hill LLC", "routing": ROUTING, "account": "000123456", "authorized_on": "2026-11-01"}
    return state.api("PUT", path, state.coordinator, json={**base, **body}, headers={"If-None-Match": "*"})


def set_origin(state: State) -> None:
    body = {"bank_name": "Bank", "bank_routing": "102001017", "company_id": "1840000001", "company_name": "State"}
    answer = state.api("PUT", "/ach-origin", state.coordinator, json=body, headers={"If-Match": '"0"'})
    assert answer.status_code == 200, answer.text


def _act(state: State, path: str, payment: dict[str, Any], body: dict[str, Any], method: str = "POST") -> Any:
    tag = state.api("GET", f"/payments/{payment['id']}", state.coordinator).headers["ETag"]
    whole = f"/payments/{payment['id']}/{path}"
    return state.api(method, whole, state.coordinator, json=body, headers={"If-Match": tag})


def test_a_check_pays_an_invoice(here: State) -> None:
    buy = settled(here)
    owed = invoice_of(buy, here.director)["total_cents"]
    assert account(here, here.director)["owed_cents"] == owed
    answer = pay(here, program_id=str(here.director.program_id), amount_cents=owed, purchase_id=buy.id)
    assert (answer.status_code, answer.json["state"]) == (201, "done")
    sums = {
        "owed_cents": 0, "credit_cents": 0, "invoiced_cents": owed, "adjusted_cents": 0, "paid_cents": owed,
        "written_off_cents": 0,
    }  # fmt: skip
    books = [{"alliance_id": None, "owner": "The state", **sums}]
    assert account(here, here.director) == {**sums, "books": books}
    assert standing(buy)["sums"]["programs_paid_cents"] == owed


def test_a_payment_that_comes_twice_or_at_once_is_booked_once(here: State) -> None:
    buy = settled(here)
    body = {"key": "key-of-this-check", "program_id": str(here.director.program_id), "amount_cents": 500}
    answers: list[int] = []
    threads = [threading.Thread(target=lambda: answers.append(pay(here, **body).status_code)) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert answers == [201] * 4
    assert account(here, here.director)["paid_cents"] == 500
    assert pay(here, **{**body, "amount_cents": 501}).status_code == 409
    assert standing(buy)["sums"]["programs_cents"] > 500


def test_what_is_paid_too_much_is_a_credit_that_pays_the_next_invoice(here: State) -> None:
    program = str(here.director.program_id)
    assert pay(here, program_id=program, amount_cents=1000).status_code == 201
    assert account(here, here.director)["credit_cents"] == 1000
    buy = settled(here)
    owed = invoice_of(buy, here.director)["total_cents"]
    assert account(here, here.director)["owed_cents"] == owed - 1000
    assert pay(here, program_id=program, amount_cents=owed).json["state"] == "done"
    assert account(here, here.director)["credit_cents"] == 1000
    back = {"program_id": program, "direction": "out"}
    assert pay(here, **back, amount_cents=1001).status_code == 409
    assert pay(here, **back, amount_cents=1000).status_code == 201
    assert account(here, here.director)["credit_cents"] == 0


def test_a_credit_is_used_once_when_someone_presses_twice(here: State) -> None:
    settled(here)
    program = here.director.program_id
    owed = account(here, here.director)["owed_cents"]
    one = pay(here, program_id=str(program), amount_cents=owed + 700).json
    settled(here)
    assert account(here, here.director)["credit_cents"] == 0
    assert _act(here, "reversal", one, {"reason": "The check bounced"}).status_code == 200
    # what the reversed check had left as a credit was used: it is owed again
    found = account(here, here.director)
    assert (found["credit_cents"], found["owed_cents"]) == (0, found["invoiced_cents"])
    for _ in range(2):
        used = here.api("POST", f"/programs/{program}/credit-use", here.coordinator)
        assert used.json == {"used_cents": 0}


@pytest.mark.parametrize("used_by", ["reversal", "settling", "use"])
def test_a_credit_that_waits_to_be_paid_back_pays_nothing_else(here: State, used_by: str) -> None:
    program = here.director.program_id
    if used_by == "use":
        settled(here)
        owed = account(here, here.director)["owed_cents"]
        bounced = pay(here, program_id=str(program), amount_cents=owed).json
    one = pay(here, program_id=str(program), amount_cents=1000).json
    put_account(here, f"/programs/{program}/bank-account")
    set_origin(here)
    back = {"program_id": str(program), "direction": "out", "method": "ach", "reference": "", "amount_cents": 1000}
    assert pay(here, **back).json["state"] == "waiting"
    if used_by == "reversal":
        assert _act(here, "reversal", one, {"reason": "The check bounced"}).status_code == 200
    elif used_by == "settling":
        settled(here)
    else:
        assert _act(here, "reversal", bounced, {"reason": "The check bounced"}).status_code == 200
        used = here.api("POST", f"/programs/{program}/credit-use", here.coordinator)
        assert used.json == {"used_cents": 0}
    owed = account(here, here.director)["owed_cents"]
    made = here.api("POST", "/ach-files", here.coordinator, json={"effective_on": "2026-11-30"})
    assert made.status_code == 201, made.text
    found = account(here, here.director)
    # the bank gave the credit back: nothing of it paid for anything else
    assert (found["credit_cents"], found["owed_cents"]) == (0, owed)
    assert owed == (1000 if used_by == "reversal" else found["invoiced_cents"])


def test_a_credit_is_not_paid_back_while_a_purchase_is_settled_that_uses_it(here: State) -> None:
    program = here.director.program_id
    pay(here, program_id=str(program), amount_cents=1000)
    back = {"program_id": str(program), "direction": "out", "amount_cents": 1000}
    answers: list[int] = []
    asked = threading.Thread(target=lambda: answers.append(pay(here, **back).status_code))
    with here.scope():
        hold_all_parties()
        lines = credit_used(program, 1000)
        book(Actor.task(), Cause.CREDIT_USED, [Event(new_id(), lines)], alliance_id=None)
        asked.start()
        until_someone_waits(db.session)
    asked.join()
    assert answers == [409], "it is used up when the answer comes"
    assert account(here, here.director)["credit_cents"] == 0


def test_a_vendor_is_paid_for_a_purchase_while_its_invoices_are_decided(here: State) -> None:
    buy = settled(here)
    vendor = vendors_of(buy)[0]
    body = {"vendor_id": vendor["vendor_id"], "direction": "out", "purchase_id": buy.id, "amount_cents": 100}
    answers: list[int] = []
    paid = threading.Thread(target=lambda: answers.append(pay(here, **body).status_code))
    with here.scope():
        # who decides about an invoice holds its purchase, and then its vendor
        locked_purchase(UUID(buy.id))
        paid.start()
        paid.join(30)
        hold_party(vendor_number(UUID(vendor["vendor_id"])))
    assert answers == [201], "neither waits for what the other holds"


def test_a_reversal_is_an_entry_of_its_own_and_happens_once(here: State) -> None:
    one = pay(here, program_id=str(here.director.program_id), amount_cents=500).json
    assert _act(here, "reversal", one, {"reason": "Bounced"}).json["state"] == "reversed"
    assert _act(here, "reversal", one, {"reason": "Bounced"}).status_code == 409
    entries = ledger(here)
    assert [entry["cause"] for entry in entries] == ["payment_reversed", "payment"]
    assert not any(balances(entries).values())


def test_a_vendor_is_paid_no_more_than_is_owed(here: State) -> None:
    buy = settled(here)
    vendor = vendors_of(buy)[0]
    body = {"vendor_id": vendor["vendor_id"], "direction": "out", "purchase_id": buy.id}
    assert pay(here, **body, amount_cents=vendor["billed_cents"] + 1).status_code == 409
    assert pay(here, **body, amount_cents=vendor["billed_cents"]).status_code == 201
    assert standing(buy)["sums"]["paid_cents"] == vendor["billed_cents"]
    assert standing(buy)["sums"]["vendors_owed_cents"] == 0
    assert pay(here, **body, amount_cents=1).status_code == 409


@pytest.mark.parametrize(
    "wrong",
    [
        {"reference": ""},
        {"amount_cents": 0},
        {"vendor_id": "00000000-0000-0000-0000-000000000001"},
        {"program_id": None},
    ],
)
def test_what_is_no_payment_is_refused(here: State, wrong: dict[str, Any]) -> None:
    body = {"program_id": str(here.director.program_id), "amount_cents": 5, **wrong}
    assert pay(here, **body).status_code == 422
    assert ledger(here) == []


def test_payments_wait_for_the_bank_and_go_into_one_file(here: State) -> None:
    buy = settled(here)
    program, vendor = str(here.director.program_id), vendors_of(buy)[0]
    contract = here.api("GET", "/contracts", here.coordinator).json["items"][0]["id"]
    ach = {"method": "ach", "reference": "", "amount_cents": 1234}
    assert pay(here, program_id=program, **ach).status_code == 409
    assert put_account(here, f"/programs/{program}/bank-account").json["last_four"] == "3456"
    assert put_account(here, f"/contracts/{contract}/bank-account", account="999").status_code == 200
    assert pay(here, program_id=program, **ach).json["state"] == "waiting"
    out = {"vendor_id": vendor["vendor_id"], "direction": "out", **ach, "amount_cents": vendor["billed_cents"]}
    assert pay(here, **out).json["state"] == "waiting"
    assert pay(here, **{**out, "amount_cents": 1}).status_code == 409, "what waits is counted"
    before = len(ledger(here))
    day = (now() + timedelta(days=1)).date()
    assert here.api("POST", "/ach-files", here.coordinator, json={"effective_on": f"{day}"}).status_code == 409
    set_origin(here)
    made = here.api("POST", "/ach-files", here.coordinator, json={"effective_on": f"{day}"})
    assert made.status_code == 201, made.text
    assert (made.json["entries"], made.json["debit_cents"], made.json["credit_cents"]) == (
        2,
        1234,
        vendor["billed_cents"],
    )
    assert here.api("POST", "/ach-files", here.coordinator, json={"effective_on": f"{day}"}).status_code == 409
    assert len(ledger(here)) == before + 2
    lines = here.api("GET", f"/ach-files/{made.json['id']}/file", here.coordinator).text.splitlines()
    assert {len(one) for one in lines} == {94} and len(lines) % 10 == 0
    details = [one for one in lines if one[0] == "6"]
    assert sorted((one[1:3], int(one[29:39])) for one in details) == [("22", vendor["billed_cents"]), ("27", 1234)]
    assert account(here, here.director)["paid_cents"] == 1234


def test_two_who_make_a_file_at_once_make_one(here: State) -> None:
    program = str(here.director.program_id)
    put_account(here, f"/programs/{program}/bank-account")
    set_origin(here)
    pay(here, program_id=program, method="ach", amount_cents=100)
    answers: list[int] = []
    body = {"effective_on": "2026-11-30"}
    threads = [
        threading.Thread(
            target=lambda: answers.append(here.api("POST", "/ach-files", here.coordinator, json=body).status_code)
        )
        for _ in range(3)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(answers) == [201, 409, 409]
    assert account(here, here.director)["paid_cents"] == 100


def test_files_of_one_day_where_the_state_is_have_letters_of_their_own(
    here: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = str(here.director.program_id)
    put_account(here, f"/programs/{program}/bank-account")
    set_origin(here)

    def heading(hour: int, day: int = 27) -> tuple[str, str]:
        """Return the day and the letter that the file of an instant in UTC names."""
        monkeypatch.setattr(bank_files, "now", lambda: datetime(2026, 11, day, hour, 30, tzinfo=UTC))
        pay(here, program_id=program, method="ach", amount_cents=100)
        made = here.api("POST", "/ach-files", here.coordinator, json={"effective_on": "2026-11-30"})
        first = here.api("GET", f"/ach-files/{made.json['id']}/file", here.coordinator).text.splitlines()[0]
        return first[23:29], first[33]

    # in Colorado it is the 27th from 7:00 UTC till 7:00 UTC of the 28th
    assert [heading(23), heading(0, 28), heading(6, 28), heading(8, 28)] == [
        ("261127", "A"),
        ("261127", "B"),
        ("261127", "C"),
        ("261128", "A"),
    ]


def test_bank_accounts_are_sealed_and_shown_by_four_digits(here: State) -> None:
    path = f"/programs/{here.director.program_id}/bank-account"
    assert put_account(here, path, routing="021000022").status_code == 422
    assert put_account(here, path).status_code == 200
    assert put_account(here, path).status_code == 412
    shown = here.api("GET", path, here.coordinator)
    assert "000123456" not in shown.text and shown.json["last_four"] == "3456"
    assert here.api("GET", path, here.director).status_code == 403
    with here.scope():
        kept = db.session.query(BankAccount).one()
        assert "000123456" not in kept.sealed_numbers and ROUTING not in kept.sealed_numbers


def test_a_payment_that_waits_can_be_taken_out(here: State) -> None:
    program = str(here.director.program_id)
    put_account(here, f"/programs/{program}/bank-account")
    one = pay(here, program_id=program, method="ach", amount_cents=100).json
    body = {"state": "failed", "reason": "Typed wrong"}
    assert _act(here, "ending", one, body, "PUT").json["state"] == "failed"
    assert ledger(here) == []


def _wish(state: State, cents: int, by: Player | None = None) -> Any:
    body = {"program_id": str(state.director.program_id), "amount_cents": cents, "reason": "The center closed"}
    return state.api("POST", "/write-offs", by or state.coordinator, json=body)


def _decide(state: State, wish: dict[str, Any], by: Player, *, approve: bool) -> Any:
    return state.api("PUT", f"/write-offs/{wish['id']}/decision", by, json={"approve": approve})


def test_a_write_off_takes_two_people(here: State) -> None:
    settled(here)
    owed = account(here, here.director)["owed_cents"]
    assert _wish(here, owed + 1).status_code == 409
    wish = _wish(here, owed).json
    assert _decide(here, wish, here.coordinator, approve=True).status_code == 409
    assert account(here, here.director)["owed_cents"] == owed
    for _ in range(2):
        assert _decide(here, wish, here.administrator, approve=True).json["state"] == "approved"
    found = account(here, here.director)
    assert (found["owed_cents"], found["written_off_cents"]) == (0, owed)
    assert _decide(here, wish, here.administrator, approve=False).status_code == 409


def test_a_refused_write_off_books_nothing(here: State) -> None:
    settled(here)
    owed = account(here, here.director)["owed_cents"]
    wish = _wish(here, owed).json
    assert _decide(here, wish, here.administrator, approve=False).json["state"] == "refused"
    assert account(here, here.director)["owed_cents"] == owed


def test_foreign_payments_are_not_here(cast: Cast) -> None:
    here, there = cast.here, cast.there
    one = pay(here, program_id=str(here.director.program_id), amount_cents=500).json
    assert there.api("GET", f"/payments/{one['id']}", there.coordinator).status_code == 404
    assert here.api("GET", f"/payments/{one['id']}", here.director).status_code == 200
    assert here.api("GET", f"/payments/{one['id']}", here.fellow).status_code == 404
    assert pay(there, program_id=str(here.director.program_id), amount_cents=5).status_code == 404
    assert pay(here, by=here.director, program_id=str(here.director.program_id), amount_cents=5).status_code == 403


def _paid_up(here: State) -> Buy:
    buy = settled(here, freight_cents=1001, tax_millionths=62_500)
    owed = invoice_of(buy, here.director)["total_cents"]
    pay(here, program_id=str(here.director.program_id), amount_cents=owed, purchase_id=buy.id)
    return buy


def _export(state: State, form: str, **period: str) -> Any:
    today = now().date()
    query = {"since": f"{today - timedelta(days=2)}", "until": f"{today + timedelta(days=2)}", "format": form, **period}
    return state.api("GET", "/ledger/export", state.coordinator, query_string=query)


def test_every_export_comes_to_the_ledger(here: State) -> None:
    _paid_up(here)
    wanted = {name: cents for name, cents in balances(ledger(here)).items() if cents}
    rows = list(csv.DictReader(io.StringIO(_export(here, "journal_csv").get_data().decode("utf-8-sig"), newline="")))
    found: dict[str, int] = {}
    for row in rows:
        cents = int((Decimal(row["debit"] or 0) - Decimal(row["credit"] or 0)) * 100)
        found[row["account_number"]] = found.get(row["account_number"], 0) + cents
    assert sorted(cents for cents in found.values() if cents) == sorted(wanted.values())
    iif = _export(here, "quickbooks_iif").text
    amounts = [line.split("\t") for line in iif.split("\n") if line.startswith(("TRNS\t", "SPL\t"))]
    assert len(amounts) == len(rows)
    assert sum(int(Decimal(cells[6]) * 100) for cells in amounts) == 0
    online = csv.DictReader(io.StringIO(_export(here, "quickbooks_csv").text, newline=""))
    assert sum(Decimal(row["Debits"] or 0) - Decimal(row["Credits"] or 0) for row in online) == 0
    totals = here.api(
        "GET", "/ledger/totals", here.coordinator, query_string={"since": "2026-01-01", "until": "2099-01-01"}
    )
    assert {name: cents for name, cents in totals.json.items() if cents} == wanted


def test_an_export_holds_its_period_and_state_only(cast: Cast) -> None:
    here, there = cast.here, cast.there
    _paid_up(here)
    assert len(_export(there, "journal_csv").text.splitlines()) == 1
    assert len(_export(here, "journal_csv", since="2020-01-01", until="2020-12-31").text.splitlines()) == 1
    assert _export(here, "journal_csv", since="2026-12-01", until="2026-01-01").status_code == 422


def test_a_program_is_told_of_its_payment_once(here: State) -> None:
    pay(here, program_id=str(here.director.program_id), amount_cents=500)
    work(here)
    told = [one["kind"] for one in here.api("GET", "/messages", here.director).json["items"]]
    assert told.count("payment.received") == 1
