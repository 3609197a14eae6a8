"""Verbs that put the close of a purchase off: by its own rule, once, where a minimum is missed; or by the coordinator."""

from datetime import datetime
from uuid import UUID

from carepool import events
from carepool.clock import zone_here
from carepool.errors import Invalid, Stale
from carepool.outbox import Actor, record_event
from carepool.purchasing.actions.purchases import hold_owner, locked_purchase
from carepool.purchasing.actions.rolling_over import keep_from_both
from carepool.purchasing.calculation import DecidedLines
from carepool.purchasing.minimums.rules import put_off
from carepool.purchasing.models.purchases import Purchase, PurchaseState
from carepool.sentences import marked
from tenants.database import database_now, db


def extends(purchase: Purchase, lines: DecidedLines) -> bool:
    """Tell whether the rule of the purchase puts its close off now: a minimum is missed, and it was never put off yet."""
    short = bool(lines.missed) or not lines.decisions
    return purchase.extend_days > 0 and purchase.extended_at is None and short


def put_off_close(by: Actor, purchase: Purchase) -> None:
    """Open a purchase that is closing again until the day that its rule says; everyone with an order is told."""
    if purchase.cutoff_at is None:
        raise RuntimeError(f"Purchase {purchase.id} is closing without a cut-off.")
    until = put_off(purchase.closes_at, purchase.cutoff_at, purchase.extend_days, zone_here())
    _open_until(by, purchase, until, "A minimum was missed.")


def extend_purchase(by: Actor, purchase_id: UUID, until: datetime, based_on: int | None) -> Purchase:
    """Put the close of an open purchase off, or open one again that missed its minimum; orders stay as they are.

    It counts as the one extension of its rule. Raises Stale where it was changed since version `based_on` was read,
    Invalid for an instant that does not come later, Refusal for a purchase that is neither, whose orders moved on or
    whose alliance ended.
    """
    purchase = locked_purchase(purchase_id)
    purchase.must_be(PurchaseState.OPEN, PurchaseState.FAILED_MINIMUM)
    if purchase.version != based_on:
        raise Stale()
    keep_from_both(purchase)
    hold_owner(purchase.alliance_id)
    at = database_now()
    if until <= max(at, purchase.closes_at):
        sentence = marked("Choose a time that is later than now and later than the closing time so far.")
        raise Invalid("not-later", sentence, {"until": [sentence]})
    _open_until(by, purchase, until, "")
    return purchase


def _open_until(by: Actor, purchase: Purchase, until: datetime, why: str) -> None:
    before = purchase.closes_at
    if purchase.state != PurchaseState.OPEN:
        purchase.move(PurchaseState.OPEN)
    purchase.closes_at, purchase.cutoff_at = until, None
    purchase.extended_at = database_now()
    purchase.version += 1
    told = {"closes_at": [before.isoformat(), until.isoformat()], **({"why": why} if why else {})}
    record_event(events.PURCHASE_EXTENDED, purchase.id, by, told)
    db.session.flush()
