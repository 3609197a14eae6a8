"""Who is told that the state's provider was changed."""

from datetime import datetime
from uuid import UUID

from carepool.identity.queries import administrator_ids
from carepool.notifications.actions import tell
from carepool.notifications.notices import Notice
from tenants.database import session
from tenants.registry import tenant_entry


def provider_changed(state_id: UUID, at: datetime) -> None:
    """Tell all administrators of the state, also who changed it. `state_id`: the state's public id."""
    own = tenant_entry(session().scope.id)
    if own is not None and own.public_id == state_id:
        tell(administrator_ids(at), Notice.PROVIDER_CHANGED, state_id, {}, at.strftime("%Y-%m-%dT%H:%M"))
