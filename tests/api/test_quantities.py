"""Quantities that nobody can mean are refused with the field, and nothing is ordered."""

from typing import Any

import pytest

from carepool.purchasing.actions.ordering import LARGEST_QUANTITY
from tests.buying import open_buy
from tests.cast import State


@pytest.mark.parametrize("field", ["wanted", "extra", "boost"])
@pytest.mark.parametrize("quantity", [-1, LARGEST_QUANTITY + 1, 10**30, 1.5, "12", None, True])
def test_negative_and_huge_quantities_are_refused(here: State, field: str, quantity: Any) -> None:
    buy = open_buy(here)
    line = {"item_id": buy.items["GLOVES"], "wanted": 1, field: quantity}
    body = {"delivery_point_id": buy.point, "place": True, "lines": [line]}
    path = buy.path(f"/orders/{here.director.program_id}")
    answer = here.api("PUT", path, here.director, json=body, headers={"If-None-Match": "*"})
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, f"lines.0.{field}")
    assert here.api("GET", path, here.director).status_code == 404
