"""A question past the cut-off at a vendor's own desk: seen with its difference, answered there, counted on the first page."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import select, update

from carepool.clock import now
from carepool.vendors.changes.models import OrderQuestion
from carepool.vendors.deliveries.models import OrderDelivery
from tenants.database import db
from tests.buying import work
from tests.canceling import edit, letters, wish
from tests.cast import Cast, State
from tests.desks import Desk, desk_of, shown_order
from tests.inbox import listening
from tests.ordering import Ordered, closed


def _asked(state: State, wanted: int = 10, **terms: Any) -> tuple[Desk, Ordered, UUID, UUID]:
    """A desk that is asked for fewer gloves after the cut-off: the desk, the purchase, the order there, the question."""
    desk, own, order = shown_order(state, **{"wanted": 30, **terms})
    with state.scope():
        db.session.execute(update(OrderDelivery).values(cutoff_at=now() - timedelta(minutes=1)))
    assert edit(own, wish(own, state.director, wanted)).json["state"] == "asking"
    work(state)
    with state.scope():
        mine = select(OrderQuestion.id).where(OrderQuestion.purchase_id == UUID(own.buy.id))
        return desk, own, order, db.session.scalars(mine).one()


def _states(own: Ordered) -> list[tuple[str, str]]:
    found = own.state.api("GET", own.buy.path("/order-questions"), own.state.coordinator).json["items"]
    return [(one["state"], one["source"]) for one in found]


def test_the_first_page_counts_and_leads_to_the_order_where_yes_changes_it(here: State) -> None:
    desk, own, order, question = _asked(here)
    browser = desk.browser()
    first = browser.client.get("/desk").text
    assert "1 change waits for your yes or no" in first and f"/desk/orders/{order}#asked-{question}" in first
    page = browser.client.get(f"/desk/orders/{order}").text
    assert "The buyer asks for a change" in page and "3 → 1" in page and f'id="asked-{question}"' in page
    said = browser.submit(f"/desk/orders/{order}/change", "POST", {"question": str(question), "said": "yes"})
    assert said.status_code == 302, said.text
    waits = browser.client.get(f"/desk/orders/{order}").text
    assert "Your answer is on its way" in waits and "Yes, we take the change" not in waits
    work(here)
    assert _states(own) == [("accepted", "desk")]
    assert here.api("GET", own.buy.path(), here.coordinator).json["close_version"] == 2
    assert "waits for your yes or no" not in browser.client.get("/desk").text
    assert len(desk.orders()) == 2, "the new version is at the desk"


def test_a_no_and_pressing_twice_are_one_answer(here: State) -> None:
    desk, own, order, question = _asked(here)
    browser = desk.browser()
    for said in ("no", "no"):
        form = {"question": str(question), "said": said, "change_note": "It is packed"}
        assert browser.submit(f"/desk/orders/{order}/change", "POST", form).status_code == 302
    other = browser.submit(f"/desk/orders/{order}/change", "POST", {"question": str(question), "said": "yes"})
    assert other.status_code == 409 and "settled already" in other.text
    work(here)
    assert _states(own) == [("refused", "desk")]
    [told] = here.api("GET", own.buy.path("/order-questions"), here.coordinator).json["items"]
    assert told["note"] == "It is packed"
    assert here.api("GET", own.buy.path(), here.coordinator).json["close_version"] == 1


def test_what_is_typed_wrong_is_kept_and_named(here: State) -> None:
    desk, _own, order, question = _asked(here)
    form = {"question": str(question), "change_note": "We wonder"}
    refused = desk.browser().submit(f"/desk/orders/{order}/change", "POST", form)
    assert refused.status_code == 422 and "Press yes or no." in refused.text and "We wonder" in refused.text


def test_a_token_of_the_desk_lists_and_answers(here: State) -> None:
    desk, own, order, question = _asked(here, wanted=0)
    [listed] = desk.api("GET", "/desk/questions").json["items"]
    assert (listed["id"], listed["order_id"], listed["number"]) == (str(question), str(order), str(own.buy.number))
    assert listed["cancels"] and listed["total_cents"] == [12000, 0]
    [line] = listed["lines"]
    assert (line["line"], line["cases"]) == (1, [3, 0])
    whole = desk.api("GET", f"/desk/orders/{order}").json
    assert [(one["id"], one["state"]) for one in whole["questions"]] == [(str(question), "waiting")]
    key = {"Idempotency-Key": str(uuid4())}
    for _ in range(2):
        said = desk.api("POST", f"/desk/questions/{question}/answer", json={"accepted": True}, headers=key)
        assert (said.status_code, said.json["kind"]) == (202, "change_answered"), said.text
    work(here)
    assert _states(own) == [("accepted", "desk")]
    assert desk.api("GET", "/desk/questions").json["items"] == []
    late = desk.api("POST", f"/desk/questions/{question}/answer", json={"accepted": False})
    assert late.status_code == 409
    standing = desk.api("GET", "/desk/orders?standing=canceled").json["items"]
    assert [one["number"] for one in standing] == [str(own.buy.number)], "the canceled order stands at the desk"
    page = desk.browser().client.get(f"/desk/orders/{desk.orders()[-1]}").text
    assert "This order is canceled" in page and "We know that it is canceled" in page and "Send the answer" not in page
    answered = desk.api("POST", f"/desk/orders/{desk.orders()[-1]}/answers", json={"lines": []})
    assert answered.status_code == 409 and "This order is canceled" in answered.json["detail"]


def test_another_vendor_and_a_question_that_is_taken_back_get_the_same_answers(cast: Cast) -> None:
    desk, own, order, question = _asked(cast.here)
    other = desk_of(cast.there)
    for one in (question, uuid4()):
        refused = other.api("POST", f"/desk/questions/{one}/answer", json={"accepted": True})
        assert refused.status_code == 404
    assert other.api("GET", "/desk/questions").json["items"] == []
    here = cast.here
    [found] = here.api("GET", own.buy.path("/order-edits"), here.coordinator).json["items"]
    assert here.api("DELETE", f"/order-edits/{found['id']}", here.coordinator).status_code == 200
    assert "waits for your yes or no" not in desk.browser().client.get("/desk").text
    form = {"question": str(question), "said": "yes"}
    assert desk.browser().submit(f"/desk/orders/{order}/change", "POST", form).status_code == 409


def test_what_the_vendor_said_too_late_is_refused_with_its_sentence(here: State) -> None:
    desk, own, order, question = _asked(here)
    form = {"question": str(question), "said": "yes"}
    assert desk.browser().submit(f"/desk/orders/{order}/change", "POST", form).status_code == 302
    by_phone = {"accepted": False, "note": "By phone with Ms. Lee"}
    here.api("POST", f"/order-questions/{question}/answer", here.coordinator, json=by_phone)
    work(here)
    page = desk.browser().client.get(f"/desk/orders/{order}").text
    assert "What was said here was not taken" in page and "settled already" in page
    assert _states(own) == [("refused", "hand")]


def test_a_vendor_without_an_address_is_asked_at_its_desk_and_the_page_says_so(app: Flask, here: State) -> None:
    desk_of(here)
    own = closed(here, wanted=30, channel="desk", mail_to=[])
    own.send()
    work(here)
    with here.scope():
        db.session.execute(update(OrderDelivery).values(cutoff_at=now() - timedelta(minutes=1)))
    with listening(app) as inbox:
        assert edit(own, wish(own, here.director, 10)).json["state"] == "asking"
        work(here)
        assert not letters(inbox)
    page = here.browser(here.coordinator).submit(own.buy.path("/order-changes"), "GET").text
    assert "The vendor sees the question at its desk." in page
