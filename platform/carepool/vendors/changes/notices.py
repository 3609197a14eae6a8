"""Who is told what about changes of orders that are out; one function a notice."""

from typing import Any
from uuid import UUID

from carepool.notifications.actions import people_by_program, tell, tell_each
from carepool.notifications.notices import Notice
from carepool.purchasing.models.purchases import Purchase
from carepool.vendors.changes.difference import Difference, ProgramDifference
from carepool.vendors.changes.models import EditState, OrderEdit, OrderQuestion, QuestionState
from carepool.vendors.notices import coordinators, tell_coordinators
from tenants.database import find

_PROGRAMS_AT_A_TIME = 5000
_NAMED = 5
"""Lines that a message names; the page of the purchase shows all."""


def programs_told(purchase: Purchase, edit: OrderEdit, differs: Difference) -> None:
    """Tell each program for which something differs what it had and has, once an edit."""
    same = {"title": purchase.title, "number": purchase.number, "reason": edit.reason}
    for first in range(0, len(differs.programs), _PROGRAMS_AT_A_TIME):
        some = differs.programs[first : first + _PROGRAMS_AT_A_TIME]
        people = people_by_program([UUID(one.program_id) for one in some])
        told = [
            (
                person,
                f"{edit.id} {one.program_id}",
                {**same, "bill": list(one.bill_cents), "lines": _lines(one, differs)},
            )
            for one in some
            for person in people.get(UUID(one.program_id), ())
        ]
        tell_each(Notice.ORDER_EDITED, purchase.id, told)


def edit_ended(edit_id: UUID) -> None:
    """Tell the coordinators of an edit that was not worked in, once."""
    own = find(OrderEdit, edit_id)
    if own is not None and own.state in (EditState.REFUSED, EditState.OVERTAKEN):
        purchase = find(Purchase, own.purchase_id)
        if purchase is not None:
            facts = {"title": purchase.title, "number": purchase.number, "state": str(own.state)}
            tell(coordinators(), Notice.EDIT_NOT_DONE, purchase.id, facts, str(own.id))


def question_answered(question_id: UUID) -> None:
    """Tell the coordinators what a vendor said to a question, once."""
    own = find(OrderQuestion, question_id)
    if own is not None and own.answered_at is not None and own.state != QuestionState.WITHDRAWN:
        more = {"accepted": own.state != QuestionState.REFUSED}
        tell_coordinators(Notice.QUESTION_ANSWERED, own.purchase_id, own.vendor_id, str(own.id), more)


def _lines(one: ProgramDifference, differs: Difference) -> list[list[Any]]:
    return [[differs.names.get(item, ""), *got] for item, got, _cents in one.lines[:_NAMED]]
