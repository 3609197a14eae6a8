"""What a state's own systems hear of imports."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from carepool import events
from carepool.imports.models import FileImport
from carepool.publishing import Fact, publishes
from carepool.sentences import marked
from tenants.database import find


@publishes(events.IMPORT_APPLIED, "import.applied", marked("A roster or catalog is applied"))
@publishes(events.IMPORT_FAILED, "import.failed", marked("A roster or catalog could not be applied"))
def import_facts(import_id: UUID, _diff: Mapping[str, Any]) -> Iterator[Fact]:
    """Tell the import's id and kind."""
    own = find(FileImport, import_id)
    if own is not None:
        yield Fact(own.id, {"import_id": str(own.id), "kind": str(own.kind)})
