"""Work that follows from changes to people."""

from collections.abc import Sequence
from uuid import UUID

from carepool import events
from workers.handlers import does


@does(events.PERSON_INVITED)
def welcome(person_ids: Sequence[UUID]) -> None:
    """Send each invited person a welcome."""
