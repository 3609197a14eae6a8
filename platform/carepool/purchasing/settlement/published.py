"""What a state's own systems hear of invoices and payments: ids, numbers, states and cents; no names, no bank accounts."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from carepool import events
from carepool.publishing import Fact, publishes
from carepool.purchasing.settlement.models.bills import Settlement
from carepool.purchasing.settlement.models.invoices import VendorInvoice
from carepool.purchasing.settlement.models.payments import AchFile, Payment, WriteOff
from carepool.sentences import marked
from tenants.database import find


@publishes(events.VENDOR_INVOICE_RECORDED, "vendor_invoice.recorded", marked("A vendor's invoice is entered"))
@publishes(events.VENDOR_INVOICE_MATCHED, "vendor_invoice.matched", marked("A vendor's invoice matches and is booked"))
@publishes(events.VENDOR_INVOICE_DECIDED, "vendor_invoice.decided", marked("A vendor's invoice is decided about"))
def vendor_invoice_facts(invoice_id: UUID, _diff: Mapping[str, Any]) -> Iterator[Fact]:
    """Tell an invoice's id, purchase, number, state and total in cents."""
    own = find(VendorInvoice, invoice_id)
    if own is not None:
        told = {
            "vendor_invoice_id": str(own.id),
            "purchase_id": str(own.purchase_id),
            "number": own.number,
            "is_credit": own.is_credit,
            "state": str(own.state),
            "total_cents": own.total_cents,
        }
        yield Fact(own.id, told)


@publishes(events.PURCHASE_SETTLED, "purchase.settled", marked("A group purchase is settled"))
def settlement_facts(settlement_id: UUID, _diff: Mapping[str, Any]) -> Iterator[Fact]:
    """Tell the purchase and its sums in cents."""
    own = find(Settlement, settlement_id)
    if own is not None:
        yield Fact(own.id, {"purchase_id": str(own.purchase_id), "sums": own.sums})


@publishes(events.PAYMENT_RECORDED, "payment.recorded", marked("A payment is entered"))
@publishes(events.PAYMENT_DONE, "payment.done", marked("A payment is booked"))
@publishes(events.PAYMENT_REVERSED, "payment.reversed", marked("A payment is taken back"))
def payment_facts(payment_id: UUID, _diff: Mapping[str, Any]) -> Iterator[Fact]:
    """Tell a payment's id, program (none for a vendor's), purchase, book (none: the state's), way, direction, state, cents."""
    own = find(Payment, payment_id)
    if own is not None:
        told = {
            "payment_id": str(own.id),
            "program_id": str(own.program_id) if own.program_id else None,
            "purchase_id": str(own.purchase_id) if own.purchase_id else None,
            "alliance_id": str(own.alliance_id) if own.alliance_id else None,
            "method": str(own.method),
            "direction": str(own.direction),
            "state": str(own.state),
            "amount_cents": own.amount_cents,
        }
        yield Fact(own.id, told)


@publishes(events.WRITE_OFF_DECIDED, "write_off.decided", marked("It is decided about writing off what a program owes"))
def write_off_facts(write_off_id: UUID, _diff: Mapping[str, Any]) -> Iterator[Fact]:
    """Tell the program, the book (none: the state's), the state and the cents."""
    own = find(WriteOff, write_off_id)
    if own is not None:
        told = {
            "program_id": str(own.program_id),
            "alliance_id": str(own.alliance_id) if own.alliance_id else None,
            "state": str(own.state),
            "amount_cents": own.amount_cents,
        }
        yield Fact(own.id, {"write_off_id": str(own.id), **told})


@publishes(events.ACH_FILE_MADE, "ach_file.made", marked("A file for the bank is made"))
def ach_file_facts(file_id: UUID, _diff: Mapping[str, Any]) -> Iterator[Fact]:
    """Tell the file's id, its book (none: the state's) and its sums in cents."""
    own = find(AchFile, file_id)
    if own is not None:
        book = str(own.alliance_id) if own.alliance_id else None
        told = {"alliance_id": book, "debit_cents": own.debit_cents, "credit_cents": own.credit_cents}
        yield Fact(own.id, {"ach_file_id": str(own.id), **told})
