"""Verbs of vendors' invoices: record one and match it, match again, decide about one that differs, set how much may differ."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from carepool import events
from carepool.errors import Invalid, NotFound, Refusal, Stale
from carepool.outbox import Actor, record_event
from carepool.purchasing.actions.purchases import locked_purchase
from carepool.purchasing.models.purchase_orders import PurchaseOrder
from carepool.purchasing.models.purchases import Purchase, PurchaseItem, PurchaseState
from carepool.purchasing.receiving.counts import LineCount, line_counts, newest_orders
from carepool.purchasing.settlement.actions.adjusting import adjust
from carepool.purchasing.settlement.actions.booking import Event, book, hold_party
from carepool.purchasing.settlement.billed_lines import keys_now, written_key
from carepool.purchasing.settlement.matching import (
    Bill,
    BilledLine,
    Expected,
    LineKey,
    OrderedLine,
    Tolerance,
    match,
)
from carepool.purchasing.settlement.models.invoices import (
    BOOKED,
    Bearer,
    InvoiceState,
    MatchTolerance,
    VendorInvoice,
    VendorInvoiceLine,
)
from carepool.purchasing.settlement.models.ledger import Cause
from carepool.purchasing.settlement.postings import VendorBill, vendor_bill
from carepool.sentences import marked
from tenants.database import db, find, session
from tenants.ids import new_id

UNDER_WAY = (PurchaseState.ORDERED, PurchaseState.RECEIVING)
TAKES_INVOICES = (*UNDER_WAY, PurchaseState.SETTLED)
LARGEST_TOLERANCE = 250_000
"""A quarter, in millionths: what differs more is another price."""
LARGEST_TOLERATED_CENTS = 1_000_000
_NOT_COMPARED = re.compile(r"[^0-9A-Z]")


@dataclass(frozen=True)
class WrittenLine:
    """A line as it was written. Meant is a line of an order (id and number), or the order line that has this SKU alone.

    Quantity in whole cases and single eaches together; `price_cents` is that of a case.
    """

    amount_cents: int
    order_id: UUID | None = None
    line: int | None = None
    sku: str = ""
    name: str = ""
    cases: int = 0
    eaches: int = 0
    price_cents: int | None = None


@dataclass(frozen=True)
class WrittenInvoice:
    """An invoice or credit note as it was written; amounts in cents, above 0 also on a credit note."""

    number: str
    invoiced_on: date
    lines: Sequence[WrittenLine]
    total_cents: int
    freight_cents: int = 0
    tax_cents: int = 0
    is_credit: bool = False


def record_invoice(by: Actor, purchase_id: UUID, vendor_id: int, written: WrittenInvoice) -> VendorInvoice:
    """Keep a vendor's invoice and match it; one that matches is booked at once, unless its purchase is settled.

    After settling a person decides who bears it, whatever the match says.
    Raises Refusal for a number that this vendor used already, or where nothing is under way; NotFound for an order
    that is not of this purchase and vendor.
    """
    purchase = locked_purchase(purchase_id)
    must_be_under_way(purchase)
    counts = counts_of_vendor(purchase, vendor_id)
    if not counts and not was_ordered_from(purchase, vendor_id):
        sentence = marked("Nothing was ordered from this vendor in this purchase.")
        raise Invalid("not-ordered", sentence, {"vendor_id": [sentence]})
    hold_party(vendor_id)
    key = number_key(written.number)
    known = select(VendorInvoice).where(VendorInvoice.vendor_id == vendor_id, VendorInvoice.number_key == key)
    if db.session.scalars(known).first() is not None:
        sentence = marked("Invoice %(number)s of this vendor is here already.", number=written.number)
        raise Refusal("recorded-already", sentence, {"number": [sentence]})
    invoice = VendorInvoice(
        id=new_id(), purchase_id=purchase.id, vendor_id=vendor_id, is_credit=written.is_credit, number=written.number,
        number_key=key, invoiced_on=written.invoiced_on, freight_cents=written.freight_cents,
        tax_cents=written.tax_cents, total_cents=written.total_cents, state=InvoiceState.TO_DECIDE, differences=[],
        reason="", person_id=by.person_id, version=1,
    )  # fmt: skip
    db.session.add(invoice)
    db.session.flush()
    db.session.add_all(_lines(invoice, written.lines, counts))
    db.session.flush()
    facts = {"purchase": str(purchase.id), "number": invoice.number, "total_cents": invoice.total_cents}
    record_event(events.VENDOR_INVOICE_RECORDED, invoice.id, by, facts)
    _match(by, purchase, invoice, counts)
    if invoice.is_credit and purchase.state in UNDER_WAY:
        _match_waiting(by, purchase, invoice.vendor_id)
    return invoice


def number_key(number: str) -> str:
    """Return how a number is compared: `inv 12-7` and `INV127` are the same."""
    return _NOT_COMPARED.sub("", number.upper()) or number


def must_be_under_way(purchase: Purchase) -> None:
    """Refuse unless goods of the purchase are on their way or came."""
    if purchase.state not in TAKES_INVOICES:
        raise Refusal("wrong-state", marked("Invoices can be entered only after a purchase is ordered."))


def counts_of_vendor(purchase: Purchase, vendor_id: int) -> list[LineCount]:
    """Return the order lines of a vendor in a purchase with what was counted."""
    orders = [one for one in newest_orders(purchase) if one.vendor_id == vendor_id]
    return line_counts(purchase.id, orders) if orders else []


def was_ordered_from(purchase: Purchase, vendor_id: int) -> bool:
    """Tell whether a vendor had an order in any version of a purchase's close, also one that came to nothing since."""
    own = (
        PurchaseOrder.tenant_id == session().scope.id,
        PurchaseOrder.purchase_id == purchase.id,
        PurchaseOrder.vendor_id == vendor_id,
    )
    return db.session.execute(select(PurchaseOrder.id).where(*own).limit(1)).first() is not None


def _lines(
    invoice: VendorInvoice, written: Iterable[WrittenLine], counts: Sequence[LineCount]
) -> Iterable[VendorInvoiceLine]:
    orders = {one.order.id for one in counts}
    for place, one in enumerate(written, start=1):
        if one.order_id is not None and one.order_id not in orders:
            raise NotFound("purchase order")
        meant = _meant(one, counts)
        size = meant.line.case_size if meant else 1
        yield VendorInvoiceLine(
            invoice_id=invoice.id, place=place, purchase_order_id=meant.order.id if meant else None,
            line=meant.line.line if meant else None, sku=one.sku or (meant.line.sku if meant else ""),
            name=one.name or (meant.line.name if meant else ""), eaches=one.cases * size + one.eaches,
            price_cents=one.price_cents, amount_cents=one.amount_cents,
        )  # fmt: skip


def _meant(written: WrittenLine, counts: Sequence[LineCount]) -> LineCount | None:
    """Return the order line that an invoice's line means; None where it means none, or more than one."""
    of_order = [one for one in counts if written.order_id in (None, one.order.id)]
    if written.line is not None:
        same = [one for one in of_order if one.line.line == written.line]
        same = [one for one in same if not written.sku or one.line.sku == written.sku]
    else:
        same = [one for one in of_order if written.sku and one.line.sku == written.sku]
    return same[0] if len(same) == 1 else None


def match_again(by: Actor, purchase_id: UUID) -> None:
    """Match the invoices of a purchase again that wait for a decision: more may have been counted since. Raises NotFound."""
    purchase = locked_purchase(purchase_id)
    if purchase.state in UNDER_WAY:
        _match_waiting(by, purchase, None)


def _match_waiting(by: Actor, purchase: Purchase, vendor_id: int | None) -> None:
    waiting = select(VendorInvoice).where(
        VendorInvoice.purchase_id == purchase.id, VendorInvoice.state == InvoiceState.TO_DECIDE
    )
    if vendor_id is not None:
        waiting = waiting.where(VendorInvoice.vendor_id == vendor_id)
    for invoice in db.session.scalars(waiting.order_by(VendorInvoice.id)).all():
        _match(by, purchase, invoice, counts_of_vendor(purchase, invoice.vendor_id))


def _match(by: Actor, purchase: Purchase, invoice: VendorInvoice, counts: Sequence[LineCount]) -> None:
    """Match an invoice of a locked purchase; book it where nothing differs and the purchase is not settled."""
    found = [one.as_json() for one in match(bill_of(invoice), _expected(purchase, invoice, counts))]
    if found != invoice.differences or not found:
        invoice.differences = found
        invoice.version += 1
    if not found and purchase.state in UNDER_WAY:
        hold_party(invoice.vendor_id)
        invoice.move(InvoiceState.MATCHED)
        record_event(events.VENDOR_INVOICE_MATCHED, invoice.id, by, {"purchase": str(purchase.id)})
        _book(by, purchase, invoice)
    db.session.flush()


def bill_of(invoice: VendorInvoice) -> Bill:
    """Return an invoice as the match knows it."""
    query = select(VendorInvoiceLine).where(VendorInvoiceLine.invoice_id == invoice.id)
    written = db.session.scalars(query.order_by(VendorInvoiceLine.place)).all()
    keys = keys_now(invoice.purchase_id, written)
    lines = [BilledLine(one.place, _now(one, keys), one.eaches, one.price_cents, one.amount_cents) for one in written]
    return Bill(lines, invoice.freight_cents, invoice.tax_cents, invoice.total_cents, invoice.is_credit)


def _now(line: VendorInvoiceLine, keys: Mapping[LineKey, LineKey]) -> LineKey | None:
    key = written_key(line)
    return keys[key] if key is not None else None


def _expected(purchase: Purchase, invoice: VendorInvoice, counts: Sequence[LineCount]) -> Expected:
    billed, items = billed_eaches(purchase.id), _items(purchase.id)
    tolerances = tolerances_of(one.contract_id for one in items.values())
    lines = {}
    for one in counts:
        item, key = items[one.line.item_id], LineKey(one.order.id, one.line.line)
        lines[key] = OrderedLine(
            case_size=one.line.case_size,
            price_cents=one.line.price_cents,
            ordered=one.ordered.eaches,
            received=one.standing.usable if one.is_known else 0,
            billed=billed.get(key, 0),
            is_taxable=item.taxable,
            tolerance=tolerances[item.contract_id],
        )
    own = [line.tolerance for line in lines.values()]
    least = Tolerance(min(one.millionths for one in own), min(one.cents for one in own)) if own else Tolerance()
    left = purchase.freight_cents - _freight_billed(purchase.id)
    return Expected(lines, left, purchase.tax_millionths, least, is_canceled=not counts)


def billed_eaches(purchase_id: UUID) -> dict[LineKey, int]:
    """Return the eaches that booked invoices of a purchase billed, less those that credit notes took back.

    By lines of the newest orders, also where an earlier version of them was billed.
    """
    own = VendorInvoice.tenant_id == VendorInvoiceLine.tenant_id
    query = (
        select(VendorInvoiceLine, VendorInvoice.is_credit)
        .join(VendorInvoice, own & (VendorInvoice.id == VendorInvoiceLine.invoice_id))
        .where(VendorInvoice.purchase_id == purchase_id, VendorInvoice.state.in_(BOOKED))
    )
    found: dict[LineKey, int] = {}
    rows = db.session.execute(query).tuples().all()
    keys = keys_now(purchase_id, [line for line, _ in rows])
    for line, is_credit in rows:
        if (key := _now(line, keys)) is not None:
            found[key] = found.get(key, 0) + (-line.eaches if is_credit else line.eaches)
    return found


def _items(purchase_id: UUID) -> dict[UUID, PurchaseItem]:
    found = db.session.scalars(select(PurchaseItem).where(PurchaseItem.purchase_id == purchase_id))
    return {one.id: one for one in found}


def _freight_billed(purchase_id: UUID) -> int:
    query = (
        select(VendorInvoice.is_credit, func.sum(VendorInvoice.freight_cents))
        .where(VendorInvoice.purchase_id == purchase_id, VendorInvoice.state.in_(BOOKED))
        .group_by(VendorInvoice.is_credit)
    )
    return sum(-int(cents) if is_credit else int(cents) for is_credit, cents in db.session.execute(query))


def _book(by: Actor, purchase: Purchase, invoice: VendorInvoice) -> None:
    bill = bill_of(invoice)
    lines = vendor_bill(
        VendorBill(invoice.vendor_id, bill.goods_cents, bill.freight_cents, bill.tax_cents, bill.total_cents),
        is_credit=invoice.is_credit,
    )
    facts = {"number": invoice.number, "day": invoice.invoiced_on.isoformat()}
    event = Event(invoice.id, lines, facts)
    book(by, Cause.VENDOR_INVOICE, [event], alliance_id=purchase.alliance_id, purchase_id=purchase.id)


def decide(
    by: Actor, invoice_id: UUID, to: InvoiceState, reason: str, based_on: int | None, borne_by: Bearer | None = None
) -> VendorInvoice:
    """Accept an invoice with its differences, dispute it, or write down that the vendor took it back.

    An accepted invoice is booked. `borne_by`: who bears one that is accepted after its purchase was settled; before,
    nobody is named. Raises NotFound, Stale, Refusal, and Invalid without a reason or a bearer.
    """
    found = find(VendorInvoice, invoice_id)
    if found is None:
        raise NotFound("invoice")
    purchase = locked_purchase(found.purchase_id)
    hold_party(found.vendor_id)
    db.session.refresh(found)
    must_be_under_way(purchase)
    if found.version != based_on:
        raise Stale()
    if not reason.strip():
        sentence = marked("Say why, in at most 500 characters.")
        raise Invalid("no-reason", sentence, {"reason": [sentence]})
    late = to is InvoiceState.ACCEPTED and purchase.state == PurchaseState.SETTLED
    if late and borne_by is None:
        sentence = (
            marked("Choose who bears it: the programs, or the account of the state.")
            if purchase.alliance_id is None
            else marked("Choose who bears it: the programs, or the account of the alliance.")
        )
        raise Invalid("no-bearer", sentence, {"borne_by": [sentence]})
    before = str(found.state)
    found.move(to)
    found.borne_by = borne_by if late else None
    found.reason, found.version = reason.strip(), found.version + 1
    facts = {"purchase": str(purchase.id), "state": [before, str(to)], "reason": found.reason}
    record_event(events.VENDOR_INVOICE_DECIDED, found.id, by, facts)
    db.session.flush()
    if to is InvoiceState.ACCEPTED:
        _book(by, purchase, found)
    if late:
        adjust(by, purchase, found)
    return found


def tolerance_of(contract_id: UUID) -> MatchTolerance:
    """Return how much invoices of a contract may differ; nothing, under version 0, where nobody set anything."""
    kept = find(MatchTolerance, contract_id)
    return kept or MatchTolerance(contract_id=contract_id, millionths=0, cents=0, version=0)


def tolerances_of(contract_ids: Iterable[UUID]) -> dict[UUID, Tolerance]:
    """Return the tolerance of each contract."""
    wanted = set(contract_ids)
    kept = db.session.scalars(select(MatchTolerance).where(MatchTolerance.contract_id.in_(wanted)))
    found = {one.contract_id: Tolerance(one.millionths, one.cents) for one in kept}
    return {one: found.get(one, Tolerance()) for one in wanted}


def set_tolerance(by: Actor, contract_id: UUID, millionths: int, cents: int, based_on: int | None) -> MatchTolerance:
    """Set how much invoices of a contract may differ. `based_on`: the version that was read, 0 before. Raises Stale."""
    query = select(MatchTolerance).where(MatchTolerance.contract_id == contract_id).with_for_update()
    kept = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if (kept.version if kept else 0) != (based_on or 0):
        raise Stale()
    facts = {"millionths": [kept.millionths if kept else 0, millionths], "cents": [kept.cents if kept else 0, cents]}
    if kept is None:
        kept = MatchTolerance(contract_id=contract_id, millionths=millionths, cents=cents, version=1)
        db.session.add(kept)
    else:
        kept.millionths, kept.cents, kept.version = millionths, cents, kept.version + 1
    record_event(events.TOLERANCE_SET, contract_id, by, facts)
    db.session.flush()
    return kept


def order_numbers(purchase: Purchase) -> dict[UUID, PurchaseOrder]:
    """Return the orders of the newest close of a purchase by id."""
    return {one.id: one for one in newest_orders(purchase)}
