"""A whole group purchase on a running installation, from a real roster and catalog, as its users would do it."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from flask import current_app
from sqlalchemy import select

from carepool.clock import now
from carepool.identity import actions as identity
from carepool.identity.rights import Permission, Role
from carepool.outbox import Actor
from carepool.programs.models import Program
from tenants import lifecycle
from tenants.database import db
from tenants.kits import load_kit
from tenants.registry import TenantEntry, host_of, tenant_by_code
from tenants.scope import visiting

_BY = Actor.operator()
_WAIT_SECONDS = 600
_MEMBERS_AT_ONCE = 1000


class DemonstrationFailed(RuntimeError):
    """Something did not go as it must; the message says what."""


@dataclass
class Demonstration:
    """One run: who calls the API, and how long each part took, in seconds."""

    web: str
    tenant: TenantEntry
    chance: random.Random
    token: str = ""
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def timed(self, part: str) -> Iterator[None]:
        """Note the wall time of a part."""
        began = time.monotonic()
        yield
        self.seconds[part] = round(time.monotonic() - began, 2)

    def call(self, method: str, path: str, *, token: str = "", **options: Any) -> Any:
        """Call the API of the state and return its JSON. Raises DemonstrationFailed."""
        headers = {
            "Host": host_of(self.tenant.id) or "",
            "Authorization": f"Bearer {token or self.token}",
            **options.pop("headers", {}),
        }
        answer = _HTTP.request(method, f"{self.web}/api/v1{path}", headers=headers, timeout=120, **options)
        if answer.status_code >= 400:
            raise DemonstrationFailed(f"{method} {path} answered {answer.status_code}: {answer.text[:500]}")
        return answer.json() if answer.content else None

    def wait(self, path: str, states: set[str]) -> Any:
        """Ask until the thing is in one of the states."""
        until = time.monotonic() + _WAIT_SECONDS
        while time.monotonic() < until:
            found = self.call("GET", path)
            if found["state"] in states:
                return found
            time.sleep(0.1)
        raise DemonstrationFailed(f"{path} did not become one of {sorted(states)}; do the workers run?")


_HTTP = httpx.Client()


def run(
    state: str,
    roster: Path,
    catalog: Path,
    programs: int,
    items: int,
    seed: int,
    web: str,
    map_: dict[str, Any] | None,
    alliance: str | None = None,
) -> dict[str, Any]:
    """Provision, import, open, order as `programs` programs, close through the worker; return counts and sums.

    `alliance`: the name of the alliance that owns the purchase, of which those programs are members; None: the state.
    """
    demo = Demonstration(web, _tenant(state), random.Random(seed))  # noqa: S311
    demo.token = coordinator(demo.tenant)
    maps = map_ or {}
    with demo.timed("roster"):
        read = _import(demo, roster, {"kind": "roster"}, maps.get("roster"))
    with demo.timed("catalog"):
        contract, sold = _catalog(demo, catalog, maps.get("catalog"))
    # members must be there before their purchase opens
    members = _joining(demo.tenant, programs, demo.chance) if alliance else []
    owner = _alliance(demo, alliance, [one for one, _ in members]) if alliance else None
    purchase, lines, point = _open(demo, contract, items, owner)
    joining = members or _joining(demo.tenant, programs, demo.chance)
    with demo.timed("orders"):
        ordered = _order(demo, purchase, lines, point, joining)
    with demo.timed("close"):
        demo.call("POST", f"/purchases/{purchase['id']}/close")
        # closed: the vendor's orders are sent from here, when somebody says so
        done = demo.wait(f"/purchases/{purchase['id']}", {"closed", "ordered", "failed_minimum"})
    return _told(demo, done, joining, ordered, read, sold)


def _tenant(state: str) -> TenantEntry:
    code = state.lower()
    host = f"{code}.{current_app.config['CAREPOOL_BASE_DOMAIN']}"
    return tenant_by_code(code) or lifecycle.provision(load_kit(code), [host])


def coordinator(tenant: TenantEntry) -> str:
    """Return a token that may do everything in the state for a day."""
    with visiting(tenant.scope):
        person = identity.invite_person(_BY, "demo.coordinator@example.org", "Demonstration Coordinator")
        identity.grant_role(_BY, person.id, Role.STATE_ADMINISTRATOR)
        at = now()
        return str(
            identity.issue_api_token(_BY, person.id, list(Permission), "demonstration", at + timedelta(days=1), at)
        )


def _import(demo: Demonstration, file: Path, form: dict[str, str], map_: Any) -> dict[str, int]:
    with file.open("rb") as stream:
        one = demo.call("POST", "/imports", data=form, files={"file": (file.name, stream)})
    path = f"/imports/{one['id']}"
    demo.call("POST", f"{path}/columns", json={"column_map": map_})
    read = demo.wait(path, {"previewed", "failed"})
    if read["state"] == "failed":
        raise DemonstrationFailed(f"{file.name}: {read['error']}")
    demo.call("POST", f"{path}/apply")
    demo.wait(path, {"applied"})
    return dict(read["counts"])


def _catalog(demo: Demonstration, file: Path, map_: Any) -> tuple[str, dict[str, int]]:
    number = f"DEMO-{file.stem[:40]}"
    known = [one for one in all_of(demo, "/contracts") if one["number"] == number]
    body = {"vendor_name": f"Vendor of {file.stem[:60]}", "number": number, "title": file.stem[:100]}
    contract = known[0]["id"] if known else demo.call("POST", "/contracts", json=body)["id"]
    return contract, _import(demo, file, {"kind": "catalog", "contract_id": contract}, map_)


def etag_of(demo: Demonstration, path: str) -> str:
    """Return the ETag of a thing."""
    headers = {"Host": host_of(demo.tenant.id) or "", "Authorization": f"Bearer {demo.token}"}
    return str(_HTTP.get(f"{demo.web}/api/v1{path}", headers=headers, timeout=60).headers["ETag"])


def all_of(demo: Demonstration, path: str) -> list[dict[str, Any]]:
    """Return every row of a list."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = demo.call("GET", path, params={"limit": 200, **({"cursor": cursor} if cursor else {})})
        found += page["items"]
        cursor = page["next_cursor"]
        if not cursor:
            return found


def _alliance(demo: Demonstration, name: str, programs: list[str]) -> str:
    """Return the alliance of a name, which is founded where there is none; the programs are its members."""
    known = [one["id"] for one in all_of(demo, "/alliances") if one["name"] == name]
    body = {"name": name, "shape": "membership", "hub_name": f"Hub of {name}"[:200]}
    own = str(known[0] if known else demo.call("POST", "/alliances", json=body)["id"])
    with visiting(demo.tenant.scope):
        chosen = select(Program.licence_number).where(Program.id.in_([UUID(one) for one in programs]))
        numbers = list(db.session.scalars(chosen.order_by(Program.licence_number)))
    for first in range(0, len(numbers), _MEMBERS_AT_ONCE):
        some = {"licence_numbers": numbers[first : first + _MEMBERS_AT_ONCE]}
        demo.call("POST", f"/alliances/{own}/members/by-licence", json=some)
    return own


def _open(
    demo: Demonstration, contract: str, items: int, alliance: str | None
) -> tuple[dict[str, Any], list[dict[str, Any]], str]:
    offered = all_of(demo, f"/contracts/{contract}/items")
    chosen = demo.chance.sample(offered, min(items, len(offered)))
    at = now()
    terms = {
        "title": f"Demonstration of {at:%Y-%m-%d %H:%M}",
        "opens_at": (at - timedelta(minutes=1)).isoformat(),
        "closes_at": (at + timedelta(days=1)).isoformat(),
        "freight_cents": 12_345,
        "tax_millionths": 62_500,
        "alliance_id": alliance,
    }
    purchase = demo.call("POST", "/purchases", json=terms)
    path = f"/purchases/{purchase['id']}"
    point = demo.call("POST", f"{path}/delivery-points", json={"kind": "site", "name": "Regional site"})["id"]
    wanted = [{"catalog_item_id": one["id"], "baseline_kind": "vendor_list"} for one in chosen]
    demo.call("POST", f"{path}/items", json={"items": wanted})
    return demo.call("POST", f"{path}/open"), all_of(demo, f"{path}/items"), point


def _joining(tenant: TenantEntry, programs: int, chance: random.Random) -> list[tuple[str, str]]:
    """Choose programs of the roster and give each a director with a token: [(program id, token)]."""
    with visiting(tenant.scope):
        numbers = select(Program.licence_number, Program.id).where(
            Program.seen_at.is_not(None), Program.gone_at.is_(None)
        )
        known = dict(db.session.execute(numbers).tuples().all())
        chosen = chance.sample(sorted(known), min(programs, len(known)))
        at = now()
        joining = []
        for place, number in enumerate(chosen):
            email = f"demo.director.{place}@example.org"
            person = identity.invite_person(_BY, email, f"Demonstration Director {place}")
            identity.grant_role(_BY, person.id, Role.PROGRAM_DIRECTOR, known[number])
            scopes = [Permission.PURCHASES_READ, Permission.ORDERS_READ, Permission.ORDERS_WRITE]
            token = identity.issue_api_token(_BY, person.id, scopes, "demonstration", at + timedelta(hours=2), at)
            joining.append((str(known[number]), str(token)))
        return joining


def _order(
    demo: Demonstration,
    purchase: dict[str, Any],
    lines: list[dict[str, Any]],
    point: str,
    joining: list[tuple[str, str]],
) -> int:
    ordered = 0
    for program, token in joining:
        asked = []
        for item in demo.chance.sample(lines, demo.chance.randint(1, min(8, len(lines)))):
            wanted = demo.chance.randint(1, max(2, item["case_size"] // 3))
            extra = demo.chance.choice([0, 0, wanted // 2])
            asked.append({"item_id": item["id"], "wanted": wanted, "extra": extra})
        ordered += len(asked)
        body = {"delivery_point_id": point, "lines": asked, "place": True}
        path = f"/purchases/{purchase['id']}/orders/{program}"
        demo.call("PUT", path, token=token, json=body, headers={"If-None-Match": "*"})
    return ordered


def _told(
    demo: Demonstration,
    purchase: dict[str, Any],
    joining: list[tuple[str, str]],
    ordered: int,
    read: dict[str, int],
    sold: dict[str, int],
) -> dict[str, Any]:
    path = f"/purchases/{purchase['id']}"
    sums = demo.call("GET", f"{path}/close")["sums"]
    orders = all_of(demo, f"{path}/purchase-orders")
    totals = sum(order["total_cents"] for order in orders)
    owed = sum(share["amount_cents"] for share in all_of(demo, f"{path}/shares"))
    right = sums["billed_cents"] == sums["owed_cents"] == totals == owed
    if not right:
        raise DemonstrationFailed(f"The sums differ: billed {sums['billed_cents']}, owed {owed}, ordered {totals}.")
    paid = [demo.call("GET", f"{path}/results/{program}") for program, _ in joining]
    taxed = sum(one["tax_cents"] for one in paid)
    if taxed != sums["tax_cents"]:
        raise DemonstrationFailed(f"The taxes differ: {sums['tax_cents']} in all, {taxed} of the programs.")
    return {
        "state": demo.tenant.code,
        "purchase": purchase["number"],
        "outcome": purchase["state"],
        "roster": read,
        "catalog": sold,
        "order_lines": ordered,
        "purchase_orders": [order["number"] for order in orders],
        "sums": sums,
        "sums_right": right,
        "seconds": demo.seconds,
    }
