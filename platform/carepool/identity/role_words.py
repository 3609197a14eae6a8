"""What each role is called."""

from carepool.identity.rights import DeskRole, Role
from carepool.sentences import Sentence, marked

ROLES: dict[Role | DeskRole, Sentence] = {
    Role.STATE_ADMINISTRATOR: marked("State administrator"),
    Role.PURCHASING_COORDINATOR: marked("Purchasing coordinator"),
    Role.PROGRAM_DIRECTOR: marked("Program director"),
    Role.PROGRAM_STAFF: marked("Program staff"),
    Role.HUB_STAFF: marked("Hub staff"),
    DeskRole.ADMINISTRATOR: marked("Desk administrator"),
    DeskRole.STAFF: marked("Desk staff"),
}


def words_of(role: str) -> str:
    """Return what a role is called; one that is no more has its name."""
    return ROLES[Role(role)] if role in set(Role) else role
