"""Verbs of the coordinator's remedies for a vendor whose minimum is in danger: lower it, leave the vendor out, move orders."""

from uuid import UUID

from carepool import events
from carepool.errors import Invalid, NotFound, Refusal, Stale
from carepool.outbox import Actor, record_event
from carepool.purchasing.actions.closing import work_out
from carepool.purchasing.actions.purchases import locked_purchase
from carepool.purchasing.actions.rolling_over import keep_from_both
from carepool.purchasing.calculation import DecidedLines
from carepool.purchasing.models.minimums import Remedy, VendorRemedy
from carepool.purchasing.models.purchases import Purchase, PurchaseState
from carepool.sentences import marked
from tenants.database import db


def remedy_vendor(
    by: Actor,
    purchase_id: UUID,
    contract_id: UUID,
    remedy: Remedy | None,
    minimum_cents: int | None,
    reason: str,
    based_on: int | None,
) -> Purchase:
    """Decide what becomes of the orders under one contract of an open purchase; None takes a decision back.

    A smaller minimum (in cents) also helps a purchase that missed its minimum: it is worked out again at once. The reason
    is kept in the history, and programs with orders are told that the terms changed. Raises Stale, Invalid, Refusal,
    NotFound.
    """
    purchase = locked_purchase(purchase_id)
    failed = purchase.state == PurchaseState.FAILED_MINIMUM
    if purchase.state != PurchaseState.OPEN and not (failed and remedy == Remedy.LOWER):
        raise Refusal("wrong-state", marked("This can be decided only while the purchase is open. Extend it first."))
    if purchase.version != based_on:
        raise Stale()
    if failed:
        keep_from_both(purchase)
    lines = DecidedLines.read(purchase.id)
    if contract_id not in lines.contracts:
        raise NotFound("contract")
    lowered = _lowered(lines, contract_id, minimum_cents) if remedy == Remedy.LOWER else 0
    before = lines.remedies.get(contract_id)
    told = [_told(before), None]
    if remedy is None and before is not None:
        db.session.delete(before)
    elif remedy is not None:
        row = before or VendorRemedy(purchase_id=purchase.id, contract_id=contract_id)
        row.remedy, row.minimum_cents, row.reason = remedy, lowered, reason
        db.session.add(row)
        told[1] = _told(row)
    purchase.version += 1
    record_event(events.PURCHASE_REMEDIED, purchase.id, by, {lines.contracts[contract_id].number: told})
    if failed:
        work_out(by, purchase)
    db.session.flush()
    return purchase


def _lowered(lines: DecidedLines, contract_id: UUID, minimum_cents: int | None) -> int:
    contract = lines.contracts[contract_id]
    if minimum_cents is None or minimum_cents >= contract.minimum_cents:
        sentence = marked("Write an amount that is smaller than the minimum of the contract.")
        raise Invalid("not-lower", sentence, {"minimum_cents": [sentence]})
    return minimum_cents


def _told(row: VendorRemedy | None) -> dict[str, object] | None:
    return {"remedy": row.remedy, "minimum_cents": row.minimum_cents, "reason": row.reason} if row else None
