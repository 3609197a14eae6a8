"""Work that follows from changes to group purchases."""

from uuid import UUID

from flask import current_app

from carepool import events
from carepool.outbox import Actor
from carepool.purchasing.actions import closing
from tenants.database import session
from tenants.scope import visiting
from workers.handlers import does_each


@does_each(events.PURCHASE_CLOSING)
def compute_close(purchase_id: UUID) -> None:
    """Compute the close that was begun."""
    closing.compute_close(Actor.task(), purchase_id)


@does_each(events.PURCHASE_TRIED)
def compute_dry_run(dry_run_id: UUID) -> None:
    """Try a close, in a transaction of its own whose statements all see the same moment."""
    with visiting(session().scope, current_app._get_current_object(), snapshot=True):  # type: ignore[attr-defined]
        closing.compute_dry_run(dry_run_id)
