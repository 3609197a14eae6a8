"""Goods are counted, shared out anew, credited and claimed: through the API."""

import hashlib
import io
import itertools
import secrets
import threading
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from carepool.jobs.models import Job
from carepool.notifications.models import Message
from carepool.outbox import Activity, Actor
from carepool.purchasing.receiving.actions.sharing import compute_sharing
from carepool.purchasing.receiving.cleaned_photos import cleaned
from carepool.purchasing.receiving.models.sharing import Arrival
from tenants.database import db
from tests.buying import Buy, add_item, make_contract, make_item, open_buy, work
from tests.cast import Cast, Player, State
from tests.receiving import (
    JPEG,
    arrived,
    bought,
    bought_two,
    count,
    finish,
    first_order,
    line,
    orders_of,
    short_purchase,
)


def _state_of(buy: Buy) -> str:
    return str(buy.state.api("GET", buy.path(), buy.state.coordinator).json["state"])


def _told(state: State, player: Player) -> int:
    with state.scope():
        query = select(Message).where(Message.person_id == player.id, Message.kind == "purchase.arrival_changed")
        return len(list(db.session.scalars(query)))


def test_the_first_count_moves_a_purchase_to_receiving(here: State) -> None:
    buy = bought(here)
    assert _state_of(buy) == "ordered"
    answer = count(here, first_order(buy), line(1, 9))
    assert answer.status_code == 201, answer.text
    assert _state_of(buy) == "receiving"


def test_the_orders_are_marked_as_sent_once(here: State) -> None:
    buy = bought(here)
    for _ in range(2):
        assert here.api("POST", buy.path("/orders-sent"), here.coordinator).status_code == 200
    sent = here.api("GET", buy.path("/receiving-terms"), here.coordinator).json["orders_sent_at"]
    assert sent
    with here.scope():
        noted = select(func.count()).select_from(Activity).where(Activity.verb == "purchase.orders_sent")
        assert db.session.scalar(noted) == 1


def test_goods_of_an_open_purchase_cannot_be_marked_as_sent(here: State) -> None:
    answer = here.api("POST", open_buy(here).path("/orders-sent"), here.coordinator)
    assert (answer.status_code, answer.json["type"]) == (409, "urn:carepool:problem:wrong-state")


def test_the_same_count_sent_twice_is_one(here: State) -> None:
    order = first_order(bought(here))
    first, again = (count(here, order, line(1, 4), key="phone-0001") for _ in range(2))
    assert (first.status_code, first.json["id"]) == (201, again.json["id"])
    found = here.api("GET", f"/purchase-orders/{order}/receiving", here.coordinator).json["lines"][0]
    assert (found["counted_cases"], found["usable"]) == (4, 40)
    other = count(here, order, line(1, 5), key="phone-0001")
    assert (other.status_code, other.json["type"]) == (409, "urn:carepool:problem:count-key-used")


def test_two_devices_that_send_the_same_count_at_once_leave_one(here: State) -> None:
    order = first_order(bought(here))
    answers: list[Any] = []
    hands = [
        threading.Thread(target=lambda: answers.append(count(here, order, line(1, 4), key="both-0001")))
        for _ in range(4)
    ]
    for one in hands:
        one.start()
    for one in hands:
        one.join()
    assert {one.status_code for one in answers} == {201}
    assert len({one.json["id"] for one in answers}) == 1
    assert here.api("GET", f"/purchase-orders/{order}/receiving", here.coordinator).json["lines"][0]["usable"] == 40


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        (line(9, 1), "lines.0.line"),
        (line(1, 1, short=11), "lines.0.short"),
        (line(1, 1, short=6, damaged=5), "lines.0.short"),
        (line(1, 1, substitute=5), "lines.0.substitute_name"),
    ],
)
def test_a_count_that_cannot_be_is_refused_at_its_field(here: State, sent: dict[str, Any], field: str) -> None:
    answer = count(here, first_order(bought(here)), sent)
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json["errors"]] == [field]


def test_lot_and_expiry_are_asked_where_an_item_is_kept_cold_or_was_chosen(here: State) -> None:
    cold = {"MILK": make_item(here, "MILK", storage="cold")}
    buy = open_buy(here, cold)
    buy.order(here.director, {"MILK": (10,)})
    buy.close()
    order = first_order(buy)
    refused = count(here, order, line(1, 1))
    assert {one["field"] for one in refused.json["errors"]} == {"lines.0.lot", "lines.0.expires_on"}
    assert count(here, order, line(1, 1, lot="A7", expires_on="2030-01-31")).status_code == 201
    dry = bought(here)
    body = {"tracked_items": list(dry.items.values())}
    set_ = here.api("PUT", dry.path("/receiving-terms"), here.coordinator, json=body, headers={"If-Match": '"0"'})
    assert set_.status_code == 200, set_.text
    assert count(here, first_order(dry), line(1, 1)).status_code == 422


def test_terms_changed_in_the_meantime_are_not_overwritten(here: State) -> None:
    buy = bought(here)
    send = [
        here.api(
            "PUT", buy.path("/receiving-terms"), here.coordinator, json={"over_cases": 1}, headers={"If-Match": '"0"'}
        )
        for _ in range(2)
    ]
    assert [one.status_code for one in send] == [200, 412]


def test_more_than_the_limit_is_recorded_as_refused(here: State) -> None:
    buy = bought(here)
    order = first_order(buy)
    count(here, order, line(1, 11))
    found = here.api("GET", f"/purchase-orders/{order}/receiving", here.coordinator).json["lines"][0]
    assert (found["usable"], found["refused"]) == (90, 20)
    here.api(
        "PUT", buy.path("/receiving-terms"), here.coordinator, json={"over_percent": 12}, headers={"If-Match": '"1"'}
    )
    found = here.api("GET", f"/purchase-orders/{order}/receiving", here.coordinator).json["lines"][0]
    assert (found["usable"], found["refused"]) == (100, 10)


def test_a_shortage_is_shared_by_the_policy_with_credits_and_a_claim(here: State) -> None:
    buy, order = short_purchase(here)
    before = [buy.result(one) for one in (here.director, here.fellow)]
    after = [arrived(buy, one) for one in (here.director, here.fellow)]
    assert [one["shares"][0]["got"] for one in after] == [45, 25]
    assert sum(one["goods_cents"] for one in after) == 7 * 4000
    assert sum(one["goods_cents"] for one in before) == 9 * 4000
    assert sum(one["credit_cents"] for one in after) == 2 * 4000
    credits_ = here.api("GET", buy.path("/credits"), here.coordinator).json["items"]
    assert sum(one["amount_cents"] for one in credits_) == 8000
    [claim] = here.api("GET", buy.path("/vendor-claims"), here.coordinator).json["items"]
    assert (claim["kind"], claim["eaches"], claim["amount_cents"], claim["state"]) == ("short", 20, 8000, "open")
    assert "45" in after[0]["shares"][0]["why"]
    assert order


def test_tax_on_goods_that_are_missing_is_given_back_and_an_exempt_program_stays_exempt(here: State) -> None:
    buy = open_buy(here, tax_millionths=62_500)
    path, body = f"/programs/{here.fellow.program_id}/tax-exemption", {"certificate": "CO-77", "expires_on": None}
    assert here.api("PUT", path, here.coordinator, json=body, headers={"If-Match": '"0"'}).status_code == 200
    for player, eaches in ((here.director, 60), (here.fellow, 30)):
        assert buy.order(player, {"GLOVES": (eaches,)}).status_code == 201
    buy.close()
    # a certificate that is taken away later changes nothing for goods that were bought with it
    body["certificate"] = ""
    assert here.api("PUT", path, here.coordinator, json=body, headers={"If-Match": '"1"'}).status_code == 200
    order = first_order(buy)
    count(here, order, line(1, 7))
    finish(here, order)
    paid = [buy.result(one) for one in (here.director, here.fellow)]
    due = [arrived(buy, one) for one in (here.director, here.fellow)]
    assert due[0]["tax_cents"] == (due[0]["goods_cents"] * 625 + 5_000) // 10_000 < paid[0]["tax_cents"]
    assert (due[1]["tax_cents"], due[1]["certificate"]) == (0, "CO-77")
    for before, after in zip(paid, due, strict=True):
        assert after["credit_cents"] == before["total_cents"] - after["total_cents"] > 0
        assert after["total_cents"] == after["goods_cents"] + after["tax_cents"]
    told = here.api("GET", buy.path("/credits"), here.coordinator).json["items"]
    assert sum(one["amount_cents"] for one in told) == sum(one["credit_cents"] for one in due)


def test_a_result_has_its_record_and_inputs(here: State) -> None:
    buy, _ = short_purchase(here)
    [result] = here.api("GET", buy.path("/arrivals"), here.coordinator).json["items"]
    assert (result["version"], result["before_version"], result["policy"]) == (1, 0, "proportional")
    assert result["sums"]["usable"] == 70
    assert result["sums"]["owed_cents"] == result["sums"]["members_cents"] + result["sums"]["owner_cents"]
    record = here.api("GET", f"/arrivals/{result['id']}/record", here.coordinator)
    assert hashlib.sha256(record.data).hexdigest() == result["sha256"]
    assert record.json["lines"][0]["usable"] == [["Library parking lot", 70]]
    shares = here.api("GET", f"/arrivals/{result['id']}/shares", here.coordinator).json["items"]
    assert sum(one["got"] for one in shares) == 70
    job = here.api("GET", f"/jobs/{result['job_id']}", here.coordinator).json
    assert (job["state"], job["done"], job["total"]) == ("done", 1, 1)


def test_exactly_those_are_told_for_whom_it_is_different(here: State) -> None:
    buy = open_buy(here, shortage_policy="first_come")
    buy.order(here.director, {"GLOVES": (60,)})
    buy.order(here.fellow, {"GLOVES": (30,)})
    buy.close()
    order = first_order(buy)
    count(here, order, line(1, 7))
    finish(here, order)
    assert [arrived(buy, one)["shares"][0]["got"] for one in (here.director, here.fellow)] == [60, 10]
    assert [_told(here, one) for one in (here.director, here.fellow)] == [0, 1]
    here.api("POST", buy.path("/arrivals"), here.coordinator)
    work(here)
    assert [_told(here, one) for one in (here.director, here.fellow)] == [0, 1]


def test_nobody_is_told_where_all_came_as_ordered(here: State) -> None:
    buy = bought(here)
    order = first_order(buy)
    count(here, order, line(1, 9))
    finish(here, order)
    assert [_told(here, one) for one in (here.director, here.fellow)] == [0, 0]
    assert [arrived(buy, one)["credit_cents"] for one in (here.director, here.fellow)] == [0, 0]
    assert not here.api("GET", buy.path("/vendor-claims"), here.coordinator).json["items"]


def test_a_late_delivery_makes_a_new_version_whose_credits_add_up(here: State) -> None:
    buy, order = short_purchase(here)
    assert count(here, order, line(1, 2)).status_code == 201
    work(here)
    results = here.api("GET", buy.path("/arrivals"), here.coordinator).json["items"]
    assert [(one["version"], one["before_version"]) for one in results] == [(2, 1), (1, 0)]
    assert arrived(buy, here.director)["credit_cents"] == 0
    credits_ = here.api("GET", buy.path("/credits"), here.coordinator).json["items"]
    assert len(credits_) == 4
    assert sum(one["amount_cents"] for one in credits_) == 0
    [claim] = here.api("GET", buy.path("/vendor-claims"), here.coordinator).json["items"]
    assert claim["state"] == "withdrawn"


def test_a_correction_adds_a_receipt_with_a_cause_and_cannot_go_below_nothing(here: State) -> None:
    buy, order = short_purchase(here)
    refused = count(here, order, line(1, -8), door="corrections", cause="Typed wrong")
    assert refused.json["errors"][0]["field"] == "lines.0.cases"
    assert count(here, order, line(1, -1, damaged=3), door="corrections", cause="Typed wrong").status_code == 201
    work(here)
    assert sum(arrived(buy, one)["shares"][0]["got"] for one in (here.director, here.fellow)) == 57
    counts = here.api("GET", f"/purchase-orders/{order}/receipts", here.coordinator).json["items"]
    assert [one["cause"] for one in counts] == ["", "Typed wrong"]
    claims = here.api("GET", buy.path("/vendor-claims"), here.coordinator).json["items"]
    assert {one["kind"]: one["eaches"] for one in claims} == {"short": 30, "damaged": 3}


def test_the_same_counts_in_any_order_and_twice_give_the_same_result(here: State) -> None:
    parts = [line(1, 3, damaged=2), line(1, 4), line(2, 1, short=5), line(1, 1, substitute=4, substitute_name="Mitts")]
    hashes = set()
    for turn, mixed in enumerate(itertools.islice(itertools.permutations(parts), 0, None, 7)):
        buy = bought_two(here, title="The same")
        order = first_order(buy)
        for place, part in enumerate(mixed):
            for _ in range(2 if turn % 2 else 1):
                assert count(here, order, part, key=f"{buy.id}-{place}").status_code == 201
        finish(here, order)
        [result] = here.api("GET", buy.path("/arrivals"), here.coordinator).json["items"]
        shares = here.api("GET", f"/arrivals/{result['id']}/shares", here.coordinator).json["items"]
        hashes.add(tuple(sorted((one["got"], one["amount_cents"]) for one in shares)))
    assert len(hashes) == 1


def test_what_is_not_counted_yet_stands_for_what_was_ordered(here: State) -> None:
    buy = bought_two(here)
    order = first_order(buy)
    count(here, order, line(1, 7))
    here.api("POST", buy.path("/arrivals"), here.coordinator)
    work(here)
    soap = [one for one in arrived(buy, here.director)["shares"] if one["sku"] == "SOAP"]
    assert [(one["got"], one["ordered"]) for one in soap] == [(7, 7)]
    finish(here, order)
    soap = [one for one in arrived(buy, here.director)["shares"] if one["sku"] == "SOAP"]
    assert [one["got"] for one in soap] == [0]


def test_each_order_of_two_places_is_shared_by_itself(here: State) -> None:
    buy = open_buy(here, second_point="Church hall")
    buy.order(here.director, {"GLOVES": (40,)})
    other = Buy(here, buy.id, buy.items, buy.points[1])
    other.order(here.fellow, {"GLOVES": (30,)})
    buy.close()
    orders = {one["deliver_to"]: one["id"] for one in orders_of(buy)}
    count(here, orders["Church hall"], line(1, 1))
    finish(here, orders["Church hall"])
    assert [arrived(buy, one)["shares"][0]["got"] for one in (here.director, here.fellow)] == [40, 10]


def test_a_stopped_result_leaves_nothing_and_is_asked_for_again(here: State) -> None:
    buy = bought(here)
    order = first_order(buy)
    count(here, order, line(1, 7))
    asked = here.api("POST", buy.path("/arrivals"), here.coordinator).json
    assert here.api("POST", f"/jobs/{asked['job_id']}/cancel", here.coordinator).status_code == 202
    work(here)
    assert here.api("GET", buy.path(f"/arrived/{here.director.program_id}"), here.director).status_code == 404
    again = here.api("POST", buy.path("/arrivals"), here.coordinator).json
    assert again["version"] == 2
    work(here)
    assert sum(arrived(buy, one)["shares"][0]["got"] for one in (here.director, here.fellow)) == 70


def test_a_result_that_was_overtaken_does_not_replace_the_newer_one(here: State) -> None:
    buy = bought(here)
    order = first_order(buy)
    count(here, order, line(1, 7))
    old = here.api("POST", buy.path("/arrivals"), here.coordinator).json
    count(here, order, line(1, 1))
    new = here.api("POST", buy.path("/arrivals"), here.coordinator).json
    with here.scope():
        # as if its worker had begun before anyone asked it to stop
        db.session.scalars(select(Job).where(Job.id == UUID(old["job_id"]))).one().cancel_asked = False
    for result in (new, old):
        with here.scope():
            compute_sharing(Actor.task(), UUID(result["id"]))
    with here.scope():
        found = {one.version: one.computed_at for one in db.session.scalars(select(Arrival))}
    assert found[1] is None
    assert found[2] is not None


def test_claims_are_sent_accepted_and_refused_with_their_history(here: State) -> None:
    buy, order = short_purchase(here)
    [claim] = here.api("GET", buy.path("/vendor-claims"), here.coordinator).json["items"]
    path = f"/vendor-claims/{claim['id']}"

    def move(version: int, **body: Any) -> Any:
        return here.api("PUT", path, here.coordinator, json=body, headers={"If-Match": f'"{version}"'})

    assert move(1, state="accepted").status_code == 409
    assert move(1, state="sent", note="By mail").status_code == 200
    assert move(1, state="accepted").status_code == 412
    assert move(2, state="accepted", accepted_cents=9000).status_code == 422
    done = move(2, state="accepted", accepted_cents=7000)
    assert (done.status_code, done.json["accepted_cents"], done.json["note"]) == (200, 7000, "By mail")
    # more is missing than was claimed: another round
    assert count(here, order, line(1, -1), door="corrections", cause="Recounted").status_code == 201
    claims = here.api("GET", buy.path("/vendor-claims"), here.coordinator).json["items"]
    assert [(one["round"], one["eaches"], one["state"]) for one in claims] == [(1, 20, "accepted"), (2, 10, "open")]


def test_photos_are_known_by_their_content_and_kept_once(here: State) -> None:
    order = first_order(bought(here))
    receipt = count(here, order, line(1, 8, damaged=4)).json["id"]

    def send(content: bytes, number: int = 1, name: str = "x.jpg") -> Any:
        data = {"photo": (io.BytesIO(content), name), "line": str(number)}
        form = "multipart/form-data"
        return here.api("POST", f"/receipts/{receipt}/photos", here.coordinator, data=data, content_type=form)

    first, again = send(JPEG), send(JPEG)
    assert (first.status_code, first.json["id"]) == (201, again.json["id"])
    assert send(b"<svg onload='alert(1)'/>").json["type"] == "urn:carepool:problem:no-photo"
    assert send(JPEG + b"x", number=7).status_code == 422
    got = here.api("GET", f"/receipt-photos/{first.json['id']}/file", here.coordinator)
    assert (got.data, got.content_type) == (cleaned(io.BytesIO(JPEG), "image/jpeg")[0], "image/jpeg")
    assert b"Acme" in JPEG and b"Acme" not in got.data and b"Exif" not in got.data
    assert len(here.api("GET", f"/receipts/{receipt}", here.coordinator).json["photos"]) == 1


def test_a_program_counts_only_what_comes_to_its_own_door(here: State) -> None:
    buy = open_buy(here, point="door")
    buy.order(here.director, {"GLOVES": (20,)})
    buy.order(here.fellow, {"GLOVES": (30,)})
    buy.close()
    by_name = {one["deliver_to"].split(" (")[0]: one["id"] for one in orders_of(buy)}
    seen = here.api("GET", "/receiving", here.director).json["items"]
    assert [one["id"] for one in seen] == [by_name["Sunny Hill"]]
    assert count(here, by_name["Sunny Hill"], line(1, 2), by=here.director).status_code == 201
    theirs = count(here, by_name["Casa Luna"], line(1, 3), by=here.director)
    missing = count(here, here.director.program_id.__str__(), line(1, 3), by=here.director)
    assert (theirs.status_code, missing.status_code) == (404, 404)
    assert theirs.json["detail"] == missing.json["detail"]
    assert len(here.api("GET", "/receiving", here.coordinator).json["items"]) == 2


def test_a_contract_changed_after_the_close_changes_no_share(here: State) -> None:
    contract = make_contract(here)
    buy = open_buy(here, {"GLOVES": add_item(here, contract, "GLOVES")})
    buy.order(here.director, {"GLOVES": (60,)})
    buy.close()
    terms = {"number": secrets.token_hex(4), "title": "T", "minimum_cents": 10**9}
    changed = here.api("PUT", f"/contracts/{contract}", here.coordinator, json=terms, headers={"If-Match": '"1"'})
    assert changed.status_code == 200, changed.text
    count(here, first_order(buy), line(1, 5))
    finish(here, first_order(buy))
    assert arrived(buy, here.director)["shares"][0]["got"] == 50


def test_freight_follows_who_got_anything(here: State) -> None:
    buy = open_buy(here, shortage_policy="first_come", freight_cents=1000, freight_rule="equal")
    buy.order(here.director, {"GLOVES": (60,)})
    buy.order(here.fellow, {"GLOVES": (30,)})
    buy.close()
    count(here, first_order(buy), line(1, 6))
    finish(here, first_order(buy))
    assert [arrived(buy, one)["freight_cents"] for one in (here.director, here.fellow)] == [1000, 0]
    assert arrived(buy, here.fellow)["credit_cents"] == 12000 + 500


def test_another_state_sees_nothing_of_it(cast: Cast) -> None:
    here, there = cast.here, cast.there
    order = first_order(bought(here))
    assert count(here, order, line(1, 9), by=None).status_code == 201
    assert there.api("GET", f"/purchase-orders/{order}/receiving", there.coordinator).status_code == 404
    assert not there.api("GET", "/receiving", there.coordinator).json["items"]


def test_a_device_whose_clock_is_wrong_is_believed_only_within_reason(here: State) -> None:
    order = first_order(bought(here))
    for wrong in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"):
        answer = count(here, order, line(1, 1), counted_at=wrong)
        assert answer.status_code == 201, answer.text
        assert answer.json["counted_at"][:4] not in ("0001", "9999", "0000")
