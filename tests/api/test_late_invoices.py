"""Invoices and credit notes that come after settling: added to what was booked, borne by programs or owner, to the cent."""

import pytest
from sqlalchemy import select

from carepool.notifications.models import Message
from carepool.notifications.notices import Notice
from tenants.database import db
from tests.buying import Buy, work
from tests.cast import Cast, State
from tests.settling import (
    adjustments,
    balances,
    bill,
    borne_late,
    invoice_of,
    ledger,
    right_lines,
    settle,
    settled,
    standing,
)

CLEARED = ("goods", "freight", "handling")


def _line(buy: Buy, cents: int, eaches: int = 1) -> dict[str, object]:
    return {**right_lines(buy)[0], "eaches": eaches, "amount_cents": cents}


def _sums(here: State) -> dict[str, int]:
    return balances(ledger(here))


def test_programs_bear_a_late_invoice_by_what_each_got(here: State) -> None:
    buy = settled(here, freight_cents=1000)
    before, invoices = _sums(here), [invoice_of(buy, one) for one in (here.director, here.fellow)]
    late = borne_late(buy, "programs", _line(buy, 999), freight_cents=301)
    assert (late["state"], late["borne_by"]) == ("accepted", "programs")
    parts = adjustments(buy)
    assert sum(one["total_cents"] for one in parts) == 1300
    assert {one["program_id"] for one in parts} == {str(one.program_id) for one in (here.director, here.fellow)}
    assert all(one["due_on"] for one in parts)
    after = _sums(here)
    assert after["receivable"] - before["receivable"] == 1300 == before["payable"] - after["payable"]
    assert all(not after.get(one) for one in CLEARED), "the purchase's accounts stand at nothing again"
    assert after.get("owner", 0) == before.get("owner", 0)
    assert [invoice_of(buy, one) for one in (here.director, here.fellow)] == invoices, "what was issued stays"
    owed = here.api("GET", f"/programs/{here.director.program_id}/account", here.director).json
    mine = next(one for one in parts if one["program_id"] == str(here.director.program_id))
    assert owed["owed_cents"] == invoices[0]["total_cents"] + mine["total_cents"]
    assert owed["adjusted_cents"] == mine["total_cents"]


def test_a_late_credit_note_is_a_credit_of_the_programs(here: State) -> None:
    buy = settled(here)
    before = _sums(here)
    borne_late(buy, "programs", _line(buy, 400), is_credit=True)
    parts = adjustments(buy)
    assert sum(one["total_cents"] for one in parts) == -400 and not any(one["due_on"] for one in parts)
    after = _sums(here)
    assert after["credits"] - before.get("credits", 0) == -400
    assert after["payable"] - before["payable"] == 400
    assert after["receivable"] == before["receivable"], "credits are used when someone says so"
    used = here.api("POST", f"/programs/{here.director.program_id}/credit-use", here.coordinator)
    assert used.status_code == 200, used.text


def test_the_owner_bears_what_it_is_said_to_bear(here: State) -> None:
    buy = settled(here)
    before = _sums(here)
    borne_late(buy, "owner", _line(buy, 700), freight_cents=50)
    after = _sums(here)
    assert adjustments(buy) == []
    assert after["owner"] - before.get("owner", 0) == 750 and after["receivable"] == before["receivable"]
    assert all(not after.get(one) for one in CLEARED)


def test_accepted_without_a_bearer_it_is_refused_and_nothing_is_booked(here: State) -> None:
    buy = settled(here)
    before = ledger(here)
    late = bill(buy, freight_cents=500)
    path, tag = f"/vendor-invoices/{late.json['id']}", {"If-Match": late.headers["ETag"]}
    body = {"state": "accepted", "reason": "R"}
    refused = here.api("PUT", path, here.coordinator, json=body, headers=tag)
    assert refused.status_code == 422 and refused.json["errors"][0]["field"] == "borne_by"
    assert ledger(here) == before
    taken = here.api("PUT", path, here.coordinator, json={**body, "state": "withdrawn"}, headers=tag)
    assert taken.status_code == 200 and taken.json["borne_by"] is None and ledger(here) == before


def test_before_settling_nobody_is_named_and_settling_again_changes_nothing(here: State) -> None:
    buy = settled(here)
    borne_late(buy, "programs", freight_cents=500)
    sums = standing(buy)["sums"]
    assert settle(buy).status_code in (202, 409)
    assert standing(buy)["sums"] == sums
    assert sums["programs_cents"] + sums["owner_cents"] == sums["billed_cents"] + sums["tax_to_hand_in_cents"]


def test_each_program_hears_once_what_it_is(here: State) -> None:
    buy = settled(here)
    borne_late(buy, "programs", freight_cents=500)
    work(here)
    with here.scope():
        told = list(db.session.scalars(select(Message).where(Message.kind == Notice.INVOICE_ADJUSTED)))
    assert {one.person_id for one in told} == {here.director.id, here.fellow.id} and len(told) == 2
    assert sum(one.facts["cents"] for one in told) == 500


def test_numbers_go_on_where_those_of_invoices_ended(here: State) -> None:
    buy = settled(here)
    borne_late(buy, "programs", freight_cents=500)
    own = [invoice_of(buy, one)["number"] for one in (here.director, here.fellow)]
    numbers = sorted([*own, *(one["number"] for one in adjustments(buy))])
    first = int(numbers[0].split("-")[1])
    assert [int(one.split("-")[1]) for one in numbers] == list(range(first, first + 4))


def test_a_program_sees_its_own_part_only(cast: Cast) -> None:
    here = cast.here
    buy = settled(here)
    borne_late(buy, "programs", freight_cents=500)
    path = f"/programs/{here.director.program_id}/adjustments"
    assert len(here.api("GET", path, here.director).json["items"]) == 1
    assert here.api("GET", path, here.fellow).status_code == 404
    assert here.api("GET", buy.path("/program-adjustments"), here.director).status_code == 403


@pytest.mark.parametrize("bearer", ["programs", ""])
def test_a_person_chooses_the_bearer_on_the_page(here: State, bearer: str) -> None:
    buy = settled(here)
    browser = here.browser(here.coordinator)
    page = browser.submit(f"/purchases/{buy.id}/settlement", "GET").text
    assert "Enter a late invoice or credit note" in page
    late = bill(buy, freight_cents=500).json
    path = f"/vendor-invoices/{late['id']}"
    shown = browser.submit(path, "GET").text
    assert 'name="borne_by"' in shown
    version = shown.split('name="version" value="')[1].split('"')[0]
    form = {"act": "accepted", "reason": "Late", "version": version, "borne_by": bearer}
    done = browser.submit(path, "POST", form)
    assert done.status_code == (302 if bearer else 422)
    if bearer:
        assert "The programs bear it" in browser.submit(path, "GET").text
        account = here.browser(here.director).submit(f"/programs/{here.director.program_id}/account", "GET").text
        assert "Late invoices and credits" in account
