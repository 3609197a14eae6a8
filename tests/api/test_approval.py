"""Orders of program staff above an amount wait for a director; they count once, when one director approves them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import update

from carepool.clock import now
from carepool.identity.rights import Role
from carepool.programs.models import Program
from carepool.purchasing import notices
from tenants.database import db
from tests.buying import Buy, open_buy, work
from tests.cast import Browser, Player, State
from tests.staffing import set_spending, staff_of


def _order(buy: Buy, player: Player) -> Any:
    return buy.state.api("GET", buy.path(f"/orders/{player.program_id}"), player)


def _act(buy: Buy, player: Player, act: str, etag: str, **body: Any) -> Any:
    path = buy.path(f"/orders/{player.program_id}/{act}")
    return buy.state.api("POST", path, player, json=body or None, headers={"If-Match": etag})


def _wanted(buy: Buy) -> int:
    [item] = buy.state.api("GET", buy.path("/items"), buy.state.coordinator).json["items"]
    return int(item["live"]["wanted"])


def _told(state: State, player: Player) -> list[str]:
    work(state)
    return [one["sentence"] for one in state.api("GET", "/messages", player).json["items"]]


def _at_once(*calls: Any) -> list[Any]:
    gate = Barrier(len(calls))

    def call(one: Any) -> Any:
        gate.wait()
        return one()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(call, calls))


def test_an_order_of_staff_above_the_amount_waits_and_does_not_count(here: State) -> None:
    buy, staff = open_buy(here, freight_cents=500), staff_of(here, here.director)
    assert set_spending(here, here.director, approve_above_cents=8500).status_code == 200
    small = buy.order(staff, {"GLOVES": (20,)})
    assert (small.status_code, small.json["state"], _wanted(buy)) == (201, "placed", 20)
    above = buy.order(staff, {"GLOVES": (21,)}, etag=small.headers["ETag"])
    # the change waits; what was placed goes on counting
    assert (above.json["state"], [one["wanted"] for one in above.json["lines"]]) == ("placed", [20])
    assert [one["wanted"] for one in above.json["unsent"]] == [21]
    assert _wanted(buy) == 20
    request = here.api("GET", buy.path(f"/orders/{staff.program_id}/approval"), here.director).json
    assert (request["state"], request["most_cents"], request["asked_by"]) == ("waiting", 8900, str(staff.id))
    assert any("asks you to approve an order in Fall supplies" in one for one in _told(here, here.director))
    mine = here.browser(here.director).submit("/orders", "GET").text
    assert "A change waits for approval" in mine
    done = _act(buy, here.director, "approve", above.headers["ETag"])
    assert (done.status_code, done.json["state"], done.json["unsent"]) == (200, "placed", [])
    assert _wanted(buy) == 21
    assert any("Director approved your order in Fall supplies" in one for one in _told(here, staff))


def test_where_no_amount_is_set_each_order_of_staff_waits_and_none_is_ordered_at_the_close(here: State) -> None:
    buy, staff = open_buy(here), staff_of(here, here.director)
    first = buy.order(staff, {"GLOVES": (30,)})
    assert (first.json["state"], first.json["lines"], _wanted(buy)) == ("waiting", [], 0)
    page = here.browser(here.director).submit(buy.path(f"/orders/{staff.program_id}"), "GET").text
    for text in ("Waits for approval", "If nobody does before the close, it is not ordered", "Approve the order"):
        assert text in page, text
    buy.order(here.fellow, {"GLOVES": (10,)})
    buy.close()
    assert here.api("GET", buy.path("/close"), here.coordinator).json["sums"]["cases"] == 1
    assert here.api("GET", buy.path(f"/results/{staff.program_id}"), staff).json["shares"] == []
    late = here.browser(staff).submit(buy.path(f"/orders/{staff.program_id}"), "GET").text
    assert "was not approved before the close, so it was not ordered" in late
    assert _act(buy, here.director, "approve", first.headers["ETag"]).status_code == 409


@pytest.mark.parametrize("again", range(5))
def test_of_two_directors_who_approve_at_once_exactly_one_does(here: State, again: int) -> None:
    buy, staff = open_buy(here), staff_of(here, here.director)
    other = staff_of(here, here.director, Role.PROGRAM_DIRECTOR)
    asked = buy.order(staff, {"GLOVES": (30,)})
    answers = _at_once(*(partial(_act, buy, one, "approve", asked.headers["ETag"]) for one in (here.director, other)))
    assert sorted(one.status_code for one in answers) in ([200, 409], [200, 412])
    assert _wanted(buy) == 30
    assert sum("approved your order" in one for one in _told(here, staff)) == 1


@pytest.mark.parametrize("again", range(3))
def test_an_order_that_changes_while_it_is_approved_is_not_approved_unread(here: State, again: int) -> None:
    buy, staff = open_buy(here), staff_of(here, here.director)
    tag = buy.order(staff, {"GLOVES": (30,)}).headers["ETag"]
    change = partial(buy.order, staff, {"GLOVES": (90,)}, etag=tag)
    approved, changed = _at_once(partial(_act, buy, here.director, "approve", tag), change)
    assert sorted((approved.status_code, changed.status_code)) == [200, 412]
    assert _wanted(buy) == (30 if approved.status_code == 200 else 0)


def test_a_director_needs_no_approval_and_takes_a_waiting_order_over(here: State) -> None:
    buy, staff = open_buy(here), staff_of(here, here.director)
    asked = buy.order(staff, {"GLOVES": (30,)})
    placed = buy.order(here.director, {"GLOVES": (12,)}, etag=asked.headers["ETag"])
    assert (placed.json["state"], placed.json["unsent"], _wanted(buy)) == ("placed", [], 12)
    assert _act(buy, here.director, "approve", placed.headers["ETag"]).status_code == 409
    assert here.api("GET", buy.path(f"/orders/{staff.program_id}/approval"), staff).status_code == 404


def test_what_is_sent_back_is_a_draft_with_the_note_and_is_asked_for_again(here: State) -> None:
    buy, staff = open_buy(here), staff_of(here, here.director)
    tag = buy.order(staff, {"GLOVES": (30,)}).headers["ETag"]
    assert _act(buy, here.director, "send-back", tag, note=" ").status_code == 422
    back = _act(buy, here.director, "send-back", tag, note="One box less, please.")
    assert (back.status_code, back.json["state"], _wanted(buy)) == (200, "draft", 0)
    assert [one["wanted"] for one in back.json["unsent"]] == [30]
    page = here.browser(staff).submit(buy.path(f"/orders/{staff.program_id}"), "GET").text
    assert "Director wrote: One box less, please." in page
    assert any("sent your order in Fall supplies back: One box less" in one for one in _told(here, staff))
    again = buy.order(staff, {"GLOVES": (20,)}, etag=back.headers["ETag"])
    assert again.json["state"] == "waiting"
    assert _act(buy, here.director, "approve", tag).status_code == 412
    assert _act(buy, here.director, "approve", again.headers["ETag"]).json["lines"][0]["wanted"] == 20


def test_a_waiting_order_that_is_kept_as_a_draft_or_taken_back_waits_no_more(here: State) -> None:
    buy, staff = open_buy(here), staff_of(here, here.director)
    asked = buy.order(staff, {"GLOVES": (30,)})
    kept = buy.order(staff, {"GLOVES": (31,)}, etag=asked.headers["ETag"], place=False)
    assert kept.json["state"] == "draft"
    assert _act(buy, here.director, "approve", kept.headers["ETag"]).status_code == 409
    again = buy.order(staff, {"GLOVES": (31,)}, etag=kept.headers["ETag"])
    path = buy.path(f"/orders/{staff.program_id}")
    gone = here.api("DELETE", path, staff, headers={"If-Match": again.headers["ETag"]})
    assert (gone.json["state"], [one["wanted"] for one in gone.json["unsent"]]) == ("withdrawn", [31])
    assert here.api("GET", f"{path}/approval", staff).status_code == 404


def test_staff_fellows_and_coordinators_do_not_approve_and_one_who_acts_for_the_director_does(here: State) -> None:
    buy, staff = open_buy(here), staff_of(here, here.director)
    tag = buy.order(staff, {"GLOVES": (30,)}).headers["ETag"]
    path = buy.path(f"/orders/{staff.program_id}/approve")
    for player in (staff, here.fellow, here.coordinator, here.administrator):
        assert here.api("POST", path, player, headers={"If-Match": tag}).status_code == 404
        assert here.api("PUT", f"/programs/{staff.program_id}/spending", player, headers={"If-Match": '"0"'},
                        json={"approve_above_cents": 1, "budget_cents": None}).status_code == 404  # fmt: skip
    body = {"person_id": str(here.fellow.id), "permissions": ["orders:read", "orders:approve"]}
    body["valid_to"] = (now() + timedelta(days=1)).isoformat()
    assert here.api("POST", "/me/delegations", here.director, json=body).status_code == 201
    assert here.api("POST", path, here.fellow, headers={"If-Match": tag}).status_code == 200
    assert _wanted(buy) == 30


def test_the_coordinator_orders_for_a_caller_without_approval(here: State) -> None:
    buy = open_buy(here)
    path, item = buy.path(f"/orders/{here.director.program_id}"), buy.items["GLOVES"]
    form = {"act": "place", "point": buy.point, f"wanted.{item}": "12"}
    assert here.browser(here.coordinator).submit(path, "POST", form).status_code == 302
    assert _wanted(buy) == 12


def test_who_approves_and_who_asked_are_reminded_once_before_the_close(here: State) -> None:
    soon = (now() + timedelta(hours=20)).isoformat()
    buy, staff = open_buy(here, closes_at=soon), staff_of(here, here.director)
    buy.order(staff, {"GLOVES": (30,)})
    for _ in range(2):
        with here.scope():
            notices.drafts_unsent()
            notices.approvals_waiting()
    for player in (here.director, staff):
        told = _told(here, player)
        assert sum("still waits for approval" in one for one in told) == 1, told
        assert not any("did not send" in one for one in told)
    assert not any("waits for approval" in one for one in _told(here, here.fellow))


def _send(browser: Browser, buy: Buy, player: Player, **form: Any) -> Any:
    return browser.submit(buy.path(f"/orders/{player.program_id}{form.pop('rest', '')}"), "POST", form)


def test_the_pages_ask_approve_and_send_back(here: State) -> None:
    buy, staff = open_buy(here), staff_of(here, here.director)
    hers, his = here.browser(staff), here.browser(here.director)
    path, box = buy.path(f"/orders/{staff.program_id}"), f"wanted.{buy.items['GLOVES']}"
    looked = _send(hers, buy, staff, act="look", point=buy.point, **{box: "20"}).text
    assert "Your director approves your order before it counts" in looked and "Ask for approval" in looked
    _send(hers, buy, staff, act="place", point=buy.point, **{box: "20"})
    assert "Your order waits for your director" in hers.submit(path, "GET").text
    assert "Approve the order" not in hers.submit(path, "GET").text
    refused = _send(his, buy, staff, rest="/approval", act="send_back", version="1", note="")
    assert refused.status_code == 422 and "Write what should be changed." in refused.text
    stale = _send(his, buy, staff, rest="/approval", act="approve", version="7")
    assert stale.status_code == 412 and "changed in the meantime" in stale.text
    assert _send(his, buy, staff, rest="/approval", act="approve", version="1").status_code == 302
    assert "Approved by Director" in hers.submit(path, "GET").text
    assert _wanted(buy) == 20
    rule = f"/programs/{staff.program_id}/spending"
    assert "Only a director of the program changes this" in hers.submit(rule, "GET").text
    wrong = his.submit(rule, "POST", {"version": "0", "approve_above": "lots", "year_starts": "13"})
    assert wrong.status_code == 422 and "Write an amount" in wrong.text
    assert (
        his.submit(rule, "POST", {"version": "0", "approve_above": "1,250.50", "year_starts": "7"}).status_code == 302
    )
    assert 'value="1250.50"' in his.submit(rule, "GET").text
    assert his.submit(rule, "POST", {"version": "0", "approve_above": "1"}).status_code == 412


def test_a_waiting_order_above_a_limit_that_was_lowered_since_is_sent_back(here: State) -> None:
    buy, staff = open_buy(here, per_place=2), staff_of(here, here.director)
    with here.scope():
        own = update(Program).where(Program.id == staff.program_id)
        db.session.execute(own.values(capacity=20))
    asked = buy.order(staff, {"GLOVES": (30,)})
    assert asked.json["state"] == "waiting", asked.text
    with here.scope():
        db.session.execute(own.values(capacity=10))
    tag = asked.headers["ETag"]
    refused = _act(buy, here.director, "approve", tag)
    assert refused.status_code == 422 and refused.json["type"].endswith("over-limit"), refused.text
    back = _act(buy, here.director, "send-back", tag, note="We have fewer places now.")
    assert (back.status_code, back.json["state"]) == (200, "draft"), back.text
    assert [one["wanted"] for one in back.json["unsent"]] == [30]
    again = buy.order(staff, {"GLOVES": (20,)}, etag=back.headers["ETag"])
    assert again.json["state"] == "waiting"
