"""A vendor's order that comes to nothing: told once by its own channel, and nothing can happen on it any more."""

import io
import threading
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from carepool.clock import now
from carepool.outbox import Activity, OutboxRow
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.savings.procurement_facts import canceled_of
from carepool.vendors.deliveries.models import OrderDelivery, OrderStage
from carepool.vendors.inbox.models import ExpectedShipment
from tenants.database import db
from tests.buying import add_item, make_contract, open_buy, work
from tests.canceling import (
    SECOND,
    attached,
    canceled,
    edit,
    letters,
    no_gloves,
    preview,
    sent,
    text_of,
    two_vendors,
    vendor,
    wish,
)
from tests.cast import State, posted
from tests.inbox import listening
from tests.isolation.factories import how_bought
from tests.ordering import VENDOR, Ordered, closed, link_in, link_to, sets_terms, steps
from tests.receiving import count, finish, line, orders_of
from tests.settling import bill, settle, standing
from tests.unit.vendors.schemas import assert_cxml
from tests.unit.vendors.test_canceled_orders import assert_cancellation
from tests.vendor_files import acknowledgment, ship_notice, table


def _messages(state: State) -> int:
    with state.scope():
        return db.session.scalar(select(func.count()).select_from(OrderDelivery)) or 0


def _past_cut_off(state: State) -> None:
    with state.scope():
        db.session.execute(update(OrderDelivery).values(cutoff_at=now() - timedelta(minutes=1)))


def _brings(client: Any, path: str, content: bytes, to: str = "file", name: str = "answer.x12") -> Any:
    form = {"file": (io.BytesIO(content), name)}
    return posted(client, f"{path}/{to}", form, page=f"{path}/order")


def test_the_last_case_taken_away_cancels_the_order_and_its_vendor_is_told_once(app: Flask, here: State) -> None:
    own = two_vendors(here)
    old = link_in(text_of(letters(sent(app, own))[0]))
    seen = preview(own, wish(own, here.director, 0), wish(own, here.fellow, 0)).json
    [line_] = seen["difference"]["lines"]
    assert line_["cases"] == [4, 0] and seen["cancels"] == [vendor(own)["vendor_id"]] and not seen["asks_vendor"]
    inbox = canceled(app, own)
    [letter] = letters(inbox)
    assert str(letter["Subject"]).strip().startswith(f"CANCELED: purchase order {own.buy.number}")
    text = text_of(letter)
    assert "This order is CANCELED. Deliver nothing of it" in text and "Please deliver" not in text
    [(name, content)] = attached(letter).items()
    assert name == f"{own.buy.number}-v2-canceled.csv" and b"CANCELED: Item GLOVES" in content
    assert not letters(inbox, "second@vendor.example"), "whose order stands hears nothing"
    told = vendor(own)
    assert (told["canceled"], told["sent"], told["total_cents"]) == (True, True, 0)
    [message] = told["deliveries"]
    assert (message["cancels"], message["version"], message["deliver_on"]) == (True, 2, None)
    assert [stage for stage, _ in steps(here, message["id"])] == ["queued", "sending", "sent"]
    before = _messages(here)
    with listening(app) as again:
        assert own.send().json["queued"] == 0
        work(here)
    assert not again.letters and _messages(here) == before
    assert own.purchase_state() == "ordered"
    client, path = here.client(), link_in(text)
    assert "An order of yours is canceled" in client.get(path).text
    posted(client, path)
    page = client.get(f"{path}/order").text
    assert "This order is canceled" in page and "Send the answer" not in page
    assert posted(client, f"{path}/acknowledge", page=f"{path}/order").status_code == 302
    assert vendor(own)["deliveries"][0]["state"] == "acknowledged"
    posted(client, old)
    assert "This order is canceled" in client.get(f"{old}/order").text, "the letter before says it, too"
    for one in (old, path):
        refused = posted(client, f"{one}/answer", {"code.1": "accept"}, page=f"{one}/order")
        assert refused.status_code == 409 and "This order is canceled" in refused.text


def test_a_program_that_is_withdrawn_takes_the_order_with_it(app: Flask, here: State) -> None:
    own = closed(here, wanted=30)
    sent(app, own)
    with listening(app) as inbox:
        gone = {"program_id": str(here.director.program_id), "withdrawn": True}
        assert edit(own, gone).status_code == 202
        work(here)
        assert any("You pay $0.00 instead of $120.00." in one for one in inbox.texts(here.director.email))
        assert len(letters(inbox)) == 1
    assert vendor(own)["canceled"] and own.buy.result(here.director)["total_cents"] == 0
    with here.scope():
        verbs = list(db.session.scalars(select(Activity.verb).where(Activity.subject_id == UUID(own.buy.id))))
    assert verbs.count("purchase.order_canceled") == 1
    page = here.browser(here.coordinator).submit(own.buy.path("/vendor-orders"), "GET").text
    assert "Nothing is ordered from this vendor any more." in page


@pytest.mark.parametrize("said", ["yes", "no"])
def test_past_the_cut_off_it_is_asked_whether_the_whole_order_may_go(app: Flask, here: State, said: str) -> None:
    own = two_vendors(here)
    sent(app, own)
    _past_cut_off(here)
    with listening(app) as inbox:
        made = no_gloves(own)
        assert made.json["state"] == "asking"
        work(here)
    [letter] = letters(inbox)
    assert "we ask you to cancel the whole order" in text_of(letter)
    [question] = here.api("GET", own.buy.path("/order-questions"), here.coordinator).json["items"]
    assert question["cancels"] and question["total_cents"] == [16000, 0]
    client, path = here.client(), link_in(text_of(letter))
    posted(client, path)
    page = client.get(f"{path}/order").text
    assert "The buyer asks to cancel the whole order" in page and "Yes, cancel the order" in page
    with listening(app) as inbox:
        posted(client, f"{path}/change", {"question": question["id"], "said": said}, page=f"{path}/order")
        work(here)
        assert len(letters(inbox)) == (1 if said == "yes" else 0)
    assert vendor(own)["canceled"] is (said == "yes")


def test_what_was_canceled_is_not_ordered_again_in_this_purchase(app: Flask, here: State) -> None:
    own = two_vendors(here)
    sent(app, own)
    canceled(app, own)
    refused = preview(own, wish(own, here.director, 10))
    assert refused.status_code == 409 and "was canceled, and its vendor knows" in refused.json["detail"]
    assert preview(own, wish(own, here.director, 10, "PENS")).status_code == 200, "the other vendor's order stands"


def test_a_vendor_that_never_had_its_order_is_told_nothing(app: Flask, here: State) -> None:
    own = two_vendors(here)
    inbox = canceled(app, own)
    assert not letters(inbox) and vendor(own) == {} and vendor(own, SECOND)["vendor"] == SECOND
    assert preview(own, wish(own, here.director, 10)).status_code == 200, "it can be ordered yet"
    assert edit(own, wish(own, here.director, 10), version=2).status_code == 202
    work(here)
    with listening(app) as inbox:
        own.send()
        work(here)
    [letter] = letters(inbox)
    assert "CANCELED" not in str(letter["Subject"])


def test_a_vendor_ordered_from_by_hand_is_told_by_a_person_who_writes_it_down(app: Flask, here: State) -> None:
    own = two_vendors(here, channel="hand", mail_to=[])
    browser, path = here.browser(here.coordinator), own.buy.path("/vendor-orders")
    by_hand = {"vendor": vendor(own)["vendor_id"], "note": "By phone with Ms. Lee"}
    assert browser.submit(f"{path}/by-hand", "POST", by_hand).status_code == 302
    inbox = canceled(app, own)
    assert not letters(inbox)
    page = browser.submit(path, "GET").text
    assert "Tell it yourself that its order is canceled" in page and "I told it myself" in page
    assert browser.submit(f"{path}/by-hand", "POST", {**by_hand, "note": "Ms. Lee knows"}).status_code == 302
    told = vendor(own)
    assert told["sent"] and [one["cancels"] for one in told["deliveries"]] == [True]
    assert "Ms. Lee knows" in [proof for _, proof in steps(here, told["deliveries"][0]["id"])]


def test_a_ubl_vendor_gets_an_order_cancellation_for_each_place(app: Flask, here: State) -> None:
    boxes = {"our_mailbox": "0060:123456789", "vendor_mailbox": "0060:987654321"}
    own = closed(here, wanted=30, format="ubl", **boxes)
    sent(app, own)
    with listening(app) as inbox:
        edit(own, wish(own, here.director, 0))
        work(here)
    [letter] = letters(inbox)
    [(name, content)] = attached(letter).items()
    assert name == f"{own.buy.number}-01-v2-canceled.xml"
    root = assert_cancellation(content)
    assert root.findtext("{*}OrderReference/{*}ID") == f"{own.buy.number}-01"


def test_a_ubl_vendor_hears_of_a_place_at_which_nothing_is_ordered_any_more(app: Flask, here: State) -> None:
    contract = make_contract(here, vendor=VENDOR)
    sets_terms(here, contract, format="ubl", our_mailbox="0060:123456789", vendor_mailbox="0060:987654321")
    buy = open_buy(here, {"GLOVES": add_item(here, contract, "GLOVES")}, second_point="North gate")
    own = Ordered(buy, contract)
    buy.order(here.director, {"GLOVES": (30,)})
    body = {"delivery_point_id": buy.points[1], "place": True,
            "lines": [{"item_id": buy.items["GLOVES"], "wanted": 20}]}  # fmt: skip
    path, fresh = buy.path(f"/orders/{here.fellow.program_id}"), {"If-None-Match": "*"}
    assert here.api("PUT", path, here.fellow, json=body, headers=fresh).status_code == 201
    buy.close()
    first = {name.rpartition("-v")[0] for name in attached(letters(sent(app, own))[0])}
    assert first == {f"{buy.number}-01", f"{buy.number}-02"}
    with listening(app) as inbox:
        edit(own, wish(own, here.fellow, 0))
        work(here)
    [letter] = letters(inbox)
    assert "CANCELED" not in str(letter["Subject"]), "the order stands, for one place less"
    files = attached(letter)
    [gone] = [name for name in files if name.endswith("-canceled.xml")]
    assert len(files) == 2 and assert_cancellation(files[gone]) is not None
    kept = next(name for name in files if name != gone)
    assert gone.rpartition("-v")[0] in first and kept.rpartition("-v")[0] != gone.rpartition("-v")[0]


def test_a_ship_notice_for_it_is_refused_with_the_reason_and_a_yes_acknowledges_it(app: Flask, here: State) -> None:
    own = two_vendors(here)
    old = link_in(text_of(letters(sent(app, own))[0]))
    path = link_in(text_of(letters(canceled(app, own))[0]))
    number = str(own.buy.number)
    client = here.client()
    for one in (old, path):
        posted(client, one)
        refused = _brings(client, one, ship_notice(number, 4), name="ship.csv")
        assert refused.status_code == 422 and "was canceled: nothing of it is wanted" in refused.text, refused.text
    with here.scope():
        assert not db.session.scalar(select(func.count()).select_from(ExpectedShipment))
    assert vendor(own)["deliveries"][0]["acknowledged_at"] is None
    no = _brings(client, path, acknowledgment(number, (1, 4, ["ACK*IQ*2*CA"])))
    assert no.status_code == 409 and "This order is canceled" in no.text
    assert _brings(client, path, acknowledgment(number, (1, 4, ["ACK*IA*4*CA"]))).status_code == 302
    assert vendor(own)["deliveries"][0]["state"] == "acknowledged"
    assert here.api("GET", own.buy.path("/proposals"), here.coordinator).json["items"] == []


def test_an_invoice_for_it_waits_for_a_person_and_the_rest_is_received_and_settled(app: Flask, here: State) -> None:
    own = two_vendors(here)
    sent(app, own)
    canceled(app, own)
    buy = own.buy
    gone = next(one for one in standing(buy)["vendors"] if one["vendor"] == VENDOR)
    assert gone["ordered_cents"] == 0 and gone["canceled"]
    order = next(one for one in orders_of(buy) if one["deliver_to"])
    assert count(here, order["id"], line(1, 2)).status_code == 201
    assert finish(here, order["id"]).status_code == 200
    work(here)
    second = next(one for one in standing(buy)["vendors"] if one["vendor"] == SECOND)
    billed = [
        {"purchase_order_id": one["order_id"], "line": one["line"], "eaches": one["received_eaches"],
         "amount_cents": one["received_cents"]}
        for one in second["lines"]
    ]  # fmt: skip
    assert bill(buy, *billed, vendor=second["vendor_id"]).json["state"] == "matched"
    late = bill(buy, {"sku": "GLOVES", "amount_cents": 16000}, vendor=gone["vendor_id"])
    assert (late.status_code, late.json["state"]) == (201, "to_decide")
    assert "canceled" in [one["reason"] for one in late.json["differences"]]
    assert "the whole order of this vendor was canceled" in late.json["differences"][0]["sentence"]
    waits = settle(buy)
    assert waits.status_code == 409 and "Decide first" in waits.json["detail"]
    tag = {"If-Match": here.api("GET", f"/vendor-invoices/{late.json['id']}", here.coordinator).headers["ETag"]}
    body = {"state": "accepted", "reason": "Half of it had left"}
    done = here.api("PUT", f"/vendor-invoices/{late.json['id']}", here.coordinator, json=body, headers=tag)
    assert done.status_code == 200, done.text
    assert next(one for one in standing(buy)["vendors"] if one["vendor"] == VENDOR)["billed_cents"] == 16000
    page = here.browser(here.coordinator).submit(buy.path("/settlement"), "GET").text
    assert f"{VENDOR} (canceled)" in page
    assert settle(buy).status_code == 202
    found = standing(buy)
    assert found["settlement"]["settled_at"] and found["sums"]["owner_cents"] == 16000


def test_a_purchase_of_which_nothing_is_left_is_settled_without_goods(app: Flask, here: State) -> None:
    own = closed(here, wanted=30)
    order = orders_of(own.buy)[0]["id"]
    sent(app, own)
    with listening(app):
        edit(own, wish(own, here.director, 0))
        work(here)
    refused = count(here, order, line(1, 3))
    assert refused.status_code == 409 and "was canceled" in refused.json["detail"]
    assert own.purchase_state() == "ordered"
    page = here.browser(here.coordinator).submit(own.buy.path("/settlement"), "GET").text
    assert "Settle this purchase" in page and "Not ready to settle" not in page
    assert settle(own.buy).status_code == 202
    assert own.purchase_state() == "settled" and standing(own.buy)["sums"]["programs_cents"] == 0


def test_versions_and_the_procurement_file_show_it(app: Flask, here: State) -> None:
    own = two_vendors(here)
    sent(app, own)
    canceled(app, own)
    found = here.api("GET", own.buy.path("/order-differences?from=1&to=2"), here.coordinator).json["items"]
    gone = next(one for one in found if one["vendor"] == VENDOR)
    assert gone["canceled"] and gone["total_cents"] == [16000, 0]
    assert [one["change"] for one in gone["lines"]] == ["removed"]
    page = here.browser(here.coordinator).submit(own.buy.path("/order-versions"), "GET").text
    assert "Canceled" in page
    path = own.buy.path("/procurement")
    kept = here.api("PUT", path, here.coordinator, json=how_bought(8000), headers={"If-None-Match": "*"})
    assert kept.status_code == 200, kept.text
    made = here.api("POST", own.buy.path("/procurement-files"), here.coordinator, json={"language": "en"})
    assert made.status_code == 202, made.text
    work(here)
    with here.scope() as session:
        facts = canceled_of(session.get_one(Purchase, (here.tenant.id, UUID(own.buy.id))))
    assert [(one["vendor"], one["ordered_cents"], one["version"]) for one in facts] == [(VENDOR, 16000, 1)]


def test_what_was_taken_back_and_asked_for_again_is_sent_again(app: Flask, here: State) -> None:
    """A message that says the same as an older one is no message that the vendor has, where another came in between."""
    own = closed(here, wanted=30)
    sent(app, own)
    for version, wanted in ((1, 10), (2, 30)):
        with listening(app) as inbox:
            edit(own, wish(own, here.director, wanted), version=version)
            work(here)
        [letter] = letters(inbox)
        assert f"version {version + 1}" in str(letter["Subject"])
    assert [one["version"] for one in own.deliveries()] == [3]


def test_the_documents_behind_the_link_name_the_version_that_the_vendor_has(app: Flask, here: State) -> None:
    own = two_vendors(here)
    sent(app, own)
    with listening(app):
        # another version, in which nothing differs for this vendor
        edit(own, wish(own, here.director, 10, "PENS"))
        work(here)
    canceled(app, own, version=2)
    path = link_to(here, UUID(vendor(own)["deliveries"][0]["id"]))
    client = here.client()
    posted(client, path)
    root = assert_cxml(client.get(f"{path}/document?format=cxml").data, "cXML")
    head = root.find(".//OrderRequestHeader")
    assert head is not None and (head.get("type"), head.get("orderVersion")) == ("delete", "3")
    assert head.find("DocumentReference").get("payloadID") == f"{own.buy.number}.1@carepool"  # type: ignore[union-attr]


def test_a_vendor_that_may_have_the_order_is_told_too(app: Flask, here: State) -> None:
    own = two_vendors(here)
    sent(app, own)
    with here.scope():
        db.session.execute(update(OrderDelivery).values(state=OrderStage.UNKNOWN))
    [letter] = letters(canceled(app, own))
    assert str(letter["Subject"]).strip().startswith("CANCELED")


def test_a_vendor_that_surely_does_not_have_it_hears_nothing(app: Flask, here: State) -> None:
    own = two_vendors(here)
    sent(app, own)
    with here.scope():
        db.session.execute(update(OrderDelivery).values(state=OrderStage.REFUSED))
    assert not letters(canceled(app, own)) and vendor(own) == {}


def test_a_vendor_that_rejects_every_line_gets_the_cancellation_when_that_is_accepted(app: Flask, here: State) -> None:
    own = closed(here, wanted=30)
    path, client = link_in(text_of(letters(sent(app, own))[0])), here.client()
    posted(client, path)
    posted(client, f"{path}/answer", {"code.1": "reject"}, page=f"{path}/order")
    work(here)
    [proposal] = here.api("GET", own.buy.path("/proposals"), here.coordinator).json["items"]
    with listening(app) as inbox:
        assert here.api("POST", f"/order-proposals/{proposal['id']}/accept", here.coordinator).status_code == 202
        work(here)
        assert len(letters(inbox)) == 1
    assert vendor(own)["canceled"] and own.buy.result(here.director)["total_cents"] == 0
    assert settle(own.buy).status_code == 202


def test_of_two_who_take_the_last_case_away_at_once_one_does_and_the_vendor_hears_it_once(
    app: Flask, here: State
) -> None:
    own = two_vendors(here)
    sent(app, own)
    answers: list[int] = []
    together = threading.Barrier(2)

    def press() -> None:
        together.wait()
        answers.append(no_gloves(own).status_code)

    both = [threading.Thread(target=press) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(answers) == [202, 409]
    with listening(app) as inbox:
        work(here)
        with here.scope():
            # a worker that died before it said that it was done
            rows = update(OutboxRow).where(OutboxRow.topic.in_(("order_edit.agreed", "order_delivery.queued")))
            db.session.execute(rows.values(done_at=None, attempts=0))
        work(here)
        assert len(letters(inbox)) == 1


@pytest.mark.parametrize("which", ["before", "after"])
def test_an_invoice_that_the_vendor_brings_itself_is_kept_and_waits(app: Flask, here: State, which: str) -> None:
    own = two_vendors(here)
    old = link_in(text_of(letters(sent(app, own))[0]))
    path = link_in(text_of(letters(canceled(app, own))[0])) if which == "after" else old
    if which == "before":
        canceled(app, own)
    client, number = here.client(), f"{own.buy.number}-01"
    posted(client, path)
    head = (
        "Invoice Number",
        "PO Number",
        "Line",
        "Item Number",
        "Quantity",
        "UOM",
        "Unit Price",
        "Amount",
        "Invoice Total",
    )
    content = table(head, ("INV-9", number, 1, "GLOVES", 4, "case", "40.00", "160.00", "160.00"))
    assert _brings(client, path, content, to="invoice", name="invoice.csv").status_code == 302
    with listening(app):
        work(here)
    [invoice] = here.api("GET", own.buy.path("/vendor-invoices"), here.coordinator).json["items"]
    whole = here.api("GET", f"/vendor-invoices/{invoice['id']}", here.coordinator).json
    assert whole["state"] == "to_decide" and whole["differences"][0]["reason"] == "canceled"
    page = client.get(f"{path}/order").text
    assert "Nothing of this order can be billed." in page and "invoice.csv" in page


def test_the_last_order_that_was_not_sent_taken_away_lets_the_purchase_go_on(app: Flask, here: State) -> None:
    own = two_vendors(here, second={"channel": "hand"})
    sent(app, own)
    assert own.purchase_state() == "closed", "the second vendor is to be ordered from by a person"
    assert edit(own, wish(own, here.director, 0, "PENS")).status_code == 202
    work(here)
    assert own.purchase_state() == "ordered", "all vendors of which something is ordered have their orders"


def test_what_was_billed_before_a_change_is_not_billed_again_after_it(app: Flask, here: State) -> None:
    own = two_vendors(here)
    buy = own.buy
    sent(app, own)
    first = next(one for one in standing(buy)["vendors"] if one["vendor"] == VENDOR)
    early = bill(buy, {"sku": "GLOVES", "cases": 4, "amount_cents": 16000}, vendor=first["vendor_id"])
    assert early.json["state"] == "to_decide", "nothing has come yet"
    body = {"state": "accepted", "reason": "It is paid before it comes"}
    tag = {"If-Match": early.headers["ETag"]}
    done = here.api("PUT", f"/vendor-invoices/{early.json['id']}", here.coordinator, json=body, headers=tag)
    assert done.status_code == 200, done.text
    with listening(app):
        assert edit(own, wish(own, here.director, 0, "PENS")).status_code == 202
        work(here)
    [order] = [one for one in orders_of(buy) if one["deliver_to"]]
    assert count(here, order["id"], line(1, 4)).status_code == 201
    assert finish(here, order["id"]).status_code == 200
    work(here)
    found = next(one for one in standing(buy)["vendors"] if one["vendor"] == VENDOR)
    assert [one["billed_eaches"] for one in found["lines"]] == [40]
    again = bill(buy, {"sku": "GLOVES", "cases": 4, "amount_cents": 16000}, vendor=first["vendor_id"])
    assert again.json["state"] == "to_decide", "the same goods are billed a second time"
    tag = {"If-Match": again.headers["ETag"]}
    body = {"state": "withdrawn", "reason": "It came twice"}
    here.api("PUT", f"/vendor-invoices/{again.json['id']}", here.coordinator, json=body, headers=tag)
    assert "not billed yet" not in str(standing(buy)["hindrance"])


_INVOICE_HEAD = (
    "Invoice Number", "PO Number", "Line", "Item Number", "Quantity", "UOM", "Unit Price", "Amount", "Invoice Total",
)  # fmt: skip


@pytest.mark.parametrize(("number", "sku", "state"), [(1, "GLOVES", "to_decide"), (2, "PENS", "matched")])
def test_an_invoice_of_an_earlier_version_is_of_the_lines_of_that_version(
    app: Flask, here: State, number: int, sku: str, state: str
) -> None:
    contract = make_contract(here, vendor=VENDOR)
    sets_terms(here, contract)
    buy = open_buy(here, {one: add_item(here, contract, one) for one in ("GLOVES", "PENS")})
    buy.order(here.director, {"GLOVES": (40,), "PENS": (40,)})
    buy.close()
    own = Ordered(buy, contract)
    path = link_in(text_of(letters(sent(app, own))[0]))
    with listening(app):
        assert edit(own, wish(own, here.director, 0)).status_code == 202
        work(here)
    [order] = [one for one in orders_of(buy) if one["deliver_to"]]
    assert count(here, order["id"], line(1, 4)).status_code == 201, "the pens are line 1 now"
    assert finish(here, order["id"]).status_code == 200
    work(here)
    client = here.client()
    posted(client, path)
    row = ("INV-9", f"{buy.number}", number, sku, 4, "case", "40.00", "160.00", "160.00")
    assert _brings(client, path, table(_INVOICE_HEAD, row), to="invoice", name="invoice.csv").status_code == 302
    with listening(app):
        work(here)
    [invoice] = here.api("GET", buy.path("/vendor-invoices"), here.coordinator).json["items"]
    whole = here.api("GET", f"/vendor-invoices/{invoice['id']}", here.coordinator).json
    assert whole["state"] == state, whole["differences"]
