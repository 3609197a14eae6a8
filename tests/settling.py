"""Builders of purchases that are billed, settled and paid, through the API as its users would."""

import secrets
from typing import Any

from tests.buying import Buy, work
from tests.cast import Player, State
from tests.receiving import bought, count, finish, first_order, line


def vendors_of(buy: Buy) -> list[dict[str, Any]]:
    return list(standing(buy)["vendors"])


def standing(buy: Buy) -> dict[str, Any]:
    answer = buy.state.api("GET", buy.path("/settlement"), buy.state.coordinator)
    assert answer.status_code == 200, answer.text
    return dict(answer.json)


def bill(
    buy: Buy, *lines: dict[str, Any], vendor: str = "", number: str = "", by: Player | None = None, **more: Any
) -> Any:
    """Enter an invoice; the total is that of its parts where none is given."""
    vendor = vendor or vendors_of(buy)[0]["vendor_id"]
    parts = sum(one["amount_cents"] for one in lines) + more.get("freight_cents", 0) + more.get("tax_cents", 0)
    body = {
        "vendor_id": vendor,
        "number": number or f"INV-{secrets.token_hex(4)}",
        "invoiced_on": "2026-11-20",
        "total_cents": parts,
        "lines": list(lines),
        **more,
    }
    return buy.state.api("POST", buy.path("/vendor-invoices"), by or buy.state.coordinator, json=body)


def right_lines(buy: Buy) -> list[dict[str, Any]]:
    """Lines that bill exactly what was received of the first vendor."""
    return [
        {
            "purchase_order_id": one["order_id"],
            "line": one["line"],
            "eaches": one["received_eaches"],
            "amount_cents": one["received_cents"],
        }
        for one in vendors_of(buy)[0]["lines"]
        if one["received_eaches"]
    ]


def received(state: State, cases: int = 7, **terms: Any) -> Buy:
    """A purchase of 9 cases of which some came; shared out."""
    buy = bought(state, **terms)
    order = first_order(buy)
    assert count(state, order, line(1, cases)).status_code == 201
    assert finish(state, order).status_code == 200
    return buy


def billed(state: State, **terms: Any) -> Buy:
    """A purchase of which less came, billed as it came, with its freight."""
    buy = received(state, **terms)
    answer = bill(buy, *right_lines(buy), freight_cents=terms.get("freight_cents", 0))
    assert answer.status_code == 201, answer.text
    assert answer.json["state"] == "matched", answer.json
    return buy


def settle(buy: Buy, **body: Any) -> Any:
    answer = buy.state.api("POST", buy.path("/settlement"), buy.state.coordinator, json=body)
    work(buy.state)
    return answer


def settled(state: State, **terms: Any) -> Buy:
    """A settled purchase."""
    buy = billed(state, **terms)
    answer = settle(buy)
    assert answer.status_code == 202, answer.text
    assert standing(buy)["settlement"]["settled_at"], answer.json
    return buy


def borne_late(buy: Buy, by: str, *lines: dict[str, Any], told: bool = True, **more: Any) -> dict[str, Any]:
    """Enter an invoice after settling and say who bears it; return it as it stands then. `told`: programs heard of it."""
    late = bill(buy, *lines, **more)
    assert late.status_code == 201, late.text
    assert late.json["state"] == "to_decide", "after settling a person decides"
    path = f"/vendor-invoices/{late.json['id']}"
    tag = {"If-Match": late.headers["ETag"]}
    body = {"state": "accepted", "reason": "It came late", "borne_by": by}
    done = buy.state.api("PUT", path, buy.state.coordinator, json=body, headers=tag)
    assert done.status_code == 200, done.text
    if told:
        work(buy.state)
    return dict(done.json)


def adjustments(buy: Buy) -> list[dict[str, Any]]:
    """What changed for programs after settling."""
    answer = buy.state.api("GET", buy.path("/program-adjustments"), buy.state.coordinator)
    assert answer.status_code == 200, answer.text
    return list(answer.json["items"])


def invoice_of(buy: Buy, player: Player) -> dict[str, Any]:
    rows = buy.state.api("GET", f"/programs/{player.program_id}/invoices", player).json["items"]
    return dict(next(one for one in rows if one["purchase_id"] == buy.id))


def ledger(state: State, **query: Any) -> list[dict[str, Any]]:
    answer = state.api("GET", "/ledger", state.coordinator, query_string={"limit": 200, **query})
    assert answer.status_code == 200, answer.text
    return list(answer.json["items"])


def balances(entries: list[dict[str, Any]]) -> dict[str, int]:
    """Debits less credits of each account."""
    found: dict[str, int] = {}
    for entry in entries:
        assert sum(one["debit_cents"] - one["credit_cents"] for one in entry["lines"]) == 0
        for one in entry["lines"]:
            found[one["account"]] = found.get(one["account"], 0) + one["debit_cents"] - one["credit_cents"]
    return found
