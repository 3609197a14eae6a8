"""Work that follows from orders to vendors: sending them, telling of trouble, working out answers."""

from uuid import UUID

from carepool import events
from carepool.outbox import Actor
from carepool.vendors import notices
from carepool.vendors.answers import proposals
from carepool.vendors.changes import actions as edits
from carepool.vendors.changes import notices as change_notices
from carepool.vendors.deliveries import working
from carepool.vendors.desk import partners, taking_in
from carepool.vendors.inbox import notices as inbox_notices
from carepool.vendors.inbox import picking
from carepool.vendors.links import invoices
from carepool.vendors.prices import telling
from workers.handlers import does_each


@does_each(events.ORDER_DUE)
@does_each(events.ORDER_QUEUED)
def send_order(delivery_id: UUID) -> None:
    """Send an order message that waits."""
    working.send_order(delivery_id)


@does_each(events.ORDER_TROUBLE)
def tell_trouble(delivery_id: UUID) -> None:
    """Tell the coordinators that an order did not go out as it should."""
    notices.order_trouble(delivery_id)


@does_each(events.ORDER_UNACKNOWLEDGED)
def tell_unacknowledged(delivery_id: UUID) -> None:
    """Tell the coordinators that an order is not acknowledged."""
    notices.order_unacknowledged(delivery_id)


@does_each(events.ORDER_ANSWERED)
def work_out(answer_id: UUID) -> None:
    """Make proposals of what a vendor answered, and tell the coordinators."""
    proposals.work_out(Actor.task(), answer_id)
    notices.order_answered(answer_id)


@does_each(events.DESK_GIVEN)
def open_desk(partner_id: UUID) -> None:
    """Open the desk that a state gave a vendor."""
    partners.open_desk(partner_id)


@does_each(events.DESK_CHANGED)
def show_at_desk(partner_id: UUID) -> None:
    """Show at a desk what the state chose to."""
    partners.work_out(partner_id)


@does_each(events.DESK_SAID)
def take_in(said_id: UUID) -> None:
    """Take in what a vendor said at its desk."""
    taking_in.take_in(said_id)


@does_each(events.PRICES_PROPOSED)
def tell_prices(proposal_id: UUID) -> None:
    """Tell the coordinators that a vendor proposes other prices."""
    notices.prices_proposed(proposal_id)


@does_each(events.PRICES_DECIDED)
def tell_prices_decided(proposal_id: UUID) -> None:
    """Tell a vendor what was decided about the prices that it proposed."""
    telling.tell_decided(proposal_id)


@does_each(events.ORDER_EDIT_AGREED)
def apply_edit(edit_id: UUID) -> None:
    """Work in what was changed after the close."""
    edits.apply_edit(Actor.task(), edit_id)


@does_each(events.ORDER_EDIT_ENDED)
def tell_edit_ended(edit_id: UUID) -> None:
    """Tell the coordinators of a change that was not worked in."""
    change_notices.edit_ended(edit_id)


@does_each(events.ORDER_QUESTION_ANSWERED)
def tell_question_answered(question_id: UUID) -> None:
    """Tell the coordinators what a vendor said to a question."""
    change_notices.question_answered(question_id)


@does_each(events.VENDOR_FILES_DUE)
def pick_up_files(contract_id: UUID) -> None:
    """Take the files that wait on a vendor's server."""
    picking.pick_up(contract_id)


@does_each(events.VENDOR_FILE_REFUSED)
def tell_file_refused(file_id: UUID) -> None:
    """Tell the coordinators of a file that could not be taken."""
    inbox_notices.file_refused(file_id)


@does_each(events.VENDOR_INVOICE_BROUGHT)
def tell_invoice(file_id: UUID) -> None:
    """Read and enter an invoice that a vendor brought, where that can be done, and tell the coordinators."""
    invoices.take_in(Actor.task(), file_id)
    notices.invoice_brought(file_id)
