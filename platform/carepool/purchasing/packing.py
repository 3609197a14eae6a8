"""Packing lists of the newest close: who gets how many of what, by item and by program, as pages and as a workbook."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any, NamedTuple
from uuid import UUID

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from sqlalchemy import Select, select

from carepool.programs.models import Program
from carepool.purchasing.models.closings import Share
from carepool.purchasing.models.orders import ProgramOrder
from carepool.purchasing.models.purchases import DeliveryPoint, Purchase, PurchaseItem
from tenants.database import db, one_of

_ROWS_AT_A_TIME = 2000
_SHEET_ROWS = 1_000_000
"""A sheet holds a little more; what does not fit goes on to the next."""


def shares_packed(purchase: Purchase) -> Select[Any]:
    """Return the shares of the newest close of which anything was got."""
    of_close = (Share.purchase_id == purchase.id, Share.version == purchase.close_version)
    return select(Share).where(*of_close, Share.got > 0)


def workbook(purchase: Purchase, sheets: Sequence[tuple[str, bool]], titles: Sequence[str]) -> IO[bytes]:
    """Return a whole packing list as XLSX, opened at its start; rows are read and written some at a time.

    `sheets`: (name, whether it is by item); `titles`: the heads of the columns item, vendor's number, program, license
    number, place, quantity in eaches.
    """
    book = Workbook(write_only=True)
    for name, by_item in sheets:
        _write(book, name, titles, packed_rows(purchase.id, purchase.close_version, by_item=by_item))
    file = tempfile.TemporaryFile()  # noqa: SIM115 - whoever sends it closes it
    book.save(file)
    file.seek(0)
    return file


def _write(book: Workbook, name: str, titles: Sequence[str], rows: Iterable["Packed"]) -> None:
    sheet: Any = None
    for place, row in enumerate(rows):
        if place % _SHEET_ROWS == 0:
            sheet = _sheet(book, name if not place else f"{name} {place // _SHEET_ROWS + 1}", titles)
        sheet.append([_cell(sheet, one) for one in row[1:]])
    if sheet is None:
        _sheet(book, name, titles)


def _sheet(book: Workbook, name: str, titles: Sequence[str]) -> Any:
    sheet = book.create_sheet(name[:31])
    sheet.append(list(titles))
    return sheet


def _cell(sheet: Any, value: Any) -> Any:
    cell = WriteOnlyCell(sheet, value)
    if isinstance(value, str):
        # a name that begins with "=" stays a name
        cell.data_type = "s"
    return cell


class Packed(NamedTuple):
    """What a program got of an item, in eaches, and where it collects it. Two contracts may call items alike."""

    item_id: UUID
    item: str
    sku: str
    program: str
    licence_number: str
    place: str
    eaches: int


_COLUMNS = (
    PurchaseItem.id, PurchaseItem.name, PurchaseItem.sku, Program.name, Program.licence_number, DeliveryPoint.name,
    Share.got,
)  # fmt: skip


def packed_rows(
    purchase_id: UUID, version: int, *, by_item: bool, items: Sequence[UUID] | None = None
) -> Iterator[Packed]:
    """Yield what was got of a close, some rows at a time: by item, then program, or the other way.

    `items`: of these items only, where any are given.
    """
    order = [PurchaseItem.name, PurchaseItem.sku, PurchaseItem.id], [Program.name, Program.licence_number]
    keys = [*order[0], *order[1]] if by_item else [*order[1], *order[0]]
    query = (
        select(*_COLUMNS)
        .join(PurchaseItem, (PurchaseItem.tenant_id == Share.tenant_id) & (PurchaseItem.id == Share.item_id))
        .join(Program, (Program.tenant_id == Share.tenant_id) & (Program.id == Share.program_id))
        .join(
            ProgramOrder,
            (ProgramOrder.tenant_id == Share.tenant_id)
            & (ProgramOrder.purchase_id == Share.purchase_id)
            & (ProgramOrder.program_id == Share.program_id),
        )
        .join(
            DeliveryPoint,
            (DeliveryPoint.tenant_id == ProgramOrder.tenant_id) & (DeliveryPoint.id == ProgramOrder.delivery_point_id),
        )
        .where(Share.purchase_id == purchase_id, Share.version == version, Share.got > 0)
        .order_by(*keys)
    )
    if items is not None:
        query = query.where(one_of(Share.item_id, items))
    yield from (Packed(*row) for row in db.session.execute(query.execution_options(yield_per=_ROWS_AT_A_TIME)))
