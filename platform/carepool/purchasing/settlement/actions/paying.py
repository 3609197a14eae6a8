"""Verbs of payments: record one, book it once, reverse it, use a credit, settle a lost answer."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from carepool import events
from carepool.errors import Invalid, NotFound, Refusal, Stale
from carepool.outbox import Actor, record_event
from carepool.programs.models import Program
from carepool.purchasing.models.purchases import Purchase, PurchaseState
from carepool.purchasing.settlement.actions.bank_accounts import account_of
from carepool.purchasing.settlement.actions.booking import (
    Event,
    book,
    hold_party,
    is_booked,
    lines_of,
    owed_by,
    owed_to,
)
from carepool.purchasing.settlement.actions.card_settings import takes_cards
from carepool.purchasing.settlement.actions.free_credits import free_credit
from carepool.purchasing.settlement.books import Books, has_account, known_book
from carepool.purchasing.settlement.models.ledger import Cause
from carepool.purchasing.settlement.models.payments import Direction, Method, Payment, PaymentState
from carepool.purchasing.settlement.postings import (
    credit_used,
    paid_by_program,
    paid_to_vendor,
    refunded,
    reversed_payment,
)
from carepool.sentences import marked
from tenants.database import db, find
from tenants.ids import new_id

ENDINGS = (PaymentState.DONE, PaymentState.FAILED)
"""How a person may settle a payment whose answer was lost."""


@dataclass(frozen=True)
class WrittenPayment:
    """A payment as it was entered: of or to a program, or to a vendor (its number). `key` is the entering device's own.

    `book`: in whose book it is; None: in that of the owner of its purchase, or in the state's where it names none.
    """

    key: str
    direction: Direction
    method: Method
    amount_cents: int
    paid_on: date
    program_id: UUID | None = None
    vendor_id: int | None = None
    purchase_id: UUID | None = None
    reference: str = ""
    book: Books | None = None

    @property
    def party(self) -> UUID | int:
        """Whom it is about. Raises Invalid where it names none or two."""
        if (self.program_id is None) == (self.vendor_id is None):
            raise Invalid("one-party", marked("Name either a program or a vendor."))
        return self.program_id if self.program_id is not None else self.vendor_id or 0

    @property
    def fingerprint(self) -> str:
        """SHA-256 of what was entered."""
        facts = {name: str(getattr(self, name)) for name in self.__dataclass_fields__ if name not in ("key", "book")}
        if self.book is not None:
            facts["book"] = self.book.name
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def record_payment(by: Actor, written: WrittenPayment) -> Payment:
    """Keep a payment. A check is booked at once; ACH waits for the next file to the bank, a card for the provider.

    Entered again under the same key it is the same payment. Raises NotFound, Invalid, and Refusal for more than is owed.
    """
    hold_party(written.party)
    known = db.session.scalars(select(Payment).where(Payment.count_key == written.key)).one_or_none()
    if known is not None:
        if known.fingerprint != written.fingerprint:
            raise Refusal("key-reused", marked("Another payment was entered under this key. Use a new one."))
        return known
    alliance_id = _book_of(written)
    _check(written, alliance_id)
    payment = Payment(
        id=new_id(), count_key=written.key, fingerprint=written.fingerprint, direction=written.direction,
        method=written.method, program_id=written.program_id, vendor_id=written.vendor_id,
        purchase_id=written.purchase_id, alliance_id=alliance_id, amount_cents=written.amount_cents, paid_on=written.paid_on,
        reference=written.reference, state=PaymentState.WAITING, card_page="", reason="", person_id=by.person_id,
        version=1,
    )  # fmt: skip
    db.session.add(payment)
    db.session.flush()
    facts = {"amount_cents": payment.amount_cents, "method": str(payment.method)}
    if payment.program_id is not None:
        facts["program"] = str(payment.program_id)
    if alliance_id is not None:
        facts["alliance"] = str(alliance_id)
    record_event(events.PAYMENT_RECORDED, payment.id, by, facts)
    if written.method is Method.CHECK:
        finish_payment(by, payment)
    elif written.method is Method.CARD:
        record_event(events.CARD_ASKED, payment.id, by, facts)
    return payment


def _book_of(written: WrittenPayment) -> UUID | None:
    """Return in whose book a payment goes: an alliance's, or (None) the state's. Raises NotFound, Refusal."""
    if written.purchase_id is None:
        return known_book(written.book.alliance_id) if written.book else None
    purchase = find(Purchase, written.purchase_id)
    if purchase is None:
        raise NotFound("purchase")
    if purchase.state == PurchaseState.DRAFT:
        # its owner may still change
        raise Refusal("wrong-state", marked("This purchase is still a draft. Nothing can be paid for it."))
    if written.book is not None and written.book.alliance_id != purchase.alliance_id:
        known_book(written.book.alliance_id)
        sentence = marked("This purchase belongs to another owner. Leave the owner out, or name that of the purchase.")
        raise Refusal("wrong-book", sentence, {"alliance_id": [sentence]})
    return purchase.alliance_id


def _check(written: WrittenPayment, alliance_id: UUID | None) -> None:
    if written.program_id is not None and find(Program, written.program_id) is None:
        raise NotFound("program")
    if written.program_id is not None and not has_account(written.program_id, alliance_id):
        sentence = marked("This program is no member of the alliance and owes it nothing. Choose another owner.")
        raise Refusal("no-account", sentence, {"alliance_id": [sentence]})
    if written.vendor_id is not None and written.direction is Direction.IN:
        raise Invalid("wrong-way", marked("Vendors are paid; enter what they give back as a credit note."))
    if written.method is Method.CHECK and not written.reference:
        sentence = marked("Write the number of the check.")
        raise Invalid("no-number", sentence, {"reference": [sentence]})
    if written.method is Method.CARD and alliance_id is not None:
        sentence = marked("Cards are taken for the state only. Pay an alliance by check or by bank transfer.")
        raise Refusal("no-cards-for-alliances", sentence, {"method": [sentence]})
    if written.method is Method.CARD and (written.direction is Direction.OUT or not takes_cards()):
        raise Refusal("no-cards", marked("Cards are not taken here. Choose another way to pay."))
    if written.method is Method.ACH and account_of(written.program_id, written.vendor_id) is None:
        raise Refusal("no-bank-account", marked("No bank account is on file here. Enter it first."))
    if written.direction is Direction.OUT:
        _check_enough(written, alliance_id)


def _check_enough(written: WrittenPayment, alliance_id: UUID | None) -> None:
    """Refuse to pay out more than is owed in a book, what waits for the bank counted."""
    if written.vendor_id is not None:
        left = _left_for(written.vendor_id, alliance_id)
    elif written.program_id is not None:
        left = free_credit(written.program_id, alliance_id)
    else:
        raise Invalid("one-party", marked("Name either a program or a vendor."))
    if written.amount_cents > left:
        sentence = marked("This is more than is owed. Write at most the amount that is left.")
        raise Refusal("more-than-owed", sentence, {"amount_cents": [sentence]})


def _left_for(vendor_id: int, alliance_id: UUID | None) -> int:
    waiting = select(func.sum(Payment.amount_cents)).where(
        Payment.vendor_id == vendor_id,
        Payment.alliance_id == alliance_id,
        Payment.direction == Direction.OUT,
        Payment.state == PaymentState.WAITING,
    )
    return owed_to(vendor_id, alliance_id) - int(db.session.scalar(waiting) or 0)


def finish_payment(by: Actor, payment: Payment) -> None:
    """Say that a payment's money moved and book it, once; the caller holds its party."""
    payment.move(PaymentState.DONE)
    if not is_booked(Cause.PAYMENT, payment.id):
        facts = {"number": payment.reference, "method": str(payment.method)}
        _book(by, Cause.PAYMENT, payment, Event(payment.id, _postings(payment), facts))
    record_event(events.PAYMENT_DONE, payment.id, by, {"amount_cents": payment.amount_cents})
    db.session.flush()


def _book(by: Actor, cause: Cause, payment: Payment, event: Event) -> None:
    book(by, cause, [event], alliance_id=payment.alliance_id, purchase_id=payment.purchase_id)


def _postings(payment: Payment) -> Any:
    if payment.vendor_id is not None:
        return paid_to_vendor(payment.vendor_id, payment.amount_cents)
    if payment.program_id is None:
        raise RuntimeError(f"Payment {payment.id} has no party.")
    if payment.direction == Direction.OUT:
        return refunded(payment.program_id, payment.amount_cents)
    owed = owed_by(payment.program_id, payment.alliance_id)
    return paid_by_program(payment.program_id, payment.amount_cents, owed)


def held_payment(payment_id: UUID) -> Payment:
    """Return a payment while nobody else books for its party. Raises NotFound."""
    found = find(Payment, payment_id)
    if found is None:
        raise NotFound("payment")
    hold_party(found.program_id or found.vendor_id or 0)
    db.session.refresh(found, with_for_update=True)
    return found


def reverse_payment(by: Actor, payment_id: UUID, reason: str, based_on: int | None) -> Payment:
    """Take a booked payment back by an entry of its own: the check bounced, the bank returned it. Raises Stale, Refusal."""
    payment = held_payment(payment_id)
    _must_be_read(payment, reason, based_on)
    payment.move(PaymentState.REVERSED)
    payment.reason = reason.strip()
    lines = lines_of(Cause.PAYMENT, payment.id)
    left = free_credit(payment.program_id, payment.alliance_id) if payment.program_id is not None else 0
    event = Event(payment.id, reversed_payment(lines, left), {"number": payment.reference, "reason": payment.reason})
    _book(by, Cause.PAYMENT_REVERSED, payment, event)
    record_event(events.PAYMENT_REVERSED, payment.id, by, {"reason": payment.reason})
    db.session.flush()
    return payment


def settle_payment(by: Actor, payment_id: UUID, to: PaymentState, reason: str, based_on: int | None) -> Payment:
    """Write down how a payment ended whose answer was lost, or that one which waits is not sent. Raises Stale, Refusal."""
    payment = held_payment(payment_id)
    _must_be_read(payment, reason, based_on)
    waits = payment.state == PaymentState.WAITING and payment.method == Method.ACH and to is PaymentState.FAILED
    if payment.state != PaymentState.UNKNOWN and not waits:
        raise Refusal("wrong-state", marked("How this payment ended is known already, or it is still under way."))
    payment.reason = reason.strip()
    record_event(
        events.PAYMENT_SETTLED, payment.id, by, {"state": [str(payment.state), str(to)], "reason": payment.reason}
    )
    if to is PaymentState.DONE:
        finish_payment(by, payment)
    else:
        payment.move(PaymentState.FAILED)
        db.session.flush()
    return payment


def _must_be_read(payment: Payment, reason: str, based_on: int | None) -> None:
    if payment.version != based_on:
        raise Stale()
    if not reason.strip():
        sentence = marked("Say why, in at most 500 characters.")
        raise Invalid("no-reason", sentence, {"reason": [sentence]})


def use_credit(by: Actor, program_id: UUID, alliance_id: UUID | None = None) -> int:
    """Let what a program paid too much pay what it owes in the same book; return how many cents.

    Pressed twice, the second finds nothing. Raises NotFound.
    """
    if find(Program, program_id) is None:
        raise NotFound("program")
    known_book(alliance_id)
    hold_party(program_id)
    cents = min(free_credit(program_id, alliance_id), owed_by(program_id, alliance_id))
    if cents > 0:
        book(by, Cause.CREDIT_USED, [Event(new_id(), credit_used(program_id, cents))], alliance_id=alliance_id)
        told: dict[str, Any] = {"amount_cents": cents}
        if alliance_id is not None:
            told["alliance"] = str(alliance_id)
        record_event(events.CREDIT_USED, program_id, by, told)
    return max(0, cents)
