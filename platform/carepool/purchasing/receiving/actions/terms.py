"""Verbs of how a purchase is received: say that the orders were sent, set what is taken and until when goods wait."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import delete, func, select

from carepool import events
from carepool.errors import NotFound, Refusal, Stale
from carepool.outbox import Actor, record_event
from carepool.purchasing.actions.purchases import locked_purchase
from carepool.purchasing.models.purchases import Purchase, PurchaseItem, PurchaseState
from carepool.purchasing.receiving.counts import terms_of
from carepool.purchasing.receiving.models.counting import PurchaseReceiving, TrackedItem
from carepool.sentences import marked
from tenants.database import db, one_of

UNDER_WAY = (PurchaseState.ORDERED, PurchaseState.RECEIVING)


@dataclass(frozen=True)
class ReceivingTerms:
    """What is taken too much (the larger of a percentage of the cases and a number of cases), and which items have lots.

    `offer_from`: the day of the state's calendar from which goods that nobody collected are offered on; None: never.
    """

    over_percent: int
    over_cases: int
    offer_from: date | None
    tracked_items: frozenset[UUID] = frozenset()


def kept_terms(purchase_id: UUID) -> PurchaseReceiving:
    """Return the stored row of how a purchase is received, making it where nobody set anything yet."""
    row = terms_of(purchase_id)
    if not row.version:
        row.version = 1
        db.session.add(row)
        db.session.flush()
    return row


def mark_ordered(by: Actor, purchase_id: UUID) -> Purchase:
    """Say that the purchase orders went to the vendors; said again, it changes nothing. Raises Refusal, NotFound."""
    purchase = locked_purchase(purchase_id)
    if purchase.state == PurchaseState.CLOSED:
        purchase.move(PurchaseState.ORDERED)
        record_event(events.PURCHASE_ORDERED, purchase.id, by, {"version": purchase.close_version})
    must_arrive(purchase)
    row = kept_terms(purchase.id)
    if row.orders_sent_at is None:
        row.orders_sent_at = db.session.scalars(select(func.clock_timestamp())).one()
        record_event(events.ORDERS_SENT, purchase.id, by, {"version": purchase.close_version})
    db.session.flush()
    return purchase


def must_arrive(purchase: Purchase) -> None:
    """Refuse unless goods of the purchase are on their way or arriving."""
    if purchase.state not in UNDER_WAY:
        raise Refusal(
            "wrong-state", marked("Goods can be counted only after a purchase is ordered and until it is settled.")
        )


def set_terms(by: Actor, purchase_id: UUID, terms: ReceivingTerms, based_on: int | None) -> PurchaseReceiving:
    """Set how a purchase is received. `based_on`: the version that was read, 0 before anything was set.

    Raises Stale, NotFound (also for an item that is not in the purchase) and Refusal.
    """
    purchase = locked_purchase(purchase_id)
    if purchase.state == PurchaseState.SETTLED:
        purchase.must_be(*UNDER_WAY)
    if terms_of(purchase.id).version != based_on:
        raise Stale()
    _track(purchase.id, terms.tracked_items)
    row = kept_terms(purchase.id)
    names = ("over_percent", "over_cases", "offer_from")
    told = {name: [_plain(getattr(row, name)), _plain(getattr(terms, name))] for name in names}
    for name in names:
        setattr(row, name, getattr(terms, name))
    if based_on:
        row.version += 1
    record_event(events.RECEIVING_SET, purchase.id, by, {k: pair for k, pair in told.items() if pair[0] != pair[1]})
    db.session.flush()
    return row


def _track(purchase_id: UUID, wanted: Iterable[UUID]) -> None:
    ids = set(wanted)
    known = set(
        db.session.scalars(
            select(PurchaseItem.id).where(PurchaseItem.purchase_id == purchase_id, one_of(PurchaseItem.id, ids))
        )
    )
    if ids - known:
        raise NotFound("item")
    gone = delete(TrackedItem).where(TrackedItem.purchase_id == purchase_id)
    db.session.execute(gone.execution_options(synchronize_session=False))
    db.session.expire_all()
    db.session.add_all(TrackedItem(purchase_id=purchase_id, item_id=one) for one in sorted(ids))


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
