"""Alliances with members, and the people of their hubs, who are not of the cast."""

import secrets
from typing import Any
from uuid import UUID

from sqlalchemy import update

from carepool.identity import actions
from carepool.identity.rights import Role
from carepool.outbox import Actor, OutboxRow
from tenants.database import db
from tests.cast import Player, State, _player


def founded(state: State, *members: Player, **facts: Any) -> str:
    """Found an alliance, of which the programs of these people are members; return its id."""
    body = {"name": f"Alliance {secrets.token_hex(4)}", "shape": "membership", "hub_name": "Hub House", **facts}
    answer = state.api("POST", "/alliances", state.coordinator, json=body)
    assert answer.status_code == 201, answer.text
    for one in members:
        joined(state, answer.json["id"], one.program_id)
    return str(answer.json["id"])


def joined(state: State, alliance_id: str, program_id: UUID | str | None) -> str:
    """Make a program a member; return the id of its time."""
    body = {"program_id": str(program_id)}
    answer = state.api("POST", f"/alliances/{alliance_id}/members", state.coordinator, json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json["id"])


def left(state: State, alliance_id: str, member_id: str) -> None:
    """End a member's time."""
    answer = state.api("POST", f"/alliances/{alliance_id}/members/{member_id}/end", state.coordinator, json={})
    assert answer.status_code == 200, answer.text


def ended(state: State, alliance_id: str) -> Any:
    """End an alliance; return the answer."""
    tag = state.api("GET", f"/alliances/{alliance_id}", state.coordinator).headers["ETag"]
    return state.api("POST", f"/alliances/{alliance_id}/end", state.coordinator, json={}, headers={"If-Match": tag})


def hub_staff(state: State, alliance_id: str) -> Player:
    """Give the hub of an alliance one more person and return them."""
    with state.scope():
        one = _player(f"hub-{secrets.token_hex(3)}", None)
        actions.grant_role(Actor.operator(), one.id, Role.HUB_STAFF, alliance_id=UUID(alliance_id))
        # welcomed long ago
        db.session.execute(update(OutboxRow).where(OutboxRow.subject_id == one.id).values(done_at=OutboxRow.created_at))
        return one
