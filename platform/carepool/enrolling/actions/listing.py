"""The verb of the list for a vendor: whoever takes it stands in the activity log."""

from flask import Response

from carepool import events
from carepool.enrolling.members_file import file_name, members_csv
from carepool.enrolling.models.contracts import ContractState, ServiceContract
from carepool.enrolling.queries import members_listed
from carepool.errors import Refusal
from carepool.outbox import Actor, record_event
from carepool.sentences import marked


def members_answer(by: Actor, own: ServiceContract) -> Response:
    """Answer with the members of a contract that was agreed, as CSV. Raises Refusal before."""
    if own.closed_at is None or own.state == ContractState.FAILED:
        raise Refusal("not-agreed", marked("The list for the vendor is there when the window is closed and agreed."))
    members = members_listed(own.id)
    record_event(events.SERVICE_LIST_TAKEN, own.id, by, {"members": len(members)})
    answer = Response(members_csv(members), content_type="text/csv; charset=utf-8")
    answer.headers.set("Content-Disposition", "attachment", filename=file_name(own))
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
