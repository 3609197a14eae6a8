"""Evidence of prices: documents by content, proofs in cents, history, and nothing changes once a purchase is settled."""

import io
import zipfile
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from carepool.outbox import Activity, Actor
from carepool.purchasing.actions.closing import compute_close
from carepool.purchasing.models.closings import Saving
from carepool.purchasing.models.purchases import Purchase, PurchaseState
from carepool.purchasing.savings.models import Evidence, ItemSaving
from tenants.database import db
from tests.buying import Buy, add_item, draft, make_contract, make_item, open_buy
from tests.cast import Cast, State
from tests.isolation.factories import show_price

_PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


def _file(content: bytes, name: str = "x.bin") -> tuple[io.BytesIO, str]:
    return io.BytesIO(content), name


def _workbook(*names: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in ("[Content_Types].xml", *names):
            archive.writestr(name, "<x/>")
    return made.getvalue()


def _proof(buy: Buy, sku: str = "GLOVES") -> str:
    found = buy.state.api("GET", buy.path("/proofs"), buy.state.coordinator).json["items"]
    return {one["sku"]: str(one["proof"]) for one in found}[sku]


def _closed(state: State, **more: Any) -> Buy:
    buy = open_buy(state, **more)
    buy.order(state.director, {"GLOVES": (20,)})
    buy.order(state.fellow, {"GLOVES": (10,)})
    buy.close()
    return buy


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7", "application/pdf"),
        (_PNG, "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF0000WEBPVP8 ", "image/webp"),
        (_workbook("xl/workbook.xml"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("item;price\nGuantes ñ;50\n".encode(), "text/csv; charset=utf-8"),
    ],
)
def test_a_document_is_known_by_its_content_and_given_back_as_it_was(here: State, content: bytes, kind: str) -> None:
    buy = open_buy(here)
    made = show_price(here, buy.id, buy.items["GLOVES"], file=_file(content))
    assert made.status_code == 201, made.text
    with here.api("GET", f"/baseline-evidence/{made.json['id']}/file", here.coordinator) as answer:
        assert (answer.data, answer.content_type) == (content, kind)
        assert answer.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"MZ a program",
        b"<html,>a</html>",
        b"one word",
        b"a,b\0c",
        b"\xff\xfe\xfa,b",
        b"PK\x03\x04 not whole",
        _workbook("word/document.xml"),
        _workbook("xl/workbook.xml", "xl/vbaProject.bin"),
        b"%PDF-" + b"0" * (10 << 20),
    ],
)
def test_what_is_no_document_is_refused_and_nothing_is_kept(here: State, content: bytes) -> None:
    buy = open_buy(here)
    answer = show_price(here, buy.id, buy.items["GLOVES"], file=_file(content, "list.pdf"))
    assert answer.status_code == 422 and [one["field"] for one in answer.json["errors"]] == ["file"], answer.text
    assert here.api("GET", buy.path("/evidence"), here.coordinator).json["items"] == []


def test_a_price_is_proved_by_its_own_kind_and_by_no_lower_one(here: State) -> None:
    buy = open_buy(here)
    item = buy.items["GLOVES"]
    assert _proof(buy) == "none"
    quote = {"kind": "dated_quote", "vendor_name": "Other Supply", "price_cents": 4200, "file": _file(_PNG)}
    assert show_price(here, buy.id, item, **quote).status_code == 201
    assert _proof(buy) == "none"  # of another kind
    higher = show_price(here, buy.id, item, price_cents=5100)
    assert higher.status_code == 201 and _proof(buy) == "proved"
    lower = show_price(here, buy.id, item, price_cents=4999)
    assert _proof(buy) == "lower"
    path = f"/baseline-evidence/{lower.json['id']}/withdrawal"
    assert here.api("POST", path, here.coordinator, json={"reason": ""}).status_code == 422
    for why in ("An old list.", "Another reason."):
        back = here.api("POST", path, here.coordinator, json={"reason": why})
        assert back.status_code == 200 and back.json["withdrawn_why"] == "An old list."
    assert _proof(buy) == "proved"
    with here.scope():
        verbs = [
            one.verb for one in db.session.scalars(select(Activity).order_by(Activity.id)) if "evidence" in one.verb
        ]
    assert verbs == ["evidence.added"] * 3 + ["evidence.withdrawn"]


def test_a_document_sent_twice_is_kept_once(here: State) -> None:
    buy = open_buy(here)
    first, again = (show_price(here, buy.id, buy.items["GLOVES"]) for _ in range(2))
    assert first.json["id"] == again.json["id"]
    assert len(here.api("GET", buy.path("/evidence"), here.coordinator).json["items"]) == 1


def test_a_quote_names_its_vendor_and_its_price_and_no_day_to_come(here: State) -> None:
    buy = open_buy(here)
    answer = show_price(here, buy.id, buy.items["GLOVES"], kind="dated_quote", whole_contract="true", day="2999-01-01")
    assert answer.status_code == 422
    assert {one["field"] for one in answer.json["errors"]} == {"vendor_name", "price_cents", "whole_contract", "day"}


def test_one_document_can_hold_for_a_whole_contract(here: State) -> None:
    contract = make_contract(here)
    offered = {sku: add_item(here, contract, sku) for sku in ("SOAP", "WIPES")} | {"GLOVES": make_item(here)}
    buy = open_buy(here, offered)
    answer = show_price(here, buy.id, buy.items["SOAP"], whole_contract="true", price_cents=5000)
    assert {(one["item_id"], one["price_cents"]) for one in answer.json["items"]} == {
        (buy.items["SOAP"], 5000),
        (buy.items["WIPES"], None),
    }
    assert [_proof(buy, sku) for sku in ("SOAP", "WIPES", "GLOVES")] == ["proved", "proved", "none"]


def test_an_item_taken_out_of_a_draft_takes_its_links_along(here: State) -> None:
    purchase = draft(here)
    body = {"items": [{"catalog_item_id": make_item(here), "baseline_kind": "vendor_list"}]}
    path = f"/purchases/{purchase}/items"
    item = here.api("POST", path, here.coordinator, json=body).json["items"][0]["id"]
    assert show_price(here, purchase, item).status_code == 201
    assert here.api("DELETE", f"{path}/{item}", here.coordinator).status_code == 204
    [left] = here.api("GET", f"/purchases/{purchase}/evidence", here.coordinator).json["items"]
    assert left["items"] == []


def _settle(buy: Buy) -> None:
    with buy.state.scope():
        own = update(Purchase).where(Purchase.id == UUID(buy.id))
        db.session.execute(own.values(state=PurchaseState.SETTLED))


def _rows(state: State) -> list[Any]:
    with state.scope():
        return [
            [
                {column.name: getattr(row, column.name) for column in model.__table__.columns}
                for row in db.session.scalars(select(model).order_by(*model.__table__.primary_key))
            ]
            for model in (Saving, ItemSaving, Evidence)
        ]


def test_nothing_changes_once_a_purchase_is_settled(here: State) -> None:
    buy = _closed(here)
    made = show_price(here, buy.id, buy.items["GLOVES"]).json
    _settle(buy)
    before = _rows(here)
    late = show_price(here, buy.id, buy.items["GLOVES"], price_cents=6000)
    back = here.api("POST", f"/baseline-evidence/{made['id']}/withdrawal", here.coordinator, json={"reason": "R"})
    assert (late.status_code, back.status_code) == (409, 409)
    assert late.json["type"] == back.json["type"] and "settled" in late.json["detail"]
    assert here.api("POST", buy.path("/close"), here.coordinator).status_code == 409
    assert here.api("POST", buy.path("/cancel"), here.coordinator).status_code == 409
    with here.scope():
        compute_close(Actor.task(), UUID(buy.id))
    assert _rows(here) == before
    page = here.browser(here.coordinator).submit(f"/purchases/{buy.id}/evidence/{buy.items['GLOVES']}", "GET").text
    assert "Its evidence does not change any more" in page and 'type="file"' not in page


def test_only_coordinators_of_the_state_see_and_add_evidence(cast: Cast) -> None:
    here = cast.here
    buy, other = open_buy(here), open_buy(cast.there)
    made = show_price(here, buy.id, buy.items["GLOVES"]).json
    for path in (buy.path("/evidence"), buy.path("/proofs"), f"/baseline-evidence/{made['id']}/file"):
        assert here.api("GET", path, here.director).status_code == 403
        assert cast.there.api("GET", path, cast.there.coordinator).status_code == 404
    assert show_price(here, buy.id, other.items["GLOVES"]).status_code == 404
    assert show_price(here, buy.id, open_buy(here).items["GLOVES"]).status_code == 404


def test_the_coordinator_adds_and_takes_back_a_document_on_pages(here: State) -> None:
    buy, browser = _closed(here), here.browser(here.coordinator)
    path = f"/purchases/{buy.id}/evidence/{buy.items['GLOVES']}"
    typed = {"kind": "vendor_list", "day": "2026-02-01", "source": "Page 4", "price_cents": "50.00"}
    refused = browser.submit(path, "POST", typed)
    assert refused.status_code == 422 and 'value="Page 4"' in refused.text and "Choose the file." in refused.text
    assert "No evidence" in browser.submit(f"/purchases/{buy.id}/evidence", "GET").text
    assert browser.submit(path, "POST", {**typed, "file": _file(b"%PDF-1.4", "list.pdf")}).status_code == 302
    listed = browser.submit(f"/purchases/{buy.id}/evidence", "GET").text
    assert "Proved" in listed and "$30.00" in listed
    [row] = here.api("GET", f"/purchases/{buy.id}/evidence", here.coordinator).json["items"]
    document = f"/baseline-evidence/{row['id']}"
    assert row["sha256"] in browser.submit(document, "GET").text
    assert browser.submit(document, "POST", {"reason": " "}).status_code == 422
    assert browser.submit(document, "POST", {"reason": "The wrong page"}).status_code == 302
    shown = browser.submit(path, "GET").text
    assert "Taken back: The wrong page" in shown and "No evidence" in shown
