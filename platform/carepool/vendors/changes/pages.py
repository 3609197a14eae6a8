"""Pages on which a coordinator changes programs' orders after the close, sees what follows, and compares versions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from carepool.errors import NotFound, Refusal
from carepool.identity.rights import Permission
from carepool.programs.models import Program
from carepool.purchasing.actions.joining import LARGEST_QUANTITY, Line
from carepool.purchasing.models.orders import OrderState, ProgramOrder
from carepool.purchasing.models.purchases import Purchase, PurchaseItem, PurchaseState
from carepool.purchasing.queries import purchase_or_404
from carepool.sentences import Sentence, marked
from carepool.vendors.changes import actions, versions
from carepool.vendors.changes.editing import MOST_PROGRAMS, ProgramWish, lines_of_order
from carepool.vendors.changes.models import EditState, OrderEdit, OrderQuestion, QuestionState
from carepool.vendors.changes.queries import (
    FOUND,
    edits_of,
    items_found,
    programs_found,
    programs_of,
    questions_of_purchase,
)
from carepool.vendors.deliveries.models import OrderDelivery
from carepool.vendors.desk.publishing import shown_at_desk
from carepool.web.changes import done_or_shown, faults_of
from carepool.web.forms import FormReader
from carepool.web.guards import needs, require
from carepool.web.paging import Page, page_of
from carepool.web.requests import signed_in
from tenants.database import db, find, one_of
from tenants.registry import Vendor

blueprint = Blueprint("order_edit_pages", __name__, template_folder="../templates")
_ALLOWED = needs(Permission.PURCHASES_WRITE)
_SHOWN = 50
_NAMED = 10
"""Programs that are named with a change; the page says how many there are."""
_MOST_KEY = 100
_MOST_WORDS = 100


@blueprint.before_request
def _statewide() -> None:
    require(Permission.PURCHASES_WRITE)


@blueprint.get("/purchases/<purchase:purchase_id>/change-orders")
@_ALLOWED
def change_orders(purchase_id: UUID) -> ResponseReturnValue:
    """Show the form that changes orders of programs after the close."""
    return _form(purchase_or_404(purchase_id), {})


@blueprint.post("/purchases/<purchase:purchase_id>/change-orders")
@_ALLOWED
def look_or_confirm(purchase_id: UUID) -> ResponseReturnValue:
    """Find or add a program, show what follows, or make the change."""
    own = purchase_or_404(purchase_id)
    act, form = _act(), FormReader(request.form)
    try:
        if act == "items":
            program = _looked_through()
            words = form.text(f"items.{program}", most=_MOST_WORDS)
            form.checked()
            return _form(own, {}, offered=_Offered(program, words or ""))
        if act not in ("look", "confirm"):
            words = form.text("words", most=_MOST_WORDS)
            form.checked()
            return _form(own, {}, found=programs_found(own.id, words))
        wishes = _wishes(form)
        if act == "look":
            form.checked()
            return _form(own, {}, looked=actions.preview(own.id, wishes))
        reason = form.text("reason", most=300, wanted=True)
        key = form.text("key", most=_MOST_KEY) or str(uuid4())
        form.checked()
    except NotFound:
        raise
    except Refusal as refused:
        return _refused(own.id, refused)
    return done_or_shown(
        lambda: _confirmed(own.id, wishes, reason, form.version(), key),
        lambda: url_for(".order_changes", purchase_id=own.id),
        lambda refused: _form(purchase_or_404(purchase_id), _fields(refused)),
    )


def _act() -> str:
    """Return which button was pressed. The Enter key presses the first one: it searches where words stand, else it looks."""
    act = request.form.get("act", "")
    if _looked_through() is not None:
        return "items"
    if act != "enter":
        return act
    return "find" if request.form.get("words", "").strip() or not _program_ids() else "look"


def _looked_through() -> UUID | None:
    """Return for which program items are searched: by its button, or by the Enter key in its box of words."""
    typed = request.form.get("of", "").partition(" ")[0]
    if request.form.get("act") == "enter":
        boxes = (name for name, words in request.form.items() if name.startswith("items.") and words.strip())
        typed = next(boxes, "").removeprefix("items.")
    return _id(typed)


@dataclass(frozen=True)
class _Offered:
    """Items that are offered for a program's order: those that hold some words."""

    program_id: UUID | None
    words: str


@blueprint.get("/purchases/<purchase:purchase_id>/order-changes")
@_ALLOWED
def order_changes(purchase_id: UUID) -> ResponseReturnValue:
    """Show the changes after the close, and what vendors were asked."""
    return _changes(purchase_or_404(purchase_id), {}, {})


@blueprint.post("/order-edits/<order_edit:edit_id>/withdraw")
@_ALLOWED
def withdraw(edit_id: UUID) -> ResponseReturnValue:
    """Take a change back while a vendor is asked."""
    own = actions.edit_or_404(edit_id)

    def taken_back() -> Sentence:
        actions.withdraw(signed_in().actor, own.id)
        return marked("The change is taken back. Nothing is different.")

    return _deciding(own.purchase_id, taken_back)


@blueprint.post("/order-questions/<order_question:question_id>/answer")
@_ALLOWED
def answer(question_id: UUID) -> ResponseReturnValue:
    """Write down what a vendor told a person."""
    own = actions.question_or_404(question_id)

    def written() -> Sentence:
        form = FormReader(request.form)
        said = request.form.get("said", "")
        if said not in ("yes", "no"):
            form.refuse("said", marked("Choose one of the answers."))
        note = form.text("note", most=500, wanted=True)
        form.checked()
        actions.answer_question(signed_in().actor, own.id, said == "yes", note, "hand")
        return marked("Written down.")

    return _deciding(own.purchase_id, written, f"-{own.id}")


@blueprint.get("/purchases/<purchase:purchase_id>/order-versions")
@_ALLOWED
def order_versions(purchase_id: UUID) -> ResponseReturnValue:
    """Show what differs between two versions of the orders; the last two unless others are chosen."""
    own = purchase_or_404(purchase_id)
    every = versions.versions_of(own)
    newest = every[-1].version if every else 0
    before, after = _chosen("from", max(newest - 1, 1)), _chosen("to", newest)
    found = versions.differences(own, before, after) if every and before != after else []
    return render_template(
        "vendors/order_versions.html",
        purchase=own,
        versions=every,
        before=before,
        after=after,
        vendors=[one for one in found if one.lines],
    )


def _chosen(name: str, usual: int) -> int:
    typed = request.args.get(name, "")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 9 else usual


def _confirmed(purchase_id: UUID, wishes: list[ProgramWish], reason: str, based_on: int | None, key: str) -> Sentence:
    own = actions.confirm(signed_in().actor, purchase_id, wishes, reason, based_on, key)
    if own.state == EditState.ASKING:
        return marked("The vendor is asked, as its cut-off has passed. Nothing is different until it says yes.")
    return marked("The change is being worked in. Those who are affected get a message.")


def _program_ids() -> list[UUID]:
    """Return the programs that stand in the form, with the one that is added and without the one that is taken out."""
    ids: list[UUID] = []
    for typed in (*request.form.getlist("program"), request.form.get("add", "")):
        one = _id(typed)
        if one is not None and one not in ids and str(one) != request.form.get("remove"):
            ids.append(one)
    return ids[:MOST_PROGRAMS]


def _wishes(form: FormReader) -> list[ProgramWish]:
    wishes = []
    for program in _program_ids():
        start = f"wanted.{program}."
        wanted = {}
        for name in request.form:
            item = _id(name.removeprefix(start)) if name.startswith(start) else None
            if item is not None:
                wanted[item] = form.whole(name, 0, LARGEST_QUANTITY) or 0
        wishes.append(ProgramWish(program, wanted, bool(request.form.get(f"withdraw.{program}"))))
    return wishes


def _fields(refused: Refusal) -> dict[str, Any]:
    """Return what is wrong by the names of the form's boxes."""
    wishes = _wishes(FormReader(request.form))
    found: dict[str, Any] = {}
    for name, told in faults_of(refused).items():
        parts = name.split(".")
        if len(parts) == 5 and parts[0] == "programs":
            wish = wishes[int(parts[1])]
            name = f"wanted.{wish.program_id}.{list(wish.wanted)[int(parts[3])]}"
        found[name] = told
    return found


def _refused(purchase_id: UUID, refused: Refusal) -> ResponseReturnValue:
    db.session.rollback()
    return _form(purchase_or_404(purchase_id), _fields(refused)), refused.status


def _form(
    own: Purchase,
    errors: Mapping[str, Any],
    looked: actions.Preview | None = None,
    found: list[Program] | None = None,
    offered: _Offered | None = None,
) -> str:
    ids = _program_ids()
    programs = programs_of(ids)
    orders = {one: find(ProgramOrder, own.id, one) for one in ids if one in programs}
    lines = {one: lines_of_order(order) for one, order in orders.items() if order is not None}
    added = {one: _added(own.id, one, some) for one, some in lines.items()}
    offers = _offers(own.id, offered, lines, added)
    affected = [UUID(one.program_id) for one in looked.difference.programs] if looked else []
    return render_template(
        "vendors/change_orders.html",
        purchase=own,
        open=own.state in (PurchaseState.CLOSED, PurchaseState.ORDERED),
        under_way=actions.under_way(own.id),
        programs=[programs[one] for one in lines],
        counts={one: order.state == OrderState.PLACED for one, order in orders.items() if order is not None},
        lines=lines,
        items=_items({line.item_id for some in lines.values() for line in some}),
        added=added,
        offered=offered,
        offers=offers,
        found=[one for one in found or () if one.id not in lines],
        searched=found is not None and bool(request.form.get("words")),
        looked=looked,
        told=looked.difference.kept() if looked else None,
        names={str(one.id): one.name for one in programs_of(affected[:_NAMED]).values()},
        vendors=_vendors({one.vendor_id for one in looked.vendors}) if looked else {},
        named=_NAMED,
        key=request.form.get("key") or str(uuid4()),
        typed=request.form,
        errors=errors,
    )


def _added(purchase_id: UUID, program_id: UUID, lines: Sequence[Line]) -> list[PurchaseItem]:
    """Return the items that the form adds to a program's order: those with a box of their own, and the one just chosen."""
    start, known = f"wanted.{program_id}.", {one.item_id for one in lines}
    ids: list[UUID] = []
    chosen = request.form.get("item", "")
    for name in (*request.form, f"wanted.{chosen}" if chosen else ""):
        if name.startswith(start) and (one := _id(name.removeprefix(start))) and one not in known and one not in ids:
            ids.append(one)
    found = {one.id: one for one in _items(set(ids)).values() if one.purchase_id == purchase_id}
    return [found[one] for one in ids if one in found]


def _offers(
    purchase_id: UUID,
    offered: _Offered | None,
    lines: Mapping[UUID, Sequence[Line]],
    added: Mapping[UUID, Sequence[PurchaseItem]],
) -> Page[PurchaseItem] | None:
    """Return a page of the items that a program's order does not have and that hold the words."""
    program = offered.program_id if offered else None
    if offered is None or program is None or program not in lines:
        return None
    known = {one.item_id for one in lines[program]} | {one.id for one in added[program]}
    found = items_found(purchase_id, offered.words, known)
    # the button "More" bears the place where the page before ended
    cursor = request.form.get("of", "").partition(" ")[2]
    return page_of(found, [PurchaseItem.name, PurchaseItem.id], cursor or None, FOUND)


def _id(typed: str) -> UUID | None:
    try:
        return UUID(typed)
    except ValueError:
        return None


def _items(ids: set[UUID]) -> dict[UUID, PurchaseItem]:
    found = db.session.scalars(select(PurchaseItem).where(one_of(PurchaseItem.id, ids))) if ids else ()
    return {one.id: one for one in found}


def _vendors(ids: set[int]) -> dict[int, str]:
    if not ids:
        return {}
    return dict(db.session.execute(select(Vendor.id, Vendor.name).where(one_of(Vendor.id, ids))).tuples().all())


def _deciding(purchase_id: UUID, change: Callable[[], Sentence], at: str = "") -> ResponseReturnValue:
    def again(refused: Refusal) -> str:
        errors = {f"{name}{at}" if name != "form" else name: told for name, told in faults_of(refused).items()}
        return _changes(purchase_or_404(purchase_id), request.form, errors)

    return done_or_shown(change, lambda: url_for(".order_changes", purchase_id=purchase_id), again)


def _changes(own: Purchase, typed: Mapping[str, str], errors: Mapping[str, Any]) -> str:
    edits = list(db.session.scalars(edits_of(own.id).order_by(OrderEdit.id.desc()).limit(_SHOWN)))
    asked: dict[UUID, list[OrderQuestion]] = {one.id: [] for one in edits}
    for question in db.session.scalars(questions_of_purchase(own.id).order_by(OrderQuestion.id)):
        if question.edit_id in asked:
            asked[question.edit_id].append(question)
    every = [one for some in asked.values() for one in some]
    programs = {UUID(row["program_id"]) for one in edits for row in one.consequences.get("programs", [])[:_NAMED]}
    return render_template(
        "vendors/order_changes.html",
        purchase=own,
        edits=edits,
        asked=asked,
        waiting=QuestionState.WAITING,
        vendors=_vendors({one.vendor_id for one in every}),
        told_by={one.id: _message_of(one) for one in every},
        at_desk=shown_at_desk(every),
        names={str(one.id): one.name for one in programs_of(programs).values()},
        named=_NAMED,
        typed=typed,
        errors=errors,
    )


def _message_of(question: OrderQuestion) -> OrderDelivery | None:
    """Return the message that asks a question, or says that its change is not made; None where a person does."""
    own = OrderDelivery.tenant_id == question.tenant_id, OrderDelivery.question_id == question.id
    says = OrderDelivery.not_made == (question.state == QuestionState.NOT_MADE)
    return db.session.scalars(select(OrderDelivery).where(*own, says)).one_or_none()
