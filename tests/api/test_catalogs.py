"""Contracts, vendors and items through the API: what is refused, what a purchase freezes, what can be corrected."""

import secrets
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from carepool.clock import now
from carepool.outbox import Actor
from carepool.purchasing.actions import catalogs, purchases
from tenants import lifecycle
from tenants.kits import load_kit
from tenants.scope import visiting
from tests.api.test_imports import rows_with
from tests.buying import add_item, draft, make_contract, make_item, open_buy
from tests.cast import Cast, State
from tests.importing import import_file

ITEM = {"sku": "S", "name": "Soap", "case_size": 10, "ladder": [[1, 4000]]}


def _add(state: State, contract: str, **facts: Any) -> Any:
    return state.api("POST", f"/contracts/{contract}/items", state.coordinator, json={**ITEM, **facts})


def _draft_of(state: State, *items: str, **terms: Any) -> str:
    purchase = draft(state, **terms)
    path = f"/purchases/{purchase}"
    wanted = [{"catalog_item_id": one, "baseline_kind": "vendor_list"} for one in items]
    assert state.api("POST", f"{path}/items", state.coordinator, json={"items": wanted}).status_code == 201
    assert state.api("POST", f"{path}/delivery-points", state.coordinator, json={"name": "Hall"}).status_code == 201
    return path


def _open(state: State, path: str) -> Any:
    return state.api("POST", f"{path}/open", state.coordinator)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"gtin": "036000291453"}, "gtin"),
        ({"gtin": "12345"}, "gtin"),
        ({"case_size": 0}, "case_size"),
        ({"case_size": -1}, "case_size"),
        ({"case_size": 2.5}, "case_size"),
        ({"ladder": [[1, 4000], [10, 4100]]}, "ladder[1]"),
        ({"ladder": [[1, 4000], [10, 4000]]}, "ladder[1]"),
        ({"ladder": [[2, 4000]]}, "ladder[0]"),
        ({"ladder": [[1, -1]]}, "ladder.0.1"),
        ({"price_basis": "percent_off", "ladder": [[1, 1000]]}, "list_cents"),
        ({"price_basis": "percent_off", "list_cents": 0, "ladder": [[1, 1000]]}, "list_cents"),
        ({"price_basis": "percent_off", "list_cents": 5000, "ladder": [[1, 1500], [10, 1000]]}, "ladder[1]"),
        ({"price_basis": "percent_off", "list_cents": 5000, "ladder": [[1, 10000]]}, "ladder[0]"),
        ({"valid_from": "2026-05-01", "valid_to": "2026-04-01"}, "valid_to"),
    ],
)
def test_an_item_that_cannot_be_sold_is_refused_naming_the_field(here: State, facts: Any, field: str) -> None:
    answer = _add(here, make_contract(here), **facts)
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json["errors"]] == [field]


def test_percent_off_list_becomes_whole_cents_when_the_purchase_opens(here: State) -> None:
    item = make_item(here, "P", price_basis="percent_off", list_cents=4990, ladder=[[1, 1000], [10, 1550]])
    assert here.api("GET", f"/catalog-items/{item}", here.director).json["ladder"] == [[1, 1000], [10, 1550]]
    path = _draft_of(here, item)
    assert _open(here, path).status_code == 200
    [frozen] = here.api("GET", f"{path}/items", here.coordinator).json["items"]
    # 4990 * 0.845 = 4216.55
    assert frozen["ladder"] == [[1, 4491], [10, 4217]]


def test_percents_that_no_longer_fall_in_cents_are_refused_at_opening(here: State) -> None:
    item = make_item(here, "P", price_basis="percent_off", list_cents=30, ladder=[[1, 1000], [10, 1050]])
    answer = _open(here, _draft_of(here, item))
    assert (answer.status_code, answer.json["type"]) == (409, "urn:carepool:problem:bad-ladder")
    assert "Item P (P): its price ladder cannot be used, ladder[1]" in answer.json["detail"]


def test_a_purchase_keeps_the_prices_that_it_opened_with(here: State) -> None:
    contract = make_contract(here)
    item = add_item(here, contract, "GLOVES")
    buy = open_buy(here, {"GLOVES": item})
    dearer = {**ITEM, "sku": "GLOVES", "ladder": [[1, 9900]], "list_cents": 9900, "case_size": 5}
    changed = here.api("PUT", f"/catalog-items/{item}", here.coordinator, json=dearer, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json["version"]) == (200, 2)
    import_file(here, b"SKU,Name,Case Size,Case Price\nGLOVES,Gloves,2,99.00\n", "catalog", contract_id=contract)
    [frozen] = here.api("GET", buy.path("/items"), here.coordinator).json["items"]
    assert (frozen["ladder"], frozen["case_size"]) == ([[1, 4000], [10, 3400]], 10)


def _today(state: State) -> Any:
    return now().astimezone(ZoneInfo(state.tenant.zone)).date()


@pytest.mark.parametrize(("first", "last", "opens"), [(0, 0, True), (None, -1, False), (1, None, False), (-3, 3, True)])
def test_an_item_outside_its_dates_cannot_be_opened(here: State, first: Any, last: Any, opens: bool) -> None:
    today = _today(here)
    dates = {
        name: (today + timedelta(days=days)).isoformat()
        for name, days in (("valid_from", first), ("valid_to", last))
        if days is not None
    }
    answer = _open(here, _draft_of(here, make_item(here, "D", **dates)))
    assert answer.status_code == (200 if opens else 409), answer.text
    if not opens:
        assert answer.json["detail"].startswith("Item D (D) is offered ")
        assert f"opens on {today:%a, %b} {today.day}, {today.year}" in answer.json["detail"]


def test_the_day_of_opening_is_that_of_the_states_calendar(here: State) -> None:
    """Colorado's 1 July begins at 06:00 UTC."""
    zone = ZoneInfo(here.tenant.zone)
    first = _today(here) + timedelta(days=10)
    midnight = datetime(first.year, first.month, first.day, tzinfo=zone)
    item = make_item(here, "Z", valid_from=first.isoformat())
    for opens_at, status in ((midnight - timedelta(minutes=1), 409), (midnight, 200)):
        terms = {"opens_at": opens_at.isoformat(), "closes_at": (midnight + timedelta(days=9)).isoformat()}
        assert _open(here, _draft_of(here, item, **terms)).status_code == status


def test_a_contract_outside_its_dates_and_all_faults_at_once(here: State) -> None:
    past = (_today(here) - timedelta(days=1)).isoformat()
    body = {"vendor_name": "V", "number": "OLD-1", "title": "T", "valid_to": past}
    contract = here.api("POST", "/contracts", here.coordinator, json=body).json["id"]
    items = [add_item(here, contract, sku) for sku in ("A", "B")]
    gone = make_item(here, "C")
    path = _draft_of(here, *items, gone)
    taken = here.api("DELETE", f"/catalog-items/{gone}", here.coordinator, headers={"If-Match": '"1"'})
    assert taken.json["gone_at"]
    answer = _open(here, path)
    assert answer.status_code == 409
    assert "contract OLD-1 holds to" in answer.json["detail"]
    assert "There are 2 more like this." in answer.json["detail"]
    assert [error["message"][:10] for error in answer.json["errors"]] == ["Item A (A)", "Item B (B)", "Item C (C)"]
    # each can be taken out, and then it opens
    good = make_item(here, "GOOD")
    wanted = {"items": [{"catalog_item_id": good, "baseline_kind": "vendor_list"}]}
    assert here.api("POST", f"{path}/items", here.coordinator, json=wanted).status_code == 201
    for one in here.api("GET", f"{path}/items", here.coordinator).json["items"]:
        if one["sku"] != "GOOD":
            assert here.api("DELETE", f"{path}/items/{one['id']}", here.coordinator).status_code == 204
    opened = _open(here, path)
    assert opened.status_code == 200, opened.text
    [left] = here.api("GET", f"{path}/items", here.coordinator).json["items"]
    assert here.api("DELETE", f"{path}/items/{left['id']}", here.coordinator).status_code == 409


def test_terms_of_a_draft_change_with_the_etag_that_was_read(here: State) -> None:
    path = f"/purchases/{draft(here)}"
    read = here.api("GET", path, here.coordinator)
    names = ("opens_at", "closes_at", "freight_cents", "counties")
    body = {**{name: read.json[name] for name in names}, "title": "Winter supplies", "freight_cents": 500}
    etag = {"If-Match": read.headers["ETag"]}
    assert here.api("PUT", path, here.coordinator, json=body).status_code == 428
    changed = here.api("PUT", path, here.coordinator, json=body, headers=etag)
    assert (changed.status_code, changed.json["title"], changed.json["version"]) == (200, "Winter supplies", 2)
    # the other device read before
    assert here.api("PUT", path, here.coordinator, json=body, headers=etag).status_code == 412
    wrong = {**body, "closes_at": body["opens_at"]}
    again = here.api("PUT", path, here.coordinator, json=wrong, headers={"If-Match": changed.headers["ETag"]})
    assert (again.status_code, again.json["errors"][0]["field"]) == (422, "closes_at")
    assert here.api("PUT", path, here.director, json=body, headers=etag).status_code == 403


def test_an_open_purchase_and_its_contracts_minimum_stay_as_they_are(here: State) -> None:
    contract = make_contract(here, minimum_cents=100)
    buy = open_buy(here, {"A": add_item(here, contract, "A")})
    etag = {"If-Match": '"1"'}
    terms = {"title": "T", "opens_at": "2026-01-01T00:00:00Z", "closes_at": "2036-01-01T00:00:00Z"}
    assert here.api("PUT", buy.path(), here.coordinator, json=terms, headers=etag).status_code == 409
    path = f"/contracts/{contract}"
    body = {"number": "K-1b", "title": "Supplies", "minimum_cents": 200}
    refused = here.api("PUT", path, here.coordinator, json=body, headers=etag)
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (409, "minimum_cents")
    taken = here.api("PUT", path, here.coordinator, json={**body, "minimum_cents": 100}, headers=etag)
    assert (taken.status_code, taken.json["number"], taken.headers["ETag"]) == (200, "K-1b", '"2"')
    assert here.api("PUT", path, here.coordinator, json=body, headers=etag).status_code == 412


def test_a_vendor_of_the_directory_is_found_and_named_in_a_contract(cast: Cast) -> None:
    there = cast.there
    make_contract(there, vendor="100% Clean_Hands Cooperative")
    here = cast.here
    found = here.api("GET", "/vendors?words=clean_hands", here.coordinator).json["items"]
    assert {vendor["name"] for vendor in found} == {"100% Clean_Hands Cooperative"}
    assert here.api("GET", "/vendors?words=clean-hands", here.coordinator).json["items"] == []
    body = {"vendor_id": found[0]["id"], "number": "N-1", "title": "T"}
    assert here.api("POST", "/contracts", here.coordinator, json=body).status_code == 201
    assert here.api("GET", "/vendors", here.director).status_code == 403


def test_prices_in_a_catalog_file_are_imported_whole_and_changes_are_told_by_each(here: State) -> None:
    contract = make_contract(here)
    head = "SKU,Name,Case Size,Case Price,Price 10+,List Price,Discount %,Valid from,Valid to,Taxable\n"
    first = (
        head
        + "A,Gloves,10,40.00,34.00,,,1/1/2026,12/31/2026,N\nB,Soap,4,,,20.00,10,,,Y\nC,Bad,0,5,,,,,,\nD,Up,1,5,6,,,,,\n"
    )
    one = import_file(here, first.encode(), "catalog", contract_id=contract)
    assert one["counts"] == {"new": 2, "changed": 0, "same": 0, "gone": 0, "refused": 2}
    assert [row["row"] for row in rows_with(here, one, "refused")] == [4, 5]
    items = here.api("GET", f"/contracts/{contract}/items", here.director).json["items"]
    names = ("sku", "price_basis", "ladder", "list_cents", "valid_from", "valid_to", "taxable")
    assert [[item[name] for name in names] for item in items] == [
        ["A", "firm", [[1, 4000], [10, 3400]], None, "2026-01-01", "2026-12-31", False],
        ["B", "percent_off", [[1, 1000]], 2000, None, None, True],
    ]
    assert import_file(here, first.encode(), "catalog", contract_id=contract)["counts"]["same"] == 2
    second = first.replace("34.00", "35.70").replace("20.00,10,", "20.00,19,").replace("C,Bad,0,5", "C,Bad,1,5")
    two = import_file(here, second.encode(), "catalog", contract_id=contract)
    assert {row["key"]: row["note"] for row in rows_with(here, two, "changed")} == {
        "A": "from 10 cases: real price up 5 %",
        "B": "real price down 10 %",
    }


def test_a_state_provisioned_a_moment_ago_opens_its_first_purchase(here: State) -> None:
    """The registry that a process keeps does not know the state yet."""
    here.api("GET", "/me", here.coordinator)
    code = f"t{secrets.token_hex(5)}"
    by, at = Actor.operator(), now()
    with here.app.app_context():
        tenant = lifecycle.provision(load_kit("co"), [f"{code}.localhost"], code=code)
    with visiting(tenant.scope, here.app):
        contract = catalogs.make_contract(by, {"vendor_name": "V", "number": "1", "title": "T"})
        item = catalogs.add_catalog_item(by, contract.id, dict(ITEM))
        terms = {"title": "T", "opens_at": at, "closes_at": at + timedelta(days=1)}
        purchase = purchases.draft_purchase(by, terms)
        purchases.add_delivery_point(by, purchase.id, {"name": "Hall"})
        purchases.add_items(by, purchase.id, [{"catalog_item_id": item.id, "baseline_kind": "vendor_list"}])
        assert purchases.open_purchase(by, purchase.id).number
