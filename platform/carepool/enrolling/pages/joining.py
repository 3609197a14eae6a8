"""A program in a service contract: what it can cost, reading and signing, enrolling, and what it pays when."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from carepool.clock import today_here
from carepool.enrolling import queries
from carepool.enrolling.actions import joining
from carepool.enrolling.actions.documents import documents_of
from carepool.enrolling.models.contracts import ContractState, ServiceContract
from carepool.enrolling.models.enrolments import WAITING, Enrolment, EnrolmentState, units_asked
from carepool.enrolling.pages.frame import blueprint, run_contract
from carepool.enrolling.pages.reading import is_joinable
from carepool.enrolling.rates import Basis
from carepool.enrolling.schedule import late_start
from carepool.enrolling.standing import Cost, cost_of, most_cost, standing_of
from carepool.errors import Refusal
from carepool.files import file_answer
from carepool.identity.rights import Permission
from carepool.programs.models import Program
from carepool.programs.queries import program_or_404
from carepool.purchasing.actions.asking import name_of
from carepool.purchasing.actions.spending import rule_of
from carepool.purchasing.spending.rules import must_wait
from carepool.sentences import Sentence, marked
from carepool.ui.formats import spoken_language
from carepool.web.changes import done_or_shown, faults_of
from carepool.web.forms import FormReader, amount_text
from carepool.web.guards import needs
from carepool.web.requests import signed_in
from tenants.database import find

P = Permission
_AT = "/service-contracts/<service_contract:contract_id>/programs/<program:program_id>"


@blueprint.get(_AT)
@needs(P.ORDERS_READ)
def enrolment(contract_id: UUID, program_id: UUID) -> ResponseReturnValue:
    """Show what a contract would cost a program and the form to enroll, or what it pays as a member."""
    own, program = queries.contract_or_404(contract_id), program_or_404(program_id, P.ORDERS_READ)
    form = FormReader(request.args)
    seats = form.whole("seats", least=1, most=joining.MOST_SEATS)
    typed = {"seats": request.args.get("seats", "")} if form.faults else {}
    return _shown(own, program, seats, typed, form.faults), 422 if form.faults else 200


@blueprint.post(_AT)
@needs(P.ORDERS_WRITE)
def enrol(contract_id: UUID, program_id: UUID) -> ResponseReturnValue:
    """Enroll a program, with its signature; staff of the state enter one that is on the phone."""
    own, program = queries.contract_or_404(contract_id), program_or_404(program_id, P.ORDERS_WRITE)
    who, form = signed_in(), FormReader(request.form)

    def do() -> Sentence:
        asked = joining.Asked(
            form.whole("seats", least=1, most=joining.MOST_SEATS),
            form.cents("earlier_cents"),
            joining.Signing(
                form.text("typed_name"),
                request.form.get("consent") == "1",
                frozenset(request.form.getlist("document")),
                spoken_language(),
            ),
        )
        form.checked()
        if _for_another(program.id):
            row = joining.enter_for(who.actor, own.id, program.id, asked, form.version())
        else:
            alone = who.rights.orders_alone(program.id)
            row = joining.enrol(who.actor, own.id, program.id, asked, form.version(), approves=alone)
        return _DONE[EnrolmentState(row.state)]

    return _changing(own.id, program, do, form.whole("seats", least=1, most=joining.MOST_SEATS))


_DONE = {
    EnrolmentState.ENROLLED: marked("Enrolled. A copy of what was signed is on this page."),
    EnrolmentState.ASKED: marked("Signed. It waits for your director to approve it; until then you are not enrolled."),
    EnrolmentState.UNSIGNED: marked("Entered. The program gets a message and has to sign to be in it."),
}


@blueprint.post(f"{_AT}/withdrawal")
@needs(P.ORDERS_WRITE)
def withdraw(contract_id: UUID, program_id: UUID) -> ResponseReturnValue:
    """Take an enrollment back."""
    own, program = queries.contract_or_404(contract_id), program_or_404(program_id, P.ORDERS_WRITE)

    def take_back() -> Sentence:
        joining.withdraw(signed_in().actor, own.id, program.id, FormReader(request.form).version())
        return marked("It was taken back. You can enroll again while the window is open.")

    return _changing(own.id, program, take_back)


@blueprint.post(f"{_AT}/approval")
@needs(P.ORDERS_READ)
def decide(contract_id: UUID, program_id: UUID) -> ResponseReturnValue:
    """Approve an enrollment that waits, or decline it."""
    own, program = queries.contract_or_404(contract_id), program_or_404(program_id, P.ORDERS_APPROVE)

    def decided() -> Sentence:
        by, version = signed_in().actor, FormReader(request.form).version()
        if request.form.get("act") == "decline":
            joining.withdraw(by, own.id, program.id, version)
            return marked("It was declined. Who asked gets a message.")
        joining.approve(by, own.id, program.id, version)
        return marked("Approved. The program is enrolled.")

    return _changing(own.id, program, decided)


@blueprint.post(f"{_AT}/ending")
@needs(P.PURCHASES_WRITE)
def end(contract_id: UUID, program_id: UUID) -> ResponseReturnValue:
    """End a member's part of a contract that is agreed."""
    own, program = run_contract(contract_id), program_or_404(program_id, P.ORDERS_READ)

    def ended() -> Sentence:
        form = FormReader(request.form)
        last, reason = form.day("last_day"), form.text("reason", wanted=True, most=500)
        if last is None and "last_day" not in form.faults:
            form.refuse("last_day", marked("Write a day such as 2026-11-27."))
        form.checked()
        if last is not None:
            joining.end_enrolment(signed_in().actor, own.id, program.id, last, reason, form.version())
        return marked("Its last day is set, and its people get a message.")

    return _changing(own.id, program, ended)


@blueprint.get("/service-signatures/<service_signature:signature_id>")
@needs(P.ORDERS_READ)
def signature(signature_id: UUID) -> ResponseReturnValue:
    """Show the record of a signature: who signed which file when, in which words."""
    row = queries.signature_or_404(signature_id)
    document = queries.document_or_404(row.document_id)
    return render_template(
        "enrolling/signature.html",
        row=row,
        document=document,
        own=queries.contract_or_404(document.contract_id),
        program=program_or_404(row.program_id, P.ORDERS_READ),
        who=name_of(row.person_id),
    )


@blueprint.get("/service-signatures/<service_signature:signature_id>/file")
@needs(P.ORDERS_READ)
def signed_file(signature_id: UUID) -> Response:
    """Give the exact file that was signed."""
    row = queries.signature_or_404(signature_id)
    return file_answer(queries.file_of(queries.document_or_404(row.document_id)))


def _changing(
    contract_id: UUID, program: Program, change: Callable[[], Sentence], seats: int | None = None
) -> ResponseReturnValue:
    def shown(refused: Refusal) -> str:
        again = queries.contract_or_404(contract_id)
        return _shown(again, program_or_404(program.id, P.ORDERS_READ), seats, request.form, faults_of(refused))

    program_id = program.id
    return done_or_shown(change, lambda: url_for(".enrolment", contract_id=contract_id, program_id=program_id), shown)


def _for_another(program_id: UUID) -> bool:
    return program_id not in signed_in().rights.programs_with(P.ORDERS_WRITE)


@dataclass(frozen=True)
class _Offer:
    """What enrolling now would mean: for how many units, from when, what it can cost, and whether a director decides."""

    units: int | None
    starts_on: Any
    most: Cost | None
    each: Cost | None
    waits: bool


def _offer(own: ServiceContract, program: Program, seats: int | None) -> _Offer:
    open_now = own.state == ContractState.OPEN
    starts_on = own.starts_on if open_now else late_start(own.starts_on, own.ends_on, today_here()) or own.starts_on
    units = units_asked(Basis(own.basis), program.capacity, seats)
    each = most_cost(own, 1, starts_on, own.ends_on)
    most = most_cost(own, units, starts_on, own.ends_on) if units else None
    alone = signed_in().rights.orders_alone(program.id)
    cents = most.total_cents if most else None
    above = rule_of(program.id).approve_above_cents
    waits = not alone and (cents is None or must_wait(cents, above, approves=False))
    return _Offer(units, starts_on, most, each, waits)


def _shown(
    own: ServiceContract,
    program: Program,
    seats: int | None,
    typed: Mapping[str, Any],
    errors: Mapping[str, Any],
) -> str:
    row = find(Enrolment, own.id, program.id)
    rights = signed_in().rights
    members = queries.counts_of([own.id])[own.id]
    known = seats or (row.units if row is not None and own.basis == Basis.SEAT else None)
    is_member = row is not None and row.state == EnrolmentState.ENROLLED
    may_enrol = rights.may(P.ORDERS_WRITE, program.id) and is_joinable(own)
    may_leave = (
        row is not None
        and rights.may(P.ORDERS_WRITE, program.id)
        and (row.state in WAITING or (is_member and own.state == ContractState.OPEN))
    )
    return render_template(
        "enrolling/enrolment.html",
        own=own,
        program=program,
        row=row,
        standing=standing_of(own, members, today_here()),
        offer=_offer(own, program, known),
        cost=cost_of(own, row, members) if row else None,
        documents=documents_of(own.id),
        signatures=queries.signatures_of(own.id, program.id),
        for_another=_for_another(program.id),
        is_member=is_member,
        may_enrol=may_enrol and not is_member,
        may_leave=may_leave,
        may_decide=row is not None
        and row.state == EnrolmentState.ASKED
        and rights.may(P.ORDERS_APPROVE, program.id)
        and is_joinable(own),
        may_end=is_member and own.state == ContractState.AGREED and rights.may(P.PURCHASES_WRITE),
        earlier=amount_text(row.earlier_cents) if row else "",
        typed=typed,
        errors=errors,
    )
