"""Work that follows from uploaded files."""

from uuid import UUID

from carepool import events
from carepool.imports import actions
from carepool.outbox import Actor
from workers.handlers import does_each


@does_each(events.IMPORT_STARTED)
def read_import(import_id: UUID) -> None:
    """Read a file into its preview."""
    actions.read_import(Actor.task(), import_id)


@does_each(events.IMPORT_CONFIRMED)
def apply_import(import_id: UUID) -> None:
    """Apply a preview."""
    actions.apply_import(Actor.task(), import_id)
