"""Answers, shipments and invoices as CSV or XLSX: the order filled in by the vendor, or a list of its own."""

from collections.abc import Iterator, Sequence
from itertools import chain, groupby
from typing import IO

from carepool.sentences import Sentence, marked
from carepool.tabular.columns import Field, propose
from carepool.tabular.tables import Table
from carepool.vendors.documents.answer import AnsweredLine, OrderAnswer, Whole
from carepool.vendors.documents.faults import WHOLE_FILE, BadDocument
from carepool.vendors.documents.invoice import Charge, Invoice, InvoicedLine
from carepool.vendors.documents.shipment import Shipment, ShippedLine
from carepool.vendors.documents.statuses import LineStatus, Outcome, status_of_words
from carepool.vendors.documents.units import Quantity
from carepool.vendors.formats.charges import kind_of_charge
from carepool.vendors.formats.lists.cells import ListRow, columns_of, open_list, rows_of

_MOST_DOCUMENTS = 1_000
_ORDER = Field(
    "order", ("order number", "po number", "po #", "po", "purchase order number", "purchase order"), required=True
)
_POINT = Field("point", ("purchase order",))
_LINE = Field("line", ("line", "line number", "po line", "order line", "line #"))
_SKU = Field("sku", ("item number", "vendor item number", "item #", "sku", "part number", "item"))
_NOTE = Field("note", ("vendor note", "note", "notes to buyer", "comment", "comments", "remarks"))
_SHIPS = Field("ships_on", ("ship date", "date shipped", "shipping date", "shipped on"))
_ARRIVES = Field("arrives_on", ("arrival date", "delivery date", "expected delivery", "eta"))
_UNIT = Field("unit", ("confirmed unit", "unit of measure", "uom", "unit"))
ANSWER = (
    _ORDER,
    _POINT,
    _LINE,
    _SKU,
    Field("status", ("status", "line status", "status code", "response"), required=True),
    Field(
        "quantity",
        ("confirmed cases", "confirmed quantity", "quantity confirmed", "accepted quantity", "qty confirmed"),
    ),
    Field("ordered", ("cases", "ordered quantity", "quantity ordered", "quantity", "qty")),
    _UNIT,
    Field("price", ("confirmed price per case", "confirmed price", "new price", "price")),
    _SHIPS,
    _ARRIVES,
    Field("substitute", ("substitute item number", "substitute item", "substitute", "replacement item")),
    _NOTE,
    Field("version", ("version", "order version")),
    Field("currency", ("currency",)),
)
SHIPMENT = (
    Field(
        "number",
        ("shipment number", "shipment id", "shipment", "packing slip", "bill of lading", "asn number"),
        required=True,
    ),
    _ORDER,
    _LINE,
    _SKU,
    Field(
        "quantity",
        ("shipped cases", "shipped quantity", "quantity shipped", "qty shipped", "quantity", "qty"),
        required=True,
    ),
    Field("unit", ("unit of measure", "uom", "unit")),
    _SHIPS,
    _ARRIVES,
    Field("carrier", ("carrier", "shipper", "trucking company")),
    Field("tracking", ("tracking number", "tracking", "pro number")),
    Field("lot", ("lot", "lot number", "batch")),
    _NOTE,
)
INVOICE = (
    Field("number", ("invoice number", "invoice #", "invoice no", "invoice"), required=True),
    _ORDER,
    _LINE,
    _SKU,
    Field("name", ("item name", "description", "item description", "product")),
    Field(
        "quantity",
        ("invoiced cases", "invoiced quantity", "quantity invoiced", "quantity", "qty", "cases"),
        required=True,
    ),
    Field("unit", ("unit of measure", "uom", "unit")),
    Field("price", ("unit price", "price per case", "price")),
    Field("amount", ("amount", "line amount", "extended price", "line total", "extension"), required=True),
    Field("invoiced_on", ("invoice date", "date")),
    Field("due_on", ("due date", "payment due")),
    Field("total", ("invoice total", "total due", "total")),
    Field("currency", ("currency",)),
    _NOTE,
)


def read_list(file: IO[bytes]) -> tuple[OrderAnswer | Shipment | Invoice, ...]:
    """Read what a list says, by its columns: invoices, shipments or answers. Raises BadDocument."""
    table = open_list(file)
    for fields, read in ((INVOICE, _invoices), (SHIPMENT, _shipments)):
        if "number" in propose(table.headers, fields[:1]).columns:
            return tuple(read(table))
    return tuple(_answers(table))


def _answers(table: Table) -> Iterator[OrderAnswer]:
    any_answered = False
    first: ListRow | None = None
    for number, head, rows in _by_number(table, ANSWER, "order"):
        first = first or head
        count, lines = 0, []
        for row in rows:
            count += 1
            if (line := _answered(row)) is not None:
                lines.append(line)
        if not lines:
            continue
        any_answered = True
        yield OrderAnswer(
            order_number=number,
            whole=_whole(lines, every=len(lines) == count),
            lines=tuple(lines),
            order_version=head.line("version"),
            currency=head.text("currency"),
            place=head.place("order"),
        )
    if first is None:
        raise BadDocument(WHOLE_FILE, marked("It has no rows below its header."))
    if not any_answered:
        raise BadDocument(first.place("status"), marked('No line is answered. Fill in the column "Status".'))


def _answered(row: ListRow) -> AnsweredLine | None:
    """Return what a row says of its line; None for a row that was not filled in."""
    words, quantity = row.text("status"), row.quantity("quantity", "unit")
    price, substitute, note = row.price("price"), row.text("substitute"), row.text("note")
    ships, arrives = row.day("ships_on"), row.day("arrives_on")
    if words:
        status = status_of_words(words)
        if status is None:
            problem = marked(
                '"%(word)s" is no status. Write accepted, backordered, substituted, rejected, or a code such as IA.',
                word=words[:40],
            )
            raise BadDocument(row.place("status"), problem)
    elif quantity is not None:
        status = _status_of_quantity(row, quantity)
    elif price is None and not (substitute or note or ships or arrives):
        return None
    else:
        raise BadDocument(
            row.place("status"), marked("The line says something, but not its status. Fill in the status.")
        )
    line, sku = row.line("line"), row.text("sku")
    if line is None and not sku:
        raise BadDocument(row.place("line"), marked("It names no line and no item. Give the line's number."))
    return AnsweredLine(
        line=line,
        status=status,
        sku=sku,
        quantity=quantity,
        price=price,
        ships_on=ships,
        arrives_on=arrives,
        substitute_sku=substitute,
        note=note,
        order_number=row.text("point"),
        place=row.place("status"),
    )


def _status_of_quantity(row: ListRow, quantity: Quantity) -> LineStatus:
    """A confirmed quantity without a status says it all where the ordered one stands beside it."""
    ordered = row.quantity("ordered", "unit")
    if ordered is None:
        raise BadDocument(
            row.place("status"), marked("The line says something, but not its status. Fill in the status.")
        )
    if quantity.number == ordered.number:
        return LineStatus.ACCEPTED
    return LineStatus.QUANTITY_CHANGED if quantity.number else LineStatus.REJECTED


def _whole(lines: Sequence[AnsweredLine], *, every: bool) -> Whole:
    outcomes = {line.status.outcome for line in lines}
    if not every:
        return Whole.RECEIVED
    if outcomes == {Outcome.ACCEPTED}:
        return Whole.ACCEPTED
    return Whole.REJECTED if outcomes == {Outcome.REJECTED} else Whole.CHANGED


def _shipments(table: Table) -> Iterator[Shipment]:
    for number, head, rows in _by_number(table, SHIPMENT, "number"):
        lines: list[ShippedLine] = []
        tracking: dict[str, None] = {}
        for row in rows:
            lines.append(_shipped(row))
            if text := row.text("tracking"):
                tracking[text] = None
        yield Shipment(
            number=number,
            lines=tuple(lines),
            shipped_on=head.day("ships_on"),
            arrives_on=head.day("arrives_on"),
            carrier=head.text("carrier"),
            tracking=tuple(tracking),
            place=head.place("number"),
        )


def _shipped(row: ListRow) -> ShippedLine:
    return ShippedLine(
        order_number=_needed(row, "order", marked("It does not name the order's number.")),
        line=row.line("line"),
        quantity=_needed_quantity(row),
        sku=row.text("sku"),
        lot=row.text("lot"),
        note=row.text("note"),
        place=row.place(),
    )


def _invoices(table: Table) -> Iterator[Invoice]:
    for number, head, rows in _by_number(table, INVOICE, "number"):
        lines: list[InvoicedLine] = []
        charges: list[Charge] = []
        total: int | None = None
        total_place = head.place("total")
        for row in rows:
            amount = row.cents("amount")
            if amount is None:
                raise BadDocument(row.place("amount"), marked("The line has no amount."))
            if row.line("line") is None and not row.text("sku"):
                words = row.text("name") or row.text("note")
                charges.append(Charge(kind_of_charge("", words), amount, words))
            else:
                lines.append(_invoiced(row, amount))
            if total is None and (total := row.cents("total")) is not None:
                total_place = row.place("total")
        yield Invoice(
            number=number,
            order_number=_needed(head, "order", marked("It does not name the order's number.")),
            lines=tuple(lines),
            total_cents=_sum(lines, charges) if total is None else total,
            invoiced_on=head.day("invoiced_on"),
            due_on=head.day("due_on"),
            charges=tuple(charges),
            currency=head.text("currency"),
            place=head.place("order"),
            total_place=total_place,
        )


def _sum(lines: Sequence[InvoicedLine], charges: Sequence[Charge]) -> int:
    return sum(line.amount_cents for line in lines) + sum(charge.amount_cents for charge in charges)


def _invoiced(row: ListRow, amount: int) -> InvoicedLine:
    return InvoicedLine(
        line=row.line("line"),
        quantity=_needed_quantity(row),
        amount_cents=amount,
        sku=row.text("sku"),
        name=row.text("name"),
        price=row.price("price"),
        order_number=row.text("order"),
        place=row.place(),
    )


def _by_number(table: Table, fields: Sequence[Field], field: str) -> Iterator[tuple[str, ListRow, Iterator[ListRow]]]:
    """Yield each document's number, its first row, and all its rows, one at a time. Raises BadDocument."""
    columns = columns_of(table, fields)
    seen: set[str] = set()
    for number, group in groupby(rows_of(table, columns), lambda row: row.text(field)):
        head = next(group)
        if not number:
            raise BadDocument(head.place(field), marked("The row has no number here. Fill it in."))
        if number in seen:
            raise BadDocument(head.place(field), marked("Rows of the same number stand apart. Sort the list by it."))
        seen.add(number)
        if len(seen) > _MOST_DOCUMENTS:
            raise BadDocument(head.place(field), marked("It holds more than %(most)s documents.", most=_MOST_DOCUMENTS))
        yield number, head, chain((head,), group)  # noqa: B031 - a group is used up before the next one


def _needed(row: ListRow, field: str, problem: Sentence) -> str:
    found = row.text(field)
    if not found:
        raise BadDocument(row.place(field), problem)
    return found


def _needed_quantity(row: ListRow) -> Quantity:
    found = row.quantity("quantity", "unit")
    if found is None:
        raise BadDocument(row.place("quantity"), marked("The line has no quantity."))
    return found
