"""An order as this system writes it as CSV or XLSX, read back."""

from datetime import UTC, datetime
from typing import IO

from carepool.quantities import Cases, Eaches
from carepool.sentences import marked
from carepool.tabular.columns import ColumnMap
from carepool.vendors.documents.faults import BadDocument
from carepool.vendors.documents.order import DeliveryPoint, Order, OrderLine
from carepool.vendors.documents.parties import Address, Contact, Mailbox, Party
from carepool.vendors.documents.units import unit_of_code
from carepool.vendors.formats.lists.cells import ListRow, open_list, rows_of
from carepool.vendors.formats.lists.columns import COLUMNS, PARTIES
from carepool.vendors.formats.values import quantity_at

#: Every column is a field of the same name.
_MAP = ColumnMap({column.head: (column.head,) for column in COLUMNS}, {})


def read_order(file: IO[bytes]) -> Order:
    """Read an order that this system wrote. Raises BadDocument."""
    table = open_list(file)
    lost = next((column.head for column in COLUMNS if column.head not in table.headers), None)
    if lost:
        problem = marked(
            'There is no column "%(column)s". Name the columns as in the order that was sent.', column=lost
        )
        raise BadDocument(ListRow(1, {}, _MAP).place(), problem)
    points: dict[str, DeliveryPoint] = {}
    lines: list[OrderLine] = []
    first: ListRow | None = None
    for row in rows_of(table, _MAP):
        first = first or row
        if row.text("Order number") != first.text("Order number"):
            raise BadDocument(row.place("Order number"), marked("It holds several orders. Send one order a file."))
        number = row.text("Purchase order")
        if number not in points:
            points[number] = _point(row, number)
        lines.append(_line(row, number))
    if first is None:
        raise BadDocument(ListRow(1, {}, _MAP).place(), marked("It has no rows below its header."))
    return _order(first, points, lines)


def _order(row: ListRow, points: dict[str, DeliveryPoint], lines: list[OrderLine]) -> Order:
    buyer, vendor, bill_to, remit_to = (_party(row, name) for name, _ in PARTIES)
    issued = _instant(row, "Issued")
    if buyer is None or vendor is None or issued is None:
        problem = marked("It does not say who buys, who sells and when it was issued.")
        raise BadDocument(row.place(), problem)
    try:
        return Order(
            number=row.text("Order number"),
            version=row.line("Version") or 1,
            issued_at=issued,
            buyer=buyer,
            vendor=vendor,
            points=tuple(points.values()),
            lines=tuple(lines),
            currency=row.text("Currency"),
            bill_to=bill_to,
            remit_to=remit_to,
            contract=row.text("Contract"),
            cutoff_at=_instant(row, "Ordering cut-off"),
            deliver_on=row.day("Requested delivery"),
            terms=row.text("Payment terms"),
            net_days=None if (days := row.number_of("Net days")) is None else int(days),
            tax_exemption=row.text("Tax exemption"),
            notes=row.text("Notes"),
            link=row.text("Page to answer at"),
        )
    except ValueError as error:
        if isinstance(error, BadDocument):
            raise
        raise BadDocument(row.place(), marked("Its lines and delivery points do not fit together.")) from error


def _point(row: ListRow, number: str) -> DeliveryPoint:
    street, street_2, city, state, code, country = (
        row.text(head) for head in ("Street", "Street 2", "City", "State", "ZIP", "Country")
    )
    return DeliveryPoint(
        number=number,
        name=row.text("Deliver to"),
        address=Address(street, street_2, city, state, code, country or "US"),
        hours=row.text("Receiving hours"),
        dock=row.text("Dock"),
        contact=Contact(row.text("Receiving contact"), row.text("Receiving e-mail"), row.text("Receiving phone")),
    )


def _line(row: ListRow, point: str) -> OrderLine:
    number, price, size = row.line("Line"), row.cents("Price per case"), row.line("Each per case")
    cases = quantity_at(
        row.place("Cases"), row.text("Cases"), unit_of_code(row.text("Unit code")), row.text("Unit code")
    )
    if number is None or price is None or size is None:
        raise BadDocument(row.place(), marked("The line needs a number, a price and a case size."))
    return OrderLine(
        line=number,
        point=point,
        sku=row.text("Item number"),
        name=row.text("Item name"),
        cases=Cases(cases.number),
        case_size=Eaches(size),
        price_cents=price,
        unit=cases.unit,
        unit_text=row.text("Unit"),
        gtin=row.text("GTIN"),
    )


def _party(row: ListRow, name: str) -> Party | None:
    def part(head: str) -> str:
        return row.text(f"{name}{head}")

    if not part(""):
        return None
    scheme, _, number = part(" electronic address").rpartition(":")
    return Party(
        name=part(""),
        number=part(" number"),
        address=Address(
            part(" street"), part(" street 2"), part(" city"), part(" state"), part(" ZIP"), part(" country") or "US"
        ),
        contact=Contact(part(" contact"), part(" e-mail"), part(" phone")),
        mailbox=Mailbox(number, scheme) if number else None,
    )


def _instant(row: ListRow, field: str) -> datetime | None:
    text = row.text(field)
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError as error:
        problem = marked('"%(text)s" is not an instant. Write it like 2026-03-31T17:00:00Z.', text=text[:40])
        raise BadDocument(row.place(field), problem) from error
