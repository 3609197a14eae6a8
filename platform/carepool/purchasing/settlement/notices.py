"""Who is told what about invoices and payments; one function a notice."""

from uuid import UUID

from sqlalchemy import select

from carepool.notifications.actions import people_of, tell
from carepool.notifications.notices import Notice
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.settlement.models.bills import ProgramInvoice, Settlement
from carepool.purchasing.settlement.models.payments import Direction, Payment, PaymentState
from tenants.database import db, find

_PROGRAMS_AT_A_TIME = 5000


def purchase_settled(settlement_id: UUID) -> None:
    """Tell every program with an invoice that it is there, once."""
    own = find(Settlement, settlement_id)
    purchase = find(Purchase, own.purchase_id) if own else None
    if own is None or purchase is None or own.settled_at is None:
        return
    query = select(ProgramInvoice.program_id).where(ProgramInvoice.purchase_id == purchase.id)
    programs = list(db.session.scalars(query.order_by(ProgramInvoice.program_id)))
    facts = {"title": purchase.title, "number": purchase.number}
    for first in range(0, len(programs), _PROGRAMS_AT_A_TIME):
        people = people_of(programs[first : first + _PROGRAMS_AT_A_TIME])
        tell(people, Notice.INVOICE_ISSUED, purchase.id, facts, "settled")


def payment_done(payment_id: UUID) -> None:
    """Tell a program's people that its payment is recorded, once; of what is paid out nobody is told."""
    payment = find(Payment, payment_id)
    if payment is None or payment.program_id is None or payment.direction != Direction.IN:
        return
    if payment.state == PaymentState.DONE:
        tell(people_of([payment.program_id]), Notice.PAYMENT_RECEIVED, payment.id, {"cents": payment.amount_cents})
