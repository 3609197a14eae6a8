"""Who is told that a receiver does not take events any more."""

from urllib.parse import urlsplit
from uuid import UUID

from carepool.clock import now
from carepool.identity.queries import administrator_ids
from carepool.notifications.actions import tell
from carepool.notifications.notices import Notice
from carepool.webhooks.models import WebhookEndpoint
from tenants.database import find


def webhook_failing(endpoint_id: UUID) -> None:
    """Tell the state's administrators, once for each time that it began to fail."""
    own = find(WebhookEndpoint, endpoint_id)
    if own is None or own.failing_since is None:
        return
    facts = {"host": urlsplit(own.url).hostname or own.url}
    tell(administrator_ids(now()), Notice.WEBHOOK_FAILING, own.id, facts, own.failing_since.isoformat())
