"""Program staff, who are not of the cast, and the amounts that a program sets them."""

import secrets
from typing import Any

from carepool.identity.rights import Role
from tests.cast import Player, State, _player


def staff_of(state: State, director: Player, role: Role = Role.PROGRAM_STAFF) -> Player:
    """Give a director's program one more person and return them."""
    with state.scope():
        return _player(f"{role}-{secrets.token_hex(3)}".replace("_", "-"), role, director.program_id)


def set_spending(state: State, director: Player, **facts: Any) -> Any:
    """Set what a director's program lets its staff spend."""
    path = f"/programs/{director.program_id}/spending"
    tag = state.api("GET", path, director).headers["ETag"]
    body = {"approve_above_cents": None, "budget_cents": None, **facts}
    return state.api("PUT", path, director, json=body, headers={"If-Match": tag})
