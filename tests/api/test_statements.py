"""A statement adds up: balance before, every entry, balance after; invoices in their parts to the cent; as a PDF."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from carepool.clock import now
from carepool.purchasing.settlement.journal import Period
from carepool.purchasing.settlement.statements import Statement, statement_of
from tests.api.test_payments import account, pay
from tests.buying import work
from tests.cast import Cast, State
from tests.settling import borne_late, invoice_of, settled

_EVER = Period(date(2020, 1, 1), date(2040, 1, 1))


def _statement(state: State, period: Period = _EVER) -> Statement:
    assert state.director.program_id is not None
    with state.scope():
        return statement_of(state.director.program_id, period)


def test_every_entry_is_there_and_it_adds_up(here: State) -> None:
    buy = settled(here, freight_cents=1001, handling_cents=333, tax_millionths=62_500)
    own = invoice_of(buy, here.director)
    program = str(here.director.program_id)
    assert pay(here, program_id=program, amount_cents=own["total_cents"] + 500).status_code == 201
    borne_late(buy, "programs", freight_cents=301)
    found = _statement(here)
    assert [str(one.cause) for one in found.entries] == ["program_invoice", "payment", "program_adjustment"]
    assert found.before_cents == 0 and found.after_cents == sum(one.cents for one in found.entries)
    told = account(here, here.director)
    assert found.after_cents == told["owed_cents"] - told["credit_cents"]
    invoice = next(one for one in found.bills if one.number == own["number"])
    names = ("goods_cents", "freight_cents", "handling_cents", "tax_cents", "total_cents")
    assert {name: getattr(invoice, name) for name in names} == {name: own[name] for name in names}
    assert all(
        one.total_cents == one.goods_cents + one.freight_cents + one.handling_cents + one.tax_cents + one.exchange_cents
        for one in found.bills
    )
    assert found.entries[1].document == "1042"


def test_what_was_before_is_in_the_first_balance(here: State) -> None:
    buy = settled(here)
    owed = invoice_of(buy, here.director)["total_cents"]
    later = now().date() + timedelta(days=3)
    after = _statement(here, Period(later, later))
    assert (after.before_cents, after.entries, after.after_cents) == (owed, [], owed)
    earlier = _statement(here, Period(date(2020, 1, 1), date(2020, 12, 31)))
    assert (earlier.before_cents, earlier.entries, earlier.after_cents) == (0, [], 0)


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_worker_sets_it_as_a_pdf(here: State, language: str) -> None:
    settled(here)
    path = f"/programs/{here.director.program_id}/statements"
    asked = here.api("POST", path, here.director, json={"language": language})
    assert asked.status_code == 202, asked.text
    one = f"/statements/{asked.json['id']}"
    assert here.api("GET", f"{one}/file", here.director).status_code == 404, "it is not set yet"
    work(here)
    assert here.api("GET", one, here.director).json["file_id"]
    got = here.api("GET", f"{one}/file", here.director)
    assert got.content_type == "application/pdf" and got.data.startswith(b"%PDF")


def test_only_those_who_read_the_programs_orders_see_it(cast: Cast) -> None:
    here = cast.here
    path = f"/programs/{here.director.program_id}/statements"
    one = here.api("POST", path, here.director, json={}).json
    work(here)
    for player in (here.fellow,):
        assert here.api("POST", path, player, json={}).status_code == 404
        assert here.api("GET", f"/statements/{one['id']}", player).status_code == 404
        assert here.api("GET", f"/statements/{one['id']}/file", player).status_code == 404
    assert cast.there.api("GET", f"/statements/{one['id']}", cast.there.director).status_code == 404


def test_days_in_the_wrong_order_are_refused(here: State) -> None:
    body = {"since": "2026-02-01", "until": "2026-01-01"}
    refused = here.api("POST", f"/programs/{here.director.program_id}/statements", here.director, json=body)
    assert refused.status_code == 422 and refused.json["errors"][0]["field"] == "until"


def test_the_page_asks_and_shows_it(here: State) -> None:
    settled(here)
    browser = here.browser(here.director)
    path = f"/programs/{here.director.program_id}"
    form = {"since": "2026-01-01", "until": "2026-12-31"}
    assert browser.submit(f"{path}/statements", "POST", form).status_code == 302
    assert "is being made" in browser.submit(f"{path}/account", "GET").text
    work(here)
    page = browser.submit(f"{path}/account", "GET").text
    address = page.split('href="/statements/')[1].split('"')[0]
    assert UUID(address.split("/")[0])
    assert browser.client.get(f"/statements/{address}").data.startswith(b"%PDF")
    assert browser.submit(f"{path}/statements", "POST", {"since": "soon"}).status_code == 422
