"""The JSON routes of desks: a vendor's at its own host, a state's of its vendors."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from carepool.clock import now
from carepool.identity import actions
from carepool.outbox import Actor
from tests.buying import add_item, make_contract, work
from tests.cast import State
from tests.desks import Desk, colleague, desk_of, shown_order
from tests.ordering import VENDOR
from workers.sweeps import SWEEPS

LATER = (now().date() + timedelta(days=45)).isoformat()


def _limited(desk: Desk, *scopes: str) -> Any:
    """The administrator with a token that may do so much."""
    at = now()
    with desk.scope():
        person = desk.administrator.id
        token = actions.issue_api_token(Actor.operator(), person, scopes, "", at + timedelta(days=1), at)
    return replace(desk.administrator, token=str(token))


def test_a_token_reads_acknowledges_and_answers_an_order_once_a_key(here: State) -> None:
    desk, own, order = shown_order(here)
    [listed] = desk.api("GET", f"/desk/orders?state={here.tenant.code}&standing=new").json["items"]
    assert (listed["id"], listed["state"], listed["total_cents"]) == (str(order), here.tenant.code, 8000)
    whole = desk.api("GET", f"/desk/orders/{order}").json
    assert [one["sku"] for one in whole["document"]["lines"]] == ["GLOVES"] and whole["document"]["link"] == ""
    work(here)
    assert own.deliveries()[0]["state"] == "opened"
    assert desk.api("POST", f"/desk/orders/{order}/acknowledge").status_code == 202
    body = {"lines": [{"line": 1, "status": "IQ", "cases": 1}], "note": "One is left."}
    for _ in range(2):
        answer = desk.api("POST", f"/desk/orders/{order}/answers", json=body, headers={"Idempotency-Key": "a"})
        assert answer.status_code == 202 and answer.json["state"] == "waiting"
    assert len(desk.api("GET", f"/desk/orders/{order}").json["waiting"]) == 1
    work(here)
    whole = desk.api("GET", f"/desk/orders/{order}").json
    assert (whole["standing"], whole["said"]["1"][:2], whole["decided"]) == ("answered", ["IQ", 1], {"1": "waiting"})


def test_an_answer_that_cannot_be_names_its_field(here: State) -> None:
    desk, _, order = shown_order(here)
    body = {"lines": [{"line": 7}]}
    answer = desk.api("POST", f"/desk/orders/{order}/answers", json=body)
    assert answer.status_code == 422 and answer.json["errors"][0]["field"] == "code.7"


def test_a_token_does_no_more_than_its_scopes_and_staff_change_no_people(here: State) -> None:
    desk, _, order = shown_order(here)
    reader = _limited(desk, "desk:read")
    assert desk.api("GET", "/desk/orders", reader).status_code == 200
    assert desk.api("POST", f"/desk/orders/{order}/acknowledge", reader).status_code == 403
    assert desk.api("GET", "/desk/people", colleague(desk)).status_code == 403
    body = {"email": "nina@vendor.example", "name": "Nina"}
    made = desk.api("POST", "/desk/people", json=body)
    assert made.status_code == 201 and made.json["role"] == "desk_staff"
    change = {"role": "desk_administrator", "enabled": False}
    assert desk.api("PUT", f"/desk/people/{made.json['id']}", json=change).json["disabled_at"]


def test_a_state_gives_a_desk_and_decides_about_prices_through_the_api(here: State) -> None:
    contract = make_contract(here, vendor=VENDOR)
    item = add_item(here, contract, "GLOVES")
    path = f"/contracts/{contract}/desk"
    assert here.api("GET", path, here.coordinator).status_code == 404
    bad = here.api("POST", path, here.coordinator, json={"name": "", "email": "x"})
    assert bad.status_code == 422 and {one["field"] for one in bad.json["errors"]} == {"name", "email"}
    given = here.api("POST", path, here.coordinator, json={"name": "Sal", "email": "sales@vendor.example"})
    assert given.status_code == 202, given.text
    work(here)
    read = here.api("GET", path, here.coordinator)
    assert read.json["address"].endswith("/desk") and read.headers["ETag"] == '"1"'
    settings = {"shown": True, "notice_days": 5, "shares_forecast": True}
    changed = here.api("PUT", path, here.coordinator, json=settings, headers={"If-Match": '"1"'})
    assert changed.status_code == 200 and changed.json["notice_days"] == 5
    stale = here.api("PUT", path, here.coordinator, json=settings, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    desk = desk_of(here, contract)
    with here.scope():
        SWEEPS["show_catalogs"]()
    body = {"effective_on": LATER, "prices": [{"item_id": item, "price_cents": 4100}]}
    for decision, sent in (("accept", None), ("decline", {"reason": "Too much."})):
        made = desk.api("POST", "/desk/price-proposals", json=body).json["id"]
        decided = here.api("POST", f"/price-proposals/{made}/{decision}", here.coordinator, json=sent)
        assert decided.status_code == 200, decided.text
        assert decided.json["lines"][0]["ladder"] == [[1, 4100], [10, 3400]]
        again = here.api("POST", f"/price-proposals/{made}/{decision}", here.coordinator, json=sent)
        assert again.status_code == 409
    states = [one["state"] for one in here.api("GET", "/price-proposals", here.coordinator).json["items"]]
    assert states == ["declined", "accepted"]
    assert here.api("GET", "/price-proposals", here.director).status_code == 403


def test_scorecard_and_forecast_are_empty_before_anything_was_counted(here: State) -> None:
    desk = desk_of(here)
    card = desk.api("GET", "/desk/scorecard").json
    assert card["whole"]["fill_rate"] is None and card["quarters"] == card["states"] == []
    assert desk.api("GET", "/desk/forecast").json == {"items": []}
    contract = make_contract(here, vendor=VENDOR)
    assert here.api("GET", f"/contracts/{contract}/scorecard", here.coordinator).json["quarters"] == []
