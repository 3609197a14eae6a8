"""Verbs of payments by card: ask the provider for its page, and look how the payment ended (workers do both)."""

from uuid import UUID

from sqlalchemy import select

from carepool import events
from carepool.errors import NotFound
from carepool.identity.links import address_of
from carepool.outbox import Actor, hand_over
from carepool.purchasing.settlement.actions.card_settings import card_provider, secret_of
from carepool.purchasing.settlement.actions.paying import finish_payment, held_payment
from carepool.purchasing.settlement.card_provider import CardAnswer, CardState, CardWish, StripeProvider
from carepool.purchasing.settlement.models.payments import Method, Payment, PaymentState
from tenants.database import db, find

_AT_ONCE = 100


class NotAnswered(RuntimeError):
    """The provider was not reached; the work is tried again later."""


def begin_card(by: Actor, payment_id: UUID) -> None:
    """Ask the provider for the page of a payment that waits; running again asks for the same page. Raises NotAnswered."""
    payment = find(Payment, payment_id)
    if payment is None:
        raise NotFound("payment")
    if payment.method != Method.CARD or payment.state != PaymentState.WAITING:
        return
    _take(by, payment.id, _provider().begin(_wish(payment)))


def look_at_card(by: Actor, payment_id: UUID) -> None:
    """Ask the provider how a payment stands whose page is open, or whose answer was lost. Raises NotAnswered."""
    payment = find(Payment, payment_id)
    if payment is None:
        raise NotFound("payment")
    if payment.method != Method.CARD or payment.state not in (PaymentState.OPEN, PaymentState.UNKNOWN):
        return
    if payment.reference:
        answer = _provider().look(_wish(payment), payment.reference)
    elif payment.state == PaymentState.UNKNOWN:
        # a person decides; asked again with the same key, a provider may have forgotten it
        return
    else:
        answer = _provider().begin(_wish(payment))
    _take(by, payment.id, answer)


def _take(by: Actor, payment_id: UUID, answer: CardAnswer) -> None:
    """Write down what the provider said, unless someone did so meanwhile."""
    payment = held_payment(payment_id)
    if payment.state not in (PaymentState.WAITING, PaymentState.OPEN, PaymentState.UNKNOWN):
        return
    if answer.state is CardState.NOT_ASKED:
        raise NotAnswered(answer.error)
    payment.reference = answer.reference or payment.reference
    if answer.state is CardState.PAID:
        finish_payment(by, payment)
    elif answer.state is CardState.OPEN:
        payment.card_page = answer.page or payment.card_page
        if payment.state != PaymentState.OPEN:
            payment.move(PaymentState.OPEN)
    elif answer.state is CardState.FAILED:
        payment.move(PaymentState.FAILED)
        payment.reason, payment.card_page = answer.error, ""
    elif payment.state != PaymentState.UNKNOWN:
        payment.move(PaymentState.UNKNOWN)
        payment.reason = answer.error
    db.session.flush()


def look_at_open() -> None:
    """Give every payment whose page is open its turn to be looked at. A sweep calls this."""
    waiting = select(Payment.id).where(Payment.method == Method.CARD, Payment.state == PaymentState.OPEN)
    ids = db.session.scalars(waiting.order_by(Payment.id).limit(_AT_ONCE)).all()
    if ids:
        hand_over(events.CARD_DUE, ids)


def _provider() -> StripeProvider:
    own = card_provider()
    if own is None:
        raise NotAnswered("No provider is set up.")
    return StripeProvider(secret_of(own))


def _wish(payment: Payment) -> CardWish:
    back = address_of(f"/programs/{payment.program_id}/account")
    return CardWish(payment.id, payment.amount_cents, "Group purchases", back)
