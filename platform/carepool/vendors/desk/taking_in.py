"""What a state's own side does with what a vendor said at its desk: the same verbs as behind a signed link."""

import io
from uuid import UUID

from carepool import events
from carepool.clock import now
from carepool.errors import NotFound, Refusal
from carepool.outbox import Actor
from carepool.purchasing.actions.purchases import locked_purchase
from carepool.vendors.answers.actions import record_answer
from carepool.vendors.changes.actions import answer_question
from carepool.vendors.changes.models import OrderQuestion
from carepool.vendors.deliveries.actions import note_step
from carepool.vendors.deliveries.models import OrderDelivery, OrderStage
from carepool.vendors.desk.models import DeskOrder, DeskSaid, SaidKind, SaidState
from carepool.vendors.desk.saying import said_lines
from carepool.vendors.links.invoices import bring_invoice
from tenants.database import db, find


def take_in(said_id: UUID) -> None:
    """Take in what a vendor said of an order of this state, once; what cannot be is refused with its sentence.

    Raises NotFound.
    """
    said = find(DeskSaid, said_id)
    order = find(DeskOrder, said.order_id) if said else None
    delivery = find(OrderDelivery, order.delivery_id) if order else None
    if said is None or order is None or delivery is None or said.vendor_id != order.vendor_id:
        raise NotFound("desk word")
    # in the order in which everyone locks: purchase, message, the rest
    locked_purchase(order.purchase_id)
    db.session.refresh(delivery, with_for_update=True)
    db.session.refresh(said, with_for_update=True)
    if said.state != SaidState.WAITING:
        return
    try:
        with db.session.begin_nested():
            _do(said, delivery)
        said.state = SaidState.TAKEN
    except Refusal as refused:
        said.state, said.error = SaidState.REFUSED, refused.sentence
    said.taken_at, said.content = now(), None
    db.session.flush()


def _do(said: DeskSaid, delivery: OrderDelivery) -> None:
    by, evidence = Actor.vendor(), f"desk {said.id}, {said.person_name}"
    if said.kind == SaidKind.ANSWERED:
        record_answer(by, delivery, said_lines(said.body), said.body["note"], "desk")
    elif said.kind == SaidKind.CHANGE_ANSWERED:
        _answer_question(said, delivery)
    elif said.kind == SaidKind.INVOICED:
        bring_invoice(delivery, io.BytesIO(said.content or b""), said.body["name"])
    elif said.kind == SaidKind.OPENED and delivery.opened_at is None:
        note_step(by, delivery, OrderStage.OPENED, events.ORDER_OPENED, evidence=evidence)
    elif said.kind == SaidKind.ACKNOWLEDGED and delivery.acknowledged_at is None:
        note_step(by, delivery, OrderStage.ACKNOWLEDGED, events.ORDER_ACKNOWLEDGED, evidence=evidence)


def _answer_question(said: DeskSaid, delivery: OrderDelivery) -> None:
    """Take a yes or no in, to a question that this vendor was asked about this purchase. Raises NotFound, Refusal."""
    own = find(OrderQuestion, UUID(said.body["question"]))
    if own is None or (own.vendor_id, own.purchase_id) != (delivery.vendor_id, delivery.purchase_id):
        raise NotFound("question")
    answer_question(Actor.vendor(), own.id, said.body["accepted"], said.body["note"], "desk")
