"""Work that follows where a state's own systems listen."""

from collections.abc import Sequence
from uuid import UUID

from carepool import events
from carepool.webhooks import announcing, notices, sending
from workers.handlers import does, does_each


@does(events.EVENT_PUBLISHED)
def announce(activity_ids: Sequence[UUID]) -> None:
    """Write what each endpoint is to hear."""
    announcing.announce(activity_ids)


@does_each(events.WEBHOOK_WAITING)
def send_waiting(endpoint_id: UUID) -> None:
    """Give an endpoint its turn."""
    sending.send_waiting(endpoint_id)


@does_each(events.WEBHOOK_FAILING)
def tell_failing(endpoint_id: UUID) -> None:
    """Tell the administrators."""
    notices.webhook_failing(endpoint_id)
