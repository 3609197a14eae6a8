"""Each owner of purchases keeps a book of its own: what is owed, paid, given back and exported in one is nothing in another."""

import csv
import io
import secrets
import threading
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from carepool.clock import now
from carepool.files import StoredFile
from carepool.outbox import OutboxRow
from carepool.purchasing.settlement.actions import invoice_files, settling, statement_files
from carepool.purchasing.settlement.journal import Period
from carepool.purchasing.settlement.statements import Statement, statement_of
from carepool.typesetting import Look, Section
from carepool.typesetting.keeping import keep_document
from tenants.database import db
from tests.api.test_bank_returns import returned
from tests.api.test_payments import pay, put_account
from tests.buying import draft, open_buy, work
from tests.cast import Cast, Player, State
from tests.owning import Owners, alliance_of, bought_by, owners
from tests.settling import balances, billed, borne_late, invoice_of, standing, vendors_of
from workers.deliveries import deliver

_EVER = Period(date(2020, 1, 1), date(2040, 1, 1))


@pytest.fixture
def both(here: State) -> Owners:
    return owners(here)


def _owed(both: Owners, player: Player) -> dict[str, int]:
    return {book: sums["owed_cents"] for book, sums in both.account(player)["by"].items()}


def _credit(both: Owners, player: Player) -> dict[str, int]:
    return {book: sums["credit_cents"] for book, sums in both.account(player)["by"].items()}


def _statement(both: Owners, player: Player, book: str = "") -> Statement:
    assert player.program_id is not None
    with both.state.scope():
        return statement_of(player.program_id, _EVER, UUID(book) if book else None)


def _all_balance(both: Owners) -> None:
    """Every entry of a book adds up to 0, is in that book alone, and the books together are the whole ledger."""
    whole = {one["id"] for one in both.entries("all")}
    found: set[str] = set()
    for book in ("", both.alliance):
        entries = both.entries(book)
        assert {one["alliance_id"] for one in entries} <= {book or None}
        assert sum(balances(entries).values()) == 0
        found |= {one["id"] for one in entries}
    assert found == whole


def _set_origin(state: State, book: str = "", **facts: str) -> Any:
    body = {"bank_name": "Bank", "bank_routing": "102001017", "company_id": "1840000001", "company_name": "State"}
    query = {"alliance_id": book} if book else {}
    tag = {"If-Match": state.api("GET", "/ach-origin", state.coordinator, query_string=query).headers["ETag"]}
    return state.api("PUT", "/ach-origin", state.coordinator, json={**body, **facts}, headers=tag, query_string=query)


def _file(state: State, book: str = "") -> Any:
    day = (now() + timedelta(days=1)).date().isoformat()
    body = {"effective_on": day, "alliance_id": book or None}
    return state.api("POST", "/ach-files", state.coordinator, json=body)


def _details(state: State, made: Any) -> list[str]:
    lines = state.api("GET", f"/ach-files/{made.json['id']}/file", state.coordinator).text.splitlines()
    return [one for one in lines if one[0] == "6"]


def _take_returns(state: State, content: str, book: str = "") -> str:
    data = {"file": (io.BytesIO(content.encode()), "returns.txt")}
    query = {"alliance_id": book} if book else {}
    answer = state.api(
        "POST", "/ach-returns", state.coordinator, data=data, content_type="multipart/form-data", query_string=query
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json["items"][0]["outcome"])


def _write_off(state: State, player: Player, cents: int, book: str) -> Any:
    body = {
        "program_id": str(player.program_id),
        "alliance_id": book or None,
        "amount_cents": cents,
        "reason": "Closed",
    }
    return state.api("POST", "/write-offs", state.coordinator, json=body)


def test_two_owners_are_settled_paid_and_exported_apart(both: Owners) -> None:
    """One program owes both: checks, transfers, a credit, a write-off and a returned payment stay where they belong."""
    here, alliance, director, fellow = both.state, both.alliance, both.state.director, both.state.fellow
    program = str(director.program_id)
    in_alliance, in_state = (invoice_of(one, director)["total_cents"] for one in (both.of_alliance, both.of_state))
    assert _owed(both, director) == {"": in_state, alliance: in_alliance}
    assert both.account(director)["owed_cents"] == in_state + in_alliance
    assert _owed(both, both.outsider) == {"": invoice_of(both.of_state, both.outsider)["total_cents"]}
    # a check that pays the alliance more than it is owed leaves a credit there, and nothing with the state
    check = pay(here, program_id=program, alliance_id=alliance, amount_cents=in_alliance + 700)
    assert (check.status_code, check.json["state"], check.json["alliance_id"]) == (201, "done", alliance)
    assert _owed(both, director) == {"": in_state, alliance: 0}
    assert _credit(both, director) == {"": 0, alliance: 700}
    for query in ({}, {"alliance_id": alliance}):
        used = here.api("POST", f"/programs/{program}/credit-use", here.coordinator, query_string=query)
        assert used.json == {"used_cents": 0}, "a credit with one pays nothing with another"
    # each owner has a bank of its own, and a file holds the payments of one book
    put_account(here, f"/programs/{program}/bank-account")
    put_account(here, f"/programs/{fellow.program_id}/bank-account", account="000777")
    ach = {"method": "ach", "reference": ""}
    drawn = pay(here, program_id=program, purchase_id=both.of_state.id, amount_cents=in_state, **ach).json
    owed = _owed(both, fellow)[alliance]
    part = pay(here, program_id=str(fellow.program_id), alliance_id=alliance, amount_cents=owed - 500, **ach).json
    assert (drawn["alliance_id"], part["alliance_id"]) == (None, alliance)
    assert _set_origin(here).status_code == 200
    assert _file(here, alliance).status_code == 409, "the hub's bank is not known yet"
    answer = _set_origin(here, alliance, bank_name="Hub Bank", bank_routing="021000021", company_name="Hub")
    assert answer.status_code == 200, answer.text
    files = [_file(here), _file(here, alliance)]
    assert [(one.json["alliance_id"], one.json["entries"], one.json["debit_cents"]) for one in files] == [
        (None, 1, in_state),
        (alliance, 1, owed - 500),
    ]
    details = [_details(here, one) for one in files]
    assert [len(one) for one in details] == [1, 1]
    assert (_owed(both, director)[""], _owed(both, fellow)[alliance]) == (0, 500)
    # a write-off of one book, by two people
    assert _write_off(here, fellow, 500, "").status_code == 409, "nothing is owed to the state"
    wish = _write_off(here, fellow, 500, alliance).json
    path = f"/write-offs/{wish['id']}/decision"
    assert here.api("PUT", path, here.administrator, json={"approve": True}).status_code == 200
    assert _owed(both, fellow)[alliance] == 0
    # the state's bank returns what was drawn for the state; the hub's bank knows nothing of it
    assert _take_returns(here, returned(details[0][0]), alliance) == "unknown"
    assert _owed(both, director) == {"": 0, alliance: 0}
    assert _take_returns(here, returned(details[0][0])) == "reversed"
    assert _owed(both, director) == {"": in_state, alliance: 0}
    assert _credit(both, director) == {"": 0, alliance: 700}
    _all_balance(both)
    _statements_say_the_same(both, director)
    _exports_balance(both)


def _statements_say_the_same(both: Owners, director: Player) -> None:
    of_alliance, of_state = _statement(both, director, both.alliance), _statement(both, director)
    assert (of_alliance.after_cents, of_state.after_cents) == (-700, _owed(both, director)[""])
    assert [str(one.cause) for one in of_alliance.entries] == ["program_invoice", "payment"]
    assert [str(one.cause) for one in of_state.entries] == ["program_invoice", "payment", "payment_reversed"]
    for found, buy in ((of_alliance, both.of_alliance), (of_state, both.of_state)):
        assert [one.number for one in found.bills] == [invoice_of(buy, director)["number"]]


def _exported(both: Owners, form: str, book: str) -> Any:
    today = now().date()
    query = {"since": f"{today - timedelta(2)}", "until": f"{today + timedelta(2)}", "format": form, "book": book}
    return both.state.api("GET", "/ledger/export", both.state.coordinator, query_string=query)


def _rows(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"), newline="")))


def _sums(rows: list[dict[str, str]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in rows:
        cents = int((Decimal(row["debit"] or 0) - Decimal(row["credit"] or 0)) * 100)
        found[row["account"]] = found.get(row["account"], 0) + cents
    return {name: cents for name, cents in found.items() if cents}


def _exports_balance(both: Owners) -> None:
    name = both.state.api("GET", f"/alliances/{both.alliance}", both.state.administrator).json["name"]
    every = _rows(_exported(both, "journal_csv", "all"))
    for book, owner in (("", "state"), (both.alliance, name)):
        answer = _exported(both, "journal_csv", book or "state")
        rows = _rows(answer)
        assert {row["book"] for row in rows} == {owner}
        assert [row for row in every if row["book"] == owner] == rows
        assert sorted(_sums(rows).values()) == sorted(v for v in balances(both.entries(book)).values() if v)
        assert sum(_sums(rows).values()) == 0
        disposition = answer.headers["Content-Disposition"]
        assert "ledger-state-" in disposition if not book else "ledger-front-range-alliance-" in disposition
        iif = _exported(both, "quickbooks_iif", book or "state").text
        amounts = [line.split("\t")[6] for line in iif.split("\n") if line.startswith(("TRNS\t", "SPL\t"))]
        assert len(amounts) == len(rows) and sum(int(Decimal(one) * 100) for one in amounts) == 0
        online = _rows(_exported(both, "quickbooks_csv", book or "state"))
        assert sum(Decimal(row["Debits"] or 0) - Decimal(row["Credits"] or 0) for row in online) == 0
    refused = _exported(both, "quickbooks_iif", "all")
    assert refused.status_code == 422 and refused.json["errors"][0]["field"] == "book"


def test_the_rest_of_an_alliances_purchase_is_the_alliances(both: Owners) -> None:
    found = {book: balances(both.entries(book)) for book in ("", both.alliance)}
    for book, buy in (("", both.of_state), (both.alliance, both.of_alliance)):
        sums = standing(buy)["sums"]
        assert found[book].get("owner", 0) == sums["owner_cents"]
        assert found[book]["receivable"] == sums["programs_cents"]
        assert -found[book]["payable"] == sums["billed_cents"]
        assert not any(found[book].get(one) for one in ("goods", "freight", "handling"))
    assert standing(both.of_alliance)["sums"]["owner_cents"] != 0


def test_a_late_invoice_follows_its_purchase(both: Owners) -> None:
    before = balances(both.entries())
    owed = _owed(both, both.state.fellow)[both.alliance]
    borne_late(both.of_alliance, "programs", freight_cents=301)
    assert balances(both.entries()) == before
    assert _owed(both, both.state.fellow)[both.alliance] > owed
    was = balances(both.entries(both.alliance)).get("owner", 0)
    borne_late(both.of_alliance, "owner", freight_cents=50)
    assert balances(both.entries(both.alliance))["owner"] == was + 50
    assert balances(both.entries()) == before
    borne_late(both.of_alliance, "programs", freight_cents=90, is_credit=True)
    assert _credit(both, both.state.fellow)[both.alliance] > 0 == _credit(both, both.state.fellow)[""]
    _all_balance(both)


def test_a_credit_pays_the_next_purchase_of_the_same_owner_only(here: State) -> None:
    alliance = alliance_of(here, here.director, here.fellow)
    program = str(here.director.program_id)
    assert pay(here, program_id=program, amount_cents=1000).status_code == 201
    assert pay(here, program_id=program, alliance_id=alliance, amount_cents=300).status_code == 201
    buy = bought_by(here, {here.director: 60, here.fellow: 33}, 7, alliance_id=alliance)
    owed = invoice_of(buy, here.director)["total_cents"]
    by = {
        one["alliance_id"]: one for one in here.api("GET", f"/programs/{program}/account", here.director).json["books"]
    }
    assert (by[None]["credit_cents"], by[None]["owed_cents"]) == (1000, 0)
    assert (by[alliance]["credit_cents"], by[alliance]["owed_cents"]) == (0, owed - 300)
    back = {"program_id": program, "direction": "out", "amount_cents": 1}
    assert pay(here, **back, alliance_id=alliance).status_code == 409, "the credit is with the state"
    assert pay(here, **back).status_code == 201


def test_two_purchases_of_one_owner_settled_at_once_use_a_credit_once(here: State) -> None:
    program = str(here.director.program_id)
    buys = [billed(here) for _ in range(2)]
    assert pay(here, program_id=program, amount_cents=1000).status_code == 201
    for buy in buys:
        assert here.api("POST", buy.path("/settlement"), here.coordinator, json={}).status_code == 202
    with here.scope():
        query = select(OutboxRow.id).where(OutboxRow.topic == "purchase.settling_asked", OutboxRow.done_at.is_(None))
        rows = list(db.session.scalars(query))
    assert len(rows) == 2
    gate = threading.Barrier(2)

    def settle_at_once(row: UUID) -> None:
        gate.wait()
        deliver(here.app, here.tenant.scope, "purchase.settling_asked", [row])

    threads = [threading.Thread(target=settle_at_once, args=[row]) for row in rows]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    work(here)
    sums = here.api("GET", f"/programs/{program}/account", here.director).json
    assert sums["credit_cents"] == 0
    assert sums["owed_cents"] == sums["invoiced_cents"] - 1000


def test_a_credit_that_is_paid_back_while_a_purchase_is_settled_is_used_once(
    here: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = str(here.director.program_id)
    buy = billed(here)
    assert pay(here, program_id=program, amount_cents=1000).status_code == 201
    assert here.api("POST", buy.path("/settlement"), here.coordinator, json={}).status_code == 202
    read, answers = settling._credits_used, list[Any]()

    def refund() -> None:
        answers.append(pay(here, program_id=program, direction="out", amount_cents=1000))

    beside = threading.Thread(target=refund)

    def read_while_it_is_paid_back(*told: Any) -> Any:
        found = list(read(*told))
        beside.start()
        # long enough for a payment that waits for nobody
        beside.join(2)
        return found

    monkeypatch.setattr(settling, "_credits_used", read_while_it_is_paid_back)
    work(here)
    beside.join()
    sums = here.api("GET", f"/programs/{program}/account", here.director).json
    assert [one.status_code for one in answers] == [409]
    assert (sums["credit_cents"], sums["owed_cents"]) == (0, sums["invoiced_cents"] - 1000)


def test_a_vendor_is_paid_out_of_the_book_that_owes(both: Owners) -> None:
    here, vendor = both.state, vendors_of(both.of_alliance)[0]
    out = {"vendor_id": vendor["vendor_id"], "direction": "out"}
    owed = {book: -balances(both.entries(book))["payable"] for book in ("", both.alliance)}
    for book, buy in (("", both.of_state), (both.alliance, both.of_alliance)):
        named = {**out, "purchase_id": buy.id}
        assert pay(here, **named, amount_cents=owed[book] + 1).status_code == 409, "what another owes does not help"
        assert pay(here, **named, amount_cents=owed[book]).json["alliance_id"] == (book or None)
    assert pay(here, **out, alliance_id=both.alliance, amount_cents=1).status_code == 409
    _all_balance(both)


def test_a_payment_takes_the_book_of_its_purchase_and_refuses_another(both: Owners) -> None:
    here = both.state
    body = {"program_id": str(here.director.program_id), "amount_cents": 500}
    for buy, wrong in ((both.of_state, both.alliance), (both.of_alliance, None)):
        refused = pay(here, **body, purchase_id=buy.id, alliance_id=wrong)
        assert refused.status_code == 409 and refused.json["errors"][0]["field"] == "alliance_id", refused.text
    other = alliance_of(here)
    assert pay(here, **body, purchase_id=both.of_alliance.id, alliance_id=other).status_code == 409
    taken = pay(here, **body, purchase_id=both.of_alliance.id, alliance_id=both.alliance)
    assert (taken.status_code, taken.json["alliance_id"]) == (201, both.alliance)
    assert pay(here, **body, purchase_id=draft(here)).status_code == 409, "its owner may still change"
    _all_balance(both)


def test_cards_are_taken_for_the_state_only(both: Owners) -> None:
    here, program = both.state, both.state.director.program_id
    turned_on = {"is_on": True, "secret": "sk_test_1234"}
    here.api("PUT", "/card-provider", here.administrator, json=turned_on, headers={"If-Match": '"0"'})
    card = {"key": secrets.token_hex(8), "amount_cents": 500}
    for refused in (
        here.api(
            "POST", f"/programs/{program}/card-payments", here.director, json={**card, "alliance_id": both.alliance}
        ),
        pay(here, program_id=str(program), amount_cents=500, method="card", purchase_id=both.of_alliance.id),
    ):
        assert refused.status_code == 409 and "Cards are taken for the state only" in refused.text
    assert here.api("POST", f"/programs/{program}/card-payments", here.director, json=card).status_code == 201


def test_a_statement_is_of_one_book(both: Owners) -> None:
    here = both.state
    path = f"/programs/{here.director.program_id}/statements"
    asked = [here.api("POST", path, here.director, json={"alliance_id": book or None}) for book in ("", both.alliance)]
    assert [one.json["alliance_id"] for one in asked] == [None, both.alliance]
    work(here)
    for one in asked:
        got = here.api("GET", f"/statements/{one.json['id']}/file", here.director)
        assert got.data.startswith(b"%PDF"), got.text
    names = [one.headers["Content-Disposition"] for one in (
        here.api("GET", f"/statements/{one.json['id']}/file", here.director) for one in asked
    )]  # fmt: skip
    assert "Front Range Alliance" not in names[0] and "Front%20Range%20Alliance" in names[1].replace(" ", "%20")


def test_documents_name_who_bills_and_whom_to_pay(both: Owners, monkeypatch: pytest.MonkeyPatch) -> None:
    here, made = both.state, []

    def kept(name: str, look: Look, sections: list[Section]) -> StoredFile:
        made.append((look, sections))
        return keep_document(name, look, sections)

    for room in (invoice_files, statement_files):
        monkeypatch.setattr(room, "keep_document", kept)
    for book, buy in (("", both.of_state), (both.alliance, both.of_alliance)):
        own = invoice_of(buy, here.director)
        here.api("POST", f"/program-invoices/{own['id']}/files", here.director, json={"language": "en"})
        path = f"/programs/{here.director.program_id}/statements"
        here.api("POST", path, here.director, json={"alliance_id": book or None})
    work(here)
    assert len(made) == 4
    of_alliance = [(look, sections) for look, sections in made if look.site.startswith("Front Range Alliance")]
    assert len(of_alliance) == 2
    for look, sections in of_alliance:
        assert look.ask.endswith("Front Range Hub, Hana Hub, hana@hub.example, 303-555-0101")
        assert f"Billed by {look.site}. Pay to Front Range Hub" in sections[0].below
    for look, sections in (one for one in made if one not in of_alliance):
        assert look.site == "Colorado Shared Services"
        assert "Front Range" not in f"{look}{sections}"


def test_an_alliances_invoice_says_who_bills_and_whom_to_pay(both: Owners) -> None:
    here = both.state
    browser = here.browser(here.director)
    shown = browser.submit(f"/program-invoices/{invoice_of(both.of_alliance, here.director)['id']}", "GET").text
    assert "Front Range Alliance" in shown and "Front Range Hub, Hana Hub, hana@hub.example, 303-555-0101" in shown
    of_state = browser.submit(f"/program-invoices/{invoice_of(both.of_state, here.director)['id']}", "GET").text
    assert "Front Range" not in of_state


def test_payments_of_one_program_in_two_books_at_once_are_each_booked_once(both: Owners) -> None:
    here, program = both.state, str(both.state.director.program_id)
    before = _owed(both, here.director)
    bodies = [
        {"key": f"the-same-check-{book or 'state'}", "program_id": program, "alliance_id": book or None}
        for book in ("", both.alliance, "", both.alliance, "", both.alliance)
    ]
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda body=body: answers.append(pay(here, **body, amount_cents=500).status_code))
        for body in bodies
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert answers == [201] * len(bodies)
    assert _owed(both, here.director) == {book: cents - 500 for book, cents in before.items()}
    _all_balance(both)


def test_a_program_without_an_account_pays_an_alliance_nothing_and_gets_no_statement(both: Owners) -> None:
    here, outsider = both.state, both.outsider
    refused = pay(here, program_id=str(outsider.program_id), alliance_id=both.alliance, amount_cents=500)
    assert refused.status_code == 409 and refused.json["errors"][0]["field"] == "alliance_id"
    path = f"/programs/{outsider.program_id}/statements"
    for book in (both.alliance, str(UUID(int=7))):
        assert here.api("POST", path, outsider, json={"alliance_id": book}).status_code == 404
    assert _owed(both, outsider).keys() == {""}


def test_the_owner_of_an_opened_purchase_stays(here: State) -> None:
    alliance = alliance_of(here, here.director)
    buy = open_buy(here)
    body = here.api("GET", buy.path(), here.coordinator)
    terms = {name: body.json[name] for name in ("title", "opens_at", "closes_at")}
    changed = here.api(
        "PUT", buy.path(), here.coordinator, json={**terms, "alliance_id": alliance},
        headers={"If-Match": body.headers["ETag"]},
    )  # fmt: skip
    assert changed.status_code == 409
    assert here.api("GET", buy.path(), here.coordinator).json["alliance_id"] is None


def test_books_of_another_state_are_not_here(cast: Cast, both: Owners) -> None:
    there, here = cast.there, both.state
    theirs = alliance_of(there, there.director)
    program = str(here.director.program_id)
    missing = str(UUID(int=7))
    for book in (theirs, missing):
        query = {"query_string": {"book": book}}
        for path in ("/ledger", "/payments", "/ach-files", "/write-offs", "/ledger/export", "/ledger/totals"):
            assert here.api("GET", path, here.coordinator, **query).status_code == 404, path
        for path in ("", "/balances", "/members", "/export"):
            assert here.api("GET", f"/alliances/{book}/ledger{path}", here.coordinator).status_code == 404
        assert pay(here, program_id=program, alliance_id=book, amount_cents=5).status_code == 404
        assert _write_off(here, here.director, 5, book).status_code == 404
        assert _file(here, book).status_code == 404
        assert here.api("GET", "/ach-origin", here.coordinator, query_string={"alliance_id": book}).status_code == 404
        used = {"query_string": {"alliance_id": book}}
        assert here.api("POST", f"/programs/{program}/credit-use", here.coordinator, **used).status_code == 404
    assert here.api("GET", "/ledger", here.coordinator, query_string={"book": "theirs"}).status_code == 422
