"""Work that settles purchases and moves money."""

from uuid import UUID

from carepool import events
from carepool.outbox import Actor
from carepool.purchasing.settlement import notices
from carepool.purchasing.settlement.actions import cards, invoice_files, settling, statement_files
from carepool.vendors.scores import counting as scores
from workers.handlers import does_each


@does_each(events.SETTLING_ASKED)
def settle(settlement_id: UUID) -> None:
    """Settle a purchase."""
    settling.settle(Actor.task(), settlement_id)


@does_each(events.PURCHASE_SETTLED)
def tell_settled(settlement_id: UUID) -> None:
    """Tell programs that their invoices are there, and write the vendors' bills into their scorecards."""
    notices.purchase_settled(settlement_id)
    scores.score_settlement(settlement_id)


@does_each(events.PURCHASE_ADJUSTED)
def tell_adjusted(invoice_id: UUID) -> None:
    """Tell programs what a late invoice or credit note of a vendor changes for them."""
    notices.purchase_adjusted(invoice_id)


@does_each(events.PAYMENT_DONE)
def tell_paid(payment_id: UUID) -> None:
    """Tell a program that its payment is recorded."""
    notices.payment_done(payment_id)


@does_each(events.CARD_ASKED)
def begin_card(payment_id: UUID) -> None:
    """Ask the provider for the page on which a card is typed."""
    cards.begin_card(Actor.task(), payment_id)


@does_each(events.CARD_DUE)
def look_at_card(payment_id: UUID) -> None:
    """Look how a payment by card stands."""
    cards.look_at_card(Actor.task(), payment_id)


@does_each(events.INVOICE_FILE_ASKED)
def set_invoice(file_id: UUID) -> None:
    """Set an invoice as a PDF."""
    invoice_files.set_file(file_id)


@does_each(events.STATEMENT_ASKED)
def set_statement(file_id: UUID) -> None:
    """Set a statement of a program as a PDF."""
    statement_files.set_statement(file_id)
