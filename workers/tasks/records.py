"""Work that follows from wishes about records: exports and checks."""

from uuid import UUID

from carepool import events
from carepool.outbox import Actor
from carepool.records import exports, isolation
from workers.handlers import does_each


@does_each(events.EXPORT_ASKED)
def make_export(export_id: UUID) -> None:
    """Write the file of an export."""
    exports.make_export(Actor.task(), export_id)


@does_each(events.ISOLATION_ASKED)
def check_isolation(check_id: UUID) -> None:
    """Check that states are kept apart."""
    isolation.make_check(check_id)
