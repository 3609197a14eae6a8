"""A coordinator changes orders after the close: what is shown is what is done, vendors past their cut-off are asked."""

import re
import threading
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from carepool.clock import now
from carepool.outbox import Actor
from carepool.purchasing.models.closings import MemberBill, PoolCases, Share
from carepool.purchasing.models.orders import Wish
from carepool.purchasing.notices import _differing
from carepool.vendors.changes.actions import apply_edit
from carepool.vendors.changes.models import OrderEdit
from carepool.vendors.deliveries.models import OrderDelivery
from tenants.database import db
from tests.buying import Buy, add_item, make_contract, open_buy, work
from tests.canceling import two_vendors
from tests.cast import Cast, State, make_state, posted
from tests.inbox import listening
from tests.ordering import VENDOR, Ordered, closed, link_in, sets_terms


def _wish(own: Ordered, player: Any, wanted: int, sku: str = "GLOVES") -> dict[str, Any]:
    line = {"item_id": own.buy.items[sku], "wanted": wanted}
    return {"program_id": str(player.program_id), "lines": [line]}


def _edit(own: Ordered, *programs: dict[str, Any], version: int = 1, **facts: Any) -> Any:
    body = {"programs": list(programs), "key": str(uuid4()), "reason": "A room closed", **facts}
    headers = {"If-Match": f'"{version}"'}
    return own.state.api("POST", own.buy.path("/order-edits"), own.state.coordinator, json=body, headers=headers)


def _preview(own: Ordered, *programs: dict[str, Any]) -> Any:
    path = own.buy.path("/order-edits/preview")
    return own.state.api("POST", path, own.state.coordinator, json={"programs": list(programs)})


def _sent(app: Flask, state: State, **facts: Any) -> tuple[Ordered, str]:
    """An order that its vendor has, and the path of the link in its letter."""
    own = closed(state, **{"wanted": 30, "fellow": 10, **facts})
    with listening(app) as inbox:
        own.send()
        work(state)
        text = _text(inbox.letters[0])
    return own, link_in(text)


def _text(letter: Any) -> str:
    found = message_from_bytes(letter.content, policy=policy.default).get_body(("plain",))
    assert found is not None
    return str(found.get_content())


def _past_cut_off(state: State) -> None:
    with state.scope():
        db.session.execute(update(OrderDelivery).values(cutoff_at=now() - timedelta(minutes=1)))


def _told(inbox: Any, who: str) -> list[str]:
    return [_text(one) for one in inbox.letters if f"{who}@example.org" in one.rcpt_tos]


def _result(own: Ordered, player: Any) -> tuple[int, int]:
    found = own.buy.result(player)
    return sum(one["got"] for one in found["shares"]), found["total_cents"]


def test_what_follows_is_shown_and_nothing_is_written(app: Flask, here: State) -> None:
    own, _ = _sent(app, here)
    with here.scope():
        before = [tuple(row) for row in db.session.execute(select(Wish.program_id, Wish.wanted, Wish.at))]
    seen = _preview(own, _wish(own, here.director, 10))
    assert seen.status_code == 200, seen.text
    told = seen.json["difference"]
    assert (seen.json["version"], seen.json["asks_vendor"]) == (1, False)
    [line] = told["lines"]
    assert (line["cases"], line["price_cents"], told["order_cents"]) == ([4, 2], [4000, 4000], -8000)
    [program] = told["programs"]
    assert program["program_id"] == str(here.director.program_id) and program["bill_cents"] == [12000, 4000]
    assert [row[1:] for row in program["lines"]] == [[30, 10, 12000, 4000]]
    with here.scope():
        after = [tuple(row) for row in db.session.execute(select(Wish.program_id, Wish.wanted, Wish.at))]
        assert after == before and not db.session.scalar(select(func.count()).select_from(OrderEdit))
    assert here.api("GET", own.buy.path(), here.coordinator).json["close_version"] == 1


def test_before_the_cut_off_it_is_a_new_version_and_exactly_those_affected_are_told(app: Flask, here: State) -> None:
    own, _link = _sent(app, here)
    with listening(app) as inbox:
        made = _edit(own, _wish(own, here.director, 10))
        assert (made.status_code, made.json["state"]) == (202, "agreed"), made.text
        work(here)
        [letter] = _told(inbox, "director")
        assert "A room closed" in letter and "you get 10 instead of 30" in letter
        assert "You pay $40.00 instead of $120.00." in letter
        assert not _told(inbox, "fellow"), "for whom nothing differs, nobody is told"
        [order] = [_text(one) for one in inbox.letters if "orders@vendor.example" in one.rcpt_tos]
    assert "What is different from the version that you had" in order and "2 cases instead of 4" in order
    done = here.api("GET", f"/order-edits/{made.json['id']}", here.coordinator).json
    assert (done["state"], done["into_version"]) == ("done", 2)
    assert _result(own, here.director) == (10, 4000) and _result(own, here.fellow) == (10, 4000)
    work(here)
    assert len(own.deliveries()) == 1 and own.deliveries()[0]["version"] == 2
    page = here.client().get(link_in(order), follow_redirects=True)
    assert page.status_code == 200
    order_row = here.api("GET", own.buy.path(f"/orders/{here.director.program_id}"), here.director).json
    assert order_row["lines"][0]["wanted"] == 10


def test_past_the_cut_off_the_vendor_is_asked_and_its_yes_changes_the_order(app: Flask, here: State) -> None:
    own, _ = _sent(app, here)
    _past_cut_off(here)
    with listening(app) as inbox:
        made = _edit(own, _wish(own, here.director, 10))
        assert made.json["state"] == "asking"
        work(here)
        [asked] = [_text(one) for one in inbox.letters if "orders@vendor.example" in one.rcpt_tos]
        assert not _told(inbox, "director")
    assert "2 cases instead of 4" in asked and "only if you say yes" in asked
    assert here.api("GET", own.buy.path(), here.coordinator).json["close_version"] == 1
    client, path = here.client(), link_in(asked)
    posted(client, path)
    page = client.get(f"{path}/order").text
    assert "The buyer asks for a change" in page and "Casa Luna" not in page
    question = re.search(r'name="question" value="([^"]+)"', page).group(1)  # type: ignore[union-attr]
    with listening(app) as inbox:
        for _ in range(2):
            form = {"question": question, "said": "yes"}
            assert posted(client, f"{path}/change", form, page=f"{path}/order").status_code == 302
        work(here)
        assert len(_told(inbox, "director")) == 1
        assert len([one for one in inbox.letters if "orders@vendor.example" in one.rcpt_tos]) == 1
        assert any("says yes to the change" in one for one in _told(inbox, "coordinator"))
    assert _result(own, here.director) == (10, 4000)
    no = posted(client, f"{path}/change", {"question": question, "said": "no"}, page=f"{path}/order")
    assert no.status_code == 409


def test_a_no_of_the_vendor_leaves_everything_and_tells_the_coordinator(app: Flask, here: State) -> None:
    own, _ = _sent(app, here)
    _past_cut_off(here)
    made = _edit(own, _wish(own, here.director, 10))
    work(here)
    [question] = here.api("GET", own.buy.path("/order-questions"), here.coordinator).json["items"]
    with listening(app) as inbox:
        body = {"accepted": False, "note": "By phone with Ms. Lee"}
        told = here.api("POST", f"/order-questions/{question['id']}/answer", here.coordinator, json=body)
        assert told.json["state"] == "refused"
        work(here)
        assert any("says no" in one for one in _told(inbox, "coordinator"))
        assert not _told(inbox, "director")
    assert here.api("GET", f"/order-edits/{made.json['id']}", here.coordinator).json["state"] == "refused"
    assert _result(own, here.director) == (30, 12000)
    assert _edit(own, _wish(own, here.director, 20)).status_code == 202, "the way is free for another one"


def test_a_question_of_another_order_is_not_answered_with_this_link(cast: Cast, app: Flask) -> None:
    here = cast.here
    _own, link = _sent(app, here)
    other, _ = _sent(app, here)
    _past_cut_off(here)
    _edit(other, _wish(other, here.director, 10))
    [question] = here.api("GET", other.buy.path("/order-questions"), here.coordinator).json["items"]
    client = here.client()
    posted(client, link)
    form = {"question": question["id"], "said": "yes"}
    assert posted(client, f"{link}/change", form, page=f"{link}/order").status_code == 404
    form["question"] = str(uuid4())
    assert posted(client, f"{link}/change", form, page=f"{link}/order").status_code == 404


def test_two_who_edit_at_once_make_one_change_and_the_second_gets_a_sentence(app: Flask, here: State) -> None:
    own, _ = _sent(app, here)
    answers: list[Any] = []
    barrier = threading.Barrier(2)

    def press(wanted: int) -> None:
        barrier.wait()
        answers.append(_edit(own, _wish(own, here.director, wanted)))

    threads = [threading.Thread(target=press, args=(wanted,)) for wanted in (10, 20)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(one.status_code for one in answers) == [202, 409]
    [refused] = [one.json for one in answers if one.status_code == 409]
    assert "under way" in refused["detail"]
    work(here)
    assert _edit(own, _wish(own, here.fellow, 20)).status_code in (409, 412), "of a version that is not the newest"
    assert here.api("GET", own.buy.path(), here.coordinator).json["close_version"] == 2


def test_the_same_sent_twice_is_one_change_and_a_task_that_comes_twice_works_it_in_once(
    app: Flask, here: State
) -> None:
    from carepool.outbox import Actor
    from carepool.vendors.changes.actions import apply_edit

    own, _ = _sent(app, here)
    key = str(uuid4())
    first = _edit(own, _wish(own, here.director, 10), key=key)
    assert _edit(own, _wish(own, here.director, 10), key=key).json["id"] == first.json["id"]
    work(here)
    assert _edit(own, _wish(own, here.director, 10), key=key).json["state"] == "done"
    with here.scope():
        apply_edit(Actor.task(), UUID(first.json["id"]))
    work(here)
    assert here.api("GET", own.buy.path(), here.coordinator).json["close_version"] == 2


def test_a_withdrawn_program_owes_nothing_and_a_draft_can_come_in(app: Flask, here: State) -> None:
    contract = make_contract(here, vendor=VENDOR)
    sets_terms(here, contract)
    buy = open_buy(here, {"GLOVES": add_item(here, contract, "GLOVES")})
    buy.order(here.director, {"GLOVES": (30,)})
    buy.order(here.fellow, {"GLOVES": (20,)}, place=False)
    buy.close()
    own = Ordered(buy, contract)
    gone = {"program_id": str(here.director.program_id), "withdrawn": True}
    joined = {"program_id": str(here.fellow.program_id)}
    seen = _preview(own, gone, joined).json["difference"]
    assert seen["lines"][0]["cases"] == [3, 2]
    with listening(app) as inbox:
        _edit(own, gone, joined)
        work(here)
        assert any("You pay $0.00 instead of $120.00." in one for one in _told(inbox, "director"))
        assert any("you get 20 instead of 0" in one for one in _told(inbox, "fellow"))
    assert _result(own, here.director) == (0, 0) and _result(own, here.fellow) == (20, 8000)
    order = here.api("GET", buy.path(f"/orders/{here.director.program_id}"), here.director).json
    assert order["state"] == "withdrawn" and order["unsent"][0]["wanted"] == 30


def test_what_cannot_be_meant_is_refused_with_its_place(app: Flask, here: State) -> None:
    own, _ = _sent(app, here)
    same = _preview(own, _wish(own, here.director, 30))
    assert same.status_code == 409 and "Nothing is different" in same.json["detail"]
    unknown = {"program_id": str(here.director.program_id), "lines": [{"item_id": str(uuid4()), "wanted": 1}]}
    refused = _preview(own, _wish(own, here.fellow, 20), unknown)
    assert refused.status_code == 422 and "programs.1.lines.0.item_id" in refused.text
    nobody = _preview(own, {"program_id": str(uuid4()), "withdrawn": True})
    assert nobody.status_code == 404
    assert _edit(own, _wish(own, here.director, 10), reason=" ").status_code == 422


def test_an_open_purchase_is_changed_by_its_programs_and_not_here(here: State) -> None:
    buy = open_buy(here)
    buy.order(here.director, {"GLOVES": (30,)})
    refused = _preview(Ordered(buy, ""), {"program_id": str(here.director.program_id), "withdrawn": True})
    assert refused.status_code == 409 and "open for orders" in refused.json["detail"]
    path = buy.path("/order-edits/preview")
    body = {"programs": [{"program_id": str(here.director.program_id), "withdrawn": True}]}
    assert here.api("POST", path, here.director, json=body).status_code == 403


def test_a_change_of_an_order_that_changed_otherwise_is_looked_at_again(app: Flask, here: State) -> None:
    own, link = _sent(app, here)
    client = here.client()
    posted(client, link)
    posted(client, f"{link}/answer", {"code.1": "change", "price.1": "41.00"}, page=f"{link}/order")
    work(here)
    [proposal] = here.api("GET", own.buy.path("/proposals"), here.coordinator).json["items"]
    _past_cut_off(here)
    made = _edit(own, _wish(own, here.director, 10))
    [question] = here.api("GET", own.buy.path("/order-questions"), here.coordinator).json["items"]
    here.api("POST", f"/order-proposals/{proposal['id']}/accept", here.coordinator)
    work(here)
    body = {"accepted": True, "note": "By phone"}
    here.api("POST", f"/order-questions/{question['id']}/answer", here.coordinator, json=body)
    with listening(app) as inbox:
        work(here)
        assert any("changed otherwise in the meantime" in one for one in _told(inbox, "coordinator"))
        [letter] = [one for one in inbox.letters if "orders@vendor.example" in one.rcpt_tos]
        assert "is not changed" in str(message_from_bytes(letter.content, policy=policy.default)["Subject"])
        assert "You said yes to this change, and it is not made after all." in _text(letter)
        assert "2 cases instead of 4" in _text(letter) and "version 2" in _text(letter)
    [question] = here.api("GET", own.buy.path("/order-questions"), here.coordinator).json["items"]
    assert question["state"] == "not_made"
    page = here.browser(here.coordinator).submit(own.buy.path("/order-changes"), "GET").text
    assert "The vendor said yes, and it is not made" in page and "The message that says so" in page
    assert "Not made after all" in client.get(f"{link}/order").text
    with here.scope():
        apply_edit(Actor.task(), UUID(made.json["id"]))
    with listening(app) as inbox:
        work(here)
        assert not inbox.letters, "it is told once"
    assert here.api("GET", f"/order-edits/{made.json['id']}", here.coordinator).json["state"] == "overtaken"
    assert here.api("GET", own.buy.path(), here.coordinator).json["close_version"] == 2
    seen = _preview(own, _wish(own, here.director, 10)).json["difference"]
    assert seen["lines"][0]["price_cents"] == [4100, 4100], "what the vendor said of the price stands"


def test_when_one_vendor_says_no_the_one_that_said_yes_is_told_that_nothing_changes(app: Flask, here: State) -> None:
    own = two_vendors(here)
    with listening(app):
        assert own.send().status_code == 202
        work(here)
    _past_cut_off(here)
    lines = [{"item_id": own.buy.items[sku], "wanted": 10} for sku in ("GLOVES", "PENS")]
    with listening(app):
        assert _edit(own, {"program_id": str(here.director.program_id), "lines": lines}).json["state"] == "asking"
        work(here)
    asked = here.api("GET", own.buy.path("/order-questions"), here.coordinator).json["items"]
    for accepted, question in ((True, asked[0]), (False, asked[1])):
        body = {"accepted": accepted, "note": "By phone"}
        path = f"/order-questions/{question['id']}/answer"
        assert here.api("POST", path, here.coordinator, json=body).status_code == 200
    with listening(app) as inbox:
        work(here)
        told = [one for one in inbox.letters if "vendor.example" in str(one.rcpt_tos)]
        assert len(told) == 1 and "is not made after all" in _text(told[0])
    states = [one["state"] for one in here.api("GET", own.buy.path("/order-questions"), here.coordinator).json["items"]]
    assert states == ["not_made", "refused"]


def test_versions_are_compared_line_by_line(app: Flask, here: State) -> None:
    own, _link = _sent(app, here)
    _edit(own, _wish(own, here.director, 90))
    with listening(app) as inbox:
        work(here)
        [order] = [_text(one) for one in inbox.letters if "orders@vendor.example" in one.rcpt_tos]
    found = here.api("GET", own.buy.path("/order-differences?from=1&to=2"), here.coordinator)
    [vendor] = found.json["items"]
    [line] = vendor["lines"]
    assert (line["change"], line["cases"], line["price_cents"]) == ("changed", [4, 10], [4000, 3400])
    assert vendor["total_cents"] == [16000, 34000]
    back = here.api("GET", own.buy.path("/order-differences?from=2&to=1"), here.coordinator).json["items"][0]
    assert back["lines"][0]["cases"] == [10, 4]
    assert here.api("GET", own.buy.path("/order-differences?from=1&to=9"), here.coordinator).status_code == 404
    assert len(here.api("GET", own.buy.path("/order-versions"), here.coordinator).json["items"]) == 2
    page = here.browser(here.coordinator).submit(own.buy.path("/order-versions"), "GET").text
    assert "4 → 10" in page and "$40.00 → $34.00" in page
    client, path = here.client(), link_in(order)
    posted(client, path)
    assert "What is different from version 1" in client.get(f"{path}/order").text


def test_the_page_keeps_what_was_typed_and_confirms_what_was_seen(app: Flask, here: State) -> None:
    own, _ = _sent(app, here)
    browser, path = here.browser(here.coordinator), own.buy.path("/change-orders")
    found = browser.submit(path, "POST", {"act": "find", "words": "sunny"}).text
    assert "Sunny Hill" in found and "Casa Luna" not in found
    long = browser.submit(path, "POST", {"act": "find", "words": "9" * 101})
    assert long.status_code == 422 and "Use at most 100 characters." in long.text
    program = str(here.director.program_id)
    added = browser.submit(path, "POST", {"add": program}).text
    name = f"wanted.{program}.{own.buy.items['GLOVES']}"
    assert f'name="{name}"' in added
    wrong = browser.submit(path, "POST", {"act": "look", "program": program, name: "many"})
    assert wrong.status_code == 422 and 'value="many"' in wrong.text
    looked = browser.submit(path, "POST", {"act": "look", "program": program, name: "10"}).text
    assert "4 → 2" in looked and "$120.00 → $40.00" in looked
    key = re.search(r'name="key" value="([^"]+)"', looked).group(1)  # type: ignore[union-attr]
    form = {"act": "confirm", "program": program, name: "10", "key": key, "version": "1"}
    unreasoned = browser.submit(path, "POST", form)
    assert unreasoned.status_code == 422 and 'value="10"' in unreasoned.text
    assert browser.submit(path, "POST", {**form, "reason": "A room closed"}).status_code == 302
    work(here)
    page = browser.submit(own.buy.path("/order-changes"), "GET").text
    assert "A room closed" in page and "Worked in" in page


@pytest.fixture(scope="module")
def crowd(app: Flask) -> tuple[State, Buy]:
    """A closed purchase of two programs and three items with charges and tax, whose orders were not sent."""
    state = make_state(app)
    contract = make_contract(state, vendor=VENDOR)
    sets_terms(state, contract)
    items = {sku: add_item(state, contract, sku, taxable=sku == "B") for sku in ("A", "B", "C")}
    buy = open_buy(state, items, freight_cents=901, handling_cents=333, tax_millionths=62500)
    buy.order(state.director, {"A": (33, 4), "B": (20,), "C": (7,)})
    buy.order(state.fellow, {"A": (12,), "B": (5, 0, 100), "C": (13,)})
    buy.close()
    return state, buy


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.tuples(st.sampled_from("df"), st.sampled_from("ABC")), st.integers(0, 120), min_size=1))
def test_what_is_shown_is_what_is_done(
    app: Flask, crowd: tuple[State, Buy], wanted: dict[tuple[str, str], int]
) -> None:
    state, buy = crowd
    players = {"d": state.director, "f": state.fellow}
    programs = [
        {
            "program_id": str(players[who].program_id),
            "lines": [
                {"item_id": buy.items[sku], "wanted": eaches} for (one, sku), eaches in wanted.items() if one == who
            ],
        }
        for who in sorted({who for who, _sku in wanted})
    ]
    own = Ordered(buy, "")
    seen = _preview(own, *programs)
    if seen.status_code == 409:
        return
    assert seen.status_code == 200, seen.text
    version = seen.json["version"]
    told = seen.json["difference"]
    assert _edit(own, *programs, version=version).status_code == 202
    work(state)
    with state.scope():
        for one in told["programs"]:
            bill = db.session.get(MemberBill, (state.tenant.id, UUID(buy.id), version + 1, UUID(one["program_id"])))
            assert one["bill_cents"][1] == (bill.total_cents if bill else 0)
            for item, _before, got, _cents, cents in one["lines"]:
                key = (state.tenant.id, UUID(buy.id), version + 1, UUID(item), UUID(one["program_id"]))
                share = db.session.get(Share, key)
                assert (got, cents) == ((share.got, share.amount_cents) if share else (0, 0))
        exactly = {str(one) for one in _differing(UUID(buy.id), version, version + 1)}
        assert exactly <= {one["program_id"] for one in told["programs"]}
        extra = {one["program_id"] for one in told["programs"]} - exactly
        assert extra <= {one["program_id"] for one in programs}, "others are told of nothing"
        cases = select(func.coalesce(func.sum(PoolCases.cases), 0)).where(PoolCases.purchase_id == UUID(buy.id))
        before, after = (db.session.scalar(cases.where(PoolCases.version == one)) for one in (version, version + 1))
        assert after - before == sum(line["cases"][1] - line["cases"][0] for line in told["lines"])
