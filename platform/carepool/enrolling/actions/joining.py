"""Verbs of a program in a service contract: enroll and sign, approve, take back, end; staff may enter it for a caller."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from carepool import events
from carepool.clock import today_here
from carepool.enrolling.actions.contracts import locked_contract
from carepool.enrolling.actions.documents import documents_of
from carepool.enrolling.actions.falling import let_rate_fall
from carepool.enrolling.actions.telling import tell_approvers, tell_asker, tell_ended, tell_entered
from carepool.enrolling.models.contracts import ContractState, ServiceContract, ServiceDocument
from carepool.enrolling.models.enrolments import WAITING, Enrolment, EnrolmentState, Signature, units_asked
from carepool.enrolling.rates import Basis
from carepool.enrolling.schedule import late_start
from carepool.enrolling.spending import must_wait_for
from carepool.enrolling.standing import most_cost
from carepool.errors import Invalid, NotFound, Refusal, Stale
from carepool.notifications.actions import people_of
from carepool.outbox import Actor, record_event
from carepool.programs.models import Program
from carepool.sentences import Sentence, marked
from tenants.database import database_now, db, find
from tenants.ids import new_id

CONSENT = "2026-11"
"""The wording of the consent to sign electronically that the page shows; kept with each signature."""
MOST_SEATS = 10_000
_TOLD = ("state", "units", "starts_on", "ends_on", "earlier_cents")


@dataclass(frozen=True)
class Signing:
    """A name typed under documents. `shown`: the SHA-256 of each file that was read; `consent`: to sign electronically."""

    typed_name: str
    consent: bool
    shown: frozenset[str]
    language: str = "en"


@dataclass(frozen=True)
class Asked:
    """What a program asks for. `seats`: where the rate is paid by seat; `earlier_cents`: what it pays now, a period."""

    seats: int | None = None
    earlier_cents: int | None = None
    signing: Signing | None = None


def enrol(
    by: Actor, contract_id: UUID, program_id: UUID, asked: Asked, based_on: int | None, *, approves: bool
) -> Enrolment:
    """Enroll a program and sign for it; it waits for a director where the program's spending rule says so.

    The same sent twice is one enrollment. `based_on`: the version that was read, None or 0 where there was none;
    `approves`: whether it never waits. Raises NotFound, Stale, Refusal (not open, over budget), Invalid.
    """
    own, program = locked_contract(contract_id), _program(program_id)
    row = _row(contract_id, program_id)
    starts_on = _start(own, row)
    units = _units(own, program, asked.seats)
    if row is not None and _is_same(row, units, asked, approves=approves):
        return row
    _check_version(row, based_on)
    documents = documents_of(own.id)
    _check_signing(documents, asked.signing)
    waits = _waits(own, program_id, units, starts_on, approves=approves)
    state = EnrolmentState.ASKED if waits else EnrolmentState.ENROLLED
    row = _write(by, own, program_id, row, state, units, asked.earlier_cents, starts_on)
    if asked.signing is not None:
        _sign(by, program_id, documents, asked.signing)
    topic = events.ENROLMENT_ASKED if waits else events.ENROLMENT_MADE
    record_event(topic, program_id, by, _facts(row))
    if waits:
        tell_approvers(own, row, by.person_id)
    else:
        let_rate_fall(own)
    db.session.flush()
    return row


def enter_for(by: Actor, contract_id: UUID, program_id: UUID, asked: Asked, based_on: int | None) -> Enrolment:
    """Enter a program that phones in. Where documents are to be signed it waits for the program's signature.

    The program's people are told who did it. Raises as `enrol`.
    """
    own, program = locked_contract(contract_id), _program(program_id)
    row = _row(contract_id, program_id)
    starts_on = _start(own, row)
    units = _units(own, program, asked.seats)
    signed = row is not None and row.state in (EnrolmentState.ENROLLED, EnrolmentState.ASKED)
    state = EnrolmentState.UNSIGNED if documents_of(own.id) and not signed else EnrolmentState.ENROLLED
    if row is not None and (row.state, row.units, row.earlier_cents) == (state, units, asked.earlier_cents):
        return row
    _check_version(row, based_on)
    _waits(own, program_id, units, starts_on, approves=True)
    row = _write(by, own, program_id, row, state, units, asked.earlier_cents, starts_on)
    record_event(events.ENROLMENT_ENTERED, program_id, by, _facts(row))
    tell_entered(own, row, by.person_id)
    if state == EnrolmentState.ENROLLED:
        let_rate_fall(own)
    db.session.flush()
    return row


def approve(by: Actor, contract_id: UUID, program_id: UUID, based_on: int | None) -> Enrolment:
    """Say yes to an enrollment that waits for a director. Raises NotFound, Stale, Refusal (nothing waits, not open)."""
    own = locked_contract(contract_id)
    row = _row(contract_id, program_id)
    if row is None:
        raise NotFound("enrolment")
    _check_version(row, based_on)
    if row.state != EnrolmentState.ASKED:
        raise Refusal(
            "nothing-waits", marked("No enrollment waits for approval here. Someone may have decided already.")
        )
    starts_on = _start(own, row)
    _waits(own, program_id, row.units, starts_on, approves=True)
    asker = row.person_id
    _write(by, own, program_id, row, EnrolmentState.ENROLLED, row.units, row.earlier_cents, starts_on)
    record_event(events.ENROLMENT_APPROVED, program_id, by, _facts(row))
    tell_asker(own, row, asker, by.person_id)
    let_rate_fall(own)
    db.session.flush()
    return row


def withdraw(by: Actor, contract_id: UUID, program_id: UUID, based_on: int | None, reason: str = "") -> Enrolment:
    """Take an enrollment back while the window is open, or decline one that waits; back already, nothing happens.

    Who asked, or a program for which somebody else does it, is told.

    Raises NotFound, Stale, Refusal (a member of a contract that is agreed).
    """
    own = locked_contract(contract_id)
    row = _row(contract_id, program_id)
    if row is None:
        raise NotFound("enrolment")
    if row.state == EnrolmentState.WITHDRAWN:
        return row
    _check_version(row, based_on)
    if own.state != ContractState.OPEN and row.state not in WAITING:
        raise Refusal(
            "agreed", marked("The contract is agreed, so this can no longer be taken back. Ask your state's staff.")
        )
    asker = row.person_id if row.state == EnrolmentState.ASKED else None
    row.state, row.reason, row.enrolled_at = EnrolmentState.WITHDRAWN, reason, None
    _changed(row)
    told = _facts(row)
    record_event(events.ENROLMENT_WITHDRAWN, program_id, by, {**told, "reason": reason} if reason else told)
    if asker is not None and asker != by.person_id:
        tell_ended(own, row, by.person_id, [asker])
    elif by.person_id not in people_of([program_id]):
        tell_ended(own, row, by.person_id)
    db.session.flush()
    return row


def end_enrolment(
    by: Actor, contract_id: UUID, program_id: UUID, last_day: date, reason: str, based_on: int | None
) -> Enrolment:
    """End a member's part of a contract that is agreed, with its last day and a reason that it reads.

    The rate of the others stays. Raises NotFound, Stale, Refusal, Invalid.
    """
    own = locked_contract(contract_id)
    row = _row(contract_id, program_id)
    if row is None:
        raise NotFound("enrolment")
    _check_version(row, based_on)
    if own.state != ContractState.AGREED or row.state != EnrolmentState.ENROLLED:
        raise Refusal("wrong-state", marked("Only a member of a contract that is agreed can be ended."))
    _check_ending(row, last_day, reason)
    before = row.ends_on
    row.state, row.ends_on, row.reason = EnrolmentState.LEFT, last_day, reason.strip()
    _changed(row)
    told = {**_facts(row), "ends_on": [before.isoformat(), last_day.isoformat()], "reason": row.reason}
    record_event(events.ENROLMENT_ENDED, program_id, by, told)
    tell_ended(own, row, by.person_id)
    db.session.flush()
    return row


def _check_ending(row: Enrolment, last_day: date, reason: str) -> None:
    faults = {}
    if not row.starts_on - timedelta(days=1) <= last_day <= row.ends_on:
        faults["last_day"] = [marked("The last day must lie in the time in which the program is a member.")]
    if not reason.strip():
        faults["reason"] = [marked("Write why. The program reads it.")]
    if faults:
        raise Invalid("ending", marked("Some of what was typed must be mended."), faults)


def _program(program_id: UUID) -> Program:
    program = find(Program, program_id)
    if program is None:
        raise NotFound("program")
    return program


def _row(contract_id: UUID, program_id: UUID) -> Enrolment | None:
    row = find(Enrolment, contract_id, program_id)
    if row is not None:
        db.session.refresh(row)
    return row


def _check_version(row: Enrolment | None, based_on: int | None) -> None:
    if (row.version if row else 0) != (based_on or 0):
        raise Stale()


def _start(own: ServiceContract, row: Enrolment | None) -> date:
    """Return the first day of a program that enrolls now. Raises Refusal where nobody can."""
    at = database_now()
    if own.state == ContractState.OPEN:
        if not own.opens_at <= at < own.closes_at:
            raise Refusal("not-open", marked("Programs can enroll from the first to the last day of the window."))
        return own.starts_on
    starts_on = late_start(own.starts_on, own.ends_on, today_here())
    if own.state != ContractState.AGREED or not own.late_join or starts_on is None:
        raise Refusal("not-open", marked("Programs can no longer enroll in this contract."))
    if row is not None and row.state == EnrolmentState.ENROLLED:
        raise Refusal("member", marked("This program is a member already. What is agreed stays until the last day."))
    return starts_on


def _units(own: ServiceContract, program: Program, seats: int | None) -> int:
    units = units_asked(Basis(own.basis), program.capacity, seats)
    if units is not None and 1 <= units <= MOST_SEATS:
        return units
    if own.basis == Basis.PLACE:
        raise Refusal(
            "places-unknown",
            marked("The state's roster does not say how many places this program has. Ask your state's staff."),
        )
    sentence = marked("Write a whole number from %(least)s to %(most)s.", least=1, most=MOST_SEATS)
    raise Invalid("seats", sentence, {"seats": [sentence]})


def _waits(own: ServiceContract, program_id: UUID, units: int, starts_on: date, *, approves: bool) -> bool:
    cost = most_cost(own, units, starts_on, own.ends_on)
    return must_wait_for(program_id, None if cost is None else cost.total_cents, approves=approves)


def _is_same(row: Enrolment, units: int, asked: Asked, *, approves: bool) -> bool:
    """Tell whether a program asks for what it has, as when a form is sent twice."""
    done = row.state == EnrolmentState.ENROLLED or (row.state == EnrolmentState.ASKED and not approves)
    return done and (row.units, row.earlier_cents) == (units, asked.earlier_cents)


def _check_signing(documents: list[ServiceDocument], signing: Signing | None) -> None:
    if not documents:
        return
    faults: dict[str, list[Sentence]] = {}
    if signing is None or not signing.typed_name.strip():
        faults["typed_name"] = [marked("Type your full name to sign.")]
    if signing is None or not signing.consent:
        faults["consent"] = [marked("Agree to sign electronically, or ask your state's staff for paper.")]
    if faults:
        raise Invalid("unsigned", marked("Read the documents and sign them."), faults)
    if signing is not None and signing.shown != {one.sha256 for one in documents}:
        sentence = marked("The documents changed since you opened this page. Read them again, then sign.")
        raise Invalid("document-changed", sentence, {"typed_name": [sentence]})


def _sign(by: Actor, program_id: UUID, documents: list[ServiceDocument], signing: Signing) -> None:
    if documents and by.person_id is None:
        raise Refusal("nobody-signs", marked("Only a person can sign."))
    for one in documents:
        db.session.add(
            Signature(
                id=new_id(),
                document_id=one.id,
                program_id=program_id,
                sha256=one.sha256,
                typed_name=signing.typed_name.strip(),
                consent=CONSENT,
                language=signing.language,
                person_id=by.person_id,
            )
        )


def _write(
    by: Actor,
    own: ServiceContract,
    program_id: UUID,
    row: Enrolment | None,
    state: EnrolmentState,
    units: int,
    earlier_cents: int | None,
    starts_on: date,
) -> Enrolment:
    if row is None:
        row = Enrolment(contract_id=own.id, program_id=program_id, version=0)
        db.session.add(row)
    row.state, row.units, row.earlier_cents, row.reason = state, units, earlier_cents, ""
    row.starts_on, row.ends_on, row.person_id = starts_on, own.ends_on, by.person_id
    _changed(row)
    row.enrolled_at = row.changed_at if state == EnrolmentState.ENROLLED else None
    db.session.flush()
    return row


def _changed(row: Enrolment) -> None:
    row.version += 1
    row.changed_at = database_now()


def _facts(row: Enrolment) -> dict[str, object]:
    told = {name: getattr(row, name) for name in _TOLD}
    plain = {name: value.isoformat() if isinstance(value, date) else value for name, value in told.items()}
    return {"contract": str(row.contract_id), "version": row.version, **plain}
