"""What a state's own systems hear of goods that arrive: ids, versions and cents; no names of people."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from carepool import events
from carepool.publishing import Fact, publishes
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.receiving.models.claims import VendorClaim
from carepool.purchasing.receiving.models.collecting import HandOut, LeftoverTaking
from carepool.purchasing.receiving.models.counting import Receipt
from carepool.purchasing.receiving.models.sharing import Arrival
from carepool.sentences import marked
from tenants.database import find


@publishes(events.RECEIPT_COUNTED, "receipt.counted", marked("Goods are counted at the door"))
@publishes(events.RECEIPT_CORRECTED, "receipt.corrected", marked("A count is corrected"))
def receipt_facts(receipt_id: UUID, _diff: Mapping[str, Any]) -> Iterator[Fact]:
    """Tell a count's id, purchase and purchase order."""
    own = find(Receipt, receipt_id)
    if own is not None:
        told = {"purchase_id": str(own.purchase_id), "purchase_order_id": str(own.purchase_order_id)}
        yield Fact(own.id, {"receipt_id": str(own.id), **told})


@publishes(events.ARRIVAL_SHARED, "arrival.shared", marked("What arrived is shared out"))
def arrival_facts(arrival_id: UUID, _diff: Mapping[str, Any]) -> Iterator[Fact]:
    """Tell a result's id, purchase, version and sums in cents."""
    own = find(Arrival, arrival_id)
    if own is not None:
        told = {"purchase_id": str(own.purchase_id), "version": own.version, "sums": own.sums}
        yield Fact(own.id, {"arrival_id": str(own.id), **told})


@publishes(events.VENDOR_CLAIM_MADE, "vendor_claim.made", marked("Missing or damaged goods are claimed from a vendor"))
@publishes(events.VENDOR_CLAIM_SETTLED, "vendor_claim.settled", marked("A claim against a vendor is settled"))
def vendor_claim_facts(claim_id: UUID, _diff: Mapping[str, Any]) -> Iterator[Fact]:
    """Tell a claim's id, purchase, kind, state, and what is claimed and was given in cents."""
    own = find(VendorClaim, claim_id)
    if own is not None:
        told = {"purchase_id": str(own.purchase_id), "kind": str(own.kind), "state": str(own.state)}
        cents = {"amount_cents": own.amount_cents, "accepted_cents": own.accepted_cents}
        yield Fact(own.id, {"vendor_claim_id": str(own.id), **told, **cents})


@publishes(events.GOODS_HANDED_OUT, "goods.handed_out", marked("A program collects goods"))
def hand_out_facts(hand_out_id: UUID, _diff: Mapping[str, Any]) -> Iterator[Fact]:
    """Tell a hand-out's id, purchase and program."""
    own = find(HandOut, hand_out_id)
    if own is not None:
        told = {"purchase_id": str(own.purchase_id), "program_id": str(own.program_id)}
        yield Fact(own.id, {"hand_out_id": str(own.id), **told})


@publishes(events.LEFTOVERS_OFFERED, "leftovers.offered", marked("Goods that are left are offered"))
def leftovers_facts(purchase_id: UUID, diff: Mapping[str, Any]) -> Iterator[Fact]:
    """Tell the purchase and how many offers are new."""
    own = find(Purchase, purchase_id)
    if own is not None:
        yield Fact(own.id, {"purchase_id": str(own.id), "number": own.number, "offers": int(diff.get("lines", 0))})


@publishes(events.LEFTOVER_TAKEN, "leftover.taken", marked("A program takes goods that are left"))
def leftover_facts(taking_id: UUID, _diff: Mapping[str, Any]) -> Iterator[Fact]:
    """Tell who takes how many eaches of which offer, and for how many cents."""
    own = find(LeftoverTaking, taking_id)
    if own is not None:
        told = {"leftover_id": str(own.leftover_id), "program_id": str(own.program_id)}
        yield Fact(own.id, {**told, "eaches": own.eaches, "amount_cents": own.amount_cents})
