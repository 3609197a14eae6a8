"""Verbs of who decides about an order that waits: approve it, so that it counts, or send it back with a note."""

from uuid import UUID

from sqlalchemy import func

from carepool import events
from carepool.errors import Invalid, Refusal
from carepool.notifications.actions import tell
from carepool.notifications.notices import Notice
from carepool.outbox import Actor, record_event
from carepool.purchasing.actions import ordering
from carepool.purchasing.actions.asking import name_of, waiting_request
from carepool.purchasing.actions.joining import join
from carepool.purchasing.actions.ordering import Standing
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.models.spending import ApprovalState, OrderApproval
from carepool.sentences import marked
from tenants.database import db, find


def approve_order(by: Actor, purchase_id: UUID, program_id: UUID, based_on: int | None) -> Standing:
    """Place the order that waits, as it was asked for. Of two who approve at once, one gets Stale.

    `based_on`: the version of the order that was read. Raises Stale, NotFound, Invalid, Refusal (closed, busy, nothing
    waits, over budget).
    """
    request = _claimed(purchase_id, program_id)
    lines = ordering.draft_lines(purchase_id, program_id)
    standing = ordering.save_order(
        by, purchase_id, program_id, request.delivery_point_id, lines, place=True, based_on=based_on, approves=True,
        keeps_request=True,
    )  # fmt: skip
    _decide(request, by, ApprovalState.APPROVED, "")
    record_event(events.ORDER_APPROVED, program_id, by, _facts(request, standing))
    _tell(request, Notice.APPROVAL_GIVEN, by, standing)
    return standing


def send_back(by: Actor, purchase_id: UUID, program_id: UUID, note: str, based_on: int | None) -> Standing:
    """Send the order that waits back: it is a draft again, and who asked reads the note. Raises as `approve_order`."""
    if not note:
        sentence = marked("Write what should be changed.")
        raise Invalid("note-missing", sentence, {"note": [sentence]})
    request = _claimed(purchase_id, program_id)
    standing = ordering.return_order(by, purchase_id, program_id, request.delivery_point_id, based_on)
    _decide(request, by, ApprovalState.SENT_BACK, note)
    record_event(events.ORDER_SENT_BACK, program_id, by, _facts(request, standing))
    _tell(request, Notice.APPROVAL_SENT_BACK, by, standing)
    return standing


def _claimed(purchase_id: UUID, program_id: UUID) -> OrderApproval:
    """Return the request that waits, in a purchase that is open for this program."""
    join(purchase_id, program_id, None, ())
    request = waiting_request(purchase_id, program_id)
    if request is None:
        raise Refusal("nothing-waits", marked("No order waits for approval here. Someone may have decided already."))
    return request


def _decide(request: OrderApproval, by: Actor, state: ApprovalState, note: str) -> None:
    request.state, request.decided_by, request.note = state, by.person_id, note
    request.decided_at = func.clock_timestamp()
    db.session.flush()


def _facts(request: OrderApproval, standing: Standing) -> dict[str, object]:
    return {"purchase": str(request.purchase_id), "version": standing.version, "most_cents": request.most_cents}


def _tell(request: OrderApproval, notice: Notice, by: Actor, standing: Standing) -> None:
    purchase = find(Purchase, request.purchase_id)
    if purchase is None or request.asked_by is None or request.asked_by == by.person_id:
        return
    facts = {"title": purchase.title, "number": purchase.number, "name": name_of(by.person_id), "reason": request.note}
    tell([request.asked_by], notice, purchase.id, facts, f"{request.program_id} {standing.version}")
