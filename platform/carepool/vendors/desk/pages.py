"""Pages of a vendor's desk: orders of all states, one order, and the desk's own people."""

from collections.abc import Mapping
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from carepool.clock import now
from carepool.errors import NotFound, Refusal
from carepool.identity.factor_reset import has_factor, reset_factor
from carepool.identity.fresh_proof import require_fresh
from carepool.identity.models import Person
from carepool.identity.rights import DeskRole, Permission
from carepool.identity.role_words import ROLES
from carepool.identity.vendor_models import VendorPerson
from carepool.sentences import Sentence, marked
from carepool.vendors.answers.form import typed_answer
from carepool.vendors.changes.models import OrderQuestion
from carepool.vendors.desk import people as desk_people
from carepool.vendors.desk import saying
from carepool.vendors.desk.models import DeskOrder
from carepool.vendors.documents.faults import CannotWrite
from carepool.vendors.documents_written import FORMATS, written_documents
from carepool.vendors.order_page import OrderDoors, as_file, order_page
from carepool.web.changes import done_or_shown, faults_of
from carepool.web.forms import FormReader
from carepool.web.guards import needs
from carepool.web.paging import page_of
from carepool.web.requests import signed_in
from tenants.database import db, find
from tenants.registry import tenant_entry

blueprint = Blueprint("desk_pages", __name__, template_folder="../templates")
_READS = needs(Permission.DESK_READ)
_WRITES = needs(Permission.DESK_WRITE)
_PEOPLE = needs(Permission.DESK_PEOPLE)
_PAGE = 25
_ASKED = 10
"""Questions that the first page names; it says how many there are."""

STANDING_WORDS: dict[str, tuple[Sentence, str]] = {
    "new": (marked("New"), "attention"),
    "opened": (marked("Opened"), "info"),
    "acknowledged": (marked("Acknowledged"), "good"),
    "answered": (marked("Answered"), "good"),
    "canceled": (marked("Canceled"), "bad"),
    "old": (marked("Replaced"), "neutral"),
}
"""What each standing is called, and the kind of its tag."""


@blueprint.after_request
def _keep_from_others(answer: Any) -> Any:
    """Let nobody between keep what only the vendor may see."""
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/desk")
@_READS
def orders() -> ResponseReturnValue:
    """List the vendor's orders from all states, the newest first."""
    code, standing = request.args.get("state", ""), request.args.get("standing", "")
    states = [one for one in map(tenant_entry, saying.states_at_desk()) if one]
    # a state that shows nothing here has no orders
    number = next((one.id for one in states if one.code == code), -1 if code else None)
    found = saying.orders_at_desk(number, standing)
    cursor = request.args.get("cursor")
    page = page_of(found, [DeskOrder.id], cursor, _PAGE, newest_first=True)
    return render_template(
        "desk/orders.html",
        page=page,
        states=states,
        names={one.id: one.name for one in states},
        code=code,
        standing=standing,
        standings=STANDING_WORDS,
        standing_of=saying.standing_of,
        asked=[] if cursor else _asked(),
        asked_count=0 if cursor else saying.count_open_questions(),
    )


def _asked() -> list[tuple[OrderQuestion, DeskOrder]]:
    """Return the first questions that wait, the oldest first, each with its order."""
    found = list(db.session.scalars(saying.open_questions().order_by(OrderQuestion.id).limit(_ASKED)))
    orders = saying.orders_asked_about(found)
    return [(one, orders[one.id]) for one in found if one.id in orders]


@blueprint.get("/desk/orders/<desk_order:order_id>")
@_READS
def order(order_id: UUID) -> ResponseReturnValue:
    """Show one order; that somebody of the vendor looked is told to the state, once."""
    own = saying.order_or_404(order_id)
    saying.open_order(signed_in(), own)
    return _shown(own, {}, {})


@blueprint.post("/desk/orders/<desk_order:order_id>/acknowledge")
@_WRITES
def acknowledge(order_id: UUID) -> ResponseReturnValue:
    """Say that the vendor has the order."""
    own = saying.order_or_404(order_id)

    def acknowledging() -> Sentence:
        saying.acknowledge(signed_in(), own)
        return marked("Thank you. The people who ordered see it in a moment.")

    return _changing(own, acknowledging)


@blueprint.post("/desk/orders/<desk_order:order_id>/answer")
@_WRITES
def answer(order_id: UUID) -> ResponseReturnValue:
    """Answer line by line."""
    own = saying.order_or_404(order_id)

    def answering() -> None:
        said, note = typed_answer(saying.document_of(own))
        saying.answer(signed_in(), own, said, note)

    return _changing(own, answering)


@blueprint.post("/desk/orders/<desk_order:order_id>/change")
@_WRITES
def answer_change(order_id: UUID) -> ResponseReturnValue:
    """Say whether the vendor takes a change that the state asks for."""
    own = saying.order_or_404(order_id)

    def saying_it() -> Sentence:
        form = FormReader(request.form)
        wanted, said = form.id("question"), request.form.get("said", "")
        if said not in ("yes", "no"):
            form.refuse("change_note", marked("Press yes or no."))
        note = form.text("change_note", most=500)
        form.checked()
        question = next((one for one in saying.questions_about(own) if one.id == wanted), None)
        if question is None:
            raise NotFound("question")
        saying.answer_question(signed_in(), own, question, note, accepted=said == "yes")
        return marked("Thank you. The people who ordered see it in a moment.")

    return _changing(own, saying_it)


@blueprint.post("/desk/orders/<desk_order:order_id>/invoice")
@_WRITES
def invoice(order_id: UUID) -> ResponseReturnValue:
    """Bring an invoice."""
    own = saying.order_or_404(order_id)

    def bringing() -> None:
        file = request.files.get("file")
        if file is None:
            raise NotFound("file")
        saying.bring_invoice(signed_in(), own, file.stream, file.filename or "")

    return _changing(own, bringing)


@blueprint.get("/desk/orders/<desk_order:order_id>/document")
@_READS
def document(order_id: UUID) -> ResponseReturnValue:
    """Give the order as a file in one of the formats."""
    own = saying.order_or_404(order_id)
    wanted = request.args.get("format", "")
    if wanted not in FORMATS:
        raise NotFound("file")
    try:
        written = written_documents(saying.document_of(own), wanted, own.version, test=False)
    except CannotWrite as refused:
        raise Refusal("format-cannot", refused.sentence) from refused
    return as_file(written, wanted)


def _changing(own: DeskOrder, change: Any) -> ResponseReturnValue:
    return done_or_shown(
        change,
        lambda: url_for(".order", order_id=own.id),
        lambda refused: _shown(saying.order_or_404(own.id), request.form, faults_of(refused)),
    )


def _shown(own: DeskOrder, typed: Mapping[str, str], errors: Mapping[str, Any]) -> str:
    state = tenant_entry(own.tenant_id)
    return order_page(
        saying.document_of(own),
        doors=OrderDoors(
            acknowledge=url_for(".acknowledge", order_id=own.id),
            answer=url_for(".answer", order_id=own.id),
            invoice=url_for(".invoice", order_id=own.id),
            documents={one: url_for(".document", order_id=own.id, format=one) for one in FORMATS},
            change=url_for(".answer_change", order_id=own.id),
        ),
        test=False,
        current=own.current,
        canceled=own.canceled,
        acknowledged=own.acknowledged_at is not None,
        answered=[own.answered_at] if own.answered_at else [],
        said={int(number): _told(one) for number, one in own.said.items()},
        decided={int(number): one for number, one in own.decided.items()},
        invoices=[(name, datetime.fromisoformat(at)) for name, at in own.invoices],
        questions=saying.questions_about(own),
        questions_told=saying.told_of_questions(own),
        typed=typed,
        errors=errors,
        desk_order=own,
        waiting=saying.not_taken(own),
        state=state.name if state else "",
    )


def _told(one: list[Any]) -> Any:
    code, cases, price_cents, day, sku, name = one
    return SimpleNamespace(
        code=code, cases=cases, price_cents=price_cents, promised_on=date.fromisoformat(day) if day else None,
        substitute_sku=sku, substitute_name=name,
    )  # fmt: skip


@blueprint.get("/desk/people")
@_PEOPLE
def people() -> ResponseReturnValue:
    """List the desk's people, with the form that invites another."""
    return _people({}, {})


@blueprint.post("/desk/people")
@_PEOPLE
def invite() -> ResponseReturnValue:
    """Invite someone."""

    def inviting() -> Sentence:
        form = FormReader(request.form)
        email, name = form.email("email", wanted=True), form.text("name", wanted=True)
        role = form.choice("role", DeskRole, DeskRole.STAFF)
        form.checked()
        desk_people.invite(signed_in(), email, name, role)
        return marked("Invited. A link to sign in goes out by e-mail.")

    return done_or_shown(
        inviting, lambda: url_for(".people"), lambda refused: _people(request.form, faults_of(refused))
    )


def _people(typed: Mapping[str, str], errors: Mapping[str, Any]) -> str:
    page = page_of(select(VendorPerson), [VendorPerson.id], request.args.get("cursor"), _PAGE)
    return render_template("desk/people.html", page=page, roles=_roles(), typed=typed, errors=errors)


@blueprint.get("/desk/people/<vendor_person:person_id>")
@_PEOPLE
def person(person_id: UUID) -> ResponseReturnValue:
    """Show one person of the desk."""
    return _person(person_id, {})


@blueprint.post("/desk/people/<vendor_person:person_id>")
@_PEOPLE
def change(person_id: UUID) -> ResponseReturnValue:
    """Change what a person may do."""

    def changing() -> Sentence:
        form = FormReader(request.form)
        role = form.choice("role", DeskRole, DeskRole.STAFF)
        form.checked()
        desk_people.change_person(signed_in(), person_id, role, enabled="disabled" not in request.form, at=now())
        return marked("Saved.")

    return done_or_shown(changing, lambda: url_for(".people"), lambda refused: _person(person_id, faults_of(refused)))


@blueprint.post("/desk/people/<vendor_person:person_id>/reset-factor")
@_PEOPLE
def reset(person_id: UUID) -> ResponseReturnValue:
    """Take a lost second step away, so that its owner sets it up again."""

    def resetting() -> Sentence:
        reset_factor(signed_in(), person_id, now())
        return marked("Done. The person sets the second step up again at the next sign-in.")

    require_fresh(signed_in(), now(), url_for(".person", person_id=person_id))
    return done_or_shown(resetting, lambda: url_for(".people"), lambda refused: _person(person_id, faults_of(refused)))


def _person(person_id: UUID, errors: Mapping[str, Any]) -> str:
    own = find(VendorPerson, person_id)
    if own is None:
        raise NotFound("person")
    has = has_factor(cast(Person, own)) and own.id != signed_in().person.id
    return render_template("desk/person.html", own=own, roles=_roles(), errors=errors, may_reset=has)


def _roles() -> dict[DeskRole, Sentence]:
    return {one: ROLES[one] for one in DeskRole}
