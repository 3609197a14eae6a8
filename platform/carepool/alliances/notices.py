"""Who is told what about an alliance; one function a notice."""

from uuid import UUID

from carepool.alliances.models import Alliance, AllianceMember
from carepool.identity.rights import Role
from carepool.notifications.actions import people_by_program, tell
from carepool.notifications.notices import Notice
from carepool.programs.models import Program
from tenants.database import find


def member_added(member_id: UUID) -> None:
    """Tell a program's directors that it is a member of an alliance, once a time; nobody where it left again."""
    own = find(AllianceMember, member_id)
    if own is None or own.left_on is not None:
        return
    alliance, program = find(Alliance, own.alliance_id), find(Program, own.program_id)
    if alliance is None or program is None:
        return
    directors = people_by_program([program.id], [Role.PROGRAM_DIRECTOR]).get(program.id, ())
    facts = {"title": alliance.name, "program": program.name}
    tell(directors, Notice.ALLIANCE_JOINED, program.id, facts, str(own.id))
