"""Who is told that a receiver does not take events any more."""

from urllib.parse import urlsplit
from uuid import UUID

from carepool.clock import now
from carepool.identity.models import Membership
from carepool.identity.queries import administrators
from carepool.notifications.actions import tell
from carepool.notifications.notices import Notice
from carepool.webhooks.models import WebhookEndpoint
from tenants.database import db, find


def webhook_failing(endpoint_id: UUID) -> None:
    """Tell the state's administrators, once for each time that it began to fail."""
    own = find(WebhookEndpoint, endpoint_id)
    if own is None or own.failing_since is None:
        return
    staff = administrators(now()).with_only_columns(Membership.person_id)
    facts = {"host": urlsplit(own.url).hostname or own.url}
    tell(db.session.scalars(staff), Notice.WEBHOOK_FAILING, own.id, facts, own.failing_since.isoformat())
