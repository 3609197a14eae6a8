"""Alliances that own purchases, through the API as their users would: members, a hub, purchases of two owners."""

import secrets
from dataclasses import dataclass
from typing import Any

from carepool.identity.rights import Role
from tests.buying import Buy, open_buy
from tests.cast import Player, State, _player, _program
from tests.hubs import founded
from tests.receiving import count, finish, first_order, line
from tests.settling import bill, right_lines, settle, standing

HUB = {
    "hub_name": "Front Range Hub",
    "contact_name": "Hana Hub",
    "contact_email": "hana@hub.example",
    "contact_phone": "303-555-0101",
}


def alliance_of(state: State, *members: Player) -> str:
    """Found an alliance of some programs whose hub can be reached; return its id."""
    return founded(state, *members, name=f"Front Range Alliance {secrets.token_hex(3)}", **HUB)


def outsider_of(state: State) -> Player:
    """A director of a program that is in no alliance."""
    with state.scope():
        name = f"outsider-{secrets.token_hex(3)}"
        return _player(name, Role.PROGRAM_DIRECTOR, _program(f"Oak House {secrets.token_hex(3)}", 20))


def bought_by(state: State, orders: dict[Player, int], cases: int, **terms: Any) -> Buy:
    """A settled purchase that these programs ordered from, of which so many cases came, billed as they came."""
    buy = open_buy(state, **terms)
    for player, wanted in orders.items():
        answer = buy.order(player, {"GLOVES": (wanted, 4)})
        assert answer.status_code in (200, 201), answer.text
    buy.close()
    order = first_order(buy)
    assert count(state, order, line(1, cases)).status_code == 201
    assert finish(state, order).status_code == 200
    billed = bill(buy, *right_lines(buy), freight_cents=terms.get("freight_cents", 0))
    assert billed.status_code == 201 and billed.json["state"] == "matched", billed.text
    assert settle(buy).status_code == 202
    assert standing(buy)["settlement"]["settled_at"]
    return buy


@dataclass(frozen=True)
class Owners:
    """A state with one alliance of two members, and a settled purchase of each owner; the director's is in both."""

    state: State
    alliance: str
    outsider: Player
    of_alliance: Buy
    of_state: Buy

    def account(self, player: Player) -> dict[str, Any]:
        """What a program owes: in all, and by owner (the state under "")."""
        told = self.state.api("GET", f"/programs/{player.program_id}/account", player).json
        return {**told, "by": {one["alliance_id"] or "": one for one in told["books"]}}

    def entries(self, book: str = "") -> list[dict[str, Any]]:
        """All entries of a book, the newest first."""
        query = {"limit": 200, "book": book or "state"}
        answer = self.state.api("GET", "/ledger", self.state.coordinator, query_string=query)
        assert answer.status_code == 200, answer.text
        return list(answer.json["items"])


def owners(state: State) -> Owners:
    """Let an alliance and the state buy for the same program."""
    alliance, outsider = alliance_of(state, state.director, state.fellow), outsider_of(state)
    terms = {"freight_cents": 1001, "handling_cents": 333, "tax_millionths": 62_500}
    of_alliance = bought_by(state, {state.director: 60, state.fellow: 33}, 7, alliance_id=alliance, **terms)
    of_state = bought_by(state, {state.director: 40, outsider: 20}, 5, freight_cents=700)
    return Owners(state, alliance, outsider, of_alliance, of_state)
