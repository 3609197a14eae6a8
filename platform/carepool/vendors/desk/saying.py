"""Verbs of a vendor at its desk: see an order of any state, and say something of it.

All that is written is one row, and work for the state that the order is from; what follows is worked out there.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import IO, Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import insert

from carepool import events
from carepool.errors import NotFound, Refusal
from carepool.identity.actions import SignedIn
from carepool.outbox import leave_for
from carepool.sentences import marked
from carepool.vendors.answers.actions import LineSaid, check_said
from carepool.vendors.changes.models import OrderQuestion, QuestionState
from carepool.vendors.deliveries.models import OrderDelivery
from carepool.vendors.deliveries.standing import CANCELED, REPLACED
from carepool.vendors.desk.models import DeskOrder, DeskPartner, DeskSaid, SaidKind, SaidState
from carepool.vendors.documents.kept import from_json
from carepool.vendors.documents.order import Order
from carepool.vendors.documents.statuses import LineStatus
from carepool.vendors.links.invoices import MOST_BYTES, kind_of
from tenants.database import db, session
from tenants.ids import new_id

STANDINGS = ("new", "opened", "acknowledged", "answered", "canceled", "old")
"""Where an order stands at the desk; each word is a choice of the list."""


def orders_at_desk(state: int | None = None, standing: str = "") -> Select[Any]:
    """Return the query of the vendor's orders: of one state (its number), of one of STANDINGS; all without either."""
    found = select(DeskOrder).where(DeskOrder.vendor_id == session().scope.id)
    if state is not None:
        found = found.where(DeskOrder.tenant_id == state)
    wanted = DeskOrder.current & ~DeskOrder.canceled
    conditions: dict[str, list[Any]] = {
        "new": [wanted, DeskOrder.opened_at.is_(None), DeskOrder.acknowledged_at.is_(None)],
        "opened": [wanted, DeskOrder.opened_at.is_not(None), DeskOrder.acknowledged_at.is_(None)],
        "acknowledged": [wanted, DeskOrder.acknowledged_at.is_not(None), DeskOrder.answered_at.is_(None)],
        "answered": [wanted, DeskOrder.answered_at.is_not(None)],
        "canceled": [DeskOrder.current, DeskOrder.canceled],
        "old": [~DeskOrder.current],
    }
    return found.where(*conditions.get(standing, ()))


def standing_of(own: DeskOrder) -> str:
    """Return which of STANDINGS an order has. Pure."""
    if not own.current:
        return "old"
    if own.canceled:
        return "canceled"
    if own.answered_at:
        return "answered"
    return "acknowledged" if own.acknowledged_at else "opened" if own.opened_at else "new"


def states_at_desk() -> Sequence[int]:
    """Return the numbers of the states that work with this desk."""
    own = select(DeskPartner.tenant_id).where(DeskPartner.vendor_id == session().scope.id)
    return db.session.scalars(own.order_by(DeskPartner.tenant_id)).all()


def order_or_404(order_id: UUID) -> DeskOrder:
    """Return an order of this vendor, of whichever state. Raises NotFound."""
    own = DeskOrder.vendor_id == session().scope.id, DeskOrder.id == order_id
    found = db.session.scalars(select(DeskOrder).where(*own)).one_or_none()
    if found is None:
        raise NotFound("order")
    return found


def document_of(own: DeskOrder) -> Order:
    """Return the order as it was sent."""
    return from_json(own.document)


def open_order(who: SignedIn, own: DeskOrder) -> None:
    """Say, once, that someone of the vendor sees the order."""
    if own.opened_at is None and own.acknowledged_at is None:
        _say(who, own, SaidKind.OPENED)


def acknowledge(who: SignedIn, own: DeskOrder) -> None:
    """Say, once, that the vendor has the order. Raises Refusal for one that counts no more."""
    _must_be_current(own)
    if own.acknowledged_at is None:
        _say(who, own, SaidKind.ACKNOWLEDGED)


def answer(who: SignedIn, own: DeskOrder, said: Mapping[int, LineSaid], note: str) -> DeskSaid:
    """Say what comes of each line. Raises Invalid naming the line's fields, and Refusal for an order that counts no more."""
    _must_be_current(own)
    if own.canceled:
        raise Refusal("order-canceled", CANCELED)
    check_said(said, {line.line: line.cases for line in document_of(own).lines})
    body = {"lines": {str(number): _kept(one) for number, one in said.items()}, "note": note}
    return _say(who, own, SaidKind.ANSWERED, body)


def bring_invoice(who: SignedIn, own: DeskOrder, stream: IO[bytes], name: str) -> DeskSaid:
    """Bring an invoice as a file. Raises Invalid where it is empty, too large, or of a kind that nobody can read."""
    kind_of(stream)
    return _say(who, own, SaidKind.INVOICED, {"name": name[:200]}, stream.read(MOST_BYTES))


def questions_about(own: DeskOrder) -> Sequence[OrderQuestion]:
    """Return the changes after the cut-off that a state asked about an order as it was sent, the newest first."""
    return db.session.scalars(_questions().where(DeskOrder.id == own.id).order_by(OrderQuestion.id.desc())).all()


def open_questions() -> Select[Any]:
    """Return the query of the questions that wait for the vendor's yes or no, of all states."""
    return _questions().where(OrderQuestion.state == QuestionState.WAITING)


def count_open_questions() -> int:
    """Return how many questions wait for the vendor's yes or no."""
    return db.session.scalar(open_questions().with_only_columns(func.count())) or 0


def orders_asked_about(questions: Iterable[OrderQuestion]) -> dict[UUID, DeskOrder]:
    """Return the orders that questions are about, by the question's id."""
    ids = [one.id for one in questions]
    found = _questions().with_only_columns(OrderQuestion.id, DeskOrder).where(OrderQuestion.id.in_(ids))
    return dict(db.session.execute(found).tuples().all()) if ids else {}


def question_or_404(question_id: UUID) -> tuple[OrderQuestion, DeskOrder]:
    """Return a question to this vendor with the order that it is about. Raises NotFound."""
    own = _questions().add_columns(DeskOrder).where(OrderQuestion.id == question_id)
    found = db.session.execute(own).one_or_none()
    if found is None:
        raise NotFound("question")
    question, order = found
    return question, order


def answer_question(who: SignedIn, own: DeskOrder, question: OrderQuestion, note: str, *, accepted: bool) -> DeskSaid:
    """Say yes or no to a change after the cut-off; said twice the same, once. Raises Refusal where it is settled."""
    told = _told_of(own, question.id)
    if told is not None and told.state == SaidState.WAITING and told.body["accepted"] == accepted:
        return told
    if question.state != QuestionState.WAITING or (told is not None and told.state == SaidState.WAITING):
        raise Refusal("question-settled", marked("This question is settled already."))
    body = {"question": str(question.id), "accepted": accepted, "note": note}
    return _say(who, own, SaidKind.CHANGE_ANSWERED, body)


def told_of_questions(own: DeskOrder) -> dict[UUID, DeskSaid]:
    """Return the newest yes or no to each question about an order that the state has not taken in, or refused."""
    same = (DeskSaid.tenant_id == own.tenant_id, DeskSaid.vendor_id == own.vendor_id, DeskSaid.order_id == own.id)
    kind = DeskSaid.kind == SaidKind.CHANGE_ANSWERED
    open_ = DeskSaid.state != SaidState.TAKEN
    found = db.session.scalars(select(DeskSaid).where(*same, kind, open_).order_by(DeskSaid.id))
    return {UUID(one.body["question"]): one for one in found}


def _told_of(own: DeskOrder, question_id: UUID) -> DeskSaid | None:
    return told_of_questions(own).get(question_id)


def _questions() -> Select[Any]:
    """Return the query of the questions to this vendor, each with the order at the desk that its message carried."""
    delivery = (OrderDelivery.tenant_id == OrderQuestion.tenant_id) & (OrderDelivery.id == OrderQuestion.delivery_id)
    shown = (
        (DeskOrder.tenant_id == OrderDelivery.tenant_id)
        & (DeskOrder.vendor_id == OrderDelivery.vendor_id)
        & (DeskOrder.purchase_id == OrderDelivery.purchase_id)
        & (DeskOrder.content_sha256 == OrderDelivery.content_sha256)
    )
    return (
        select(OrderQuestion)
        .join(OrderDelivery, delivery)
        .join(DeskOrder, shown)
        .where(OrderQuestion.vendor_id == session().scope.id)
    )


def _must_be_current(own: DeskOrder) -> None:
    if not own.current:
        raise Refusal("order-changed", REPLACED)


def _say(
    who: SignedIn, own: DeskOrder, kind: SaidKind, body: Mapping[str, Any] | None = None, content: bytes | None = None
) -> DeskSaid:
    said_id = new_id()
    values = {
        "tenant_id": own.tenant_id,
        "vendor_id": own.vendor_id,
        "id": said_id,
        "order_id": own.id,
        "kind": kind,
        "body": dict(body or {}),
        "content": content,
        "person_id": who.person.id,
        "person_name": who.person.name,
    }
    db.session.execute(insert(DeskSaid).values(values).on_conflict_do_nothing())
    same = (DeskSaid.tenant_id == own.tenant_id, DeskSaid.vendor_id == own.vendor_id, DeskSaid.order_id == own.id)
    made = db.session.scalars(select(DeskSaid).where(*same, DeskSaid.id == said_id)).one_or_none()
    if made is None:
        # of what is said once, someone else said it first
        return db.session.scalars(select(DeskSaid).where(*same, DeskSaid.kind == kind)).one()
    leave_for(own.tenant_id, events.DESK_SAID, said_id)
    return made


def not_taken(own: DeskOrder) -> Sequence[DeskSaid]:
    """Return what was said of an order and is not taken in: what waits, and the newest word where it was refused."""
    same = (DeskSaid.tenant_id == own.tenant_id, DeskSaid.vendor_id == own.vendor_id, DeskSaid.order_id == own.id)
    told = DeskSaid.kind.in_([SaidKind.ANSWERED, SaidKind.INVOICED])
    newest = db.session.scalars(select(DeskSaid).where(*same, told).order_by(DeskSaid.id.desc()).limit(10)).all()
    return [
        one for place, one in enumerate(newest)
        if one.state == SaidState.WAITING or (place == 0 and one.state == SaidState.REFUSED)
    ]  # fmt: skip


def _kept(one: LineSaid) -> dict[str, Any]:
    day = one.promised_on.isoformat() if one.promised_on else None
    return {
        "status": str(one.status), "cases": one.cases, "price_cents": one.price_cents, "promised_on": day,
        "substitute_sku": one.substitute_sku, "substitute_name": one.substitute_name,
    }  # fmt: skip


def said_lines(body: Mapping[str, Any]) -> dict[int, LineSaid]:
    """Read the lines of an answer that was kept."""
    return {
        int(number): LineSaid(
            LineStatus(one["status"]),
            one["cases"],
            one["price_cents"],
            date.fromisoformat(one["promised_on"]) if one["promised_on"] else None,
            one["substitute_sku"],
            one["substitute_name"],
        )
        for number, one in body["lines"].items()
    }
