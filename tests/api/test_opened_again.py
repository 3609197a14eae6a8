"""A purchase that closed and opens again, or tries to: no second number, no goods twice, no budget passed."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from carepool.clock import now
from carepool.purchasing.models.purchases import Purchase, PurchaseState
from carepool.ui.formats import machine_time
from tenants.database import db
from tests.buying import Buy, add_item, draft, make_contract, open_buy, work
from tests.cast import State
from tests.staffing import set_spending


def _short(state: State, minimum_cents: int = 100_000, **terms: Any) -> tuple[Buy, str]:
    """An open purchase of GLOVES whose vendor has a minimum; return it with the contract."""
    contract = make_contract(state, minimum_cents, "Tall Order Inc.")
    return open_buy(state, {"GLOVES": add_item(state, contract, "GLOVES")}, **terms), contract


def _read(state: State, purchase: str) -> dict[str, Any]:
    return dict(state.api("GET", f"/purchases/{purchase}", state.coordinator).json)


def _extend(state: State, purchase: str, days: int = 9) -> Any:
    body = {"until": (now() + timedelta(days=days)).isoformat()}
    etag = {"If-Match": f'"{_read(state, purchase)["version"]}"'}
    return state.api("POST", f"/purchases/{purchase}/extend", state.coordinator, json=body, headers=etag)


def test_a_draft_is_not_extended_into_an_open_purchase(here: State) -> None:
    own = draft(here)
    refused = _extend(here, own)
    assert (refused.status_code, refused.json["type"].rpartition(":")[2]) == (409, "wrong-state"), refused.text
    assert "Open it first" in refused.json["detail"]
    assert (_read(here, own)["state"], _read(here, own)["number"]) == ("draft", None)


def test_a_purchase_that_is_being_worked_out_stays_closed(here: State) -> None:
    buy, _ = _short(here)
    buy.order(here.director, {"GLOVES": (20,)})
    assert here.api("POST", buy.path("/close"), here.coordinator).status_code == 202
    assert _extend(here, buy.id).status_code == 409
    assert here.api("POST", buy.path("/open"), here.coordinator).status_code == 409
    assert (_read(here, buy.id)["state"], _read(here, buy.id)["number"]) == ("closing", buy.number)


def test_a_purchase_that_missed_its_minimum_gets_no_second_number(here: State) -> None:
    buy, _ = _short(here)
    buy.order(here.director, {"GLOVES": (20,)})
    buy.close()
    refused = here.api("POST", buy.path("/open"), here.coordinator)
    assert refused.status_code == 409 and "Extend it, or lower a vendor's minimum" in refused.json["detail"]
    assert (_read(here, buy.id)["state"], _read(here, buy.id)["number"]) == ("failed_minimum", buy.number)


def _moved(state: State, buy: Buy) -> str:
    """Move what a purchase could not buy by hand; return the new draft."""
    answer = state.api("POST", buy.path("/roll-over"), state.coordinator)
    assert answer.status_code == 200, answer.text
    return str(answer.json["id"])


def _lower(buy: Buy, contract: str, cents: int) -> Any:
    state = buy.state
    body = {"remedy": "lower", "minimum_cents": cents, "reason": "Agreed by phone."}
    etag = {"If-Match": f'"{_read(state, buy.id)["version"]}"'}
    return state.api("PUT", buy.path(f"/minimums/{contract}"), state.coordinator, json=body, headers=etag)


def test_what_moved_to_a_new_draft_is_not_bought_in_the_old_purchase_as_well(here: State) -> None:
    buy, contract = _short(here, minimum_rule="roll_over")
    buy.order(here.director, {"GLOVES": (20,)})
    buy.close()
    new = _moved(here, buy)
    for refused in (_extend(here, buy.id), _lower(buy, contract, 5_000)):
        assert refused.status_code == 409 and "Cancel the new purchase first" in refused.json["detail"], refused.text
    assert _read(here, buy.id)["state"] == "failed_minimum"
    assert here.api("POST", f"/purchases/{new}/cancel", here.coordinator).status_code == 200
    assert _lower(buy, contract, 5_000).status_code == 200
    work(here)
    assert _read(here, buy.id)["state"] == "ordered"


def test_what_moved_and_was_canceled_moves_once_more_after_a_second_close(here: State) -> None:
    buy, _ = _short(here, minimum_rule="roll_over")
    buy.order(here.director, {"GLOVES": (20,)})
    buy.close()
    first = _moved(here, buy)
    assert here.api("POST", f"/purchases/{first}/cancel", here.coordinator).status_code == 200
    assert _extend(here, buy.id).status_code == 200
    buy.close()
    second = _moved(here, buy)
    assert second != first
    drafts = [one["id"] for one in here.api("GET", "/purchases?state=draft", here.coordinator).json["items"]]
    assert drafts == [second]


@pytest.mark.parametrize("again", [{"state": PurchaseState.OPEN}, {"close_version": 2}])
def test_a_draft_carries_nothing_whose_source_is_open_again_or_was_closed_anew(
    here: State, again: dict[str, Any]
) -> None:
    buy, _ = _short(here)
    buy.order(here.director, {"GLOVES": (20,)})
    buy.close()
    new = _moved(here, buy)
    with here.scope():
        db.session.execute(update(Purchase).where(Purchase.id == buy.id).values(**again))
    assert here.api("POST", f"/purchases/{new}/open", here.coordinator).status_code == 200
    mine = here.api("GET", f"/purchases/{new}/orders/{here.director.program_id}", here.director)
    assert mine.status_code == 404, mine.text


def test_a_canceled_new_purchase_does_not_keep_orders_from_moving_again(here: State) -> None:
    buy, _ = _short(here)
    buy.order(here.director, {"GLOVES": (20,)})
    buy.close()
    first = _moved(here, buy)
    assert _moved(here, buy) == first
    here.api("POST", f"/purchases/{first}/cancel", here.coordinator)
    page = here.browser(here.coordinator).submit(buy.path("/minimums"), "GET").text
    assert "Move the orders" in page
    second = _moved(here, buy)
    assert second != first and _read(here, second)["state"] == "draft"
    assert here.api("POST", f"/purchases/{second}/open", here.coordinator).status_code == 200
    order = here.api("GET", f"/purchases/{second}/orders/{here.director.program_id}", here.director).json
    assert [one["wanted"] for one in order["unsent"]] == [20]


def test_an_order_of_a_purchase_that_opened_again_counts_in_the_budget(here: State) -> None:
    buy, _ = _short(here)
    buy.order(here.director, {"GLOVES": (20,)})
    buy.close()
    set_spending(here, here.director, budget_cents=10_000, budget_per="year", year_starts=(now().month + 5) % 12 + 1)
    assert _extend(here, buy.id).status_code == 200
    other = open_buy(here)
    refused = other.order(here.director, {"GLOVES": (20,)})
    assert refused.status_code == 409 and "$20.00 is left" in refused.json["detail"], refused.text
    assert other.order(here.director, {"GLOVES": (5,)}).status_code == 201


def test_a_purchase_that_opened_again_has_no_close_behind_it(here: State) -> None:
    buy, _ = _short(here)
    buy.order(here.director, {"GLOVES": (20,)})
    buy.close()
    assert _extend(here, buy.id, days=40).status_code == 200
    with here.scope():
        until = db.session.scalars(select(Purchase.closes_at).where(Purchase.id == buy.id)).one()
    shown = here.browser(here.director).submit("/orders", "GET").text
    assert f'<time datetime="{machine_time(until)}">' in shown


def test_a_close_put_off_by_its_rule_has_no_close_behind_it(here: State) -> None:
    buy, _ = _short(here, extend_days=5)
    buy.order(here.director, {"GLOVES": (20,)})
    buy.close()
    with here.scope():
        assert db.session.scalars(select(Purchase.cutoff_at).where(Purchase.id == buy.id)).one() is None
