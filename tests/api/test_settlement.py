"""Vendors' invoices are matched, purchases are settled to the cent, once: through the API."""

import threading
from typing import Any

import pytest

from tests.buying import Buy, add_item, make_contract, open_buy
from tests.cast import Cast, State
from tests.receiving import bought, count, finish, first_order, line
from tests.settling import (
    balances,
    bill,
    billed,
    invoice_of,
    ledger,
    received,
    right_lines,
    settle,
    settled,
    standing,
)

PRICE = 4000


def _line(buy: Buy, **changed: Any) -> dict[str, Any]:
    return {**right_lines(buy)[0], **changed}


def _decide(buy: Buy, invoice: dict[str, Any], state: str, reason: str = "The vendor explained it") -> Any:
    path = f"/vendor-invoices/{invoice['id']}"
    tag = buy.state.api("GET", path, buy.state.coordinator).headers["ETag"]
    body = {"state": state, "reason": reason}
    return buy.state.api("PUT", path, buy.state.coordinator, json=body, headers={"If-Match": tag})


def test_ordered_received_and_billed_are_kept_apart(here: State) -> None:
    buy = received(here)
    [vendor] = standing(buy)["vendors"]
    assert (vendor["ordered_cents"], vendor["received_cents"], vendor["billed_cents"]) == (9 * PRICE, 7 * PRICE, 0)
    assert bill(buy, *right_lines(buy)).json["state"] == "matched"
    [vendor] = standing(buy)["vendors"]
    assert (vendor["ordered_cents"], vendor["received_cents"], vendor["billed_cents"]) == (
        9 * PRICE,
        7 * PRICE,
        7 * PRICE,
    )
    assert balances(ledger(here)) == {"goods": 7 * PRICE, "payable": -7 * PRICE}


def test_every_difference_is_named_by_its_line(here: State) -> None:
    buy = received(here)
    ordered = _line(buy, eaches=90, amount_cents=9 * PRICE)
    answer = bill(buy, ordered, {"sku": "PENS", "amount_cents": 100}, freight_cents=5, tax_cents=6, total_cents=1)
    assert answer.status_code == 201, answer.text
    assert answer.json["state"] == "to_decide"
    found = [(one["reason"], one["line"]) for one in answer.json["differences"]]
    assert found == [("not_received", 1), ("unknown_line", 2), ("freight", None), ("tax", None), ("total", None)]
    assert "20 too many" in answer.json["differences"][0]["sentence"]
    assert ledger(here) == []


@pytest.mark.parametrize(
    ("changed", "reason"),
    [({"amount_cents": 7 * PRICE + 1}, "price"), ({"price_cents": PRICE + 1}, "line_sum"), ({"eaches": 71}, "price")],
)
def test_a_cent_is_a_difference_where_nothing_is_tolerated(here: State, changed: dict[str, int], reason: str) -> None:
    buy = received(here)
    answer = bill(buy, _line(buy, **changed))
    assert answer.json["differences"][0]["reason"] == reason


def test_the_larger_of_rate_and_amount_is_tolerated(here: State) -> None:
    contract = make_contract(here)
    buy = open_buy(here, {"GLOVES": add_item(here, contract, "GLOVES")})
    buy.order(here.director, {"GLOVES": (90,)})
    buy.close()
    count(here, first_order(buy), line(1, 9))
    finish(here, first_order(buy))
    path, body = f"/contracts/{contract}/match-tolerance", {"millionths": 10_000, "cents": 50}
    assert here.api("PUT", path, here.coordinator, json=body, headers={"If-Match": '"0"'}).status_code == 200
    assert here.api("PUT", path, here.coordinator, json=body, headers={"If-Match": '"0"'}).status_code == 412
    assert bill(buy, _line(buy, amount_cents=36361)).json["state"] == "to_decide"
    assert bill(buy, _line(buy, amount_cents=36360)).json["state"] == "matched"
    assert standing(buy)["sums"]["billed_cents"] == 36360


def test_the_same_number_of_the_same_vendor_is_refused(here: State) -> None:
    buy = received(here)
    assert bill(buy, *right_lines(buy), number="INV 7-1").status_code == 201
    again = bill(buy, *right_lines(buy), number="inv71")
    assert (again.status_code, again.json["type"].rsplit(":", 1)[-1]) == (409, "recorded-already")


def test_two_people_who_enter_the_same_invoice_at_once_enter_one(here: State) -> None:
    buy = received(here)
    lines, answers = right_lines(buy), []
    both = [
        threading.Thread(target=lambda: answers.append(bill(buy, *lines, number="INV-1").status_code)) for _ in range(4)
    ]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(answers) == [201, 409, 409, 409]
    assert len(ledger(here)) == 1


def test_an_invoice_before_the_goods_waits_and_matches_when_they_came(here: State) -> None:
    buy = bought(here)
    order = first_order(buy)
    early = {"purchase_order_id": order, "line": 1, "eaches": 70, "amount_cents": 7 * PRICE}
    assert bill(buy, early).json["state"] == "to_decide"
    count(here, order, line(1, 7))
    finish(here, order)
    assert here.api("POST", buy.path("/matching"), here.coordinator).status_code == 204
    rows = here.api("GET", buy.path("/vendor-invoices"), here.coordinator).json["items"]
    assert [one["state"] for one in rows] == ["matched"]
    assert balances(ledger(here))["payable"] == -7 * PRICE


def test_what_was_billed_before_counts(here: State) -> None:
    buy = received(here)
    half = _line(buy, eaches=40, amount_cents=4 * PRICE)
    assert bill(buy, half).json["state"] == "matched"
    assert [one["reason"] for one in bill(buy, half).json["differences"]] == ["not_received"]


def test_a_credit_note_lets_a_waiting_invoice_match(here: State) -> None:
    buy = received(here)
    assert bill(buy, *right_lines(buy)).json["state"] == "matched"
    more = _line(buy, eaches=10, amount_cents=PRICE)
    waiting = bill(buy, more).json
    assert waiting["state"] == "to_decide"
    back = bill(buy, more, is_credit=True)
    assert back.json["state"] == "matched", back.json
    assert here.api("GET", f"/vendor-invoices/{waiting['id']}", here.coordinator).json["state"] == "matched"
    assert balances(ledger(here)) == {"goods": 7 * PRICE, "payable": -7 * PRICE}


def test_a_credit_note_takes_back_no_more_than_was_billed(here: State) -> None:
    buy = received(here)
    answer = bill(buy, *right_lines(buy), is_credit=True)
    assert [one["reason"] for one in answer.json["differences"]] == ["not_billed"]


def test_a_person_decides_about_what_differs_with_a_reason(here: State) -> None:
    buy = received(here)
    dear = bill(buy, _line(buy, amount_cents=7 * PRICE + 300)).json
    assert _decide(buy, dear, "accepted", " ").status_code == 422
    assert _decide(buy, dear, "disputed").status_code == 200
    assert ledger(here) == []
    assert _decide(buy, dear, "accepted").json["state"] == "accepted"
    assert balances(ledger(here)) == {"goods": 7 * PRICE + 300, "payable": -7 * PRICE - 300}
    assert _decide(buy, dear, "disputed").status_code == 409


def test_who_decides_from_an_old_version_is_told(here: State) -> None:
    buy = received(here)
    dear = bill(buy, _line(buy, amount_cents=7 * PRICE + 300)).json
    path, body = f"/vendor-invoices/{dear['id']}", {"state": "accepted", "reason": "Fine"}
    assert here.api("PUT", path, here.coordinator, json=body, headers={"If-Match": '"99"'}).status_code == 412


def test_settling_waits_until_everything_is_there(here: State) -> None:
    buy = bought(here)
    assert settle(buy).status_code == 409
    order = first_order(buy)
    count(here, order, line(1, 7))
    assert "Finish receiving" in settle(buy).json["detail"]
    finish(here, order)
    assert "not billed" in settle(buy).json["detail"]
    dear = bill(buy, _line(buy, amount_cents=7 * PRICE + 300)).json
    assert "Decide first" in settle(buy).json["detail"]
    assert standing(buy)["hindrance"]
    _decide(buy, dear, "accepted")
    assert settle(buy).status_code == 202
    assert standing(buy)["settlement"]["sums"]["owner_cents"] == 300


def test_programs_and_owner_bear_what_the_vendor_billed_and_the_tax(here: State) -> None:
    terms = {"freight_cents": 1001, "handling_cents": 333, "tax_millionths": 62_500}
    buy = settled(here, **terms)
    sums = standing(buy)["settlement"]["sums"]
    invoices = [invoice_of(buy, one) for one in (here.director, here.fellow)]
    assert sum(one["goods_cents"] for one in invoices) == 7 * PRICE
    assert sum(one["freight_cents"] for one in invoices) == 1001
    assert sum(one["handling_cents"] for one in invoices) == 333
    assert sum(one["total_cents"] for one in invoices) == sums["programs_cents"]
    assert sums["vendors_cents"] == 7 * PRICE + 1001
    assert sums["owner_cents"] == -333
    assert sums["tax_to_hand_in_cents"] == sum(one["tax_cents"] for one in invoices) > 0
    assert sums["programs_cents"] + sums["owner_cents"] == sums["vendors_cents"] + sums["tax_to_hand_in_cents"]
    found = balances(ledger(here))
    assert not any(found.get(one, 0) for one in ("goods", "freight", "handling"))


def test_a_settled_purchase_is_frozen(here: State) -> None:
    buy = settled(here)
    assert here.api("GET", buy.path(), here.coordinator).json["state"] == "settled"
    assert count(here, first_order(buy), line(1, 1)).status_code == 409
    before = len(ledger(here))
    assert bill(buy, *right_lines(buy)).json["state"] == "to_decide", "nothing is booked by itself"
    assert settle(buy).status_code == 202
    assert len(ledger(here)) == before


def test_invoices_are_numbered_without_gaps(here: State) -> None:
    first, second = settled(here), settled(here)
    rows = [
        one["number"]
        for buy in (first, second)
        for one in here.api("GET", buy.path("/program-invoices"), here.coordinator).json["items"]
    ]
    assert sorted(int(one.split("-")[1]) for one in rows) == [1, 2, 3, 4]


def test_a_program_sees_its_own_invoices_only(cast: Cast) -> None:
    here, there = cast.here, cast.there
    buy = settled(here)
    own = invoice_of(buy, here.director)
    assert here.api("GET", f"/program-invoices/{own['id']}", here.director).status_code == 200
    assert here.api("GET", f"/program-invoices/{own['id']}", here.fellow).status_code == 404
    assert here.api("GET", f"/programs/{here.director.program_id}/invoices", here.fellow).status_code == 404
    assert here.api("GET", buy.path("/settlement"), here.director).status_code == 403
    assert there.api("GET", f"/program-invoices/{own['id']}", there.coordinator).status_code == 404
    assert there.api("GET", buy.path("/settlement"), there.coordinator).status_code == 404
    assert ledger(there) == []


def test_goods_of_an_order_of_another_purchase_cannot_be_billed(here: State) -> None:
    buy, other = received(here), received(here)
    foreign = {**right_lines(other)[0]}
    assert bill(buy, foreign).status_code == 404


def test_everyone_with_an_invoice_is_told_once(here: State) -> None:
    settled(here)
    for one in (here.director, here.fellow):
        rows = here.api("GET", "/messages", one).json["items"]
        assert [m["kind"] for m in rows].count("purchase.invoice_issued") == 1


def test_what_is_never_billed_is_settled_only_when_asked_for(here: State) -> None:
    buy = received(here)
    assert settle(buy).status_code == 409
    assert settle(buy, leave_unbilled=True).status_code == 202
    assert standing(buy)["settlement"]["sums"]["owner_cents"] == -7 * PRICE


def test_an_exempt_program_pays_no_tax(here: State) -> None:
    path = f"/programs/{here.director.program_id}/tax-exemption"
    body = {"certificate": "E-77"}
    assert here.api("PUT", path, here.coordinator, json=body, headers={"If-Match": '"0"'}).status_code == 200
    buy = settled(here, tax_millionths=62_500)
    own, other = invoice_of(buy, here.director), invoice_of(buy, here.fellow)
    assert (own["tax_cents"], own["certificate"]) == (0, "E-77")
    assert other["tax_cents"] > 0


def test_a_billed_purchase_can_be_settled(here: State) -> None:
    assert standing(billed(here))["hindrance"] is None
