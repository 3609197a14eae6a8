"""Work that follows from changes to people."""

from collections.abc import Sequence
from uuid import UUID

from carepool import events
from carepool.clock import now
from carepool.identity import notices
from workers.handlers import does


@does(events.PERSON_INVITED)
def welcome(person_ids: Sequence[UUID]) -> None:
    """Send each invited person a welcome."""
    notices.welcome(person_ids)


@does(events.LINK_ASKED)
def send_link(person_ids: Sequence[UUID]) -> None:
    """Send each person who asked a link to sign in."""
    notices.link_asked(person_ids, now())
