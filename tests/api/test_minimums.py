"""Vendors' minimums through the API: one extension by the rule, orders that move to a new purchase, remedies with a reason."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, update

from carepool.clock import now
from carepool.notifications.models import Message
from carepool.outbox import Activity
from carepool.purchasing.models.minimums import RollOver
from carepool.purchasing.models.purchases import Purchase
from tenants.database import db
from tests.buying import Buy, add_item, make_contract, open_buy, work
from tests.cast import State
from workers.sweeps import SWEEPS


def _two_vendors(state: State, minimum_cents: int = 100_000, **terms: Any) -> tuple[Buy, str]:
    """A purchase with GLOVES of a vendor with a minimum and SOAP of one without; return it with the first's contract."""
    small = make_contract(state, minimum_cents, "Tall Order Inc.")
    items = {"GLOVES": add_item(state, small, "GLOVES"), "SOAP": add_item(state, make_contract(state), "SOAP")}
    return open_buy(state, items, **terms), small


def _read(buy: Buy) -> dict[str, Any]:
    return dict(buy.state.api("GET", buy.path(), buy.state.coordinator).json)


def _told(state: State, kind: str) -> int:
    with state.scope():
        return db.session.scalar(select(func.count()).select_from(Message).where(Message.kind == kind)) or 0


def _etag(buy: Buy) -> dict[str, str]:
    return {"If-Match": f'"{_read(buy)["version"]}"'}


@pytest.fixture
def missed(here: State) -> Iterator[tuple[Buy, str]]:
    """An open purchase in which GLOVES reach $80 of a minimum of $1,000."""
    buy, contract = _two_vendors(here)
    buy.order(here.director, {"GLOVES": (20,), "SOAP": (20,)})
    yield buy, contract


def test_a_missed_minimum_puts_the_close_off_once_and_tells_everyone_with_an_order(here: State) -> None:
    buy, _ = _two_vendors(here, extend_days=5)
    buy.order(here.director, {"GLOVES": (20,), "SOAP": (20,)})
    buy.order(here.fellow, {"SOAP": (5,)}, place=False)
    work(here)
    before = _read(buy)
    buy.close()
    after = _read(buy)
    zone = ZoneInfo(here.tenant.zone)
    local = [datetime.fromisoformat(one["closes_at"]).astimezone(zone) for one in (before, after)]
    assert after["state"] == "open" and after["extended_at"] and after["close_version"] == 0
    assert local[1].replace(tzinfo=None) - local[0].replace(tzinfo=None) == timedelta(days=5)
    assert _told(here, "purchase.extended") == 2
    [message] = [
        one for one in here.api("GET", "/messages", here.director).json["items"] if one["kind"] == "purchase.extended"
    ]
    assert "closes later" in message["sentence"]
    assert buy.order(here.fellow, {"GLOVES": (20,)}, etag='"1"').status_code == 200
    buy.close()
    again = _read(buy)
    assert again["state"] == "ordered" and again["closes_at"] == after["closes_at"]
    assert _told(here, "purchase.extended") == 2


def test_a_close_that_is_due_is_put_off_to_the_same_hour(here: State) -> None:
    buy, _ = _two_vendors(here, extend_days=3)
    buy.order(here.director, {"GLOVES": (20,)})
    at = now().replace(microsecond=0)
    with here.scope():
        db.session.execute(update(Purchase).values(closes_at=at))
        SWEEPS["close_due"]()
    work(here)
    place = ZoneInfo(here.tenant.zone)
    until = datetime.fromisoformat(_read(buy)["closes_at"]).astimezone(place)
    assert until.replace(tzinfo=None) - at.astimezone(place).replace(tzinfo=None) == timedelta(days=3)


def test_a_purchase_whose_minimums_are_reached_is_not_put_off(here: State) -> None:
    buy, _ = _two_vendors(here, minimum_cents=8_000, extend_days=5)
    buy.order(here.director, {"GLOVES": (20,)})
    buy.close()
    assert (_read(buy)["state"], _read(buy)["extended_at"]) == ("ordered", None)


def test_orders_of_a_vendor_that_failed_move_to_a_new_purchase_and_wait_for_a_yes(here: State) -> None:
    buy, _ = _two_vendors(here, minimum_rule="roll_over", second_point="Fire house")
    buy.order(here.director, {"GLOVES": (20, 3, 2), "SOAP": (20,)})
    buy.close()
    assert _read(buy)["state"] == "ordered"
    assert _told(here, "purchase.rolled_over") == 1
    draft = here.api("POST", buy.path("/roll-over"), here.coordinator).json
    assert draft["state"] == "draft" and draft["minimum_rule"] == "roll_over"
    assert here.api("GET", f"/purchases/{draft['id']}", here.director).status_code == 404
    offered = here.api("GET", f"/purchases/{draft['id']}/items", here.coordinator).json["items"]
    assert [one["sku"] for one in offered] == ["GLOVES"]
    mine = f"/purchases/{draft['id']}/orders/{here.director.program_id}"
    assert here.api("GET", mine, here.director).status_code == 404
    assert here.api("POST", f"/purchases/{draft['id']}/open", here.coordinator).status_code == 200
    work(here)
    order = here.api("GET", mine, here.director).json
    [line] = order["unsent"]
    assert (order["state"], line["wanted"], line["extra"], line["boost"], order["lines"]) == ("draft", 20, 3, 2, [])
    points = here.api("GET", f"/purchases/{draft['id']}/delivery-points", here.coordinator).json["items"]
    assert {one["id"]: one["name"] for one in points}[order["delivery_point_id"]] == "Library parking lot"
    assert here.api("GET", f"/purchases/{draft['id']}/orders/{here.fellow.program_id}", here.fellow).status_code == 404
    assert _told(here, "purchase.order_to_confirm") == 1


def test_moving_by_hand_twice_gives_one_new_purchase(missed: tuple[Buy, str], here: State) -> None:
    buy, _ = missed
    assert here.api("POST", buy.path("/roll-over"), here.coordinator).json["type"].endswith("wrong-state")
    buy.close()
    answers = _at_once(lambda: here.api("POST", buy.path("/roll-over"), here.coordinator))
    assert {one.status_code for one in answers} == {200} and len({one.json["id"] for one in answers}) == 1
    with here.scope():
        assert db.session.scalar(select(func.count()).select_from(RollOver)) == 1


def _at_once(press: Any) -> list[Any]:
    """Press in two threads at the same moment."""
    answers: list[Any] = []
    ready = threading.Barrier(2)

    def one() -> None:
        ready.wait()
        answers.append(press())

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_two_presses_at_once_extend_once(missed: tuple[Buy, str], here: State) -> None:
    buy, _ = missed
    work(here)
    etag, until = _etag(buy), (now() + timedelta(days=9)).isoformat()
    body = {"until": until}
    answers = _at_once(lambda: here.api("POST", buy.path("/extend"), here.coordinator, json=body, headers=etag))
    assert sorted(one.status_code for one in answers) == [200, 412]
    work(here)
    with here.scope():
        events = select(func.count()).select_from(Activity).where(Activity.verb == "purchase.extended")
        assert db.session.scalar(events) == 1
    assert _told(here, "purchase.extended") == 1
    early = here.api("POST", buy.path("/extend"), here.coordinator, json=body, headers=_etag(buy))
    assert early.status_code == 422 and "later" in early.json["detail"]


def test_the_gap_of_each_vendor_is_shown_with_what_would_close_it(missed: tuple[Buy, str], here: State) -> None:
    buy, contract = missed
    found = {one["contract_id"]: one for one in here.api("GET", buy.path("/minimums"), here.coordinator).json["items"]}
    short = found[contract]
    assert (short["vendor"], short["order_cents"], short["missing_cents"]) == ("Tall Order Inc.", 8_000, 92_000)
    # 30 cases at $34.00 are the first whose value reaches $1,000.00
    assert short["fillers"] == [{"name": "Item GLOVES", "sku": "GLOVES", "more_cases": 28, "more_eaches": 280}]
    assert [one["missing_cents"] for key, one in found.items() if key != contract] == [0]
    assert here.api("GET", buy.path("/minimums"), here.director).status_code == 403


def test_what_closes_the_gap_is_never_fewer_cases_than_the_item_is_sold_in(here: State) -> None:
    contract = make_contract(here, 9_000, "Tall Order Inc.")
    items = {"GLOVES": add_item(here, contract, "GLOVES"), "PAPER": add_item(here, contract, "PAPER", min_cases=7)}
    buy = open_buy(here, items)
    buy.order(here.director, {"GLOVES": (20,), "PAPER": (10,)})
    [short] = here.api("GET", buy.path("/minimums"), here.coordinator).json["items"]
    assert short["missing_cents"] == 1_000
    assert [(one["sku"], one["more_cases"]) for one in short["fillers"]] == [("GLOVES", 1), ("PAPER", 7)]


def test_a_lowered_minimum_holds_in_dry_run_and_close_alike(missed: tuple[Buy, str], here: State) -> None:
    buy, contract = missed
    path, body = buy.path(f"/minimums/{contract}"), {"remedy": "lower", "reason": "The vendor agreed by phone."}
    for cents in (None, 100_000):
        refused = here.api("PUT", path, here.coordinator, json={**body, "minimum_cents": cents}, headers=_etag(buy))
        assert refused.status_code == 422 and "smaller" in refused.json["detail"]
    lowered = here.api("PUT", path, here.coordinator, json={**body, "minimum_cents": 8_000}, headers=_etag(buy))
    assert lowered.status_code == 200, lowered.text
    run = here.api("POST", buy.path("/dry-runs"), here.coordinator).json["id"]
    work(here)
    buy.close()
    close = here.api("GET", buy.path("/close"), here.coordinator).json
    assert close["sha256"] == here.api("GET", f"/dry-runs/{run}", here.coordinator).json["sha256"]
    assert close["sums"]["dropped_lines"] == 0 and close["sums"]["billed_cents"] == 16_000
    assert _told(here, "purchase.terms_changed") == 1
    with here.scope():
        [diff] = db.session.scalars(select(Activity.diff).where(Activity.verb == "purchase.remedied"))
        assert "The vendor agreed by phone." in str(diff)


@pytest.mark.parametrize(("remedy", "moved"), [("leave_out", 0), ("roll_over", 1)])
def test_a_vendor_left_out_sells_nothing_even_above_its_minimum(here: State, remedy: str, moved: int) -> None:
    buy, contract = _two_vendors(here, minimum_cents=8_000)
    buy.order(here.director, {"GLOVES": (20,), "SOAP": (20,)})
    body = {"remedy": remedy, "reason": "It cannot deliver."}
    path = buy.path(f"/minimums/{contract}")
    assert here.api("PUT", path, here.coordinator, json=body, headers=_etag(buy)).status_code == 200
    run = here.api("POST", buy.path("/dry-runs"), here.coordinator).json["id"]
    work(here)
    buy.close()
    close = here.api("GET", buy.path("/close"), here.coordinator).json
    assert close["sha256"] == here.api("GET", f"/dry-runs/{run}", here.coordinator).json["sha256"]
    assert (close["sums"]["dropped_lines"], close["sums"]["billed_cents"]) == (1, 8_000)
    assert [one["got"] for one in buy.result(here.director)["shares"]] == [0, 20]
    with here.scope():
        assert db.session.scalar(select(func.count()).select_from(RollOver)) == moved


def test_a_decision_is_taken_back(missed: tuple[Buy, str], here: State) -> None:
    buy, contract = missed
    path = buy.path(f"/minimums/{contract}")
    for remedy in ("leave_out", None):
        body = {"remedy": remedy, "reason": "Thought again."}
        assert here.api("PUT", path, here.coordinator, json=body, headers=_etag(buy)).status_code == 200
    shown = here.api("GET", buy.path("/minimums"), here.coordinator).json["items"]
    assert {one["remedy"] for one in shown} == {None}
    stale = here.api("PUT", path, here.coordinator, json=body, headers={"If-Match": '"1"'})
    assert stale.status_code == 412


def test_a_purchase_that_failed_is_opened_again_or_worked_out_with_a_smaller_minimum(here: State) -> None:
    buy, contract = _two_vendors(here)
    buy.order(here.director, {"GLOVES": (20,)})
    buy.close()
    assert _read(buy)["state"] == "failed_minimum"
    assert buy.close().status_code == 409
    until = {"until": (datetime.now(UTC) + timedelta(days=9)).isoformat()}
    opened = here.api("POST", buy.path("/extend"), here.coordinator, json=until, headers=_etag(buy))
    assert (opened.status_code, opened.json["state"]) == (200, "open"), opened.text
    mine = buy.path(f"/orders/{here.director.program_id}")
    etag = here.api("GET", mine, here.director).headers["ETag"]
    assert buy.order(here.director, {"GLOVES": (30,)}, etag=etag).status_code == 200
    buy.close()
    assert (_read(buy)["state"], _read(buy)["close_version"]) == ("failed_minimum", 2)
    body = {"remedy": "lower", "minimum_cents": 12_000, "reason": "Agreed."}
    lowered = here.api("PUT", buy.path(f"/minimums/{contract}"), here.coordinator, json=body, headers=_etag(buy))
    assert lowered.json["state"] == "closing", lowered.text
    work(here)
    assert (_read(buy)["state"], _read(buy)["close_version"]) == ("ordered", 3)
    assert [one["got"] for one in buy.result(here.director)["shares"]] == [30]
