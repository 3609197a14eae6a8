"""Builders of purchases, through the API as its users would."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from carepool.clock import now
from carepool.outbox import OutboxRow
from tenants.database import db
from tests.cast import Player, State
from workers.deliveries import deliver

TWO_RUNGS = [[1, 4000], [10, 3400]]


@dataclass(frozen=True)
class Buy:
    """An open purchase of a state: its id, its items by SKU, its delivery point."""

    state: State
    id: str
    items: dict[str, str]
    point: str
    number: str | None = None
    points: tuple[str, ...] = ()

    def path(self, rest: str = "") -> str:
        return f"/purchases/{self.id}{rest}"

    def order(
        self,
        player: Player,
        lines: dict[str, tuple[int, ...]],
        *,
        etag: str | None = None,
        place: bool = True,
        headers: dict[str, str] | None = None,
    ) -> Any:
        """Place (or keep) an order: {sku: (wanted, extra, boost)}."""
        body = {
            "delivery_point_id": self.point,
            "place": place,
            "lines": [
                dict(zip(("item_id", "wanted", "extra", "boost"), (self.items[sku], *quantities), strict=False))
                for sku, quantities in lines.items()
            ],
        }
        version = {"If-Match": etag} if etag else {"If-None-Match": "*"}
        path = self.path(f"/orders/{player.program_id}")
        return self.state.api("PUT", path, player, json=body, headers={**version, **(headers or {})})

    def close(self) -> Any:
        """Close by hand and let the workers do what follows."""
        answer = self.state.api("POST", self.path("/close"), self.state.coordinator)
        work(self.state)
        return answer

    def result(self, player: Player) -> dict[str, Any]:
        answer = self.state.api("GET", self.path(f"/results/{player.program_id}"), player)
        assert answer.status_code == 200, answer.text
        return dict(answer.json)


def make_item(state: State, sku: str = "GLOVES", **facts: Any) -> str:
    """Add a catalog item under a contract of its own vendor; return its id."""
    contract = make_contract(state)
    return add_item(state, contract, sku, **facts)


def make_contract(state: State, minimum_cents: int = 0, vendor: str = "Nap Time Supply") -> str:
    number = f"K-{secrets.token_hex(4)}"
    body = {"vendor_name": vendor, "number": number, "title": "Supplies", "minimum_cents": minimum_cents}
    return _made(state.api("POST", "/contracts", state.coordinator, json=body))


def add_item(state: State, contract: str, sku: str, **facts: Any) -> str:
    body = {"sku": sku, "name": f"Item {sku}", "case_size": 10, "ladder": TWO_RUNGS, "list_cents": 5000, **facts}
    return _made(state.api("POST", f"/contracts/{contract}/items", state.coordinator, json=body))


def draft(state: State, **terms: Any) -> str:
    at = now()
    body = {
        "title": "Fall supplies",
        "opens_at": (at - timedelta(hours=1)).isoformat(),
        "closes_at": (at + timedelta(days=2)).isoformat(),
        **terms,
    }
    return _made(state.api("POST", "/purchases", state.coordinator, json=body))


def open_buy(
    state: State,
    catalog_items: dict[str, str] | None = None,
    point: str = "site",
    per_place: int | None = None,
    second_point: str = "",
    **terms: Any,
) -> Buy:
    """Open a purchase of the given {sku: catalog item id}; one item GLOVES by default."""
    offered = catalog_items or {"GLOVES": make_item(state)}
    purchase = draft(state, **terms)
    kind = {"kind": point, "name": "Library parking lot" if point == "site" else "Your door"}
    point_id = _made(state.api("POST", f"/purchases/{purchase}/delivery-points", state.coordinator, json=kind))
    points = [point_id]
    if second_point:
        other = {"kind": "site", "name": second_point}
        points.append(_made(state.api("POST", f"/purchases/{purchase}/delivery-points", state.coordinator, json=other)))
    wanted = [
        {"catalog_item_id": one, "baseline_kind": "vendor_list", "eaches_per_place": per_place}
        for one in offered.values()
    ]
    added = state.api("POST", f"/purchases/{purchase}/items", state.coordinator, json={"items": wanted})
    assert added.status_code == 201, added.text
    opened = state.api("POST", f"/purchases/{purchase}/open", state.coordinator)
    assert opened.status_code == 200, opened.text
    items = {one["sku"]: one["id"] for one in added.json["items"]}
    return Buy(state, purchase, items, point_id, opened.json["number"], tuple(points))


def work(state: State) -> int:
    """Do all waiting outbox work of a state as a worker would; return how many rows were done."""
    done = 0
    while rows := _waiting(state):
        for topic, row_id in rows:
            deliver(state.app, state.tenant.scope, topic, [row_id])
        done += len(rows)
    return done


def _waiting(state: State) -> list[tuple[str, UUID]]:
    with state.scope():
        query = select(OutboxRow.topic, OutboxRow.id).where(OutboxRow.done_at.is_(None), OutboxRow.attempts == 0)
        return [(topic, row_id) for topic, row_id in db.session.execute(query.order_by(OutboxRow.id))]


def _made(answer: Any) -> str:
    assert answer.status_code == 201, answer.text
    return str(answer.json["id"])
