"""Does what a vendor sent fit the order that it names? Pure: an order and a document in, findings with places out.

Prices that differ from the order are no findings here: an answer may change them, and an invoice is compared with the
order and the delivery where it is approved.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from carepool.sentences import Sentence, marked
from carepool.vendors.documents.answer import AnsweredLine, OrderAnswer, Whole
from carepool.vendors.documents.faults import Place
from carepool.vendors.documents.invoice import Invoice, InvoicedLine
from carepool.vendors.documents.order import Order, OrderLine
from carepool.vendors.documents.parties import Sender
from carepool.vendors.documents.shipment import Shipment, ShippedLine
from carepool.vendors.documents.statuses import LineStatus

MOST_FINDINGS = 100
"""A file that is wrong everywhere is not told about line by line for ever."""
_MAY_RAISE = frozenset({LineStatus.QUANTITY_CHANGED, LineStatus.CHANGED})


class FindingKind(StrEnum):
    """What does not fit. Stable: part of what callers decide on."""

    WRONG_ORDER = "wrong_order"
    OTHER_VENDOR = "other_vendor"
    OTHER_VERSION = "other_version"
    OTHER_CURRENCY = "other_currency"
    UNKNOWN_LINE = "unknown_line"
    OTHER_ITEM = "other_item"
    WRONG_UNIT = "wrong_unit"
    TOO_MANY = "too_many"
    WRONG_AMOUNT = "wrong_amount"
    WRONG_TOTAL = "wrong_total"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not fit, where it stands, and what to do."""

    kind: FindingKind
    place: Place
    problem: Sentence

    @property
    def sentence(self) -> Sentence:
        """The problem with its place, for people."""
        return marked("%(place)s: %(problem)s", place=self.place.sentence(), problem=self.problem)


def check_answer(order: Order, answer: OrderAnswer) -> tuple[Finding, ...]:
    """Return what of an answer does not fit the order; nothing where all fits."""
    return _first(_of_answer(order, answer))


def check_shipment(order: Order, shipment: Shipment) -> tuple[Finding, ...]:
    """Return what of a notice does not fit the order. Lines for other orders are those orders' business."""
    return _first(_of_shipment(order, shipment))


def check_invoice(order: Order, invoice: Invoice) -> tuple[Finding, ...]:
    """Return what of an invoice does not fit the order, or does not add up."""
    return _first(_of_invoice(order, invoice))


def line_named(order: Order, number: str, one: "_Incoming") -> OrderLine | None:
    """Return the line of an order that a line of a document means, which names the order by a number; None for none."""
    return _Lines(order, number).named(one)[0]


def money_text(cents: int) -> str:
    """Return an amount as people in the U.S. write it: `1,234.50`."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100:,}.{abs(cents) % 100:02d}"


def _first(findings: Iterator[Finding]) -> tuple[Finding, ...]:
    return tuple(found for found, _ in zip(findings, range(MOST_FINDINGS), strict=False))


def _of_answer(order: Order, answer: OrderAnswer) -> Iterator[Finding]:
    if answer.order_number not in order.numbers():
        yield _wrong_order(order, answer.order_number, answer.place)
        return
    if strange := _strange_sender(order, answer.sender, answer.place):
        yield strange
        return
    if answer.order_version is not None and answer.order_version != order.version:
        problem = marked(
            "This answers version %(theirs)s of the order; the newest is version %(ours)s. Answer that one.",
            theirs=str(answer.order_version),
            ours=str(order.version),
        )
        yield Finding(FindingKind.OTHER_VERSION, answer.place, problem)
    yield from _currency(order, answer.currency, answer.place)
    lines = _Lines(order, answer.order_number)
    told: dict[int, int] = defaultdict(int)
    for one in answer.lines:
        line, fault = lines.named(one)
        if fault or line is None:
            yield from fault or ()
            continue
        same = one.status is LineStatus.SUBSTITUTED or not one.sku or not line.sku or _alike(one.sku, line.sku)
        if one.line is not None and not same:
            yield _other_item(one, line)
        if one.quantity is None:
            continue
        cases = one.quantity.cases(line.case_size, line.unit)
        if cases is None:
            yield _wrong_unit(one, line)
        elif one.status not in _MAY_RAISE:
            told[line.line] += cases
            if told[line.line] > line.cases >= told[line.line] - cases:
                yield _too_many(one.place, line, told[line.line])
    expected = lines.total_cents
    if answer.total_cents is not None and answer.whole is Whole.ACCEPTED and answer.total_cents != expected:
        yield _wrong_total(answer.place, answer.total_cents, expected)


def _of_shipment(order: Order, shipment: Shipment) -> Iterator[Finding]:
    ours = order.numbers()
    if not any(one.order_number in ours for one in shipment.lines):
        named = min(shipment.order_numbers(), default="")
        place = shipment.lines[0].place if shipment.lines else shipment.place
        yield _wrong_order(order, named, place)
        return
    if strange := _strange_sender(order, shipment.sender, shipment.place):
        yield strange
        return
    sent: dict[int, int] = defaultdict(int)
    for one in shipment.lines:
        if one.order_number in ours:
            yield from _delivered(_Lines(order, one.order_number), one, sent)


def _of_invoice(order: Order, invoice: Invoice) -> Iterator[Finding]:
    if invoice.order_number not in order.numbers():
        yield _wrong_order(order, invoice.order_number, invoice.place)
        return
    if strange := _strange_sender(order, invoice.sender, invoice.place):
        yield strange
        return
    yield from _currency(order, invoice.currency, invoice.place)
    lines = _Lines(order, invoice.order_number)
    billed: dict[int, int] = defaultdict(int)
    for one in invoice.lines:
        yield from _delivered(lines, one, billed)
        if one.price is not None:
            expected = int((one.price * one.quantity.number * 100).quantize(Decimal(1), ROUND_HALF_UP))
            if abs(expected - one.amount_cents) > 1:
                problem = marked(
                    "%(number)s at %(price)s come to %(expected)s, not %(amount)s. Correct the line.",
                    number=one.quantity.number,
                    price=f"{one.price:f}",
                    expected=money_text(expected),
                    amount=money_text(one.amount_cents),
                )
                yield Finding(FindingKind.WRONG_AMOUNT, one.place, problem)
    expected = sum(one.amount_cents for one in invoice.lines) + sum(one.amount_cents for one in invoice.charges)
    if expected != invoice.total_cents:
        yield _wrong_total(invoice.total_place, invoice.total_cents, expected)


def _delivered(lines: "_Lines", one: ShippedLine | InvoicedLine, so_far: dict[int, int]) -> Iterator[Finding]:
    """Check a line that says how much of an ordered line was sent or billed."""
    line, fault = lines.named(one)
    if fault or line is None:
        yield from fault or ()
        return
    if one.line is not None and one.sku and line.sku and not _alike(one.sku, line.sku):
        yield _other_item(one, line)
    cases = one.quantity.cases(line.case_size, line.unit)
    if cases is None:
        yield _wrong_unit(one, line)
        return
    before, so_far[line.line] = so_far[line.line], so_far[line.line] + cases
    if so_far[line.line] > line.cases >= before:
        yield _too_many(one.place, line, so_far[line.line])


_Incoming = AnsweredLine | ShippedLine | InvoicedLine


class _Lines:
    """The lines of an order that a document may name under one of its numbers."""

    def __init__(self, order: Order, number: str) -> None:
        whole = number == order.number
        self.lines = {one.line: one for one in order.lines if whole or one.point == number}
        self._by_sku: dict[str, list[OrderLine]] = defaultdict(list)
        for one in self.lines.values():
            self._by_sku[_plain(one.sku)].append(one)
        self._points = {point.number for point in order.points}

    @property
    def total_cents(self) -> int:
        return sum(one.amount_cents for one in self.lines.values())

    def named(self, one: _Incoming) -> tuple[OrderLine | None, tuple[Finding, ...]]:
        """Return the ordered line that is meant, or why there is none."""
        if one.line is not None:
            line = self.lines.get(one.line)
            if line is None:
                problem = marked(
                    "The order has no line %(line)s. Give the order's own line numbers.", line=str(one.line)
                )
                return None, (Finding(FindingKind.UNKNOWN_LINE, one.place, problem),)
            return line, ()
        found = self._by_sku.get(_plain(one.sku), []) if one.sku else []
        if len(found) > 1 and one.order_number in self._points:
            found = [line for line in found if line.point == one.order_number]
        if len(found) == 1:
            return found[0], ()
        if found:
            problem = marked(
                'Item "%(sku)s" is on several lines of the order. Give the line\'s number too.', sku=one.sku[:60]
            )
        elif one.sku:
            problem = marked('The order has no item "%(sku)s". Give the order\'s own item numbers.', sku=one.sku[:60])
        else:
            problem = marked("It names no line and no item. Give the line's number.")
        return None, (Finding(FindingKind.UNKNOWN_LINE, one.place, problem),)


def _plain(sku: str) -> str:
    """An item number for comparing: vendors' systems drop hyphens, spaces and leading zeros."""
    bare = "".join(letter for letter in sku.upper() if letter.isalnum())
    return bare.lstrip("0") or bare


def _alike(sku: str, other: str) -> bool:
    return _plain(sku) == _plain(other)


def _strange_sender(order: Order, sender: Sender, place: Place) -> Finding | None:
    """Compare what both sides say of the vendor's address and number; where nothing can be compared, nothing is found."""
    mailbox, number = order.vendor.mailbox, order.vendor.number
    compared = [
        (mailbox.number if mailbox else "", sender.mailboxes),
        (number, sender.numbers),
    ]
    known = [(ours.casefold(), [one.casefold() for one in theirs]) for ours, theirs in compared if ours and theirs]
    if not known or any(ours in theirs for ours, theirs in known):
        return None
    problem = marked(
        "It comes from %(sender)s, but the order went to %(vendor)s. Send it from the address that the order went to.",
        sender=sender.name or ", ".join((*sender.mailboxes, *sender.numbers))[:80],
        vendor=order.vendor.name,
    )
    return Finding(FindingKind.OTHER_VENDOR, place, problem)


def _wrong_order(order: Order, named: str, place: Place) -> Finding:
    problem = marked(
        'It is for order "%(theirs)s", not for %(ours)s. Give the number that stands on the order.',
        theirs=named[:60],
        ours=order.number,
    )
    return Finding(FindingKind.WRONG_ORDER, place, problem)


def _currency(order: Order, currency: str, place: Place) -> Iterator[Finding]:
    if currency and currency.upper() != order.currency:
        problem = marked(
            "It is in %(theirs)s, but the order is in %(ours)s. Send it in the order's currency.",
            theirs=currency[:10],
            ours=order.currency,
        )
        yield Finding(FindingKind.OTHER_CURRENCY, place, problem)


def _other_item(one: _Incoming, line: OrderLine) -> Finding:
    problem = marked(
        'Line %(line)s of the order is item "%(ours)s", not "%(theirs)s". Say so as a substitution, or correct the line.',
        line=str(line.line),
        ours=line.sku,
        theirs=one.sku[:60],
    )
    return Finding(FindingKind.OTHER_ITEM, one.place, problem)


def _wrong_unit(one: _Incoming, line: OrderLine) -> Finding:
    quantity = one.quantity
    problem = marked(
        "%(number)s %(unit)s are not whole cases of %(size)s. Give the quantity in cases.",
        number=quantity.number if quantity else 0,
        unit=quantity.unit.names[0] if quantity else "",
        size=line.case_size,
    )
    return Finding(FindingKind.WRONG_UNIT, one.place, problem)


def _too_many(place: Place, line: OrderLine, cases: int) -> Finding:
    problem = marked(
        "Line %(line)s: %(cases)s cases, but %(ordered)s were ordered. Correct the quantity.",
        line=str(line.line),
        cases=cases,
        ordered=line.cases,
    )
    return Finding(FindingKind.TOO_MANY, place, problem)


def _wrong_total(place: Place, total: int, expected: int) -> Finding:
    problem = marked(
        "The total is %(total)s, but the lines and charges come to %(expected)s. Correct the total or the lines.",
        total=money_text(total),
        expected=money_text(expected),
    )
    return Finding(FindingKind.WRONG_TOTAL, place, problem)
