"""Verbs of the door: write down a count, correct it, say that all of an order has come."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from carepool import events
from carepool.clock import now
from carepool.errors import Invalid, NotFound, Refusal
from carepool.outbox import Actor, record_event
from carepool.purchasing.actions.purchases import locked_purchase
from carepool.purchasing.models.purchase_orders import PurchaseOrder
from carepool.purchasing.models.purchases import Purchase, PurchaseState
from carepool.purchasing.receiving.actions.claiming import claim_what_is_missing
from carepool.purchasing.receiving.actions.sharing import ask_sharing
from carepool.purchasing.receiving.actions.terms import kept_terms, must_arrive
from carepool.purchasing.receiving.counting import Counted
from carepool.purchasing.receiving.counts import LineCount, line_counts, newest_orders
from carepool.purchasing.receiving.models.counting import OrderReceiving, Receipt, ReceiptLine
from carepool.sentences import Sentence, marked
from tenants.database import db, find
from tenants.ids import new_id

MOST_CASES = 100_000
MOST_EACHES = 10_000_000
_OLDEST = timedelta(days=366)


@dataclass(frozen=True)
class LineOfCount:
    """What someone counted of one line: cases, and in eaches what is missing, damaged or another item."""

    line: int
    cases: int = 0
    short: int = 0
    damaged: int = 0
    substitute: int = 0
    substitute_name: str = ""
    substitute_sku: str = ""
    substitute_accepted: bool = False
    lot: str = ""
    expires_on: date | None = None
    note: str = ""

    @property
    def counted(self) -> Counted:
        """The numbers as sums of one count."""
        taken = self.substitute if self.substitute_accepted else 0
        return Counted(self.cases, self.short, self.damaged, taken, self.substitute - taken)


@dataclass(frozen=True)
class Count:
    """One count as a device sent it. `key`: what the device calls it; `cause`: why earlier counts are corrected."""

    key: str
    lines: Sequence[LineOfCount]
    note: str = ""
    cause: str = ""
    counted_at: datetime | None = None

    def fingerprint(self, order_id: UUID) -> str:
        """Return a SHA-256 of what was counted of which order; the instant is left out."""
        facts = [str(order_id), self.note, self.cause, [asdict(one) for one in self.lines]]
        return hashlib.sha256(json.dumps(facts, default=str, sort_keys=True).encode()).hexdigest()


def record_count(by: Actor, order_id: UUID, count: Count) -> Receipt:
    """Write down a count of a purchase order; a count that came before is the same one. The purchase is then receiving.

    A count with a cause corrects earlier ones: its numbers are added to them and may be below 0. Raises Refusal where
    the key was used for another count or nothing can arrive now, Invalid with the fault of each line, NotFound.
    """
    order, purchase = _locked_order(order_id)
    fingerprint = count.fingerprint(order.id)
    known = db.session.scalars(
        select(Receipt).where(Receipt.purchase_order_id == order.id, Receipt.count_key == count.key)
    ).one_or_none()
    if known is not None:
        if known.fingerprint != fingerprint:
            raise Refusal(
                "count-key-used", marked("Another count was sent under this key. Count again on a fresh page.")
            )
        return known
    must_arrive(purchase)
    _check(count, {one.line.line: one for one in line_counts(purchase.id, [order])})
    receipt = _written(by, order, count, fingerprint)
    kept_terms(purchase.id)
    if purchase.state == PurchaseState.ORDERED:
        purchase.move(PurchaseState.RECEIVING)
        record_event(events.PURCHASE_RECEIVING, purchase.id, by, {"state": [PurchaseState.ORDERED, purchase.state]})
    topic = events.RECEIPT_CORRECTED if count.cause else events.RECEIPT_COUNTED
    told = {"purchase": str(purchase.id), "number": order.number, "lines": len(count.lines)}
    record_event(topic, receipt.id, by, {**told, "reason": count.cause} if count.cause else told)
    db.session.flush()
    if find(OrderReceiving, order.id) is not None:
        _follow(by, purchase, order)
    return receipt


def finish_order(by: Actor, order_id: UUID) -> PurchaseOrder:
    """Say that all of an order has come: what nobody counted did not. What is missing is claimed, and all is shared out.

    Said again, it changes nothing. Raises Refusal, NotFound.
    """
    order, purchase = _locked_order(order_id)
    must_arrive(purchase)
    if find(OrderReceiving, order.id) is not None:
        return order
    db.session.add(OrderReceiving(purchase_order_id=order.id, purchase_id=purchase.id))
    if purchase.state == PurchaseState.ORDERED:
        purchase.move(PurchaseState.RECEIVING)
        record_event(events.PURCHASE_RECEIVING, purchase.id, by, {"state": [PurchaseState.ORDERED, purchase.state]})
    record_event(events.ORDER_ARRIVED, purchase.id, by, {"number": order.number})
    db.session.flush()
    _follow(by, purchase, order)
    return order


def _follow(by: Actor, purchase: Purchase, order: PurchaseOrder) -> None:
    claim_what_is_missing(by, purchase, order)
    ask_sharing(by, purchase.id)


def _locked_order(order_id: UUID) -> tuple[PurchaseOrder, Purchase]:
    """Return an order of the newest close and its locked purchase. Raises NotFound, Refusal."""
    order = find(PurchaseOrder, order_id)
    if order is None:
        raise NotFound("purchase order")
    purchase = locked_purchase(order.purchase_id)
    if order.version != purchase.close_version:
        if not _is_ordered(purchase, order.number):
            sentence = marked(
                "Order %(number)s was canceled: nothing of it is to come. Do not take it in.", number=order.number
            )
            raise Refusal("order-canceled", sentence)
        raise Refusal("order-replaced", marked("This order was replaced by a newer one. Open the newest one."))
    return order, purchase


def _is_ordered(purchase: Purchase, number: str) -> bool:
    """Tell whether the newest close orders something under a number."""
    return number in {one.number for one in newest_orders(purchase)}


def _believed(counted_at: datetime | None, latest: datetime) -> datetime:
    """Return when something was counted: a device's clock may be wrong, but nothing is counted ahead or a year ago."""
    within = counted_at is not None and latest - _OLDEST <= counted_at <= latest
    return counted_at if within and counted_at is not None else latest


def _written(by: Actor, order: PurchaseOrder, count: Count, fingerprint: str) -> Receipt:
    latest = now()
    receipt = Receipt(
        id=new_id(),
        purchase_id=order.purchase_id,
        purchase_order_id=order.id,
        count_key=count.key,
        fingerprint=fingerprint,
        person_id=by.person_id,
        counted_at=_believed(count.counted_at, latest),
        note=count.note,
        cause=count.cause,
    )
    db.session.add(receipt)
    db.session.flush()
    db.session.add_all(
        ReceiptLine(receipt_id=receipt.id, place=place, purchase_order_id=order.id, **asdict(one))
        for place, one in enumerate(count.lines)
    )
    db.session.flush()
    return receipt


def _check(count: Count, known: dict[int, LineCount]) -> None:
    """Refuse a count with a fault in any of its lines. Raises Invalid."""
    faults: dict[str, list[Sentence]] = {}
    for place, one in enumerate(count.lines):
        for field, sentence in _faults(one, known.get(one.line), corrects=bool(count.cause)):
            faults.setdefault(f"lines.{place}.{field}", []).append(sentence)
    if not count.lines:
        faults["lines"] = [marked("Nothing was counted. Write down at least one line.")]
    if not faults and count.cause:
        for number, total in _totals(count, known).items():
            if not (total.is_possible and total.fits(known[number].ordered.case_size)):
                sentence = marked("With this correction less than nothing would be left. Look at the numbers again.")
                places = [place for place, one in enumerate(count.lines) if one.line == number]
                faults[f"lines.{places[0]}.cases"] = [sentence]
    if faults:
        raise Invalid("invalid", marked("Something needs to be corrected."), faults)


def _faults(one: LineOfCount, known: LineCount | None, *, corrects: bool) -> list[tuple[str, Sentence]]:
    if known is None:
        return [("line", marked("The order has no line of this number."))]
    found: list[tuple[str, Sentence]] = []
    most = {"cases": MOST_CASES, "short": MOST_EACHES, "damaged": MOST_EACHES, "substitute": MOST_EACHES}
    for field, limit in most.items():
        if not (-limit if corrects else 0) <= getattr(one, field) <= limit:
            found.append((field, marked("Write a whole number from %(least)s to %(most)s.", least=0, most=limit)))
    if not corrects and not one.counted.fits(known.ordered.case_size):
        found.append(("short", marked("More is missing or damaged than these cases hold.")))
    if one.substitute and not one.substitute_name:
        found.append(("substitute_name", marked("Write what came in its place.")))
    usable = one.cases > 0 and not corrects
    if known.is_tracked and usable and not one.lot:
        found.append(("lot", marked("Write the lot number from the case.")))
    if known.is_tracked and usable and one.expires_on is None:
        found.append(("expires_on", marked("Write the expiry date from the case.")))
    return found


def _totals(count: Count, known: dict[int, LineCount]) -> dict[int, Counted]:
    totals: dict[int, Counted] = {}
    for one in count.lines:
        before, more = totals.get(one.line, known[one.line].counted), one.counted
        totals[one.line] = replace(
            before,
            cases=before.cases + more.cases,
            short=before.short + more.short,
            damaged=before.damaged + more.damaged,
            taken=before.taken + more.taken,
            wrong=before.wrong + more.wrong,
        )
    return totals


def is_counted(order_id: UUID, key: str) -> bool:
    """Tell whether a count of this key came before."""
    known = select(Receipt.id).where(Receipt.purchase_order_id == order_id, Receipt.count_key == key)
    return db.session.execute(known).first() is not None
