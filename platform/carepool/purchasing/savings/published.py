"""What a state's own systems hear of the proof of savings: the purchase and what changed; no names of people."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from carepool import events
from carepool.publishing import Fact, publishes
from carepool.purchasing.models.purchases import Purchase
from carepool.sentences import marked
from tenants.database import find


@publishes(events.EVIDENCE_ADDED, "evidence.added", marked("Proof of a price is added"))
@publishes(events.EVIDENCE_WITHDRAWN, "evidence.withdrawn", marked("Proof of a price is taken back"))
@publishes(events.SAVINGS_FROZEN, "savings.frozen", marked("What a purchase saved is frozen"))
@publishes(events.PROCUREMENT_DECIDED, "procurement.decided", marked("The way of a procurement is decided"))
def purchase_facts(purchase_id: UUID, _diff: Mapping[str, Any]) -> Iterator[Fact]:
    """Tell the purchase's id and number."""
    own = find(Purchase, purchase_id)
    if own is not None:
        yield Fact(own.id, {"purchase_id": str(own.id), "number": own.number})
