"""A valid body for each API route that takes one: {(endpoint, method): body of a state}, and headers that it needs."""

from collections.abc import Callable
from typing import Any

from tests.buying import make_item, open_buy
from tests.cast import State

Body = Callable[[State], dict[str, Any]]


def _order(state: State) -> dict[str, Any]:
    buy = open_buy(state)
    line = {"item_id": buy.items["GLOVES"], "wanted": 3}
    return {"delivery_point_id": buy.point, "lines": [line], "place": True}


BODIES: dict[tuple[str, str], Body] = {
    ("programs.Programs", "POST"): lambda state: {"licence_number": "N-1", "name": "New Program"},
    ("identity.People", "POST"): lambda state: {
        "email": "new@example.org",
        "role": "program_staff",
        "program_id": str(state.director.program_id),
    },
    ("identity.MyTokens", "POST"): lambda state: {"scopes": ["programs:read"]},
    ("purchasing.Contracts", "POST"): lambda state: {"vendor_name": "V", "number": "N-9", "title": "T"},
    ("purchasing.ContractItems", "POST"): lambda state: {
        "sku": "S",
        "name": "N",
        "case_size": 1,
        "ladder": [[1, 100]],
    },
    ("purchasing.Purchases", "POST"): lambda state: {
        "title": "T",
        "opens_at": "2026-01-01T00:00:00Z",
        "closes_at": "2027-01-01T00:00:00Z",
    },
    ("purchasing.Points", "POST"): lambda state: {"name": "Church hall"},
    ("purchasing.Items", "POST"): lambda state: {
        "items": [{"catalog_item_id": make_item(state), "baseline_kind": "vendor_list"}]
    },
    ("purchasing.Order", "PUT"): _order,
}
HEADERS: dict[tuple[str, str], dict[str, str]] = {
    ("purchasing.Order", "PUT"): {"If-None-Match": "*"},
    ("purchasing.Order", "DELETE"): {"If-Match": '"1"'},
}
