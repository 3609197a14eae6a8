"""The verb that makes a file for the bank: every ACH payment of a book that waits goes into one file and is booked with it."""

import io
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from carepool import events
from carepool.clock import now, zone_here
from carepool.errors import Refusal
from carepool.files import keep_file
from carepool.outbox import Actor, record_event
from carepool.purchasing.settlement.actions.bank_accounts import account_of, numbers_of, origin
from carepool.purchasing.settlement.actions.booking import hold_party
from carepool.purchasing.settlement.actions.paying import finish_payment
from carepool.purchasing.settlement.books import Books, file_part, known_book
from carepool.purchasing.settlement.models.payments import AchFile, Direction, Method, Payment, PaymentState
from carepool.purchasing.settlement.nacha import AchEntry, NotWritable, Origin, written_file
from carepool.sentences import marked
from tenants.database import db
from tenants.ids import new_id

_MODIFIERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_LOCK = 0
"""Files of a state are made one after another; no vendor has this number."""


def make_file(by: Actor, effective_on: date, alliance_id: UUID | None = None) -> AchFile:
    """Write the waiting ACH payments of an alliance's book (None: of the state's) into a file for its bank and book them.

    Two who press at once make one file. `effective_on`: the day on which the bank is to move the money. Raises Refusal
    that says what is missing, and NotFound.
    """
    known_book(alliance_id)
    hold_party(_LOCK)
    who = origin(alliance_id)
    if who is None:
        raise Refusal("no-origin", marked("Write down first which bank takes your files, and how it knows you."))
    of_book = Payment.alliance_id == alliance_id
    waiting = select(Payment).where(of_book, Payment.method == Method.ACH, Payment.state == PaymentState.WAITING)
    payments = db.session.scalars(waiting.order_by(Payment.program_id, Payment.vendor_id, Payment.id)).all()
    for payment in payments:
        hold_party(payment.program_id or payment.vendor_id or 0)
        db.session.refresh(payment, with_for_update=True)
    payments = [one for one in payments if one.state == PaymentState.WAITING]
    if not payments:
        raise Refusal("nothing-waits", marked("No payment waits for the bank."))
    made_at = now().astimezone(ZoneInfo(zone_here()))
    # counted by the day that the file names, and over all books: owners may share a bank and a company id
    today = select(func.count()).where(AchFile.made_at >= made_at.replace(hour=0, minute=0, second=0, microsecond=0))
    modifier = _MODIFIERS[int(db.session.scalar(today) or 0) % len(_MODIFIERS)]
    sender = Origin(who.bank_name, who.bank_routing, who.company_id, who.company_name)
    try:
        text = written_file(sender, [_entry(one) for one in payments], made_at, effective_on, modifier)
    except NotWritable as wrong:
        raise Refusal("not-writable", marked("The file cannot be written: %(why)s", why=str(wrong))) from None
    name = f"ach-{file_part(Books(alliance_id))}-{effective_on}-{modifier}.txt"
    stored = keep_file(io.BytesIO(text.encode("ascii")), name, "text/plain")
    sums = {
        way: sum(one.amount_cents for one in payments if one.direction == way) for way in (Direction.IN, Direction.OUT)
    }
    own = AchFile(
        id=new_id(), alliance_id=alliance_id, file_id=stored.id, effective_on=effective_on, entries=len(payments),
        made_at=made_at, debit_cents=sums[Direction.IN], credit_cents=sums[Direction.OUT], person_id=by.person_id,
    )  # fmt: skip
    db.session.add(own)
    db.session.flush()
    for payment in payments:
        payment.ach_file_id, payment.paid_on = own.id, effective_on
        finish_payment(by, payment)
    told = {"entries": own.entries} | ({"alliance": str(alliance_id)} if alliance_id else {})
    record_event(events.ACH_FILE_MADE, own.id, by, told)
    return own


def _entry(payment: Payment) -> AchEntry:
    account = account_of(payment.program_id, payment.vendor_id)
    if account is None:
        raise Refusal("no-bank-account", marked("A payment has no bank account on file any more. Enter it again."))
    routing, number = numbers_of(account)
    return AchEntry(
        routing=routing,
        account=number,
        holder=account.holder,
        cents=payment.amount_cents,
        is_debit=payment.direction == Direction.IN,
        is_savings=account.is_savings,
        is_business=account.is_business,
        reference=payment.id.hex[-15:],
    )
