"""An order as an X12 850 (004010) in an interchange of its own.

Codes that others agree on are used where there are any; the rest travels in REF and N9 segments that name themselves:
`REF*ZZ*VERSION`, `REF*ZZ*HOURS` and `REF*ZZ*UNIT`, `N9*ZZ*CUTOFF`, and `N9*L1` with `NOTES`, `TAX` or `LINK` before MSG.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from carepool.sentences import marked
from carepool.tabular.columns import unaccented
from carepool.vendors.documents.faults import CannotWrite
from carepool.vendors.documents.order import DeliveryPoint, Order, OrderLine
from carepool.vendors.documents.parties import Address, Contact, Mailbox, Party
from carepool.vendors.formats.sending import Sending
from carepool.vendors.formats.values import clean, decimal_text
from carepool.vendors.formats.words import CANCELED

SEPARATOR, COMPONENT, END = "*", ">", "~"
VERSION = "004010"
DUNS_SCHEME, DUNS_QUALIFIER, AGREED_QUALIFIER = "0060", "01", "ZZ"
_CODE = str.maketrans(dict.fromkeys(f"{SEPARATOR}{COMPONENT}{END}^", " "))
_ESCAPED = {letter: f"%{ord(letter):02X}" for letter in f"{SEPARATOR}{COMPONENT}{END}^"}
"""An address of a page keeps its separators as percent signs and numbers."""
_PURPOSES = {(False, True): "00", (False, False): "05", (True, False): "01", (True, True): "01"}
"""Element 353 by whether the order is canceled and is the first that the vendor has: original, replace, cancellation."""
_NAME, _STREET, _CITY, _DESCRIPTION, _MESSAGE, _REFERENCE = 60, 55, 30, 80, 264, 30
_SET_CONTROL = "0001"
_LONGEST_NUMBER, _LONGEST_SKU, _LONGEST_ZIP = 22, 48, 15


def write_order(order: Order, sending: Sending) -> bytes:
    """Return the order as one interchange. Raises CannotWrite where a number is longer than X12 lets it be."""
    for number in order.numbers():
        if len(plain(number)) > _LONGEST_NUMBER:
            problem = marked(
                "The order's number %(number)s is longer than %(most)s letters.", number=number, most=_LONGEST_NUMBER
            )
            raise CannotWrite(problem)
    body = list(_body(order))
    at = order.issued_at.astimezone(UTC)
    sender, receiver = _id(order.buyer), _id(order.vendor)
    control = str(sending.control)
    isa = _join(
        "ISA", "00", " " * 10, "00", " " * 10, _qualifier(order.buyer.mailbox), sender.ljust(15),
        _qualifier(order.vendor.mailbox), receiver.ljust(15), f"{at:%y%m%d}", f"{at:%H%M}", "U", "00401",
        control.zfill(9), "0", "T" if sending.test else "P", COMPONENT,
    )  # fmt: skip
    made = [
        isa,
        _join("GS", "PO", sender, receiver, f"{at:%Y%m%d}", f"{at:%H%M}", control, "X", VERSION),
        _join("ST", "850", _SET_CONTROL),
        *body,
        _join("SE", str(len(body) + 2), _SET_CONTROL),
        _join("GE", "1", control),
        _join("IEA", "1", control.zfill(9)),
    ]
    return "".join(f"{one}{END}\n" for one in made).encode("ascii")


def plain(text: str) -> str:
    """Return a text in X12's letters: ASCII without accents and separators."""
    if not text.isascii():
        text = unaccented(clean(text)).encode("ascii", "replace").decode()
    return clean(text.translate(_CODE))


def chunks(text: str, most: int) -> Iterator[str]:
    """Yield a text in pieces of at most so many letters, broken between words where there are any."""
    rest = plain(text)
    while len(rest) > most:
        cut = rest.rfind(" ", 0, most + 1)
        cut = cut if cut > 0 else most
        yield rest[:cut].rstrip()
        rest = rest[cut:].lstrip()
    if rest:
        yield rest


def cut(text: str, most: int) -> str:
    """Return a text in X12's letters, of at most so many."""
    return plain(text)[:most].rstrip()


def _body(order: Order) -> Iterator[str]:
    at = order.issued_at.astimezone(UTC)
    yield _segment("BEG", _PURPOSES[order.canceled, not order.before], "SA", order.number, "", f"{at:%Y%m%d}")
    yield _segment("CUR", "BY", order.currency)
    if contract := cut(order.contract, _REFERENCE):
        yield _segment("REF", "CT", contract)
    yield _segment("REF", "ZZ", "VERSION", str(order.version))
    yield from _contact("BD", order.buyer.contact)
    if order.terms or order.net_days is not None:
        kind = "05" if order.net_days is not None else "14"
        days = "" if order.net_days is None else str(order.net_days)
        terms = next(chunks(order.terms, _DESCRIPTION), "")
        yield _segment("ITD", kind, "3", "", "", "", "", days, "", "", "", "", terms)
    yield _segment("DTM", "097", f"{at:%Y%m%d}", f"{at:%H%M%S}", "UT")
    if order.deliver_on is not None:
        yield _segment("DTM", "002", f"{order.deliver_on:%Y%m%d}")
    if order.cutoff_at is not None:
        cutoff = order.cutoff_at.astimezone(UTC)
        yield _segment("N9", "ZZ", "CUTOFF", "", f"{cutoff:%Y%m%d}", f"{cutoff:%H%M%S}", "UT")
    link = "".join(_ESCAPED.get(letter, letter) for letter in order.link)
    notes = " ".join(filter(None, (CANCELED if order.canceled else "", order.notes)))
    for name, text in (("TAX", order.tax_exemption), ("LINK", link), ("NOTES", notes)):
        if text:
            yield _segment("N9", "L1", name)
            for piece in chunks(text, _MESSAGE):
                yield _segment("MSG", piece)
    yield from _party("BY", order.buyer, "91")
    yield from _party("VN", order.vendor, "92")
    if order.bill_to is not None:
        yield from _party("BT", order.bill_to, "92")
        yield from _contact("IC", order.bill_to.contact)
    if order.remit_to is not None:
        yield from _party("RI", order.remit_to, "92")
        yield from _contact("IC", order.remit_to.contact)
    for point in order.points:
        yield from _point(point)
    several = len(order.points) > 1
    for line in order.lines:
        yield from _line(line, several=several)
    yield _segment("CTT", str(len(order.lines)), str(sum(line.cases for line in order.lines)))
    yield _segment("AMT", "TT", decimal_text(order.total_cents))


def _party(code: str, party: Party, assigned_by: str) -> Iterator[str]:
    first, *more = list(chunks(party.name, _NAME)) or [""]
    number = (assigned_by, party.number) if len(plain(party.number)) > 1 else ("", "")
    yield _segment("N1", code, first, *number)
    if more:
        yield _segment("N2", *more[:2])
    yield from _address(party.address)
    if code == "VN":
        yield from _contact("IC", party.contact)


def _address(address: Address) -> Iterator[str]:
    if address.street or address.street_2:
        # the first line is required; where only the second is known, it is the first
        lines = [cut(line, _STREET) for line in (address.street, address.street_2)]
        if any(lines):
            yield _segment("N3", *(line for line in lines if line))
    if address.city or address.state or address.zip or address.country != "US":
        place = cut(address.city, _CITY), cut(address.state, 2), cut(address.zip, _LONGEST_ZIP), cut(address.country, 2)
        # an element that is shorter than X12 lets it be says nothing
        yield _segment(
            "N4", *(one if len(one) >= least else "" for one, least in zip(place, (2, 2, 3, 2), strict=True))
        )


def _contact(code: str, contact: Contact) -> Iterator[str]:
    if contact == Contact():
        return
    ways = [way for way in (("TE", cut(contact.phone, 80)), ("EM", cut(contact.email, 80))) if way[1]]
    yield _segment("PER", code, cut(contact.name, _NAME), *(part for way in ways for part in way))


def _point(point: DeliveryPoint) -> Iterator[str]:
    yield from _party("ST", Party(point.name, point.number, point.address), "92")
    if dock := cut(point.dock, _REFERENCE):
        yield _segment("REF", "DK", dock)
    for piece in chunks(point.hours, _DESCRIPTION):
        yield _segment("REF", "ZZ", "HOURS", piece)
    yield from _contact("DC", point.contact)


def _line(line: OrderLine, *, several: bool) -> Iterator[str]:
    sku = plain(line.sku)
    if len(sku) > _LONGEST_SKU:
        problem = marked(
            "Line %(line)s: the item number %(sku)s is longer than %(most)s letters.",
            line=str(line.line), sku=sku, most=_LONGEST_SKU,
        )  # fmt: skip
        raise CannotWrite(problem)
    ids = ["VN", sku, *_gtin(line.gtin)]
    yield _segment("PO1", str(line.line), str(line.cases), line.unit.x12, decimal_text(line.price_cents), "", *ids)
    for piece in list(chunks(line.name, _DESCRIPTION)) or [sku]:
        yield _segment("PID", "F", "08", "", "", piece)
    yield _segment("PO4", str(line.case_size))
    for piece in chunks(line.unit_text, _DESCRIPTION):
        yield _segment("REF", "ZZ", "UNIT", piece)
    if several:
        yield _segment("N1", "ST", "", "92", line.point)


def _gtin(gtin: str) -> tuple[str, ...]:
    """The qualifier that its length asks for; 8 digits have none and are written as 14."""
    if not gtin:
        return ()
    qualifier = {12: "UP", 13: "EN"}.get(len(gtin), "UK")
    return qualifier, gtin if qualifier != "UK" else gtin.rjust(14, "0")


def _id(party: Party) -> str:
    wanted = party.mailbox.number if party.mailbox else party.number or party.name
    bare = plain(wanted)[:15].strip()
    return bare if len(bare) > 1 else "UNKNOWN"


def _qualifier(mailbox: Mailbox | None) -> str:
    return DUNS_QUALIFIER if mailbox and mailbox.scheme == DUNS_SCHEME else AGREED_QUALIFIER


def _segment(name: str, *elements: str) -> str:
    return _join(name, *(plain(element) for element in elements)).rstrip(SEPARATOR)


def _join(*elements: str) -> str:
    return SEPARATOR.join(elements)


def timestamp(date: str, time: str) -> datetime | None:
    """Return an instant in UTC of X12's date and time (HHMM or HHMMSS); None where they are none."""
    try:
        found = datetime.strptime(date + time[:6].ljust(6, "0"), "%Y%m%d%H%M%S")  # noqa: DTZ007 - it is UTC, said next
    except ValueError:
        return None
    return found.replace(tzinfo=UTC)
