"""An order as pages: who, where and when, a table a delivery point, and a code that leads to the page to answer at."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import segno

from carepool.sentences import Sentence, marked
from carepool.typesetting.batches import set_all
from carepool.vendors.documents.checking import money_text
from carepool.vendors.documents.faults import CannotWrite
from carepool.vendors.documents.order import DeliveryPoint, Order, OrderLine
from carepool.vendors.documents.parties import Party
from carepool.vendors.formats.sending import Sending
from carepool.vendors.formats.values import clean
from carepool.vendors.formats.words import address_text, contact_text, instant_text

_TEMPLATE = Path(__file__).parent / "order.typ"
MOST_LINES = 5_000
"""About 150 pages; setting them takes about two seconds and 300 MB."""
_LONGEST_WORD = 40

Say = Callable[[Sentence], str]
"""Puts a sentence into the reader's language."""


def write_order(order: Order, sending: Sending) -> bytes:
    """Return the order as a PDF in English. Raises CannotWrite where it is too long."""
    return next(write_orders([order]))


def write_orders(orders: Iterable[Order], say: Say = str, language: str = "en") -> Iterator[bytes]:
    """Yield a PDF for each order, set several at a time. Raises CannotWrite where one is too long."""
    return set_all(_TEMPLATE, (_document(order, say, language) for order in orders))


def _document(order: Order, say: Say, language: str) -> dict[str, Any]:
    if len(order.lines) > MOST_LINES:
        raise CannotWrite(
            marked("The order has more than %(most)s lines, too many for pages. Send it as a list.", most=MOST_LINES)
        )
    code = order.link or order.number
    amount = money_text(order.total_cents)
    total = (
        marked("Canceled: %(amount)s %(currency)s", amount=amount, currency=order.currency)
        if order.canceled
        else marked("Total: %(amount)s %(currency)s", amount=amount, currency=order.currency)
    )
    return {
        "created_at": int(order.issued_at.timestamp()),
        "number": clean(order.number),
        "version": say(marked("Version %(version)s", version=str(order.version))),
        "language": language,
        "buyer_name": clean(order.buyer.name),
        "ask": clean(_labelled(say, marked("Questions"), contact_text(order.buyer.contact))),
        "words": {
            "title": say(marked("CANCELED: purchase order") if order.canceled else marked("Purchase order")),
            "scan": _scan(order, say),
            "canceled": say(_CANCELED) if order.canceled else "",
        },
        "facts": [[say(name), clean(text)] for name, text in _facts(order) if text],
        "code": segno.make(code, micro=False, error="m").svg_inline(scale=4),
        "code_alt": say(marked("A code with this text: %(text)s", text=clean(code))),
        "parties": list(_parties(order, say)),
        "columns": [say(word) for word in _COLUMNS],
        "points": [_point(order, point, lines, say) for point, lines in order.lines_by_point()],
        "total": say(total),
        "remarks": [[say(name), clean(text)] for name, text in _remarks(order) if text],
    }


_CANCELED = marked("CANCELED. Deliver nothing of this order and bill nothing for it. These lines are taken back.")


def _scan(order: Order, say: Say) -> str:
    if not order.link:
        return clean(order.number)
    return say(marked("Scan to say that you know") if order.canceled else marked("Scan to answer"))


_COLUMNS = (
    marked("Line"),
    marked("Item number"),
    marked("Item"),
    marked("Cases"),
    marked("Unit"),
    marked("Price per case"),
    marked("Amount"),
)


def _facts(order: Order) -> Iterator[tuple[Sentence, str]]:
    yield marked("Issued"), instant_text(order.issued_at)
    yield marked("Requested delivery"), order.deliver_on.isoformat() if order.deliver_on else ""
    yield marked("Ordering cut-off"), instant_text(order.cutoff_at) if order.cutoff_at else ""
    yield marked("Account number"), order.buyer.number
    yield marked("Contract"), order.contract
    terms = order.terms or (f"Net {order.net_days} days" if order.net_days is not None else "")
    yield marked("Payment terms"), terms
    yield marked("Answer at"), order.link


def _remarks(order: Order) -> Iterator[tuple[Sentence, str]]:
    yield marked("Tax exemption"), order.tax_exemption
    yield marked("Notes"), order.notes


def _parties(order: Order, say: Say) -> Iterator[dict[str, Any]]:
    known: tuple[tuple[Sentence, Party | None], ...] = (
        (marked("Buyer"), order.buyer),
        (marked("Vendor"), order.vendor),
        (marked("Bill to"), order.bill_to),
        (marked("Remit to"), order.remit_to),
    )
    for head, party in known:
        if party is not None:
            rows = (party.name, address_text(party.address), contact_text(party.contact))
            yield {"head": say(head), "rows": [clean(row) for row in rows if row]}


def _point(order: Order, point: DeliveryPoint, lines: tuple[OrderLine, ...], say: Say) -> dict[str, Any]:
    facts = (
        (marked("Purchase order"), point.number if point.number != order.number else ""),
        (marked("Address"), address_text(point.address)),
        (marked("Receiving hours"), point.hours),
        (marked("Dock"), point.dock),
        (marked("Contact"), contact_text(point.contact)),
    )
    amount = money_text(sum(line.amount_cents for line in lines))
    total = marked("Total of this delivery point: %(amount)s %(currency)s", amount=amount, currency=order.currency)
    return {
        "head": say(marked("Deliver to %(place)s", place=clean(point.name))),
        "facts": [[say(name), clean(text)] for name, text in facts if text],
        "rows": [_row(line) for line in lines],
        "total": say(total),
    }


def _row(line: OrderLine) -> list[str]:
    unit = clean(line.unit_text) or f"{line.unit.names[0]} of {line.case_size}"
    price, amount = money_text(line.price_cents), money_text(line.amount_cents)
    return [str(line.line), _breakable(line.sku), _breakable(line.name), f"{line.cases:,}", unit, price, amount]


def _breakable(text: str) -> str:
    """Let very long words break, so that they do not push a column off the page."""
    words = clean(text).split(" ")
    cut = ("\u200b".join(word[at : at + _LONGEST_WORD] for at in range(0, len(word), _LONGEST_WORD)) for word in words)
    return " ".join(cut)


def _labelled(say: Say, label: Sentence, text: str) -> str:
    return f"{say(label)}: {text}" if text else ""
