"""Work that follows from changes to group purchases."""

from uuid import UUID

from carepool import events
from carepool.notifications.notices import Notice
from carepool.outbox import Actor
from carepool.purchasing import notices
from carepool.purchasing.actions import closing, packing_documents
from carepool.purchasing.savings import procuring
from carepool.vendors.answers import proposals
from carepool.vendors.desk import publishing as desk_publishing
from workers.handlers import does_each


@does_each(events.PURCHASE_CLOSING)
def compute_close(purchase_id: UUID) -> None:
    """Compute the close that was begun."""
    closing.compute_close(Actor.task(), purchase_id)


@does_each(events.PURCHASE_TRIED)
def compute_dry_run(dry_run_id: UUID) -> None:
    """Try a close."""
    closing.compute_dry_run(dry_run_id)


@does_each(events.PURCHASE_OPENED)
def tell_opened(purchase_id: UUID) -> None:
    """Tell invited programs, and those whose lines were carried over that they wait."""
    notices.purchase_opened(purchase_id)
    notices.orders_to_confirm(purchase_id)


@does_each(events.PURCHASE_EXTENDED)
def tell_extended(purchase_id: UUID) -> None:
    """Tell everyone with an order that it closes later."""
    notices.purchase_extended(purchase_id)


@does_each(events.PURCHASE_ROLLED_OVER)
def tell_rolled_over(purchase_id: UUID) -> None:
    """Tell those whose lines move to a new purchase."""
    notices.orders_rolled_over(purchase_id)


@does_each(events.PURCHASE_REMEDIED)
def tell_remedied(purchase_id: UUID) -> None:
    """Tell everyone with an order that the terms changed."""
    notices.terms_changed(purchase_id)


@does_each(events.PURCHASE_RESCHEDULED)
def tell_terms_changed(purchase_id: UUID) -> None:
    """Tell those who began or placed an order."""
    notices.terms_changed(purchase_id)


@does_each(events.PURCHASE_CLOSED)
def tell_closed(purchase_id: UUID) -> None:
    """Tell the members what they got."""
    notices.purchase_closed(purchase_id)


@does_each(events.PURCHASE_ORDERED)
def tell_ordered(purchase_id: UUID) -> None:
    """Tell the members that the order went to the vendors."""
    notices.purchase_ordered(purchase_id)


@does_each(events.PURCHASE_FAILED)
def tell_failed(purchase_id: UUID) -> None:
    """Tell the members that nothing was bought."""
    notices.purchase_ended(purchase_id, Notice.PURCHASE_FAILED)


@does_each(events.PURCHASE_CANCELLED)
def tell_cancelled(purchase_id: UUID) -> None:
    """Tell the members that it was canceled; at the desks of vendors its orders count no more."""
    notices.purchase_ended(purchase_id, Notice.PURCHASE_CANCELLED)
    desk_publishing.refresh_purchase(purchase_id)


@does_each(events.PROPOSALS_ACCEPTED)
def apply_accepted(purchase_id: UUID) -> None:
    """Work a purchase out again with what vendors answered and people accepted."""
    proposals.apply_accepted(Actor.task(), purchase_id)


@does_each(events.PACKING_ASKED)
def set_packing(document_id: UUID) -> None:
    """Set a packing list to print."""
    packing_documents.set_packing(document_id)


@does_each(events.PURCHASE_INVITED)
def tell_invited(purchase_id: UUID) -> None:
    """Tell those who were chosen and not told yet."""
    notices.purchase_opened(purchase_id)


@does_each(events.PURCHASE_REMINDED)
def tell_reminded(purchase_id: UUID) -> None:
    """Remind those whose lines are not sent."""
    notices.orders_reminded(purchase_id)


@does_each(events.PROCUREMENT_ASKED)
def make_procurement_file(file_id: UUID) -> None:
    """Set the PDF of a procurement file."""
    procuring.make_file(file_id)
