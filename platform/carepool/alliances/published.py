"""What a state's own systems hear of alliances: ids, names of alliances and days; no names of people."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from carepool import events
from carepool.alliances.models import Alliance, AllianceMember
from carepool.publishing import Fact, publishes
from carepool.sentences import marked
from tenants.database import find


@publishes(events.ALLIANCE_FOUNDED, "alliance.founded", marked("An alliance is founded"))
@publishes(events.ALLIANCE_CHANGED, "alliance.changed", marked("What is known of an alliance changes"))
@publishes(events.ALLIANCE_ENDED, "alliance.ended", marked("An alliance ends, and with it the time of its members"))
def alliance_facts(alliance_id: UUID, _diff: Mapping[str, Any]) -> Iterator[Fact]:
    """Tell an alliance's id, name, shape, and its first and last day (null: it goes on)."""
    own = find(Alliance, alliance_id)
    if own is not None:
        told = {
            "alliance_id": str(own.id),
            "name": own.name,
            "shape": str(own.shape),
            "started_on": own.started_on.isoformat(),
            "ended_on": own.ended_on.isoformat() if own.ended_on else None,
        }
        yield Fact(own.id, told)


@publishes(events.ALLIANCE_MEMBER_ADDED, "alliance.member_added", marked("A program becomes a member of an alliance"))
@publishes(events.ALLIANCE_MEMBER_LEFT, "alliance.member_left", marked("A program leaves an alliance"))
def member_facts(member_id: UUID, _diff: Mapping[str, Any]) -> Iterator[Fact]:
    """Tell the alliance, the program, when it joined and when it left (null: it is a member)."""
    own = find(AllianceMember, member_id)
    if own is not None:
        told = {
            "alliance_id": str(own.alliance_id),
            "program_id": str(own.program_id),
            "joined_on": own.joined_on.isoformat(),
            "left_on": own.left_on.isoformat() if own.left_on else None,
        }
        yield Fact(own.id, told)
