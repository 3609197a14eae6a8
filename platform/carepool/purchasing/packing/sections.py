"""What stands in a printed packing list: by item, by program (a page each), or as a matrix of programs and items."""

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter

from flask_babel import gettext as _
from sqlalchemy import select

from carepool.jobs.working import Progress
from carepool.purchasing.models.closings import Share
from carepool.purchasing.models.packing_documents import PackingKind
from carepool.purchasing.models.purchases import Purchase, PurchaseItem
from carepool.purchasing.packing.lists import packed_rows
from carepool.typesetting import Look, Section
from carepool.typesetting.looks import look_here
from carepool.ui.formats import number
from tenants.database import db

COLUMNS = 7
"""Items side by side in a matrix."""
_BOX = "□"
_ITEM = attrgetter("item_id")
_PROGRAM = attrgetter("program", "licence_number", "place")


def look_of(purchase: Purchase, kind: PackingKind, language: str) -> Look:
    """Return what every page bears: the state's site and colour, the purchase, and whom to ask."""
    title = {
        PackingKind.ITEM: _("Packing list by item"),
        PackingKind.PROGRAM: _("Packing list by program"),
        PackingKind.MATRIX: _("Packing matrix"),
    }[kind]
    return look_here(
        title,
        f"{purchase.number} {purchase.title}",
        language,
        new_page=kind is not PackingKind.ITEM,
        landscape=kind is PackingKind.MATRIX,
    )


def sections_of(purchase: Purchase, version: int, kind: PackingKind, progress: Progress) -> Iterator[Section]:
    """Yield the sections of a packing list, reading rows some at a time; quantities in eaches."""
    if kind is PackingKind.MATRIX:
        yield from _matrix(purchase, version, progress)
        return
    by_item = kind is PackingKind.ITEM
    first = _("Program") if by_item else _("Item")
    columns = (first, _("License number") if by_item else _("Vendor's number"), _("Quantity"), _("Packed"))
    rows = packed_rows(purchase.id, version, by_item=by_item)
    for _key, group in groupby(rows, _ITEM if by_item else _PROGRAM):
        lines = list(group)
        one = lines[0]
        if by_item:
            head = f"{one.item} ({one.sku})"
            below = _("In all: %(count)s", count=number(sum(line.eaches for line in lines)))
            cells = [
                (f"{line.program} · {line.place}", line.licence_number, number(line.eaches), _BOX) for line in lines
            ]
        else:
            head = f"{one.program} ({one.licence_number})"
            below = _("Collect at: %(place)s", place=one.place)
            cells = [(line.item, line.sku, number(line.eaches), _BOX) for line in lines]
        yield Section(head, below, columns, (False, False, True, False), cells)
        progress.add()


def _matrix(purchase: Purchase, version: int, progress: Progress) -> Iterator[Section]:
    packed = (Share.purchase_id == purchase.id, Share.version == version, Share.got > 0)
    with_goods = select(Share.item_id).where(*packed).distinct()
    query = select(PurchaseItem.id, PurchaseItem.name, PurchaseItem.sku).where(PurchaseItem.id.in_(with_goods))
    order = (PurchaseItem.name, PurchaseItem.sku, PurchaseItem.id)
    items = [row._tuple() for row in db.session.execute(query.order_by(*order))]
    for first in range(0, len(items), COLUMNS):
        some = items[first : first + COLUMNS]
        places = {one[0]: place for place, one in enumerate(some)}
        sums = [0] * len(some)
        cells: list[tuple[str, ...]] = []
        rows = packed_rows(purchase.id, version, by_item=False, items=list(places))
        for (name, licence_number, _place), group in groupby(rows, _PROGRAM):
            quantities = [0] * len(some)
            for line in group:
                quantities[places[line.item_id]] += line.eaches
                sums[places[line.item_id]] += line.eaches
            cells.append((f"{name} ({licence_number})", *(number(one) if one else "" for one in quantities)))
        cells.append((_("In all"), *(number(one) for one in sums)))
        head = _(
            "Items %(first)s to %(last)s of %(all)s",
            first=number(first + 1),
            last=number(first + len(some)),
            all=number(len(items)),
        )
        columns = (_("Program"), *(f"{name} ({sku})" for _key, name, sku in some))
        yield Section(head, "", columns, (False, *([True] * len(some))), cells)
        progress.add(len(some))
