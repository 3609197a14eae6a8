"""Work that follows from changes of alliances."""

from uuid import UUID

from carepool import events
from carepool.alliances import notices
from workers.handlers import does_each


@does_each(events.ALLIANCE_MEMBER_ADDED)
def tell_member_added(member_id: UUID) -> None:
    """Tell a program's directors that it is a member of an alliance."""
    notices.member_added(member_id)
