"""Orders to vendors in every format, each against the same bytes only put together and written by a plain library."""

import csv
import io
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import typst
from openpyxl import Workbook

from bench.place import Place
from carepool.quantities import Cases, Eaches
from carepool.vendors.documents.order import DeliveryPoint, Order, OrderLine
from carepool.vendors.documents.parties import Address, Contact, Mailbox, Party
from carepool.vendors.formats.formats import FORMATS, Format
from carepool.vendors.formats.lists.writing import HEADS, rows_of
from carepool.vendors.formats.pdf.writing import write_orders
from carepool.vendors.formats.sending import Sending

_WORDS = ("gloves", "wipes", "towels", "soap", "paper", "crayons", "milk", "apples")


def orders(count: int, lines: int) -> list[Order]:
    """Return orders of so many lines for one delivery point each."""
    at = datetime(2026, 3, 10, 16, tzinfo=UTC)
    contact = Contact("Ana Ruiz", "ana@example.org", "303-555-0101")
    point = DeliveryPoint(
        "", "Elm Street Hub", Address("12 Elm St", "", "Denver", "CO", "80204"), "Mon-Fri 7-11", "B", contact
    )
    buyer = Party("Colorado", "A-1", point.address, contact, Mailbox("123456789", "0060"))
    vendor = Party("Acme Supply", "V-8", point.address, contact, Mailbox("987654321", "0060"))
    made = []
    for number in range(count):
        name = f"CO-2026-{number:04d}-01"
        items = tuple(
            OrderLine(n + 1, name, f"SKU{n}", f"{_WORDS[n % 8]} number {n}, case of 12", Cases(1 + n % 40), Eaches(12),
                      1_000 + n, unit_text="CS/12")
            for n in range(lines)
        )  # fmt: skip
        points = (replace(point, number=name),)
        made.append(
            Order(name, 1, at + timedelta(minutes=number), buyer, vendor, points, items, deliver_on=date(2026, 3, 20),
                  terms="Net 30", net_days=30, notes="Call an hour ahead.", link=f"https://acme.example.org/answer/{number}")
        )  # fmt: skip
    return made


def documents(place: Place, count: int = 500, lines: int = 30) -> dict[str, Any]:
    """Return documents a second for each format, what the floor does, and the quotient of both (1: as fast as the floor)."""
    made = orders(count, lines)
    told: dict[str, Any] = {"orders": count, "lines": lines}
    for one in FORMATS.values():
        own = _rate(count, lambda one=one: _write(one, made))  # type: ignore[misc]
        floor = _rate(count, lambda one=one: _FLOORS[one.name](one, made))  # type: ignore[misc]
        told[one.name] = {"per_second": round(own), "floor_per_second": round(floor), "ratio": round(floor / own, 2)}
    return told


def _rate(count: int, work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return count / (time.perf_counter() - began)


def _write(one: Format, made: Iterable[Order]) -> None:
    if one.name == "pdf":
        for _ in write_orders(made):
            pass
        return
    for order in made:
        one.write(order, Sending())


def _joined(one: Format, made: list[Order]) -> None:
    """The same bytes, in pieces of a segment or an element each, joined and encoded anew for every order."""
    pieces = one.write(made[0], Sending()).decode().replace("><", ">\0<").replace("~", "~\0").split("\0")
    for _ in made:
        "".join(piece.strip() for piece in pieces).encode()


def _plain_csv(one: Format, made: list[Order]) -> None:
    cells = [HEADS, *rows_of(made[0])]
    for _ in made:
        written = io.StringIO()
        csv.writer(written).writerows(cells)
        written.getvalue().encode()


def _plain_xlsx(one: Format, made: list[Order]) -> None:
    cells = [list(HEADS), *rows_of(made[0])]
    for _ in made:
        book = Workbook(write_only=True)
        sheet = book.create_sheet("Order")
        for row in cells:
            sheet.append(row)
        book.save(io.BytesIO())


def _plain_pdf(one: Format, made: list[Order]) -> None:
    """The same table and nothing else, by one compiler in this process."""
    rows = ", ".join(f"[{line.line}], [{line.sku}], [{line.name}], [{line.cases}]" for line in made[0].lines)
    compiler = typst.Compiler(ignore_system_fonts=True)
    for number in range(len(made)):
        source = f'#set text(lang: "en")\n#set document(title: "{number}")\n= {number}\n#table(columns: 4, {rows})'
        compiler.compile(input=source.encode(), format="pdf", pdf_standards=["ua-1"])


_FLOORS: dict[str, Callable[[Format, list[Order]], None]] = {
    "pdf": _plain_pdf,
    "csv": _plain_csv,
    "xlsx": _plain_xlsx,
    "ubl": _joined,
    "cxml": _joined,
    "x12": _joined,
}
