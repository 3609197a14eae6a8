"""Work that follows from messages: sending them."""

from collections.abc import Sequence
from uuid import UUID

from carepool import events
from carepool.notifications import sending
from workers.handlers import does


@does(events.DELIVERY_REPEATED)
@does(events.MESSAGE_WAITING)
def send_messages(message_ids: Sequence[UUID]) -> None:
    """Send messages, many over one connection."""
    sending.send_messages(message_ids)
