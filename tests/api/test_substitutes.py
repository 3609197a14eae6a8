"""What programs take instead of an item, and what becomes of those who do not take what a vendor brings."""

from typing import Any

import pytest
from flask import Flask

from tests.buying import work
from tests.cast import State, posted
from tests.inbox import listening
from tests.ordering import Ordered, closed


def _chooses(state: State, player: Any, choice: str | None, own: Ordered | None = None) -> Any:
    item = None
    if own is not None:
        [item] = [one["catalog_item_id"] for one in _items(own)]
    body = {"choice": choice, "catalog_item_id": item}
    answer = state.api("PUT", f"/programs/{player.program_id}/substitutes", player, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json


def _items(own: Ordered) -> list[dict[str, Any]]:
    path = f"/contracts/{own.contract}/items"
    found = own.state.api("GET", path, own.state.coordinator).json["items"]
    return [{"catalog_item_id": one["id"]} for one in found]


def _swapped(app: Flask, state: State, price: str = "", **facts: Any) -> tuple[Ordered, dict[str, Any]]:
    """An order to which the vendor answered that something else comes, and what is made of it."""
    own = closed(state, wanted=30, fellow=10, **facts)
    with listening(app):
        own.send()
        work(state)
    path, client = own.link(), state.client()
    posted(client, path)
    form = {"code.1": "substitute", "substitute_sku.1": "N-2", "substitute_name.1": "Nitrile", "price.1": price}
    assert posted(client, f"{path}/answer", form, page=f"{path}/order").status_code == 302
    work(state)
    [proposal] = state.api("GET", own.buy.path("/proposals"), state.coordinator).json["items"]
    return own, proposal


def _share(own: Ordered, player: Any) -> tuple[int, int]:
    found = own.buy.result(player)
    return sum(one["got"] for one in found["shares"]), found["total_cents"]


def test_choices_are_kept_for_an_item_and_for_all(app: Flask, here: State) -> None:
    own = closed(here)
    assert _chooses(here, here.director, "never")["all"] == "never"
    chosen = _chooses(here, here.director, "same_price", own)
    assert (chosen["all"], [one["choice"] for one in chosen["items"]]) == ("never", ["same_price"])
    assert _chooses(here, here.director, None, own)["items"] == []
    refused = here.api("PUT", f"/programs/{here.director.program_id}/substitutes", here.fellow, json={"choice": "any"})
    assert refused.status_code == 404
    page = here.browser(here.director).submit(f"/programs/{here.director.program_id}/substitutes", "GET").text
    assert "Item GLOVES" in page and "No substitute: leave it out then" in page


def test_who_does_not_take_it_gets_and_owes_nothing_and_the_others_get_it(app: Flask, here: State) -> None:
    _chooses(here, here.fellow, "never")
    own, proposal = _swapped(app, here)
    told = proposal["consequences"]["substitutes"]
    assert (told["take"], told["refuse"], told["all_take"]) == (1, 1, False)
    assert told["programs"] == [[str(here.fellow.program_id), "never"]]
    page = here.browser(here.coordinator).submit(own.buy.path("/vendor-answers"), "GET").text
    assert "1 program does not take it" in page and "Casa Luna" in page
    with listening(app) as inbox:
        here.api("POST", f"/order-proposals/{proposal['id']}/accept", here.coordinator)
        work(here)
        told_to = {to for letter in inbox.letters for to in letter.rcpt_tos}
    assert {"director@example.org", "fellow@example.org"} <= told_to
    assert _share(own, here.director) == (30, 12000) and _share(own, here.fellow) == (0, 0)
    [order] = here.api("GET", own.buy.path("/purchase-orders"), here.coordinator).json["items"]
    assert order["total_cents"] == 12000, "three cases for those who take it"


@pytest.mark.parametrize(("same_brand", "fellow"), [(False, (0, 0)), (True, (10, 4000))])
def test_a_person_says_whether_it_is_of_the_same_brand(
    app: Flask, here: State, same_brand: bool, fellow: tuple[int, int]
) -> None:
    _chooses(here, here.fellow, "same_brand")
    own, proposal = _swapped(app, here)
    assert proposal["consequences"]["substitutes"]["same_brand"] == 1
    query = "?same_brand=true" if same_brand else ""
    here.api("POST", f"/order-proposals/{proposal['id']}/accept{query}", here.coordinator)
    work(here)
    assert _share(own, here.fellow) == fellow and _share(own, here.director)[0] == 30


@pytest.mark.parametrize(("price", "got"), [("45.00", 0), ("39.00", 10)])
def test_only_at_the_same_price_or_less(app: Flask, here: State, price: str, got: int) -> None:
    _chooses(here, here.fellow, "same_price")
    own, proposal = _swapped(app, here, price=price)
    here.api("POST", f"/order-proposals/{proposal['id']}/accept", here.coordinator)
    work(here)
    assert _share(own, here.fellow)[0] == got
    assert _share(own, here.director) == (30, int(float(price) * 300)), (
        "the vendor's price counts, whatever the ladder says"
    )


@pytest.mark.parametrize(
    ("choice", "price", "state"), [(None, "", "accepted"), ("never", "", "waiting"), (None, "45.00", "waiting")]
)
def test_a_rule_accepts_what_all_take_and_what_is_not_dearer(
    app: Flask, here: State, choice: str | None, price: str, state: str
) -> None:
    if choice:
        _chooses(here, here.fellow, choice)
    _own, proposal = _swapped(app, here, price=price, accept_wanted_substitutes=True)
    assert proposal["state"] == state


def test_the_form_of_an_order_says_what_counts(here: State) -> None:
    from tests.buying import open_buy

    buy = open_buy(here)
    _chooses(here, here.director, "same_brand")
    page = here.browser(here.director).submit(buy.path(f"/orders/{here.director.program_id}"), "GET").text
    assert "If it cannot come:" in page and "Only of the same brand" in page
