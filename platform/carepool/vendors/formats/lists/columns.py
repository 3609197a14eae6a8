"""The columns of an order as a list: what a person needs first, then what the vendor fills in, then what systems need.

Of an order that is canceled every line counts no cases, so that a system that reads only the numbers delivers nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from carepool.vendors.documents.order import DeliveryPoint, Order, OrderLine
from carepool.vendors.documents.parties import Mailbox, Party
from carepool.vendors.formats.words import CANCELED

Cell = str | int | None
"""What stands in a cell; amounts are whole cents until they are written."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its head, what it says of a line, and whether it is money (cents)."""

    head: str
    value: Callable[[Order, DeliveryPoint, OrderLine], Cell]
    money: bool = False
    #: It differs from line to line; the others are the same for a delivery point.
    each_line: bool = False


def instant(at: datetime | None) -> str:
    """Return an instant as `2026-03-12T17:00:00Z`; empty for none."""
    return "" if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def mailbox_text(mailbox: Mailbox | None) -> str:
    """Return an electronic address as `0060:123456789`, or as its number where no scheme is known."""
    if mailbox is None:
        return ""
    return f"{mailbox.scheme}:{mailbox.number}" if mailbox.scheme else mailbox.number


_PARTY_PARTS: tuple[tuple[str, Callable[[Party], str]], ...] = (
    ("", lambda party: party.name),
    (" number", lambda party: party.number),
    (" street", lambda party: party.address.street),
    (" street 2", lambda party: party.address.street_2),
    (" city", lambda party: party.address.city),
    (" state", lambda party: party.address.state),
    (" ZIP", lambda party: party.address.zip),
    (" country", lambda party: party.address.country),
    (" contact", lambda party: party.contact.name),
    (" phone", lambda party: party.contact.phone),
    (" e-mail", lambda party: party.contact.email),
    (" electronic address", lambda party: mailbox_text(party.mailbox)),
)
PARTIES: tuple[tuple[str, Callable[[Order], Party | None]], ...] = (
    ("Buyer", lambda order: order.buyer),
    ("Vendor", lambda order: order.vendor),
    ("Bill to", lambda order: order.bill_to),
    ("Remit to", lambda order: order.remit_to),
)
PARTY_HEADS = tuple(head for head, _ in _PARTY_PARTS)


def _of_party(who: Callable[[Order], Party | None], part: Callable[[Party], str]) -> Callable[[Any, Any, Any], Cell]:
    def value(order: Order, point: DeliveryPoint, line: OrderLine) -> Cell:
        party = who(order)
        return "" if party is None else part(party)

    return value


def _notes(order: Order) -> str:
    return " ".join(filter(None, (CANCELED if order.canceled else "", order.notes)))


ANSWER_HEADS = (
    "Status",
    "Confirmed cases",
    "Confirmed price per case",
    "Ship date",
    "Arrival date",
    "Substitute item number",
    "Vendor note",
)
"""What the vendor fills in."""
COLUMNS: tuple[Column, ...] = (
    Column("Line", lambda order, point, line: line.line, each_line=True),
    Column("Item number", lambda order, point, line: line.sku, each_line=True),
    Column(
        "Item name",
        lambda order, point, line: f"CANCELED: {line.name}" if order.canceled else line.name,
        each_line=True,
    ),
    Column("Cases", lambda order, point, line: 0 if order.canceled else line.cases, each_line=True),
    Column("Unit", lambda order, point, line: line.unit_text, each_line=True),
    Column("Unit code", lambda order, point, line: line.unit.code, each_line=True),
    Column("Each per case", lambda order, point, line: line.case_size, each_line=True),
    Column("Price per case", lambda order, point, line: line.price_cents, money=True, each_line=True),
    Column("Amount", lambda order, point, line: 0 if order.canceled else line.amount_cents, money=True, each_line=True),
    Column("Deliver to", lambda order, point, line: point.name),
    Column("Street", lambda order, point, line: point.address.street),
    Column("Street 2", lambda order, point, line: point.address.street_2),
    Column("City", lambda order, point, line: point.address.city),
    Column("State", lambda order, point, line: point.address.state),
    Column("ZIP", lambda order, point, line: point.address.zip),
    Column("Receiving hours", lambda order, point, line: point.hours),
    Column("Dock", lambda order, point, line: point.dock),
    Column("Receiving contact", lambda order, point, line: point.contact.name),
    Column("Receiving phone", lambda order, point, line: point.contact.phone),
    Column("Receiving e-mail", lambda order, point, line: point.contact.email),
    *(Column(head, lambda order, point, line: "") for head in ANSWER_HEADS),
    Column("Order number", lambda order, point, line: order.number),
    Column("Purchase order", lambda order, point, line: point.number),
    Column("Version", lambda order, point, line: order.version),
    Column("Issued", lambda order, point, line: instant(order.issued_at)),
    Column("Requested delivery", lambda order, point, line: order.deliver_on.isoformat() if order.deliver_on else ""),
    Column("Ordering cut-off", lambda order, point, line: instant(order.cutoff_at)),
    Column("Currency", lambda order, point, line: order.currency),
    Column("Payment terms", lambda order, point, line: order.terms),
    Column("Net days", lambda order, point, line: order.net_days),
    Column("Tax exemption", lambda order, point, line: order.tax_exemption),
    Column("Notes", lambda order, point, line: _notes(order)),
    Column("Contract", lambda order, point, line: order.contract),
    Column("Page to answer at", lambda order, point, line: order.link),
    Column("GTIN", lambda order, point, line: line.gtin, each_line=True),
    Column("Country", lambda order, point, line: point.address.country),
    *(Column(f"{name}{head}", _of_party(who, part)) for name, who in PARTIES for head, part in _PARTY_PARTS),
)
