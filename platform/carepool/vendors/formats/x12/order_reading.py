"""An 850 as this system writes it, read back: what a mirror, a test or a second state's system needs."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from carepool.quantities import Cases, Eaches
from carepool.sentences import marked
from carepool.vendors.documents.faults import BadDocument
from carepool.vendors.documents.order import DeliveryPoint, Order, OrderLine
from carepool.vendors.documents.parties import Address, Contact, Mailbox, Party
from carepool.vendors.documents.units import unit_of_x12
from carepool.vendors.formats.values import (
    LineCount,
    cents_at,
    compact_date_at,
    line_number_at,
    quantity_at,
)
from carepool.vendors.formats.x12.envelopes import Envelope
from carepool.vendors.formats.x12.segments import Segment
from carepool.vendors.formats.x12.writing import DUNS_QUALIFIER, DUNS_SCHEME, timestamp

_GTINS = {"UP", "EN", "UK"}


@dataclass
class _Read:
    """What was read so far."""

    texts: dict[str, list[str]] = field(default_factory=dict)
    parties: dict[str, Party] = field(default_factory=dict)
    points: list[DeliveryPoint] = field(default_factory=list)
    lines: list[OrderLine] = field(default_factory=list)
    currency: str = "USD"
    contract: str = ""
    version: int = 1
    terms: str = ""
    net_days: int | None = None
    issued_at: datetime | None = None
    cutoff_at: datetime | None = None
    deliver_on: date | None = None
    #: The party, point or line that the next segments tell of.
    code: str = ""
    said: str = ""


def read_order(envelope: Envelope, body: Iterator[Segment]) -> Order:
    """Read an 850 that this system wrote. Raises BadDocument."""
    begin = next(body, None)
    if begin is None or begin.id != "BEG" or not begin.get(3):
        raise BadDocument(envelope.place, marked("Here a segment %(name)s is due.", name="BEG"))
    found, count = _Read(), LineCount()
    for segment in body:
        if segment.id == "PO1":
            count.one_more(segment.place())
            found.code = "line"
            found.lines.append(_line(segment))
        elif found.lines:
            _of_line(found, segment)
        elif found.code:
            _of_party(found, segment)
        else:
            _of_head(found, segment)
    day = compact_date_at(begin.place(5), begin.get(5))
    issued = found.issued_at or datetime(day.year, day.month, day.day, tzinfo=UTC)
    buyer, vendor = found.parties.get("BY"), found.parties.get("VN")
    if buyer is None or vendor is None or not found.points:
        raise BadDocument(envelope.place, marked("It does not say who buys, who sells and where to deliver."))
    first = found.points[0].number
    try:
        return Order(
            number=begin.get(3),
            version=found.version,
            issued_at=issued,
            buyer=replace(buyer, mailbox=_mailbox(envelope.sender, envelope.sender_qualifier)),
            vendor=replace(vendor, mailbox=_mailbox(envelope.receiver, envelope.receiver_qualifier)),
            points=tuple(found.points),
            lines=tuple(line if line.point else replace(line, point=first) for line in found.lines),
            currency=found.currency,
            bill_to=found.parties.get("BT"),
            remit_to=found.parties.get("RI"),
            contract=found.contract,
            cutoff_at=found.cutoff_at,
            deliver_on=found.deliver_on,
            terms=found.terms,
            net_days=found.net_days,
            tax_exemption=" ".join(found.texts.get("TAX", ())),
            notes=" ".join(found.texts.get("NOTES", ())),
            link="".join(found.texts.get("LINK", ())),
        )
    except ValueError as error:
        raise BadDocument(envelope.place, marked("Its lines and delivery points do not fit together.")) from error


def _of_head(found: _Read, segment: Segment) -> None:
    if segment.id == "CUR":
        found.currency = segment.get(2)
    elif segment.id == "REF" and segment.get(1) == "CT":
        found.contract = segment.get(2)
    elif segment.id == "REF" and segment.get(2) == "VERSION":
        found.version = line_number_at(segment.place(3), segment.get(3))
    elif segment.id == "PER":
        found.parties["contact"] = Party("", contact=_contact(segment))
    elif segment.id == "ITD":
        found.terms = segment.get(12)
        found.net_days = int(number) if (number := segment.get(7)).isdigit() else None
    elif segment.id == "DTM" and segment.get(1) == "097":
        found.issued_at = timestamp(segment.get(2), segment.get(3))
    elif segment.id == "DTM" and segment.get(1) == "002":
        found.deliver_on = compact_date_at(segment.place(2), segment.get(2))
    elif segment.id == "N9" and segment.get(2) == "CUTOFF":
        found.cutoff_at = timestamp(segment.get(4), segment.get(5))
    elif segment.id == "N9":
        found.said = segment.get(2)
    elif segment.id == "MSG":
        found.texts.setdefault(found.said, []).append(segment.get(1))
    elif segment.id == "N1":
        _of_party(found, segment)


def _of_party(found: _Read, segment: Segment) -> None:
    if segment.id == "N1":
        found.code = segment.get(1)
        if found.code == "ST":
            found.points.append(DeliveryPoint(segment.get(4), segment.get(2)))
        else:
            known = found.parties.get("contact") if found.code == "BY" else None
            contact = known.contact if known else Contact()
            found.parties[found.code] = Party(segment.get(2), segment.get(4), contact=contact)
        return
    if found.code == "ST":
        found.points[-1] = _point_with(found.points[-1], segment)
        return
    party = found.parties[found.code]
    if segment.id == "N2":
        party = replace(party, name=_joined(party.name, *(segment.get(one) for one in (1, 2))))
    elif segment.id == "PER":
        party = replace(party, contact=_contact(segment))
    found.parties[found.code] = replace(party, address=_address_with(party.address, segment))


def _point_with(point: DeliveryPoint, segment: Segment) -> DeliveryPoint:
    if segment.id == "N2":
        return replace(point, name=_joined(point.name, *(segment.get(one) for one in (1, 2))))
    if segment.id == "REF" and segment.get(1) == "DK":
        return replace(point, dock=segment.get(2))
    if segment.id == "REF" and segment.get(2) == "HOURS":
        return replace(point, hours=_joined(point.hours, segment.get(3)))
    if segment.id == "PER":
        return replace(point, contact=_contact(segment))
    return replace(point, address=_address_with(point.address, segment))


def _address_with(address: Address, segment: Segment) -> Address:
    if segment.id == "N3":
        return replace(address, street=segment.get(1), street_2=segment.get(2))
    if segment.id == "N4":
        city, state, code, country = (segment.get(one) for one in (1, 2, 3, 4))
        return replace(address, city=city, state=state, zip=code, country=country or "US")
    return address


def _contact(segment: Segment) -> Contact:
    ways = dict(segment.pairs(3))
    return Contact(segment.get(2), ways.get("EM", ""), ways.get("TE", ""))


def _line(segment: Segment) -> OrderLine:
    ids = dict(segment.pairs(6))
    unit = unit_of_x12(segment.get(3))
    quantity = quantity_at(segment.place(2), segment.get(2), unit, segment.get(3))
    gtin = next((value for qualifier, value in ids.items() if qualifier in _GTINS), "")
    return OrderLine(
        line=line_number_at(segment.place(1), segment.get(1)),
        point="",
        sku=ids.get("VN", ""),
        name="",
        cases=Cases(quantity.number),
        case_size=Eaches(1),
        price_cents=cents_at(segment.place(4), segment.get(4)),
        unit=quantity.unit,
        gtin=gtin[6:] if len(gtin) == 14 and gtin.startswith("000000") else gtin,
    )


def _of_line(found: _Read, segment: Segment) -> None:
    line = found.lines[-1]
    if segment.id == "PID":
        line = replace(line, name=_joined(line.name, segment.get(5)))
    elif segment.id == "PO4":
        line = replace(line, case_size=Eaches(line_number_at(segment.place(1), segment.get(1))))
    elif segment.id == "REF" and segment.get(2) == "UNIT":
        line = replace(line, unit_text=_joined(line.unit_text, segment.get(3)))
    elif segment.id == "N1" and segment.get(1) == "ST":
        line = replace(line, point=segment.get(4))
    found.lines[-1] = line


def _mailbox(number: str, qualifier: str) -> Mailbox:
    return Mailbox(number, DUNS_SCHEME if qualifier == DUNS_QUALIFIER else "")


def _joined(*pieces: str) -> str:
    return " ".join(piece for piece in pieces if piece)
