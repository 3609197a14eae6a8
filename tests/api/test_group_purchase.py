"""A group purchase from draft to purchase orders, through the API and the workers' own code."""

import hashlib
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select

from carepool.clock import now
from carepool.purchasing.actions import closing
from carepool.purchasing.allocate_lines import compute
from carepool.purchasing.models.closings import Share
from carepool.purchasing.models.purchase_orders import PurchaseOrder
from carepool.purchasing.models.purchases import Purchase
from tenants.database import db
from tests.buying import add_item, draft, make_contract, make_item, open_buy, work
from tests.cast import State


def _listed(state: State, path: str) -> list[Any]:
    answer = state.api("GET", path, state.coordinator)
    assert answer.status_code == 200, answer.text
    return list(answer.json["items"])


def test_wishes_become_one_bulk_order_whose_sums_are_right(here: State) -> None:
    buy = open_buy(here, freight_cents=1000, handling_cents=101)
    assert buy.order(here.director, {"GLOVES": (60, 4, 0)}).status_code == 201
    assert buy.order(here.fellow, {"GLOVES": (30, 6, 0)}).status_code == 201
    assert buy.close().status_code == 202
    purchase = here.api("GET", buy.path(), here.director).json
    assert purchase["state"] == "ordered"
    sums = here.api("GET", buy.path("/close"), here.coordinator).json["sums"]
    # 90 wanted and 10 extra: ten cases at $34 cost less than nine at $40
    assert (sums["cases"], sums["billed_cents"], sums["owed_cents"]) == (10, 34000, 34000)
    assert (sums["eaches_shared"], sums["eaches_left_over"]) == (100, 0)
    mine, theirs = buy.result(here.director), buy.result(here.fellow)
    assert [mine["shares"][0]["got"], theirs["shares"][0]["got"]] == [64, 36]
    assert mine["goods_cents"] + theirs["goods_cents"] == 34000
    assert mine["freight_cents"] + theirs["freight_cents"] == 1000
    assert sorted([mine["handling_cents"], theirs["handling_cents"]]) == [50, 51]
    assert mine["saved_cents"] == 64 * 500 - mine["goods_cents"] - mine["freight_cents"] - mine["handling_cents"]
    [order] = _listed(here, buy.path("/purchase-orders"))
    assert order["number"] == f"{buy.number}-01"
    lines = here.api("GET", f"/purchase-orders/{order['id']}", here.coordinator).json["lines"]
    assert [(line["sku"], line["cases"], line["amount_cents"]) for line in lines] == [("GLOVES", 10, 34000)]


def test_a_dry_run_has_the_hash_of_the_close_that_follows(here: State) -> None:
    buy = open_buy(here)
    buy.order(here.director, {"GLOVES": (60, 4, 0)})
    first = here.api("POST", buy.path("/dry-runs"), here.coordinator).json["id"]
    work(here)
    tried = here.api("GET", f"/dry-runs/{first}", here.coordinator).json
    buy.order(here.fellow, {"GLOVES": (30, 6, 0)})
    second = here.api("POST", buy.path("/dry-runs"), here.coordinator).json["id"]
    work(here)
    again = here.api("GET", f"/dry-runs/{second}", here.coordinator).json
    assert tried["sha256"] and tried["sha256"] != again["sha256"]
    buy.close()
    assert here.api("GET", buy.path("/close"), here.coordinator).json["sha256"] == again["sha256"]


def _at_once(*calls: Any) -> list[Any]:
    """Make calls in as many threads, all let go at the same moment; return their answers."""
    gate = threading.Barrier(len(calls))

    def call(one: Any) -> Any:
        gate.wait()
        return one()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(call, calls))


@pytest.mark.parametrize("again", range(5))
def test_of_two_devices_that_place_at_the_same_moment_one_is_told(here: State, again: int) -> None:
    buy = open_buy(here)
    first = _at_once(*(partial(buy.order, here.director, {"GLOVES": (wanted,)}) for wanted in (10, 20)))
    assert sorted(answer.status_code for answer in first) == [201, 412]
    second = _at_once(*(partial(buy.order, here.director, {"GLOVES": (n,)}, etag='"1"') for n in (30, 40)))
    assert sorted(answer.status_code for answer in second) == [200, 412]
    [placed] = [answer for answer in second if answer.status_code == 200]
    got = here.api("GET", buy.path(f"/orders/{here.director.program_id}"), here.director)
    assert [line["wanted"] for line in got.json["lines"]] == [line["wanted"] for line in placed.json["lines"]]


def test_the_same_request_twice_at_the_same_moment_is_done_once(here: State) -> None:
    buy = open_buy(here)
    order = partial(buy.order, here.director, {"GLOVES": (10,)}, headers={"Idempotency-Key": "tap-tap"})
    answers = _at_once(order, order, order)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.data for answer in answers}) == 1
    assert sum("Idempotency-Replayed" in answer.headers for answer in answers) == 2


def test_moving_to_another_point_takes_all_wishes_along(here: State) -> None:
    items = {sku: make_item(here, sku) for sku in ("GLOVES", "SOAP")}
    buy = open_buy(here, items, second_point="Fire house")
    buy.order(here.director, {"GLOVES": (10,), "SOAP": (20,)})
    body = {"delivery_point_id": buy.points[1], "place": True, "lines": [{"item_id": buy.items["GLOVES"], "wanted": 10},
            {"item_id": buy.items["SOAP"], "wanted": 30}]}  # fmt: skip
    path = buy.path(f"/orders/{here.director.program_id}")
    assert here.api("PUT", path, here.director, json=body, headers={"If-Match": '"1"'}).status_code == 200
    buy.close()
    places = {one["deliver_to"] for one in _listed(here, buy.path("/purchase-orders"))}
    assert places == {"Fire house"}


def test_the_record_of_a_close_has_its_hash_and_anyone_can_recompute_it(here: State) -> None:
    contract = make_contract(here)
    items = {sku: add_item(here, contract, sku, case_size=size) for sku, size in (("SOAP", 7), ("GLOVES", 10))}
    buy = open_buy(here, items, point="door", shortage_policy="equal")
    buy.order(here.director, {"GLOVES": (64, 3), "SOAP": (12,)})
    buy.order(here.fellow, {"GLOVES": (33, 9, 5), "SOAP": (9, 6)})
    buy.close()
    close = here.api("GET", buy.path("/close"), here.coordinator).json
    with here.api("GET", buy.path("/close/record"), here.coordinator) as answer:
        written = answer.data
    assert hashlib.sha256(written).hexdigest() == close["sha256"]
    record = json.loads(written)
    assert json.dumps(record, separators=(",", ":"), sort_keys=True).encode() == written
    assert [line["sku"] for line in record["lines"]] == ["GLOVES", "SOAP"]
    for line in record["lines"]:
        members = [dict(zip(record["member_columns"], one, strict=True)) for one in line["members"]]
        entries = [
            {
                "member": one["licence"],
                "pool": one["pool"],
                "class": one["class"],
                "at": f"2026-01-01T00:00:{place:02}Z",
            }
            | {name: one[name] for name in ("wanted", "extra", "boost")}
            for place, one in enumerate(members)
        ]
        terms = {name: line["terms"][name] for name in ("case_size", "min_cases", "ladder")}
        again = compute({**terms, "policy": record["policy"], "entries": entries})
        assert again["got"] == {one["licence"]: one["got"] for one in members}
        assert again["amounts"] == {one["licence"]: one["amount_cents"] for one in members}


def test_each_vendor_and_delivery_point_gets_its_own_order(here: State) -> None:
    one, two = make_contract(here, vendor="North Foods"), make_contract(here, vendor="South Paper")
    items = {"MILK": add_item(here, one, "MILK"), "WIPES": add_item(here, two, "WIPES")}
    buy = open_buy(here, items, point="door")
    buy.order(here.director, {"MILK": (20,), "WIPES": (10,)})
    buy.order(here.fellow, {"MILK": (10,), "WIPES": (9, 0)})
    buy.close()
    orders = _listed(here, buy.path("/purchase-orders"))
    # the fellow's 9 wipes fill no case at her own door
    assert [order["number"][-2:] for order in orders] == ["01", "02", "03"]
    assert sum(order["total_cents"] for order in orders) == 4 * 4000
    assert buy.result(here.fellow)["shares"][-1]["reason"] in ("no_full_case", "nothing_left", "as_asked")


def test_a_vendor_below_its_minimum_loses_its_lines_and_none_left_fails(here: State) -> None:
    contract = make_contract(here, minimum_cents=1_000_000)
    buy = open_buy(here, {"SOAP": add_item(here, contract, "SOAP")})
    buy.order(here.director, {"SOAP": (50,)})
    buy.close()
    assert here.api("GET", buy.path(), here.coordinator).json["state"] == "failed_minimum"
    assert _listed(here, buy.path("/purchase-orders")) == []
    [share] = buy.result(here.director)["shares"]
    assert (share["got"], share["amount_cents"], share["reason"]) == (0, 0, "vendor_minimum_missed")
    assert share["why"].endswith("The vendor's smallest order was not reached, so none was bought.")


def test_the_live_ladder_says_what_one_more_step_would_save(here: State) -> None:
    buy = open_buy(here)
    buy.order(here.fellow, {"GLOVES": (40,)})
    answer = buy.order(here.director, {"GLOVES": (35,)})
    ladder = answer.json["lines"][0]["ladder"]
    assert (ladder["cases"], ladder["wanted"], ladder["loose_eaches"], ladder["to_fill_case"]) == (7, 75, 5, 5)
    assert (ladder["next_from"], ladder["more_cases"], ladder["percent_less"]) == (10, 3, 15)
    assert ladder["you_save_cents"] == 35 * 60


def test_two_devices_lose_nothing(here: State) -> None:
    buy = open_buy(here)
    first = buy.order(here.director, {"GLOVES": (10,)})
    assert first.headers["ETag"] == '"1"'
    assert buy.order(here.director, {"GLOVES": (11,)}, etag='"1"').status_code == 200
    stale = buy.order(here.director, {"GLOVES": (12,)}, etag='"1"')
    assert (stale.status_code, stale.json["type"]) == (412, "urn:carepool:problem:changed-meanwhile")
    assert buy.order(here.director, {"GLOVES": (12,)}).status_code == 412
    path = buy.path(f"/orders/{here.director.program_id}")
    assert here.api("PUT", path, here.director, json={"lines": [], "place": True}).status_code == 428
    assert here.api("GET", path, here.director).json["lines"][0]["wanted"] == 11


def test_an_idempotency_key_makes_one_row_where_a_route_answers_with_it(here: State) -> None:
    body = {"licence_number": "K-1", "name": "Sent twice", "type": "center", "status": "full"}
    first, again = (
        here.api("POST", "/programs", here.coordinator, json=body, headers={"Idempotency-Key": "program-1"})
        for _ in range(2)
    )
    assert (first.status_code, again.status_code, again.json) == (201, 201, first.json)
    assert "Idempotency-Replayed" in again.headers
    assert here.api("GET", f"/programs/{first.json['id']}", here.coordinator).json == first.json


def test_an_idempotency_key_gives_the_first_answer_again(here: State) -> None:
    buy = open_buy(here)
    once = {"Idempotency-Key": "order-1"}
    first = buy.order(here.director, {"GLOVES": (10,)}, headers=once)
    again = buy.order(here.director, {"GLOVES": (10,)}, headers=once)
    assert (again.status_code, again.json, again.headers["ETag"]) == (201, first.json, first.headers["ETag"])
    assert again.headers["Idempotency-Replayed"] == "true"
    other = buy.order(here.director, {"GLOVES": (99,)}, headers=once)
    assert (other.status_code, other.json["type"]) == (422, "urn:carepool:problem:idempotency-key-reused")


def test_a_draft_does_not_count_until_it_is_placed(here: State) -> None:
    buy = open_buy(here)
    kept = buy.order(here.director, {"GLOVES": (20,)}, place=False)
    assert (kept.json["state"], kept.json["lines"], kept.json["unsent"][0]["wanted"]) == ("draft", [], 20)
    assert kept.json["unsent"][0]["ladder"]["wanted"] == 0
    placed = buy.order(here.director, {"GLOVES": (20,)}, etag=kept.headers["ETag"])
    assert (placed.json["state"], placed.json["lines"][0]["wanted"], placed.json["unsent"]) == ("placed", 20, [])


def test_a_withdrawn_order_counts_no_more_and_keeps_its_lines(here: State) -> None:
    buy = open_buy(here)
    placed = buy.order(here.director, {"GLOVES": (20,)})
    path = buy.path(f"/orders/{here.director.program_id}")
    gone = here.api("DELETE", path, here.director, headers={"If-Match": placed.headers["ETag"]})
    assert (gone.json["state"], gone.json["lines"], gone.json["unsent"][0]["wanted"]) == ("withdrawn", [], 20)


def test_nobody_orders_more_than_the_licensed_places_allow(here: State) -> None:
    buy = open_buy(here, per_place=2)
    answer = buy.order(here.fellow, {"GLOVES": (13,)})
    assert answer.status_code == 422
    assert answer.json["errors"] == [
        {"field": "lines.0.wanted", "message": "At most 12 for 6 licensed places, extra and boost counted."}
    ]
    assert buy.order(here.fellow, {"GLOVES": (12,)}).status_code == 201


def test_a_director_cannot_order_for_another_program(here: State) -> None:
    buy = open_buy(here)
    path = buy.path(f"/orders/{here.fellow.program_id}")
    body = {"lines": [], "place": True}
    answer = here.api("PUT", path, here.director, json=body, headers={"If-None-Match": "*"})
    assert answer.status_code == 404


def test_only_invited_programs_may_join(here: State) -> None:
    buy = open_buy(here, counties=["Boulder"])
    assert buy.order(here.director, {"GLOVES": (1,)}).json["type"] == "urn:carepool:problem:not-invited"
    assert here.api("GET", "/purchases", here.director).json["items"] == []
    assert len(here.api("GET", "/purchases", here.coordinator).json["items"]) == 1


def test_orders_stop_at_the_deadline_and_the_sweep_closes(here: State) -> None:
    buy = open_buy(here)
    buy.order(here.director, {"GLOVES": (10,)})
    with here.scope():
        late = {"closes_at": now() - timedelta(seconds=1)}
        db.session.query(Purchase).filter(Purchase.id == buy.id).update(late)
    answer = buy.order(here.fellow, {"GLOVES": (10,)})
    assert (answer.status_code, answer.json["type"]) == (409, "urn:carepool:problem:closed")
    from workers.sweeps import sweep

    sweep(here.app, "close_due")
    work(here)
    assert here.api("GET", buy.path(), here.coordinator).json["state"] == "ordered"


def test_a_close_that_is_delivered_twice_makes_one_set_of_orders(here: State) -> None:
    buy = open_buy(here)
    buy.order(here.director, {"GLOVES": (100,)})
    buy.close()
    from carepool.outbox import Actor

    with here.scope():
        closing.compute_close(Actor.task(), db.session.get(Purchase, (here.tenant.id, buy.id)).id)
        closing.begin_close  # noqa: B018
    with here.scope():
        assert db.session.scalar(select(func.count()).select_from(PurchaseOrder)) == 1
        assert db.session.scalar(select(func.count()).select_from(Share)) == 1


def test_a_purchase_opens_with_the_prices_of_that_moment(here: State) -> None:
    item = make_item(here)
    buy = open_buy(here, {"GLOVES": item})
    [frozen] = _listed(here, buy.path("/items"))
    assert frozen["ladder"] == [[1, 4000], [10, 3400]]


@pytest.mark.parametrize("missing", ["items", "point"])
def test_a_purchase_without_items_or_point_does_not_open(here: State, missing: str) -> None:
    purchase = draft(here)
    if missing == "point":
        wanted = {"items": [{"catalog_item_id": make_item(here), "baseline_kind": "vendor_list"}]}
        assert here.api("POST", f"/purchases/{purchase}/items", here.coordinator, json=wanted).status_code == 201
    answer = here.api("POST", f"/purchases/{purchase}/open", here.coordinator)
    assert (answer.status_code, answer.json["type"]) == (
        409,
        f"urn:carepool:problem:no-{'items' if missing == 'items' else 'delivery-point'}",
    )
    assert here.api("GET", f"/purchases/{purchase}", here.director).status_code == 404


def test_catalog_search_finds_by_words_and_sku(here: State) -> None:
    make_item(here, "AB-77", name="Nitrile gloves, medium")
    for words in ("nitrile", "GLOVES medium", "ab-77", "trile med"):
        found = here.api("GET", f"/catalog-items?words={words}", here.director).json["items"]
        assert [one["sku"] for one in found] == ["AB-77"], words
    assert here.api("GET", "/catalog-items?words=100%25_", here.director).json["items"] == []


def test_a_bad_ladder_names_the_rung(here: State) -> None:
    contract = make_contract(here)
    body = {"sku": "X", "name": "X", "case_size": 1, "ladder": [[1, 100], [5, 100]]}
    answer = here.api("POST", f"/contracts/{contract}/items", here.coordinator, json=body)
    assert answer.json["errors"] == [
        {"field": "ladder[1]", "message": "Each rung must cost less a case than the one before."}
    ]
