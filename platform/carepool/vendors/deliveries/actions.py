"""Verbs of order messages: send, try again, take another way, settle what is in doubt, say that it was done by hand."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text

from carepool import events
from carepool.clock import now
from carepool.errors import NotFound, Refusal
from carepool.events import Topic
from carepool.notifications.letters import Sender
from carepool.outbox import Actor, record_event
from carepool.purchasing.actions.purchases import locked_purchase
from carepool.purchasing.models.purchases import Purchase, PurchaseState
from carepool.sentences import NOTHING, Sentence, marked
from carepool.vendors.channels.ways import WAYS, address_of
from carepool.vendors.deliveries.contents import dates_of
from carepool.vendors.deliveries.models import (
    ON_ITS_WAY,
    WAY,
    OrderDelivery,
    OrderStage,
    OrderStep,
)
from carepool.vendors.deliveries.standing import VendorStanding, delivery_or_404, is_current, standing_of, standings_of
from carepool.vendors.desk.publishing import show_standing
from carepool.vendors.terms.actions import contract_of, own_vendor_mail, terms_of
from carepool.vendors.terms.models import ChannelName
from tenants.database import db, session
from tenants.ids import new_id
from tenants.turns import take_turn

_SENDABLE = (PurchaseState.CLOSED, PurchaseState.ORDERED)
_TESTS_A_DAY = 20


def send_orders(by: Actor, purchase_id: UUID, *, only_known: bool = False) -> int:
    """Send each vendor of a closed purchase its orders by its own channel; return how many messages are queued.

    What a vendor has already, or has in the same words from an earlier version, is not sent again. A vendor whose order
    came to nothing is told that it is canceled. Vendors that are ordered from by hand are left to a person. `only_known`:
    only to vendors that have an earlier version. Raises NotFound, Refusal.
    """
    purchase = _sendable(purchase_id)
    queued = 0
    for standing in standings_of(purchase):
        known = standing.changed or standing.canceled
        if not standing.deliveries and standing.terms.channel in WAYS and (known or not only_known):
            _queue(by, purchase, standing, ChannelName(standing.terms.channel))
            queued += 1
    # the last vendor that had nothing yet may be asked for nothing any more, so that nothing is left to be sent
    after_sending(by, purchase)
    return queued


def send_by(by: Actor, delivery_id: UUID, channel: ChannelName | None = None) -> OrderDelivery:
    """Send the orders of a message by another channel; without one, the fallback of the vendor's terms.

    A message that waits is withdrawn first. Raises NotFound, and Refusal where the vendor may have it already.
    """
    purchase, own = _locked(delivery_id)
    standing = _current(purchase, own)
    _must_be_free(standing)
    if purchase is None:
        raise NotFound("purchase")
    way = channel or (ChannelName(standing.terms.fallback) if standing.terms.fallback else None)
    if way not in WAYS:
        raise Refusal("no-other-way", marked("No other way is set up for this vendor. Set one up under Vendors."))
    if any(one.channel == way for one in standing.deliveries):
        raise Refusal("way-taken", marked("This order was sent that way already. Try it again there."))
    for one in standing.deliveries:
        if one.state == OrderStage.QUEUED:
            note_step(by, one, OrderStage.WITHDRAWN, events.ORDER_SETTLED)
    made = _queue(by, purchase, standing, way)
    db.session.flush()
    return made


def try_again(by: Actor, delivery_id: UUID) -> OrderDelivery:
    """Send a message again that was refused or bounced. Raises NotFound, and Refusal in any other state."""
    purchase, own = _locked(delivery_id)
    if own.state not in (OrderStage.REFUSED, OrderStage.BOUNCED):
        raise Refusal("not-in-trouble", marked("This message was not refused; there is nothing to try again."))
    if purchase is not None and own.is_order:
        _must_be_free(_current(purchase, own))
    _again(by, own)
    db.session.flush()
    return own


class Settlement(StrEnum):
    """What a person says of a message whose outcome is unknown."""

    SENT = "sent"
    SEND_AGAIN = "send_again"


def settle(by: Actor, delivery_id: UUID, settlement: Settlement) -> OrderDelivery:
    """Settle a message whose answer was lost: the vendor has it, or it is sent again.

    Raises NotFound, and Refusal where it is not in doubt, so that of two presses at once one counts.
    """
    purchase, own = _locked(delivery_id)
    if own.state != OrderStage.UNKNOWN:
        raise Refusal("delivery-settled", marked("This delivery is not in doubt; there is nothing to settle."))
    if settlement is Settlement.SEND_AGAIN:
        if purchase is not None and own.is_order:
            _current(purchase, own)
        _again(by, own)
    else:
        note_step(by, own, OrderStage.SENT, events.ORDER_SETTLED)
        after_sending(by, purchase)
    db.session.flush()
    return own


def mark_by_hand(by: Actor, purchase_id: UUID, vendor_id: int, note: str) -> OrderDelivery:
    """Write down that a person ordered from a vendor outside of Carepool. `note`: how, such as by phone with whom.

    Raises NotFound, and Refusal where the vendor may have the orders already.
    """
    purchase = _sendable(purchase_id)
    standing = standing_of(purchase, vendor_id)
    _must_be_free(standing)
    for one in standing.deliveries:
        if one.state == OrderStage.QUEUED:
            note_step(by, one, OrderStage.WITHDRAWN, events.ORDER_SETTLED)
    hand = next((one for one in standing.deliveries if one.channel == ChannelName.HAND), None)
    own = hand or _made(purchase, standing, ChannelName.HAND)
    note_step(by, own, OrderStage.SENT, events.ORDER_SETTLED, evidence=note)
    after_sending(by, purchase)
    db.session.flush()
    return own


def send_test(by: Actor, contract_id: UUID, channel: ChannelName) -> OrderDelivery:
    """Send the vendor of a contract an order that says that it is a test. Raises NotFound, Refusal."""
    terms = terms_of(contract_of(contract_id).vendor_id)
    if channel not in {ChannelName(terms.channel), ChannelName(terms.fallback or ChannelName.HAND)} & WAYS.keys():
        raise Refusal("no-other-way", marked("Set this way up and keep the terms first."))
    today = func.now() - text("interval '1 day'")
    tests = select(func.count()).where(
        OrderDelivery.tenant_id == session().scope.id,
        OrderDelivery.vendor_id == terms.vendor_id,
        OrderDelivery.purchase_id.is_(None),
        OrderDelivery.made_at > today,
    )
    if (db.session.scalar(tests) or 0) >= _TESTS_A_DAY:
        raise Refusal("too-many-tests", marked("So many tests were sent today. Try again tomorrow."))
    own = OrderDelivery(
        id=new_id(),
        vendor_id=terms.vendor_id,
        version=0,
        content_sha256="",
        control=_next_control(terms.vendor_id),
        channel=channel,
        format=WAYS[channel].carries(terms),
        address=address_of(channel, terms),
    )
    db.session.add(own)
    _begin(by, own)
    db.session.flush()
    return own


def send_reply(by: Actor, delivery: OrderDelivery, answer_id: UUID) -> OrderDelivery | None:
    """Tell a vendor what became of its answer to a message, by the channel of the message; None where no channel can.

    Channels that carry orders only (cXML, files) leave it to a letter. Once an answer.
    """
    return _send_beside(by, delivery, OrderDelivery.answer_id, answer_id)


def send_question(by: Actor, delivery: OrderDelivery, question_id: UUID) -> OrderDelivery | None:
    """Ask a vendor to change an order that it has, by the channel of its message; None where no channel can.

    Channels that carry orders only (cXML, files) leave it to a letter. Once a question.
    """
    return _send_beside(by, delivery, OrderDelivery.question_id, question_id)


def send_not_made(by: Actor, delivery: OrderDelivery, question_id: UUID) -> OrderDelivery | None:
    """Tell a vendor that said yes to a change that it is not made after all, as it was asked. Once a question."""
    return _send_beside(by, delivery, OrderDelivery.question_id, question_id, not_made=True)


def _send_beside(
    by: Actor, delivery: OrderDelivery, about: Any, about_id: UUID, *, not_made: bool = False
) -> OrderDelivery | None:
    """Queue a message that is about an order and is none, once; `about`: the column that names what it is about."""
    terms = terms_of(delivery.vendor_id)
    channel = ChannelName.LINK
    if delivery.channel == ChannelName.MAIL or (delivery.channel == ChannelName.WEBHOOK and terms.webhook_url):
        channel = ChannelName(delivery.channel)
    address = address_of(channel, terms)
    if not address and delivery.channel != ChannelName.HAND:
        address = own_vendor_mail(delivery.vendor_id)
    same = (OrderDelivery.tenant_id == session().scope.id, about == about_id, OrderDelivery.not_made == not_made)
    told = select(OrderDelivery.id).where(*same)
    if not address or db.session.execute(told).first():
        return None
    own = OrderDelivery(
        id=new_id(),
        vendor_id=delivery.vendor_id,
        purchase_id=delivery.purchase_id,
        version=delivery.version,
        content_sha256=delivery.content_sha256,
        control=_next_control(delivery.vendor_id),
        channel=channel,
        address=address,
        not_made=not_made,
        **{about.key: about_id},
    )
    db.session.add(own)
    _begin(by, own)
    return own


def after_sending(by: Actor, purchase: Purchase | None) -> None:
    """Move a locked purchase on when the last of its vendors has its orders; one of which nobody ordered can be canceled."""
    db.session.flush()
    if purchase is None or purchase.state != PurchaseState.CLOSED:
        return
    standings = standings_of(purchase)
    if standings and all(one.sent for one in standings):
        purchase.move(PurchaseState.ORDERED)
        record_event(events.PURCHASE_ORDERED, purchase.id, by, {"version": purchase.close_version})


def note_step(
    by: Actor,
    own: OrderDelivery,
    state: OrderStage,
    topic: Topic | None = None,
    *,
    evidence: str = "",
    error: Sentence = NOTHING,
) -> None:
    """Write down a step of a locked message with its proof; a step back on its way is kept and changes no state."""
    db.session.add(
        OrderStep(
            id=new_id(),
            vendor_id=own.vendor_id,
            delivery_id=own.id,
            state=state,
            evidence=evidence.replace("\0", "")[:2000],
            error=error,
        )
    )
    before, at = own.state, now()
    if state == OrderStage.OPENED and own.opened_at is None:
        own.opened_at = at
    if state == OrderStage.ACKNOWLEDGED and own.acknowledged_at is None:
        own.acknowledged_at = at
    if before in ON_ITS_WAY and state in WAY and WAY.index(state) <= WAY.index(OrderStage(before)):
        show_standing(own)
        return
    own.state, own.error, own.changed_at = state, error, at
    if state != OrderStage.QUEUED:
        own.due_at = None
    if topic is not None:
        record_event(topic, own.id, by, {"state": [str(before) if before else None, str(state)]})
    show_standing(own)


def _queue(by: Actor, purchase: Purchase, standing: VendorStanding, channel: ChannelName) -> OrderDelivery:
    own = _made(purchase, standing, channel)
    _begin(by, own)
    return own


def _begin(by: Actor, own: OrderDelivery) -> None:
    note_step(by, own, OrderStage.QUEUED, events.ORDER_QUEUED)


def _again(by: Actor, own: OrderDelivery) -> None:
    own.due_at = None
    note_step(by, own, OrderStage.QUEUED, events.ORDER_QUEUED)


def _made(purchase: Purchase, standing: VendorStanding, channel: ChannelName) -> OrderDelivery:
    terms, vendor_id = standing.terms, standing.vendor.id
    dates = dates_of(terms, Sender.here().tenant.zone)
    own = OrderDelivery(
        id=new_id(),
        vendor_id=vendor_id,
        purchase_id=purchase.id,
        version=purchase.close_version,
        content_sha256=standing.orders.sha256,
        control=_next_control(vendor_id),
        channel=channel,
        format=WAYS[channel].carries(terms) if channel in WAYS else "",
        address=address_of(channel, terms),
        # of what is canceled nothing is asked for on any day
        deliver_on=None if standing.canceled else dates.deliver_on,
        cutoff_at=None if standing.canceled else dates.cutoff_at,
        # who orders by phone has the vendor's word
        alarm_at=None if channel == ChannelName.HAND else dates.alarm_at,
    )
    db.session.add(own)
    db.session.flush()
    return own


def _next_control(vendor_id: int) -> int:
    """Return the next number of messages to a vendor; others wait until this transaction ends."""
    take_turn(f"order control {vendor_id}")
    own = OrderDelivery.tenant_id == session().scope.id, OrderDelivery.vendor_id == vendor_id
    return (db.session.scalar(select(func.max(OrderDelivery.control)).where(*own)) or 0) + 1


def _sendable(purchase_id: UUID) -> Purchase:
    purchase = locked_purchase(purchase_id)
    if purchase.state not in _SENDABLE:
        raise Refusal("wrong-state", marked("Orders are sent when the purchase is closed."))
    return purchase


def _locked(delivery_id: UUID) -> tuple[Purchase | None, OrderDelivery]:
    """Return a message under its purchase's lock, and the purchase (None for a test). Raises NotFound."""
    own = delivery_or_404(delivery_id)
    purchase = locked_purchase(own.purchase_id) if own.purchase_id else None
    db.session.refresh(own, with_for_update=True)
    return purchase, own


def _current(purchase: Purchase | None, own: OrderDelivery) -> VendorStanding:
    """Return where the vendor stands, and refuse where the message is of orders that are not asked for any more."""
    if purchase is None:
        raise Refusal("only-a-test", marked("This is a test order. Send another one instead."))
    if not own.is_order:
        raise Refusal("only-a-reply", marked("This message is no order. Send it again the same way."))
    purchase.must_be(*_SENDABLE)
    if not is_current(purchase, own):
        raise Refusal("order-changed", marked("The order was changed since. Send the newer version."))
    return standing_of(purchase, own.vendor_id)


def _must_be_free(standing: VendorStanding) -> None:
    """Refuse where the vendor has the orders, gets them this moment, or may have them."""
    if standing.sent:
        raise Refusal("order-sent", marked("This vendor has the order already."))
    if any(one.state == OrderStage.SENDING for one in standing.deliveries):
        raise Refusal("order-sending", marked("The order is being sent this moment. Look again in a minute."))
    if any(one.state == OrderStage.UNKNOWN for one in standing.deliveries):
        raise Refusal("order-unknown", marked("Nobody knows yet whether the vendor has the order. Settle that first."))
