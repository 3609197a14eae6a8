"""Verbs of edits after the close: look at what follows, confirm, ask vendors whose cut-off has passed, work it in."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from carepool import events
from carepool.clock import now
from carepool.errors import Invalid, NotFound, Refusal, Stale
from carepool.outbox import Actor, record_event
from carepool.purchasing.actions.purchases import locked_purchase
from carepool.purchasing.actions.recomputing import as_decided, recompute
from carepool.purchasing.models.purchases import Purchase, PurchaseState
from carepool.sentences import marked
from carepool.vendors.answers.carrying import follow
from carepool.vendors.answers.proposals import instead_of, what_vendors_bring
from carepool.vendors.changes.difference import Difference, LineDifference, difference, shown_first, within
from carepool.vendors.changes.editing import EditedOrder, ProgramWish, edited_orders, put
from carepool.vendors.changes.models import (
    UNDER_WAY,
    EditState,
    OrderEdit,
    OrderEditLine,
    OrderQuestion,
    QuestionState,
)
from carepool.vendors.changes.notices import programs_told
from carepool.vendors.deliveries.actions import send_not_made, send_question
from carepool.vendors.deliveries.contents import asked_of_vendor, orders_of_delivery
from carepool.vendors.deliveries.models import MAY_HAVE_IT, OrderDelivery
from carepool.vendors.deliveries.standing import deliveries_of, standing_of
from tenants.database import bulk_insert, database_now, db, find, session
from tenants.ids import new_id

_CHANGEABLE = (PurchaseState.CLOSED, PurchaseState.ORDERED)


@dataclass(frozen=True)
class VendorAffected:
    """A vendor whose order an edit changes: its lines, the message that it has (None: none yet), whether it is asked.

    `cancels`: nothing would be left of the order.
    """

    vendor_id: int
    lines: tuple[LineDifference, ...]
    delivery: OrderDelivery | None
    asked: bool
    cancels: bool = False


@dataclass(frozen=True)
class Preview:
    """What an edit would change, of which version, and which vendors are asked first."""

    version: int
    difference: Difference
    vendors: tuple[VendorAffected, ...]

    @property
    def asks(self) -> bool:
        """Whether a vendor must say yes before anything changes."""
        return any(one.asked for one in self.vendors)


def preview(purchase_id: UUID, wishes: Sequence[ProgramWish]) -> Preview:
    """Return what an edit would change; nothing is written. Raises NotFound, Invalid, Refusal."""
    return _looked_at(_changeable(purchase_id), wishes)[0]


def confirm(
    by: Actor, purchase_id: UUID, wishes: Sequence[ProgramWish], reason: str, based_on: int | None, key: str
) -> OrderEdit:
    """Make an edit: it is worked in by a worker, or after every vendor past its cut-off has said yes.

    `based_on`: the version of the close that was looked at; `key`: what the sender calls it, so that the same sent twice
    is one edit. Raises Stale, NotFound, Invalid, and Refusal beside another edit that is under way.
    """
    purchase = locked_purchase(purchase_id)
    known = db.session.scalars(
        select(OrderEdit).where(OrderEdit.purchase_id == purchase.id, OrderEdit.key == key)
    ).one_or_none()
    if known is not None:
        return known
    purchase.must_be(*_CHANGEABLE)
    if not reason:
        sentence = marked("Write why, in a few words. It is kept, and those who are affected read it.")
        raise Invalid("reason-needed", sentence, {"reason": [sentence]})
    if under_way(purchase.id) is not None:
        sentence = marked("Another change of this purchase is under way. Wait until it is worked in, then look again.")
        raise Refusal("edit-under-way", sentence)
    if purchase.close_version != based_on:
        raise Stale()
    looked, edited = _looked_at(purchase, wishes)
    own = OrderEdit(
        id=new_id(),
        purchase_id=purchase.id,
        key=key,
        based_on=purchase.close_version,
        state=EditState.ASKING if looked.asks else EditState.AGREED,
        reason=reason,
        consequences=looked.difference.kept(),
        made_by=by.person_id,
        decided_at=None if looked.asks else now(),
    )
    db.session.add(own)
    db.session.flush()
    columns = ("program_id", "item_id", "before", "wanted", "withdrawn")
    lines = ((one.order.program_id, *change, not one.after) for one in edited for change in one.changes())
    bulk_insert(OrderEditLine, columns, lines, same={"edit_id": own.id})
    record_event(events.ORDER_EDITED, own.id, by, _told(purchase, own, reason=reason))
    for vendor in looked.vendors:
        if vendor.asked and vendor.delivery is not None:
            _ask(by, own, vendor, vendor.delivery)
    if own.state == EditState.AGREED:
        record_event(events.ORDER_EDIT_AGREED, own.id, by, _told(purchase, own))
    db.session.flush()
    return own


def answer_question(by: Actor, question_id: UUID, accepted: bool, note: str, source: str) -> OrderQuestion:
    """Write down what a vendor says to a question; the last yes lets the edit be worked in, a no ends it.

    `source`: the door, as of `OrderAnswer.source`. The same said twice is one answer. Raises NotFound, Refusal.
    """
    purchase, own, edit = _question(question_id)
    wanted = QuestionState.ACCEPTED if accepted else QuestionState.REFUSED
    if own.state == wanted:
        return own
    if own.state != QuestionState.WAITING:
        raise Refusal("question-settled", marked("This question is settled already."))
    if not accepted and not note and source == "hand":
        sentence = marked("Write down who said so, and how.")
        raise Invalid("note-needed", sentence, {"note": [sentence]})
    own.state, own.note, own.source, own.answered_at = wanted, note, source, now()
    diff = {"state": [str(QuestionState.WAITING), str(wanted)], "purchase": str(purchase.id)}
    record_event(events.ORDER_QUESTION_ANSWERED, own.id, by, diff)
    db.session.flush()
    if edit.state == EditState.ASKING:
        _after_answer(by, purchase, edit, accepted)
    db.session.flush()
    return own


def withdraw(by: Actor, edit_id: UUID) -> OrderEdit:
    """Take an edit back while vendors are asked. Raises NotFound, and Refusal where it is decided."""
    purchase, own = _edit(edit_id)
    if own.state != EditState.ASKING:
        raise Refusal("edit-decided", marked("This change is decided already."))
    _end(by, purchase, own, EditState.REFUSED)
    db.session.flush()
    return own


def apply_edit(by: Actor, edit_id: UUID) -> None:
    """Work an agreed edit in: orders, shares, bills and orders to vendors under a new version; run again, nothing more.

    Exactly those programs are told for whom something differs, each what it had and has, and each vendor whose order
    changed gets it anew, or hears that it is canceled. An edit of another version than the newest is overtaken, so that a
    person looks again.
    """
    purchase, own = _edit(edit_id)
    if own.state != EditState.AGREED:
        return
    if purchase.close_version != own.based_on or purchase.state not in _CHANGEABLE:
        _end(by, purchase, own, EditState.OVERTAKEN)
        db.session.flush()
        return
    edited = edited_orders(purchase, wishes_of(own))
    at, said = database_now(), what_vendors_bring(purchase)
    differs = difference(purchase, edited, said, at)
    put(edited_orders(purchase, wishes_of(own)), at)
    changes = within(as_decided(purchase, differs.items), said, differs.items)
    own.into_version = recompute(by, purchase, changes, instead_of(purchase), differs.items)
    own.state, own.consequences = EditState.DONE, differs.kept()
    programs_told(purchase, own, differs)
    record_event(events.ORDER_EDIT_ENDED, own.id, by, _told(purchase, own))
    db.session.flush()
    follow(by, purchase, own.based_on)


def wishes_of(own: OrderEdit) -> list[ProgramWish]:
    """Return what an edit asks for, as it was confirmed."""
    lines = select(OrderEditLine).where(OrderEditLine.edit_id == own.id)
    wanted: dict[UUID, dict[UUID, int]] = {}
    gone = set()
    for line in db.session.scalars(lines.order_by(OrderEditLine.program_id, OrderEditLine.item_id)):
        wanted.setdefault(line.program_id, {})[line.item_id] = line.wanted
        if line.withdrawn:
            gone.add(line.program_id)
    return [ProgramWish(program, of_program, program in gone) for program, of_program in wanted.items()]


def under_way(purchase_id: UUID) -> OrderEdit | None:
    """Return the edit of a purchase that is asked about or being worked in, or None."""
    own = OrderEdit.purchase_id == purchase_id, OrderEdit.state.in_(UNDER_WAY)
    return db.session.scalars(select(OrderEdit).where(*own)).one_or_none()


def edit_or_404(edit_id: UUID) -> OrderEdit:
    """Return an edit of this state. Raises NotFound."""
    own = find(OrderEdit, edit_id)
    if own is None:
        raise NotFound("edit")
    return own


def question_or_404(question_id: UUID) -> OrderQuestion:
    """Return a question of this state. Raises NotFound."""
    own = find(OrderQuestion, question_id)
    if own is None:
        raise NotFound("question")
    return own


def questions_of(edit_id: UUID) -> list[OrderQuestion]:
    """Return the questions that vendors were asked for an edit."""
    own = OrderQuestion.tenant_id == session().scope.id, OrderQuestion.edit_id == edit_id
    return list(db.session.scalars(select(OrderQuestion).where(*own).order_by(OrderQuestion.id)))


def questions_about(delivery: OrderDelivery) -> list[OrderQuestion]:
    """Return the questions about an order message that a vendor sees, the newest first."""
    own = OrderQuestion.tenant_id == session().scope.id, OrderQuestion.delivery_id == delivery.id
    return list(db.session.scalars(select(OrderQuestion).where(*own).order_by(OrderQuestion.id.desc())))


def _changeable(purchase_id: UUID) -> Purchase:
    purchase = locked_purchase(purchase_id)
    purchase.must_be(*_CHANGEABLE)
    return purchase


def _looked_at(purchase: Purchase, wishes: Sequence[ProgramWish]) -> tuple[Preview, list[EditedOrder]]:
    edited = edited_orders(purchase, wishes)
    differs = difference(purchase, edited, what_vendors_bring(purchase), database_now())
    vendors = tuple(_affected(purchase, differs))
    return Preview(purchase.close_version, differs, vendors), edited_orders(purchase, wishes)


def _affected(purchase: Purchase, differs: Difference) -> Iterator[VendorAffected]:
    """Yield the vendors whose orders differ. Raises Refusal for a vendor that was told that its order is canceled."""
    messages = {
        one.vendor_id: one for one in db.session.scalars(deliveries_of(purchase.id)) if one.state in MAY_HAVE_IT
    }
    for vendor_id, lines in sorted(differs.vendors().items()):
        delivery = messages.get(vendor_id)
        if delivery is not None and delivery.cancels:
            sentence = marked(
                "The order of %(item)s was canceled, and its vendor knows. Order it in another purchase.",
                item=lines[0].name,
            )
            raise Refusal("order-canceled", sentence)
        asked = delivery is not None and delivery.cutoff_at is not None and delivery.cutoff_at <= now()
        cancels = delivery is not None and _leaves_nothing(purchase, vendor_id, lines)
        yield VendorAffected(vendor_id, lines, delivery, asked, cancels)


def _leaves_nothing(purchase: Purchase, vendor_id: int, lines: Sequence[LineDifference]) -> bool:
    """Tell whether nothing would be left of a vendor's order."""
    ordered = {
        (str(order.pool_id), line.item_id) for order, line in asked_of_vendor(purchase, vendor_id).numbered().values()
    }
    gone = {(one.pool_id, one.item_id) for one in lines if not one.cases[1]}
    return ordered <= gone and not any(one.cases[1] for one in lines)


def _ask(by: Actor, edit: OrderEdit, vendor: VendorAffected, delivery: OrderDelivery) -> None:
    orders = orders_of_delivery(delivery)
    numbers = {(str(order.pool_id), line.item_id): number for number, (order, line) in orders.numbered().items()}
    before = orders.total_cents
    own = OrderQuestion(
        id=new_id(),
        vendor_id=vendor.vendor_id,
        purchase_id=edit.purchase_id,
        edit_id=edit.id,
        delivery_id=delivery.id,
        lines=[_asked(one, numbers.get((one.pool_id, one.item_id))) for one in shown_first(vendor.lines)],
        total_cents=[before, before + sum(one.cents for one in vendor.lines)],
        cancels=vendor.cancels,
    )
    db.session.add(own)
    db.session.flush()
    send_question(by, delivery, own.id)


def _asked(one: LineDifference, number: int | None) -> dict[str, Any]:
    return {
        "line": number,
        "deliver_to": one.deliver_to,
        "sku": one.sku,
        "name": one.name,
        "cases": list(one.cases),
        "price_cents": list(one.price_cents),
    }


def _after_answer(by: Actor, purchase: Purchase, edit: OrderEdit, accepted: bool) -> None:
    if not accepted:
        _end(by, purchase, edit, EditState.REFUSED)
    elif all(one.state == QuestionState.ACCEPTED for one in questions_of(edit.id)):
        edit.state, edit.decided_at = EditState.AGREED, now()
        record_event(events.ORDER_EDIT_AGREED, edit.id, by, _told(purchase, edit))


def _end(by: Actor, purchase: Purchase, own: OrderEdit, state: EditState) -> None:
    """End an edit that is not worked in.

    Vendors that did not answer yet need not any more; those that said yes are told that nothing changes.
    """
    own.state, own.decided_at = state, now()
    for question in questions_of(own.id):
        if question.state == QuestionState.WAITING:
            question.state = QuestionState.WITHDRAWN
        elif question.state == QuestionState.ACCEPTED:
            question.state = QuestionState.NOT_MADE
            standing = standing_of(purchase, question.vendor_id)
            latest = standing.newest or standing.before
            # whose whole order is canceled meanwhile is told that
            if latest is not None and not standing.canceled:
                send_not_made(by, latest, question.id)
    record_event(events.ORDER_EDIT_ENDED, own.id, by, _told(purchase, own))


def _told(purchase: Purchase, own: OrderEdit, **more: str) -> Mapping[str, Any]:
    return {"state": [None, str(own.state)], "purchase": str(purchase.id), **more}


def _edit(edit_id: UUID) -> tuple[Purchase, OrderEdit]:
    """Lock an edit, after its purchase. Raises NotFound."""
    own = edit_or_404(edit_id)
    purchase = locked_purchase(own.purchase_id)
    db.session.refresh(own, with_for_update=True)
    return purchase, own


def _question(question_id: UUID) -> tuple[Purchase, OrderQuestion, OrderEdit]:
    own = question_or_404(question_id)
    purchase, edit = _edit(own.edit_id)
    db.session.refresh(own, with_for_update=True)
    return purchase, own, edit
