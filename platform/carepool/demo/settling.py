"""A closed purchase on a running installation from its orders to the export, as its users would do it; sums at every step."""

import csv
import io
import random
import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import httpx

from carepool.clock import now
from carepool.demo.purchase import Demonstration, DemonstrationFailed, all_of, coordinator, etag_of
from carepool.demo.sending import ANSWERS, answered, sent_every_way, vendors
from carepool.demo.steps import Step
from carepool.purchasing.settlement.nacha import RECORD
from tenants.registry import host_of, tenant_by_code

_WAIT_SECONDS = 600
_TO_SEND = ("closed", "ordered")
_SHORT_EVERY = 3
"""Every third line comes a case short, or with a damaged each where there is one case only."""
_BANK = {"bank_name": "Demonstration Bank", "bank_routing": "102001017", "company_id": "1840000001"}
_ACCOUNT = {"holder": "Demonstration Vendor", "routing": "021000021", "account": "000123456", "is_business": True}


def run(state: str, number: str | None, web: str) -> dict[str, Any]:
    """Send a closed purchase's orders, answer, count, share, bill, pay and export them; return every step's sums."""
    tenant = tenant_by_code(state.lower())
    if tenant is None:
        raise DemonstrationFailed(f"There is no state {state}. Run `carepool demo purchase` first.")
    demo = Demonstration(web, tenant, random.Random(7))  # noqa: S311 - chooses nothing secret
    demo.token = coordinator(tenant)
    purchase = _purchase(demo, number)
    path = f"/purchases/{purchase['id']}"
    steps: list[Step] = []

    def prove(name: str, step: Callable[[], Step]) -> None:
        with demo.timed(name):
            steps.append(step().proved())

    prove("ordered", lambda: _ordered(demo, path))
    with vendors(demo, path) as every:
        prove("sent", partial(sent_every_way, demo, path, every))
        for one in ANSWERS:
            prove(one.name, partial(answered, demo, path, every, one))
    for name, step in _AFTER_SENDING:
        prove(name, partial(step, demo, path))
    return {
        "state": tenant.code,
        "purchase": purchase["number"],
        "steps": [one.as_json() for one in steps],
        "sums_right": True,
        "seconds": demo.seconds,
    }


def _purchase(demo: Demonstration, number: str | None) -> dict[str, Any]:
    """Return the purchase of a number, or the newest that is closed or ordered."""
    found = all_of(demo, "/purchases")
    fitting = [one for one in found if (one["number"] == number if number else one["state"] in _TO_SEND)]
    if not fitting:
        raise DemonstrationFailed("There is no such purchase that is ordered. Run `carepool demo purchase` first.")
    if fitting[0]["state"] not in _TO_SEND:
        raise DemonstrationFailed(f"The purchase {number} is {fitting[0]['state']}; it must be closed or ordered.")
    return dict(fitting[0])


def _ordered(demo: Demonstration, path: str) -> Step:
    sums = demo.call("GET", f"{path}/close")["sums"]
    orders = all_of(demo, f"{path}/purchase-orders")
    shares = all_of(demo, f"{path}/shares")
    ordered, owed = sum(one["total_cents"] for one in orders), sum(one["amount_cents"] for one in shares)
    return Step(
        "ordered",
        {"vendors": ordered, "programs": owed},
        [("orders and bill", ordered, sums["billed_cents"]), ("programs' parts and bill", owed, sums["billed_cents"])],
    )


def _received(demo: Demonstration, path: str) -> Step:
    """Count every order at the door, some lines short, and say that all has come."""
    place = 0
    demo.call("POST", f"{path}/orders-sent")
    orders = all_of(demo, f"{path}/purchase-orders")
    for order in orders:
        at_door = f"/purchase-orders/{order['id']}"
        lines = []
        for line in demo.call("GET", f"{at_door}/receiving")["lines"]:
            place += 1
            short = place % _SHORT_EVERY == 0
            cases = line["ordered_cases"] - (1 if short and line["ordered_cases"] > 1 else 0)
            lines.append({"line": line["line"], "cases": cases, "damaged": 1 if short and cases < 2 else 0})
        for first in range(0, len(lines), 1000):
            count = {"key": secrets.token_hex(12), "lines": lines[first : first + 1000]}
            demo.call("POST", f"{at_door}/receipts", json=count)
        demo.call("POST", f"{at_door}/receiving")
    told = demo.call("GET", f"{path}/settlement")["sums"]
    claims = sum(one["amount_cents"] for one in all_of(demo, f"{path}/vendor-claims"))
    return Step(
        "received",
        {"ordered": told["ordered_cents"], "received": told["received_cents"], "claimed": claims},
        [("received and claimed, and ordered", told["received_cents"] + claims, told["ordered_cents"])],
    )


def _shared(demo: Demonstration, path: str) -> Step:
    """Wait until what arrived is shared out anew."""
    arrival = _until(lambda: all_of(demo, f"{path}/arrivals")[0], "computed_at", "the sharing")
    shares = sum(one["amount_cents"] for one in all_of(demo, f"/arrivals/{arrival['id']}/shares"))
    sums, told = arrival["sums"], demo.call("GET", f"{path}/settlement")["sums"]
    goods_of_owner = sums["owed_cents"] - sums["members_cents"]
    return Step(
        "shared out",
        {"programs": shares, "owner": goods_of_owner, "received": told["received_cents"]},
        [
            ("programs' parts", shares, sums["members_cents"]),
            ("programs and owner, and received", shares + goods_of_owner, told["received_cents"]),
        ],
    )


def _until(read: Any, name: str, what: str) -> Any:
    until = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < until:
        found = read()
        if found and found[name]:
            return found
        time.sleep(0.2)
    raise DemonstrationFailed(f"{what} did not end; do the workers run?")


def _invoiced(demo: Demonstration, path: str) -> Step:
    """Let each vendor bill all that was ordered, dispute that, and let it bill what came."""
    freight = demo.call("GET", path)["freight_cents"]
    for vendor in demo.call("GET", f"{path}/settlement")["vendors"]:
        wrong = _bill(demo, path, vendor, "ordered", freight)
        if wrong["state"] != "matched":
            for decision in ("disputed", "withdrawn"):
                _decide(demo, wrong, decision)
            right = _bill(demo, path, vendor, "received", freight)
            if right["state"] != "matched":
                raise DemonstrationFailed(f"The invoice {right['number']} does not match: {right['differences']}")
        freight = 0
    told = demo.call("GET", f"{path}/settlement")["sums"]
    return Step(
        "invoiced",
        {
            "received": told["received_cents"],
            "goods": told["billed_goods_cents"],
            "freight": told["billed_freight_cents"],
        },
        [
            ("billed goods and received", told["billed_goods_cents"], told["received_cents"]),
            (
                "billed in all",
                told["billed_cents"],
                told["billed_goods_cents"] + told["billed_freight_cents"] + told["billed_tax_cents"],
            ),
        ],
    )


def _bill(demo: Demonstration, path: str, vendor: dict[str, Any], what: str, freight: int) -> Any:
    lines = [
        {
            "purchase_order_id": one["order_id"],
            "line": one["line"],
            "eaches": one[f"{what}_eaches"],
            "amount_cents": one[f"{what}_cents"],
        }
        for one in vendor["lines"]
        if one[f"{what}_eaches"]
    ]
    body = {
        "vendor_id": vendor["vendor_id"],
        "number": f"DEMO-{secrets.token_hex(4)}",
        "invoiced_on": now().date().isoformat(),
        "freight_cents": freight,
        "total_cents": sum(one["amount_cents"] for one in lines) + freight,
        "lines": lines,
    }
    return demo.call("POST", f"{path}/vendor-invoices", json=body)


def _decide(demo: Demonstration, invoice: dict[str, Any], state: str) -> None:
    whole = f"/vendor-invoices/{invoice['id']}"
    body = {"state": state, "reason": "More is billed than came (demonstration)"}
    demo.call("PUT", whole, json=body, headers={"If-Match": etag_of(demo, whole)})


def _settled(demo: Demonstration, path: str) -> Step:
    demo.call("POST", f"{path}/settlement", json={"due_days": 30})
    done = _until(lambda: demo.call("GET", f"{path}/settlement")["settlement"], "settled_at", "the settling")["sums"]
    invoices = all_of(demo, f"{path}/program-invoices")
    total = sum(one["total_cents"] for one in invoices)
    parts = ("goods_cents", "freight_cents", "handling_cents", "tax_cents", "exchange_cents")
    return Step(
        "settled",
        {
            "programs": total,
            "owner": done["owner_cents"],
            "vendors": done["vendors_cents"],
            "tax": done["tax_to_hand_in_cents"],
        },
        [
            ("programs' invoices and the ledger", total, done["programs_cents"]),
            ("parts of the invoices", sum(one[name] for one in invoices for name in parts), total),
            (
                "programs and owner, and vendors and tax",
                total + done["owner_cents"],
                done["vendors_cents"] + done["tax_to_hand_in_cents"],
            ),
        ],
    )


def _paid(demo: Demonstration, path: str) -> Step:
    """Let programs pay by check and pay vendors through a file for the bank."""
    purchase, day, book = path.rsplit("/", 1)[1], now().date(), _owner(demo, path)
    for place, invoice in enumerate(all_of(demo, f"{path}/program-invoices"), start=1):
        account = demo.call("GET", f"/programs/{invoice['program_id']}/account")["books"]
        left = sum(one["owed_cents"] for one in account if one["alliance_id"] == book)
        cents = min(invoice["total_cents"], left)
        if cents > 0:
            check = {"method": "check", "reference": f"{1000 + place}", "program_id": invoice["program_id"]}
            _pay(demo, purchase, cents, check)
    to_vendors = _pay_vendors(demo, path, purchase, book)
    if to_vendors:
        _send_to_bank(demo, (day + timedelta(days=1)).isoformat(), to_vendors, book)
    told = demo.call("GET", f"{path}/settlement")["sums"]
    return Step(
        "paid",
        {
            "from programs": told["programs_paid_cents"],
            "to vendors": told["paid_cents"],
            "still owed": told["programs_owe_cents"] + told["vendors_owed_cents"],
        },
        [
            ("paid and billed of vendors", told["paid_cents"], told["billed_cents"]),
            ("paid and invoiced of programs", told["programs_paid_cents"], told["programs_cents"]),
        ],
    )


def _owner(demo: Demonstration, path: str) -> str | None:
    """Return the alliance that owns the purchase, or None for the state: in whose book all of it is."""
    owner: str | None = demo.call("GET", path)["alliance_id"]
    return owner


def _pay(demo: Demonstration, purchase: str, cents: int, more: dict[str, Any]) -> Any:
    body = {"key": secrets.token_hex(12), "amount_cents": cents, "purchase_id": purchase, **more}
    return demo.call("POST", "/payments", json={"paid_on": now().date().isoformat(), **body})


def _pay_vendors(demo: Demonstration, path: str, purchase: str, book: str | None) -> int:
    """Enter a payment to each vendor for the next file of the book, and return what all come to."""
    whose = {"alliance_id": book} if book else {}
    if not demo.call("GET", "/ach-origin", params=whose)["bank_routing"]:
        origin = {**_BANK, "company_name": "Hub" if book else demo.tenant.name[:16]}
        demo.call("PUT", "/ach-origin", params=whose, json=origin, headers={"If-Match": '"0"'})
    whole = 0
    for vendor in demo.call("GET", f"{path}/settlement")["vendors"]:
        cents = vendor["billed_cents"] - vendor["paid_cents"]
        if cents <= 0:
            continue
        account = f"/contracts/{vendor['lines'][0]['contract_id']}/bank-account"
        if not demo.call("GET", account)["last_four"]:
            given = {**_ACCOUNT, "authorized_on": now().date().isoformat()}
            demo.call("PUT", account, json=given, headers={"If-None-Match": "*"})
        _pay(demo, purchase, cents, {"method": "ach", "direction": "out", "vendor_id": vendor["vendor_id"]})
        whole += cents
    return whole


def _send_to_bank(demo: Demonstration, day: str, cents: int, book: str | None) -> None:
    """Make the file for the book's bank and read it again. Raises DemonstrationFailed where it lacks the payments."""
    made = demo.call("POST", "/ach-files", json={"effective_on": day, "alliance_id": book})
    lines = _text(demo, f"/ach-files/{made['id']}/file").splitlines()
    control = next(line for line in lines if line[0] == "9" and line != "9" * RECORD)
    if {len(line) for line in lines} != {RECORD} or int(control[43:55]) != made["credit_cents"]:
        raise DemonstrationFailed("The file for the bank does not hold to its format.")
    if made["credit_cents"] < cents:
        raise DemonstrationFailed(f"The file for the bank holds {made['credit_cents']}, wanted {cents}.")


def _text(demo: Demonstration, path: str, **query: str) -> str:
    headers = {"Host": host_of(demo.tenant.id) or "", "Authorization": f"Bearer {demo.token}"}
    answer = httpx.get(f"{demo.web}/api/v1{path}", headers=headers, params=query, timeout=120)
    if answer.status_code >= 400:
        raise DemonstrationFailed(f"GET {path} answered {answer.status_code}: {answer.text[:500]}")
    return answer.content.decode("utf-8-sig")


def _exported(demo: Demonstration, path: str) -> Step:
    """Read every export of the last days of the purchase's book and hold it against the book's own sums; see that the
    books of all owners balance, each by itself."""
    day, book = now().date(), _owner(demo, path) or "state"
    days = {"since": (day - timedelta(days=1)).isoformat(), "until": (day + timedelta(days=1)).isoformat()}
    query = {**days, "book": book}
    debits, found = _journal(demo, query)
    above = _above(demo.call("GET", "/ledger/totals", params=query))
    iif = [line.split("\t") for line in _text(demo, "/ledger/export", format="quickbooks_iif", **query).split("\n")]
    amounts = [_cents(cells[6]) for cells in iif if cells[0] in ("TRNS", "SPL")]
    online = list(
        csv.DictReader(io.StringIO(_text(demo, "/ledger/export", format="quickbooks_csv", **query), newline=""))
    )
    return Step(
        "exported",
        {"debits": debits, "balances": above},
        [
            ("balances of the journal and the ledger", sum(cents for cents in found.values() if cents > 0), above),
            ("IIF debits and journal debits", sum(cents for cents in amounts if cents > 0), debits),
            ("IIF debits and credits", sum(amounts), 0),
            ("QuickBooks CSV debits and journal debits", sum(_cents(row["Debits"]) for row in online), debits),
            ("QuickBooks CSV credits and journal debits", sum(_cents(row["Credits"]) for row in online), debits),
            *_books(demo, days),
        ],
    )


def _journal(demo: Demonstration, query: dict[str, str]) -> tuple[int, dict[str, int]]:
    """Return the debits of a journal, and {account: debits less credits}."""
    debits = 0
    found: dict[str, int] = defaultdict(int)
    journal = _text(demo, "/ledger/export", format="journal_csv", **query)
    for row in csv.DictReader(io.StringIO(journal, newline="")):
        debits += _cents(row["debit"])
        found[row["account_number"]] += _cents(row["debit"]) - _cents(row["credit"])
    return debits, found


def _above(totals: dict[str, int]) -> int:
    return sum(cents for cents in totals.values() if cents > 0)


def _books(demo: Demonstration, days: dict[str, str]) -> Iterator[tuple[str, int, int]]:
    """Yield, where alliances keep books, what stands in debit and in credit in each, and what all come to together."""
    owners = [("state", "the state")] + [(one["id"], one["name"]) for one in all_of(demo, "/alliances")]
    if len(owners) < 2:
        return
    whole = 0
    for book, owner in owners:
        totals = demo.call("GET", "/ledger/totals", params={**days, "book": book})
        debits, _ = _journal(demo, {**days, "book": book})
        whole += debits
        yield f"balances of {owner}", _above(totals), _above(totals) - sum(totals.values())
    yield "debits of all books and of each", _journal(demo, {**days, "book": "all"})[0], whole


def _cents(text: str) -> int:
    return int(Decimal(text or "0") * 100)


_AFTER_SENDING: tuple[tuple[str, Callable[[Demonstration, str], Step]], ...] = (
    ("received", _received),
    ("shared out", _shared),
    ("invoiced", _invoiced),
    ("settled", _settled),
    ("paid", _paid),
    ("exported", _exported),
)


def table_of(told: dict[str, Any]) -> str:
    """Return every step as a table of words and dollars."""
    lines = [f"{told['purchase']} in {told['state']}", ""]
    for step in told["steps"]:
        lines.append(
            f"{step['step']:<12} " + "  ".join(f"{what} {_dollars(cents)}" for what, cents in step["cents"].items())
        )
        for one in step["sums"]:
            mark = "=" if one["equal"] else "≠"
            lines.append(f"{'':12}   {one['what']:<46} {_dollars(one['left']):>16} {mark} {_dollars(one['right'])}")
        for came in step["documents"]:
            size = f"{came['bytes']:,} bytes, sha256 {came['sha256'][:12]}, {came['lines']} lines"
            sent = f"version {came['version']} by {came['way']}: {came['document']}, {size}, {came['state']}"
            lines.append(f"{'':12}   {sent}")
    return "\n".join(lines)


def _dollars(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100:,}.{abs(cents) % 100:02d}"
