"""Verbs of answers: what a vendor says by line is written down as it came; what follows is worked out by a task."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from carepool import events
from carepool.errors import Invalid, Refusal
from carepool.outbox import Actor, record_event
from carepool.purchasing.actions.purchases import locked_purchase
from carepool.purchasing.models.purchase_orders import PurchaseOrder, PurchaseOrderLine
from carepool.purchasing.models.purchases import PurchaseState
from carepool.sentences import Sentence, marked
from carepool.vendors.answers.models import OrderAnswer, OrderAnswerLine
from carepool.vendors.deliveries.actions import note_step
from carepool.vendors.deliveries.contents import VendorOrders, orders_of_delivery
from carepool.vendors.deliveries.models import ON_ITS_WAY, OrderDelivery, OrderStage
from carepool.vendors.deliveries.standing import must_count
from carepool.vendors.desk.publishing import show_standing
from carepool.vendors.documents.statuses import LineStatus, Outcome
from tenants.database import bulk_insert, db, session
from tenants.ids import new_id

MOST_CASES = 1_000_000
MOST_CENTS = 100_000_000
_ANSWERABLE = (PurchaseState.CLOSED, PurchaseState.ORDERED)


@dataclass(frozen=True)
class LineSaid:
    """What a vendor says of one line. Cases and cents per case as they will be; None: as ordered."""

    status: LineStatus = LineStatus.ACCEPTED
    cases: int | None = None
    price_cents: int | None = None
    promised_on: date | None = None
    substitute_sku: str = ""
    substitute_name: str = ""


def record_answer(
    by: Actor, delivery: OrderDelivery, said: Mapping[int, LineSaid], note: str, source: str
) -> OrderAnswer:
    """Write down an answer to an order message; lines that are not named are accepted as ordered.

    `said`: by the message's line numbers. The same said again is the same answer. Raises Invalid naming the line's
    fields, and Refusal where the order may not be answered any more.
    """
    if delivery.purchase_id is None:
        raise Refusal("only-a-test", marked("This is a test order. There is nothing to answer."))
    purchase = locked_purchase(delivery.purchase_id)
    db.session.refresh(delivery, with_for_update=True)
    must_count(purchase, delivery)
    if purchase.state not in _ANSWERABLE:
        raise Refusal("too-late", marked("This order can no longer be answered here. Call the person named on it."))
    orders = orders_of_delivery(delivery)
    lines = _checked(orders, said)
    digest = _digest(lines, note)
    own = OrderAnswer.tenant_id == session().scope.id, OrderAnswer.delivery_id == delivery.id
    last = db.session.scalars(select(OrderAnswer).where(*own).order_by(OrderAnswer.number.desc()).limit(1)).first()
    if last is not None and last.content_sha256 == digest:
        return last
    answer = OrderAnswer(
        id=new_id(),
        vendor_id=delivery.vendor_id,
        purchase_id=purchase.id,
        delivery_id=delivery.id,
        number=(last.number if last else 0) + 1,
        source=source,
        content_sha256=digest,
        note=note,
    )
    db.session.add(answer)
    db.session.flush()
    _write_lines(answer, lines)
    _acknowledged(by, delivery, answer)
    record_event(events.ORDER_ANSWERED, answer.id, by, {"number": [None, answer.number], "purchase": str(purchase.id)})
    db.session.flush()
    show_standing(delivery)
    return answer


_Line = tuple[PurchaseOrder, PurchaseOrderLine, LineSaid]


def _checked(orders: VendorOrders, said: Mapping[int, LineSaid]) -> list[_Line]:
    known = orders.numbered()
    check_said(said, {number: line.cases for number, (_, line) in known.items()})
    return [(order, line, said.get(number, LineSaid())) for number, (order, line) in known.items()]


def check_said(said: Mapping[int, LineSaid], ordered: Mapping[int, int]) -> None:
    """Refuse an answer that cannot be. `ordered`: cases by line number. Raises Invalid naming the line's fields. Pure."""
    faults: dict[str, list[Sentence]] = {}
    if unknown := sorted(set(said) - set(ordered)):
        sentence = marked("The order has no line %(line)s.", line=unknown[0])
        raise Invalid("unknown-line", sentence, {f"code.{unknown[0]}": [sentence]})
    for number, cases in ordered.items():
        for field, sentence in _faults_of(said.get(number, LineSaid()), cases):
            faults.setdefault(f"{field}.{number}", []).append(sentence)
    if faults:
        raise Invalid("bad-answer", marked("Some of what was typed must be mended."), faults)


def _faults_of(one: LineSaid, ordered: int) -> list[tuple[str, Sentence]]:
    faults = []
    cases = ordered if one.cases is None else one.cases
    outcome = one.status.outcome
    if not 0 <= cases <= MOST_CASES:
        faults.append(("cases", marked("Write a whole number from %(least)s to %(most)s.", least=0, most=MOST_CASES)))
    elif outcome is Outcome.BACKORDERED and cases >= ordered:
        told = marked("Say how many cases come now: fewer than the %(cases)s that were ordered.", cases=ordered)
        faults.append(("cases", told))
    elif outcome in (Outcome.ACCEPTED, Outcome.CHANGED) and not cases:
        faults.append(("cases", marked("Where nothing comes, reject the line or backorder it.")))
    if one.price_cents is not None and not 0 <= one.price_cents <= MOST_CENTS:
        faults.append(("price", marked("Write an amount such as 1250.50.")))
    if one.status is LineStatus.SUBSTITUTED and not one.substitute_name:
        faults.append(("substitute_name", marked("Write what comes instead.")))
    return faults


def _write_lines(answer: OrderAnswer, lines: list[_Line]) -> None:
    columns = (
        "purchase_order_id", "line", "code", "cases", "price_cents", "promised_on", "substitute_sku", "substitute_name",
    )  # fmt: skip
    rows = ((order.id, line.line, *_facts(line, one)) for order, line, one in lines)
    bulk_insert(OrderAnswerLine, columns, rows, same={"answer_id": answer.id, "vendor_id": answer.vendor_id})


def _facts(line: PurchaseOrderLine, one: LineSaid) -> tuple[Any, ...]:
    nothing = one.status.outcome is Outcome.REJECTED
    return (
        str(one.status),
        0 if nothing else (line.cases if one.cases is None else one.cases),
        line.price_cents if one.price_cents is None else one.price_cents,
        one.promised_on,
        one.substitute_sku,
        one.substitute_name,
    )


def _digest(lines: list[_Line], note: str) -> str:
    told = [[order.number, line.line, *map(str, _facts(line, one))] for order, line, one in lines]
    return hashlib.sha256(json.dumps([told, note], separators=(",", ":")).encode()).hexdigest()


def _acknowledged(by: Actor, delivery: OrderDelivery, answer: OrderAnswer) -> None:
    """An answer says more than that the order came: it is acknowledged, and whatever was in doubt is not any more."""
    if delivery.acknowledged_at is None:
        if delivery.state not in ON_ITS_WAY:
            note_step(by, delivery, OrderStage.SENT, evidence=f"answer {answer.id}")
        note_step(by, delivery, OrderStage.ACKNOWLEDGED, events.ORDER_ACKNOWLEDGED, evidence=f"answer {answer.id}")


def answers_of(delivery: OrderDelivery) -> list[OrderAnswer]:
    """Return the answers to a message, the newest first."""
    own = OrderAnswer.tenant_id == session().scope.id, OrderAnswer.delivery_id == delivery.id
    return list(db.session.scalars(select(OrderAnswer).where(*own).order_by(OrderAnswer.number.desc())))


def lines_of(answer: OrderAnswer) -> dict[tuple[Any, int], OrderAnswerLine]:
    """Return what an answer says by (purchase order, line)."""
    own = OrderAnswerLine.tenant_id == session().scope.id, OrderAnswerLine.answer_id == answer.id
    found = db.session.scalars(select(OrderAnswerLine).where(*own))
    return {(one.purchase_order_id, one.line): one for one in found}
