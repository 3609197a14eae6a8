"""Scorecards and forecasts at a vendor's desk: numbers that follow from counts, invoices and open purchases."""

from typing import Any

from sqlalchemy import select

from carepool.purchasing.savings.models import SavingsSetting
from carepool.vendors.forecasts.models import DeskForecast
from carepool.vendors.scores.models import VendorScore
from tenants.database import db
from tests.buying import Buy, add_item, make_contract, open_buy, work
from tests.cast import Cast, State
from tests.desks import Desk, desk_of
from tests.ordering import VENDOR, closed
from tests.receiving import count, finish, first_order, line
from tests.settling import bill, right_lines, settle
from workers.sweeps import SWEEPS


def _short(state: State) -> tuple[Desk, Buy]:
    """A purchase of 2 cases of which one came, billed once too high and once as it came, and settled."""
    desk = desk_of(state)
    own = closed(state, channel="desk")
    own.send()
    work(state)
    order = first_order(own.buy)
    assert count(state, order, line(1, 1)).status_code == 201
    assert finish(state, order).status_code == 200
    return desk, own.buy


def _score(state: State) -> VendorScore:
    with state.scope():
        return db.session.scalars(select(VendorScore)).one()


def test_a_count_that_is_shared_out_writes_the_fill_rate_and_whether_it_came_in_time(here: State) -> None:
    desk, _ = _short(here)
    score = _score(here)
    assert (score.ordered_eaches, score.received_eaches) == (20, 10)
    assert (score.dated_orders, score.timely_orders) == (1, 1)
    assert (score.invoices, score.settled) == (0, False)
    page = desk.browser().client.get("/desk/scorecard").text
    assert "50%" in page and "100%" in page and "not known yet" in page and here.tenant.name in page


def test_settling_writes_price_drift_and_invoice_accuracy_and_the_state_sees_its_own(here: State) -> None:
    desk, buy = _short(here)
    right = right_lines(buy)
    dear = [{**right[0], "amount_cents": right[0]["amount_cents"] + 400}]
    wrong = bill(buy, *dear)
    assert wrong.json["state"] == "to_decide"
    path = f"/vendor-invoices/{wrong.json['id']}"
    body = {"state": "accepted", "reason": "Freight rose."}
    headers = {"If-Match": here.api("GET", path, here.coordinator).headers["ETag"]}
    answer = here.api("PUT", path, here.coordinator, json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    assert settle(buy).status_code == 202
    score = _score(here)
    assert score.settled and (score.invoices, score.right_invoices) == (1, 0)
    assert score.billed_cents - score.ordered_cents == 400
    with here.scope():
        from carepool.purchasing.models.catalogs import Contract

        own = select(Contract.id).where(Contract.vendor_id == desk.vendor_id).limit(1)
        contract = db.session.scalars(own).one()
    page = here.browser(here.coordinator).client.get(f"/vendors/{contract}/scorecard").text
    assert "+10%" in page and "0%" in page


def test_a_state_sees_nothing_of_what_a_vendor_did_elsewhere(cast: Cast) -> None:
    _short(cast.here)
    with cast.there.scope():
        assert not db.session.scalars(select(VendorScore)).all()
    other = desk_of(cast.there)
    assert "There is nothing to measure yet" in other.browser().client.get("/desk/scorecard").text


def _open(state: State, shares: bool, least: int = 2) -> tuple[Desk, Any]:
    contract = make_contract(state, vendor=VENDOR)
    desk = desk_of(state, contract)
    with state.scope():
        db.session.add(SavingsSetting(least_programs=least, quotes_wanted=3, thresholds=[], version=1))
    settings = {"version": "1", "shown": "1", "notice_days": "30", **({"shares_forecast": "1"} if shares else {})}
    answer = state.browser(state.coordinator).submit(f"/vendors/{contract}/desk/settings", "POST", settings)
    assert answer.status_code == 302, answer.text
    buy = open_buy(state, {"GLOVES": add_item(state, contract, "GLOVES")})
    buy.order(state.director, {"GLOVES": (20,)})
    work(state)
    return desk, buy


def _foreseen(state: State, desk: Desk) -> list[int | None]:
    with state.scope():
        SWEEPS["foresee_sums"]()
    with desk.scope():
        return list(db.session.scalars(select(DeskForecast.cents)))


def test_a_forecast_is_off_until_the_state_allows_it(here: State) -> None:
    desk, _ = _open(here, shares=False)
    assert _foreseen(here, desk) == []
    assert "No state lets you see" in desk.browser().client.get("/desk/forecast").text


def test_a_forecast_is_a_sum_and_hidden_while_few_programs_have_ordered(here: State) -> None:
    desk, buy = _open(here, shares=True)
    assert _foreseen(here, desk) == [None]
    assert "hidden, as few programs" in desk.browser().client.get("/desk/forecast").text
    buy.order(here.fellow, {"GLOVES": (20,)})
    assert _foreseen(here, desk) == [16_000]
    page = desk.browser().client.get("/desk/forecast").text
    assert "$160.00" in page and "Sunny Hill" not in page
    buy.close()
    assert _foreseen(here, desk) == []
