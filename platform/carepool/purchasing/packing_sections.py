"""What stands in a printed packing list: by item, by program (a page each), or as a matrix of programs and items."""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from flask_babel import gettext as _
from sqlalchemy import select

from carepool.jobs.working import Progress
from carepool.purchasing.models.closings import Share
from carepool.purchasing.models.packing_documents import PackingKind
from carepool.purchasing.models.purchases import Purchase, PurchaseItem
from carepool.purchasing.packing import packed_rows
from carepool.typesetting import Look, Section
from carepool.ui.formats import number
from tenants.database import db, find, session
from tenants.registry import tenant_entry
from tenants.state_settings import StateSetting, with_settings

COLUMNS = 7
"""Items side by side in a matrix."""
_BOX = "□"


def look_of(purchase: Purchase, kind: PackingKind, language: str) -> Look:
    """Return what every page bears: the state's site and colour, the purchase, and whom to ask."""
    tenant = tenant_entry(session().scope.id)
    if tenant is None:
        raise RuntimeError(f"Scope {session().scope} has no entry in the registry.")
    tenant = with_settings(tenant, find(StateSetting), language)
    ask = " ".join(one for one in (tenant.brand.contact_name, tenant.brand.contact_phone) if one)
    title = {
        PackingKind.ITEM: _("Packing list by item"),
        PackingKind.PROGRAM: _("Packing list by program"),
        PackingKind.MATRIX: _("Packing matrix"),
    }[kind]
    return Look(
        title=title,
        number=f"{purchase.number} {purchase.title}",
        site=tenant.title,
        colour=tenant.brand.colour,
        ask=f"{_('Questions? Ask a person.')} {ask}" if ask else "",
        language=language,
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
    for key, group in groupby(rows, itemgetter(0, 1) if by_item else itemgetter(2, 3, 4)):
        lines = list(group)
        head = f"{key[0]} ({key[1]})"
        if by_item:
            below = _("In all: %(count)s", count=number(sum(line[5] for line in lines)))
            cells = [(f"{line[2]} · {line[4]}", line[3], number(line[5]), _BOX) for line in lines]
        else:
            below = _("Collect at: %(place)s", place=key[2])
            cells = [(line[0], line[1], number(line[5]), _BOX) for line in lines]
        yield Section(head, below, columns, (False, False, True, False), cells)
        progress.add()


def _matrix(purchase: Purchase, version: int, progress: Progress) -> Iterator[Section]:
    packed = (Share.purchase_id == purchase.id, Share.version == version, Share.got > 0)
    with_goods = select(Share.item_id).where(*packed).distinct()
    query = select(PurchaseItem.id, PurchaseItem.name, PurchaseItem.sku).where(PurchaseItem.id.in_(with_goods))
    items = [row._tuple() for row in db.session.execute(query.order_by(PurchaseItem.name, PurchaseItem.sku))]
    for first in range(0, len(items), COLUMNS):
        some = items[first : first + COLUMNS]
        places = {(name, sku): place for place, (_key, name, sku) in enumerate(some)}
        sums = [0] * len(some)
        cells: list[tuple[str, ...]] = []
        rows = packed_rows(purchase.id, version, by_item=False, items=[one[0] for one in some])
        for program, group in groupby(rows, itemgetter(2, 3)):
            quantities = [0] * len(some)
            for line in group:
                quantities[places[line[0], line[1]]] += line[5]
                sums[places[line[0], line[1]]] += line[5]
            cells.append((f"{program[0]} ({program[1]})", *(number(one) if one else "" for one in quantities)))
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
