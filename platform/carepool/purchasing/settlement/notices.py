"""Who is told what about invoices and payments; one function a notice."""

from uuid import UUID

from sqlalchemy import select

from carepool.notifications.actions import people_by_program, people_of, tell, tell_each
from carepool.notifications.notices import Notice
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.settlement.models.adjustments import ProgramAdjustment
from carepool.purchasing.settlement.models.bills import ProgramInvoice, Settlement
from carepool.purchasing.settlement.models.invoices import VendorInvoice
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


def purchase_adjusted(invoice_id: UUID) -> None:
    """Tell every program with a part of a vendor's late invoice or credit note, once."""
    invoice = find(VendorInvoice, invoice_id)
    purchase = find(Purchase, invoice.purchase_id) if invoice else None
    if invoice is None or purchase is None:
        return
    query = select(ProgramAdjustment.program_id, ProgramAdjustment.total_cents)
    parts = list(db.session.execute(query.where(ProgramAdjustment.invoice_id == invoice.id)).tuples())
    facts = {"title": purchase.title, "number": purchase.number}
    people = people_by_program([program for program, _ in parts])
    rows = [
        (person, f"{invoice.id} {program}", {**facts, "cents": cents})
        for program, cents in parts
        for person in people.get(program, ())
    ]
    tell_each(Notice.INVOICE_ADJUSTED, purchase.id, rows)


def payment_done(payment_id: UUID) -> None:
    """Tell a program's people that its payment is recorded, once; of what is paid out nobody is told."""
    payment = find(Payment, payment_id)
    if payment is None or payment.program_id is None or payment.direction != Direction.IN:
        return
    if payment.state == PaymentState.DONE:
        tell(people_of([payment.program_id]), Notice.PAYMENT_RECEIVED, payment.id, {"cents": payment.amount_cents})
