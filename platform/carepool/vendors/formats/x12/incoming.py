"""What vendors send in X12: 855 acknowledgment, 856 ship notice, 810 invoice, 997 receipt."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from carepool.sentences import marked
from carepool.vendors.documents.answer import AnsweredLine, OrderAnswer, Whole
from carepool.vendors.documents.faults import BadDocument, Place
from carepool.vendors.documents.invoice import Charge, ChargeKind, Invoice, InvoicedLine
from carepool.vendors.documents.parties import Sender
from carepool.vendors.documents.receipt import Receipt, ReceivedFault, ReceivedSet
from carepool.vendors.documents.shipment import Shipment, ShippedLine
from carepool.vendors.documents.statuses import LineStatus, status_of_code
from carepool.vendors.documents.units import EACH, Quantity, unit_of_x12
from carepool.vendors.formats.charges import kind_of_charge
from carepool.vendors.formats.values import (
    LineCount,
    cents_at,
    compact_date_at,
    line_number_at,
    number_at,
    price_at,
    quantity_at,
)
from carepool.vendors.formats.x12.envelopes import Envelope
from carepool.vendors.formats.x12.segments import Segment

#: Element 587.
_WHOLES = {
    "AC": Whole.CHANGED,
    "AD": Whole.ACCEPTED,
    "AE": Whole.CHANGED,
    "AH": Whole.RECEIVED,
    "AK": Whole.ACCEPTED,
    "AP": Whole.ACCEPTED,
    "AT": Whole.ACCEPTED,
    "NA": Whole.RECEIVED,
    "RD": Whole.REJECTED,
    "RF": Whole.REJECTED,
    "RJ": Whole.REJECTED,
    "RO": Whole.REJECTED,
    "ZZ": Whole.RECEIVED,
}
_VENDORS = frozenset({"VN", "SE", "SU", "RE", "RI", "SF", "II"})
"""Entity codes (98) of the vendor; the first three count before the others."""
_SKUS = ("VN", "VC", "VP", "SK")
"""Qualifiers (235) of the vendor's item number, best first."""
_SHIPS = frozenset({"010", "011", "038", "068", "079"})
_ARRIVES = frozenset({"002", "017", "035", "067", "069"})
"""Date qualifiers (374)."""
_TRACKING = frozenset({"BM", "CN", "2I"})
_REJECTED_SET = frozenset("MRWX")
_CREDITS = frozenset({"CR", "CN"})
_MOST_ALIKE = 100
_NO_ORDER = marked("It does not name the order's number.")


@dataclass
class _Head:
    """What stands before the lines."""

    sender: Sender
    currency: str = ""
    version: int | None = None
    notes: list[str] = field(default_factory=list)
    _best: int = 9

    def take(self, segment: Segment) -> None:
        """Remember a segment that says something of the whole."""
        if segment.id == "CUR":
            self.currency = segment.get(2)
        elif segment.id == "REF" and segment.get(1) == "ZZ" and segment.get(2) == "VERSION":
            self.version = line_number_at(segment.place(3), segment.get(3))
        elif segment.id == "N1" and segment.get(1) in _VENDORS:
            rank = 0 if segment.get(1) in ("VN", "SE", "SU") else 1
            number = segment.get(4)
            numbers = (*self.sender.numbers, number) if number and rank == 0 else self.sender.numbers
            name = segment.get(2) if rank < self._best and segment.get(2) else self.sender.name
            self._best = min(self._best, rank)
            self.sender = replace(self.sender, name=name, numbers=numbers[:_MOST_ALIKE])
        elif segment.id in ("MSG", "MTX", "NTE") and len(self.notes) < _MOST_ALIKE:
            self.notes.append(segment.get(1 if segment.id == "MSG" else 2))


def read_answer(envelope: Envelope, body: Iterator[Segment]) -> OrderAnswer:
    """Read an 855. Raises BadDocument."""
    begin = _begin(envelope, body, "BAK")
    whole = _WHOLES.get(begin.get(2))
    if whole is None:
        raise BadDocument(
            begin.place(2), marked('"%(code)s" is no kind of acknowledgment (element 587).', code=begin.get(2)[:20])
        )
    head, reading, count = _head(envelope), _Answering(whole), LineCount()
    total: int | None = None
    for segment in body:
        if segment.id == "PO1":
            count.one_more(segment.place())
            reading.next_line(segment)
        elif segment.id == "CTT":
            reading.finish()
        elif segment.id == "AMT" and segment.get(1) == "TT":
            total = cents_at(segment.place(2), segment.get(2))
        elif reading.line is not None:
            reading.take(segment)
        else:
            head.take(segment)
    reading.finish()
    return OrderAnswer(
        order_number=_order_number(begin, 3),
        whole=whole,
        lines=tuple(reading.lines),
        number=begin.get(8),
        answered_on=_date(begin, 9) or _date(begin, 4),
        order_version=head.version,
        sender=head.sender,
        currency=head.currency,
        total_cents=total,
        note=" ".join(head.notes),
        place=begin.place(3),
    )


class _Answering:
    """The lines of an 855: each PO1 with the ACK segments that follow it."""

    def __init__(self, whole: Whole) -> None:
        self.lines: list[AnsweredLine] = []
        self.line: Segment | None = None
        self._whole = whole
        self._acks: list[AnsweredLine] = []
        self._notes: list[str] = []

    def next_line(self, segment: Segment) -> None:
        self.finish()
        self.line = segment

    def take(self, segment: Segment) -> None:
        if segment.id == "ACK":
            self._acks.append(self._acked(segment))
        elif segment.id == "DTM" and self._acks:
            self._acks[-1] = _dated(self._acks[-1], segment.get(1), _date(segment, 2))
        elif segment.id in ("MSG", "MTX") and len(self._notes) < _MOST_ALIKE:
            self._notes.append(segment.get(1 if segment.id == "MSG" else 2))

    def finish(self) -> None:
        """Keep what the line that was read says; a line without ACK is as the whole is."""
        if self.line is None:
            return
        if not self._acks:
            if self._whole is Whole.RECEIVED:
                status = LineStatus.HELD
            else:
                status = LineStatus.REJECTED if self._whole is Whole.REJECTED else LineStatus.ACCEPTED
            quantity = _quantity(self.line, 2, 3) if self.line.get(2) else None
            self._acks.append(self._line(status, quantity, self.line.place()))
        if self._notes:
            note = " ".join(self._notes)
            self._acks = [replace(one, note=note) for one in self._acks]
        self.lines += self._acks
        self.line, self._acks, self._notes = None, [], []

    def _acked(self, segment: Segment) -> AnsweredLine:
        status = status_of_code(segment.get(1))
        if status is None:
            problem = marked('"%(code)s" is no line status (element 668), such as IA.', code=segment.get(1)[:20])
            raise BadDocument(segment.place(1), problem)
        quantity = None
        if segment.get(2):
            unit = segment.get(3) or (self.line.get(3) if self.line else "")
            quantity = quantity_at(segment.place(2), segment.get(2), unit_of_x12(unit) if unit else EACH, unit)
        line = self._line(status, quantity, segment.place())
        if status is LineStatus.SUBSTITUTED:
            line = replace(line, substitute_sku=_sku(segment, 7))
        return _dated(line, segment.get(4), _date(segment, 5))

    def _line(self, status: LineStatus, quantity: Quantity | None, place: Place) -> AnsweredLine:
        line = self.line
        if line is None:
            raise BadDocument(place, marked("An ACK segment stands before any PO1."))
        price = price_at(line.place(4), line.get(4)) if line.get(4) else None
        return AnsweredLine(
            line=_line_number(line, 1), status=status, sku=_sku(line, 6), quantity=quantity, price=price, place=place
        )


def read_shipment(envelope: Envelope, body: Iterator[Segment]) -> Shipment:
    """Read an 856 in any of its structures: orders are HL levels O, items are levels I. Raises BadDocument."""
    begin = _begin(envelope, body, "BSN")
    head, count = _head(envelope), LineCount()
    orders: dict[str, str] = {}
    lines: list[ShippedLine] = []
    tracking: list[str] = []
    carrier, shipped, arrives = "", None, None
    level, order, item, lot = "", "", None, ""
    hl: Segment | None = None
    number = ""
    for segment in body:
        if segment.id == "HL":
            count.one_more(segment.place())
            hl, level, item, lot = segment, segment.get(3), None, ""
            number = segment.get(1)
            order = orders.get(segment.get(2), order if level == "I" else "")
            if level != "I":
                orders[number] = order
        elif segment.id == "PRF":
            order = segment.get(1)
            orders[number] = order
        elif segment.id == "LIN" and level == "I":
            item = segment
            lot = next((value for qualifier, value in segment.pairs(2) if qualifier == "LT"), "")
        elif segment.id == "REF" and segment.get(1) == "LT":
            lot = segment.get(2)
        elif segment.id == "SN1" and hl is not None:
            lines.append(_shipped(segment, item, order, lot))
        elif segment.id == "REF" and segment.get(1) in _TRACKING:
            if len(tracking) < _MOST_ALIKE:
                tracking.append(segment.get(2))
        elif segment.id == "TD5":
            carrier = carrier or segment.get(5) or segment.get(3)
        elif segment.id == "DTM" and level in ("", "S"):
            if segment.get(1) in _SHIPS:
                shipped = _date(segment, 2)
            elif segment.get(1) in _ARRIVES:
                arrives = _date(segment, 2)
        else:
            head.take(segment)
    if not begin.get(2):
        raise BadDocument(begin.place(2), marked("It has no number of the shipment."))
    return Shipment(
        number=begin.get(2),
        lines=tuple(lines),
        shipped_on=shipped,
        arrives_on=arrives,
        carrier=carrier,
        tracking=tuple(dict.fromkeys(tracking)),
        sender=head.sender,
        note=" ".join(head.notes),
        place=begin.place(2),
    )


def read_invoice(envelope: Envelope, body: Iterator[Segment]) -> Invoice:
    """Read an 810. TDS01 and SAC05 have implied decimals: they are cents. Raises BadDocument."""
    begin = _begin(envelope, body, "BIG")
    if not begin.get(2):
        raise BadDocument(begin.place(2), marked("It has no number of the invoice."))
    head, count = _head(envelope), LineCount()
    lines: list[InvoicedLine] = []
    charges: list[Charge] = []
    total: tuple[int, Place] | None = None
    due: date | None = None
    invoiced = _date(begin, 1)
    for segment in body:
        if segment.id == "IT1":
            count.one_more(segment.place())
            lines.append(_invoiced(segment))
        elif segment.id == "PID" and lines and not lines[-1].name:
            lines[-1] = replace(lines[-1], name=segment.get(5))
        elif segment.id == "SAC":
            charges += _charge(segment)
        elif segment.id == "TXI" and segment.get(2):
            charges.append(Charge(ChargeKind.TAX, cents_at(segment.place(2), segment.get(2))))
        elif segment.id == "TDS":
            total = _implied_cents(segment, 1), segment.place(1)
        elif segment.id == "ITD":
            due = _date(segment, 6) or due or _days_later(invoiced, segment, 7)
        else:
            head.take(segment)
        if len(charges) > _MOST_ALIKE:
            raise BadDocument(segment.place(), marked("It has more than %(most)s charges.", most=_MOST_ALIKE))
    if total is None:
        raise BadDocument(envelope.place, marked("It has no TDS segment with the total."))
    return Invoice(
        number=begin.get(2),
        order_number=_order_number(begin, 4),
        lines=tuple(lines),
        total_cents=total[0],
        invoiced_on=invoiced,
        due_on=due,
        charges=tuple(charges),
        currency=head.currency,
        sender=head.sender,
        credit=begin.get(7) in _CREDITS,
        note=" ".join(head.notes),
        place=begin.place(4),
        total_place=total[1],
    )


def read_receipt(envelope: Envelope, body: Iterator[Segment]) -> Receipt:
    """Read a 997. Raises BadDocument."""
    begin = _begin(envelope, body, "AK1")
    control = line_number_at(begin.place(2), begin.get(2))
    sets: list[ReceivedSet] = []
    faults: list[ReceivedFault] = []
    current: Segment | None = None
    faulty: Segment | None = None
    accepted: bool | None = None
    count = LineCount()
    for segment in body:
        count.one_more(segment.place())
        if segment.id == "AK2":
            current, faulty, faults = segment, None, []
        elif segment.id == "AK3":
            faulty = segment
            position = line_number_at(segment.place(2), segment.get(2))
            if segment.get(4):
                faults.append(ReceivedFault(segment.get(1), position, segment.get(4)))
        elif segment.id == "AK4" and faulty is not None:
            element = line_number_at(segment.place(1), segment.get(1).split(">")[0].split(":")[0])
            position = line_number_at(faulty.place(2), faulty.get(2))
            faults.append(ReceivedFault(faulty.get(1), position, segment.get(3), element))
        elif segment.id == "AK5" and current is not None:
            taken = segment.get(1) not in _REJECTED_SET
            number = line_number_at(current.place(2), current.get(2))
            sets.append(ReceivedSet(current.get(1), number, taken, tuple(faults)))
            current = None
        elif segment.id == "AK9":
            accepted = segment.get(1) in ("A", "E")
    if accepted is None:
        raise BadDocument(envelope.place, marked("It has no AK9 segment that says whether the group was taken."))
    return Receipt(control, accepted, tuple(sets), envelope.sender, begin.place(2))


def _begin(envelope: Envelope, body: Iterator[Segment], name: str) -> Segment:
    found = next(body, None)
    if found is None or found.id != name:
        place = found.place() if found else envelope.place
        raise BadDocument(place, marked("Here a segment %(name)s is due.", name=name))
    return found


def _head(envelope: Envelope) -> _Head:
    ids = (envelope.sender, envelope.group_sender)
    return _Head(Sender(mailboxes=tuple(dict.fromkeys(one for one in ids if one))))


def _order_number(segment: Segment, element: int) -> str:
    found = segment.get(element)
    if not found:
        raise BadDocument(segment.place(element), _NO_ORDER)
    return found


def _line_number(segment: Segment, element: int) -> int | None:
    """The order's line number, where the vendor sends it back; other assigned ids are its own."""
    text = segment.get(element)
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) <= 9 and int(text) else None


def _quantity(segment: Segment, element: int, unit_element: int) -> Quantity:
    unit = segment.get(unit_element)
    return quantity_at(segment.place(element), segment.get(element), unit_of_x12(unit) if unit else EACH, unit)


def _sku(segment: Segment, first: int) -> str:
    found = dict(reversed(list(segment.pairs(first))))
    return next((found[one] for one in _SKUS if one in found), "")


def _date(segment: Segment, element: int) -> date | None:
    text = segment.get(element)
    return compact_date_at(segment.place(element), text) if text else None


def _dated(line: AnsweredLine, qualifier: str, day: date | None) -> AnsweredLine:
    if day is None:
        return line
    if qualifier in _SHIPS:
        return replace(line, ships_on=day)
    return replace(line, arrives_on=day) if qualifier in _ARRIVES else line


def _shipped(segment: Segment, item: Segment | None, order: str, lot: str) -> ShippedLine:
    if not order:
        raise BadDocument(segment.place(), _NO_ORDER)
    line = _line_number(item, 1) if item else None
    return ShippedLine(
        order_number=order,
        line=_line_number(segment, 1) if line is None else line,
        quantity=_quantity(segment, 2, 3),
        sku=_sku(item, 2) if item else "",
        lot=lot,
        place=segment.place(),
    )


def _invoiced(segment: Segment) -> InvoicedLine:
    quantity = _quantity(segment, 2, 3)
    if not segment.get(4):
        raise BadDocument(segment.place(4), marked("The line has no price."))
    price = price_at(segment.place(4), segment.get(4))
    cents = int((price * quantity.number * 100).quantize(Decimal(1), ROUND_HALF_UP))
    return InvoicedLine(
        line=_line_number(segment, 1),
        quantity=quantity,
        amount_cents=cents,
        sku=_sku(segment, 6),
        price=price,
        place=segment.place(),
    )


def _charge(segment: Segment) -> Iterator[Charge]:
    kind, words = segment.get(1), segment.get(15)
    if kind not in ("A", "C", "P") or not segment.get(5):
        return
    cents = _implied_cents(segment, 5)
    if kind == "C":
        yield Charge(kind_of_charge(segment.get(2), words), cents, words)
    else:
        yield Charge(ChargeKind.ALLOWANCE, -abs(cents), words)


def _implied_cents(segment: Segment, element: int) -> int:
    """An amount of type N2: whole cents without a point."""
    text = segment.get(element)
    if "." in text:
        problem = marked(
            '"%(text)s" has a point, but this element counts cents. Write 12345 for 123.45.', text=text[:40]
        )
        raise BadDocument(segment.place(element), problem)
    number = number_at(segment.place(element), text)
    return cents_at(segment.place(element), str(number / 100))


def _days_later(start: date | None, segment: Segment, element: int) -> date | None:
    days = segment.get(element)
    return start + timedelta(days=int(days)) if start and days.isascii() and days.isdigit() and len(days) < 4 else None
