"""What a worker does with order messages: claim, send, write down what is known. Nothing is ever sent twice by itself.

`sending` is committed before anything leaves. A message that is found in `sending` was cut off, so that nobody knows
whether it left: it becomes `unknown` and waits for a person.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog
from prometheus_client import Counter
from sqlalchemy import func, select, update

from carepool import events
from carepool.clock import now
from carepool.errors import Refusal
from carepool.outbox import Actor, hand_over, record_event
from carepool.purchasing.actions.purchases import locked_purchase
from carepool.purchasing.models.purchases import Purchase, PurchaseState
from carepool.sealing import NotReadable
from carepool.sentences import marked
from carepool.vendors.channels.outgoing import Outgoing, Result
from carepool.vendors.channels.ways import WAYS
from carepool.vendors.deliveries.actions import after_sending, note_step, send_by
from carepool.vendors.deliveries.letters import CannotBeWritten, outgoing_of
from carepool.vendors.deliveries.models import CARRIES_ORDERS, ON_ITS_WAY, OrderDelivery, OrderStage
from carepool.vendors.deliveries.standing import is_current
from carepool.vendors.terms.actions import terms_of
from carepool.vendors.terms.models import ChannelName
from tenants.database import db, find, session
from tenants.scope import visiting

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
GIVEN_UP = timedelta(hours=24)
"""Age at which an order that could not be sent is a person's business."""
_AT_A_TIME = 500
_SENT = Counter("carepool_orders_sent_total", "Attempts to send an order, by what came of it", ["channel", "stage"])
_LOST = marked("The answer of the other side was lost.")


def send_order(delivery_id: UUID) -> None:
    """Send one order message that waits; whoever else holds it is left alone."""
    claimed = _claim(delivery_id)
    if claimed is None:
        return
    result = _sent(claimed.outgoing, claimed.channel)
    _SENT.labels(str(claimed.channel), str(result.stage)).inc()
    _note(delivery_id, claimed.attempt, result)


@dataclass(frozen=True)
class _Claimed:
    outgoing: Outgoing
    channel: ChannelName
    attempt: int


def _sent(outgoing: Outgoing, channel: ChannelName) -> Result:
    try:
        return WAYS[channel].send(outgoing)
    except Exception as error:
        # something of ours broke while it was on its way: nobody knows
        structlog.get_logger("carepool.vendors").error("order_channel_failed", channel=str(channel), exc_info=error)
        return Result(OrderStage.UNKNOWN, f"{type(error).__name__}: {error}"[:400], error=_LOST)


def _claim(delivery_id: UUID) -> _Claimed | None:
    """Commit `sending` before anything leaves."""
    with visiting(session().scope):
        own = find(OrderDelivery, delivery_id)
        if own is None:
            return None
        purchase = locked_purchase(own.purchase_id) if own.purchase_id else None
        db.session.refresh(own, with_for_update=True)
        by = Actor.task()
        if own.state == OrderStage.SENDING:
            note_step(by, own, OrderStage.UNKNOWN, events.ORDER_TROUBLE, error=_LOST)
            return None
        if own.state != OrderStage.QUEUED or (own.due_at is not None and own.due_at > now()):
            return None
        if purchase is not None and own.is_order and not _is_wanted(purchase, own):
            note_step(by, own, OrderStage.WITHDRAWN, error=marked("The order was changed before it was sent."))
            return None
        return _written(by, own)


def _is_wanted(purchase: Purchase, own: OrderDelivery) -> bool:
    return purchase.state != PurchaseState.CANCELLED and is_current(purchase, own)


def _written(by: Actor, own: OrderDelivery) -> _Claimed | None:
    """Write the message of a locked delivery and mark it as being sent; one that cannot be written is refused."""
    channel, terms = ChannelName(own.channel), terms_of(own.vendor_id)
    way = WAYS[channel]
    try:
        secret = terms.secret(way.secret) if way.secret else ""
        outgoing = outgoing_of(own, terms, secret)
    except NotReadable:
        error = marked("The secret cannot be read any more, as its key is gone. Make a new one.")
        _trouble(by, own, Result(OrderStage.REFUSED, error=error))
        return None
    except CannotBeWritten as refused:
        _trouble(by, own, Result(OrderStage.REFUSED, error=refused.sentence))
        return None
    own.attempts += 1
    note_step(by, own, OrderStage.SENDING)
    return _Claimed(outgoing, channel, own.attempts)


def _note(delivery_id: UUID, attempt: int, result: Result) -> None:
    """Write down what came of an attempt, and what follows: the next try, the other way, or that all is ordered."""
    with visiting(session().scope):
        own = find(OrderDelivery, delivery_id)
        if own is None:
            return
        purchase = locked_purchase(own.purchase_id) if own.purchase_id else None
        db.session.refresh(own, with_for_update=True)
        if own.attempts != attempt or own.state not in (OrderStage.SENDING, OrderStage.UNKNOWN):
            # a person decided in the meantime
            return
        own.reference = result.reference or own.reference
        by = Actor.task()
        if result.stage == OrderStage.QUEUED:
            _put_off(by, own, result)
        elif result.stage in ON_ITS_WAY:
            note_step(by, own, OrderStage.SENT, events.ORDER_SENT, evidence=result.evidence)
            if result.stage == OrderStage.DELIVERED:
                note_step(by, own, OrderStage.DELIVERED, evidence=result.evidence)
            after_sending(by, purchase)
        else:
            _trouble(by, own, result)


def _put_off(by: Actor, own: OrderDelivery, result: Result) -> None:
    """Let a message that surely did not leave be tried again, later each time, until it is given up."""
    if now() - own.made_at > GIVEN_UP or own.is_test:
        _trouble(by, own, Result(OrderStage.REFUSED, result.evidence, error=result.error))
        return
    note_step(by, own, OrderStage.QUEUED, evidence=result.evidence, error=result.error)
    wait = min(FIRST_WAIT * 2 ** min(own.attempts - 1, 12), LONGEST_WAIT)
    own.due_at = now() + wait * (0.8 + 0.4 * secrets.randbelow(1001) / 1000)


def _trouble(by: Actor, own: OrderDelivery, result: Result) -> None:
    """Keep a fault that a person must know of; one that surely did not leave takes the fallback, where there is one."""
    note_step(by, own, result.stage, events.ORDER_TROUBLE, evidence=result.evidence, error=result.error)
    if result.stage in (OrderStage.REFUSED, OrderStage.BOUNCED):
        take_fallback(by, own)


def take_fallback(by: Actor, own: OrderDelivery) -> bool:
    """Send the orders of a message that surely did not arrive by the vendor's other way; tell whether there is one."""
    fallback = terms_of(own.vendor_id).fallback
    if not own.is_order or not fallback or fallback == own.channel or fallback not in WAYS:
        return False
    purchase = find(Purchase, own.purchase_id)
    db.session.flush()
    if purchase is None or not is_current(purchase, own):
        return False
    try:
        send_by(by, own.id, ChannelName(fallback))
    except Refusal:
        # it may be there already, or is not asked for any more: a person decides
        return False
    return True


def note_bounce(delivery_id: UUID, detail: str) -> bool:
    """Write down that a letter came back and take the other way; False where no such letter was sent.

    An order that the vendor has opened or acknowledged has arrived, whatever came back of one of its copies.
    """
    own = find(OrderDelivery, delivery_id)
    if own is None or own.channel not in (ChannelName.MAIL, ChannelName.LINK):
        return False
    if own.purchase_id:
        locked_purchase(own.purchase_id)
    db.session.refresh(own, with_for_update=True)
    if own.state in (OrderStage.SENT, OrderStage.DELIVERED, OrderStage.UNKNOWN):
        sentence = marked("The letter came back. Check the addresses.")
        _trouble(Actor.task(), own, Result(OrderStage.BOUNCED, detail[:400], error=sentence))
    db.session.flush()
    return True


def note_arrival(delivery_id: UUID, detail: str) -> bool:
    """Write down that the vendor's mail server has a letter; False where no such letter was sent."""
    own = find(OrderDelivery, delivery_id)
    if own is None or own.channel not in (ChannelName.MAIL, ChannelName.LINK):
        return False
    db.session.refresh(own, with_for_update=True)
    if own.state in (OrderStage.SENT, OrderStage.UNKNOWN):
        note_step(Actor.task(), own, OrderStage.DELIVERED, events.ORDER_SENT, evidence=detail)
    db.session.flush()
    return True


def send_due_orders() -> int:
    """Hand over the order messages whose time to be tried has come; return how many."""
    due = (
        select(OrderDelivery.id)
        .where(
            OrderDelivery.tenant_id == session().scope.id,
            OrderDelivery.state == OrderStage.QUEUED,
            OrderDelivery.due_at <= func.now(),
        )
        .order_by(OrderDelivery.due_at)
        .limit(_AT_A_TIME)
        .with_for_update(skip_locked=True)
    )
    ids = list(db.session.scalars(due))
    if ids:
        handed = update(OrderDelivery).where(OrderDelivery.tenant_id == session().scope.id, OrderDelivery.id.in_(ids))
        db.session.execute(handed.values(due_at=None).execution_options(synchronize_session=False))
        hand_over(events.ORDER_DUE, ids)
    return len(ids)


def raise_alarms() -> int:
    """Have the coordinators told of orders that are not acknowledged though the cut-off is near; return how many."""
    due = select(OrderDelivery).where(
        OrderDelivery.tenant_id == session().scope.id,
        OrderDelivery.alarm_at <= func.now(),
        OrderDelivery.alarmed_at.is_(None),
        OrderDelivery.acknowledged_at.is_(None),
        OrderDelivery.purchase_id.is_not(None),
        CARRIES_ORDERS,
    )
    found = list(db.session.scalars(due.order_by(OrderDelivery.id).limit(_AT_A_TIME).with_for_update(skip_locked=True)))
    told = 0
    for own in found:
        own.alarmed_at = now()
        if own.state != OrderStage.WITHDRAWN:
            record_event(events.ORDER_UNACKNOWLEDGED, own.id, Actor.task())
            told += 1
    db.session.flush()
    return told
