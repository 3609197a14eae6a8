"""Verbs of writing off: one person asks, another one decides."""

from uuid import UUID

from carepool import events
from carepool.errors import Forbidden, Invalid, NotFound, Refusal
from carepool.outbox import Actor, record_event
from carepool.programs.models import Program
from carepool.purchasing.settlement.actions.booking import Event, book, hold_party, owed_by
from carepool.purchasing.settlement.books import known_book
from carepool.purchasing.settlement.models.ledger import Cause
from carepool.purchasing.settlement.models.payments import WriteOff, WriteOffState
from carepool.purchasing.settlement.postings import written_off
from carepool.sentences import marked
from tenants.database import database_now, db, find
from tenants.ids import new_id

_TOO_MUCH = marked("The program does not owe that much.")


def ask_write_off(by: Actor, program_id: UUID, cents: int, reason: str, alliance_id: UUID | None = None) -> WriteOff:
    """Ask that another person let what a program owes to an alliance (None: to the state) be written off.

    Raises Invalid, NotFound, Refusal.
    """
    if by.person_id is None:
        raise Forbidden()
    if find(Program, program_id) is None:
        raise NotFound("program")
    known_book(alliance_id)
    if not reason.strip():
        sentence = marked("Say why, in at most 500 characters.")
        raise Invalid("no-reason", sentence, {"reason": [sentence]})
    hold_party(program_id)
    if cents > owed_by(program_id, alliance_id):
        raise Refusal("more-than-owed", _TOO_MUCH, {"amount_cents": [_TOO_MUCH]})
    own = WriteOff(
        id=new_id(), program_id=program_id, alliance_id=alliance_id, amount_cents=cents, reason=reason.strip(),
        state=WriteOffState.ASKED, asked_by=by.person_id,
    )  # fmt: skip
    db.session.add(own)
    db.session.flush()
    record_event(events.WRITE_OFF_ASKED, own.id, by, {"program": str(program_id), "amount_cents": cents})
    return own


def decide_write_off(by: Actor, write_off_id: UUID, *, approve: bool) -> WriteOff:
    """Approve or refuse; who asked may not decide. Decided again the same way, it changes nothing. Raises Refusal."""
    found = find(WriteOff, write_off_id)
    if found is None:
        raise NotFound("write-off")
    if by.person_id is None:
        raise Forbidden()
    hold_party(found.program_id)
    db.session.refresh(found, with_for_update=True)
    to = WriteOffState.APPROVED if approve else WriteOffState.REFUSED
    if found.state == to:
        return found
    if found.state != WriteOffState.ASKED:
        raise Refusal("wrong-state", marked("Someone decided about this already."))
    if found.asked_by == by.person_id:
        raise Refusal("two-people", marked("You asked for this yourself. Another person must decide."))
    if approve and found.amount_cents > owed_by(found.program_id, found.alliance_id):
        raise Refusal("more-than-owed", _TOO_MUCH)
    found.state, found.decided_by, found.decided_at = to, by.person_id, database_now()
    db.session.flush()
    if approve:
        event = Event(found.id, written_off(found.program_id, found.amount_cents))
        book(by, Cause.WRITE_OFF, [event], alliance_id=found.alliance_id)
    told = {"program": str(found.program_id), "state": ["asked", str(to)]}
    record_event(events.WRITE_OFF_DECIDED, found.id, by, told)
    return found
