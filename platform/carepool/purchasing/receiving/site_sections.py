"""What stands on the papers of a pick-up site: labels of cases and programs, and the pick list, each with a code."""

import io
from collections.abc import Iterator
from typing import Any

import segno
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Select

from carepool.jobs.working import Progress
from carepool.notifications.letters import Sender
from carepool.programs.models import Program
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.queries import delivery_points
from carepool.purchasing.receiving.collecting_queries import ToCollect, to_collect
from carepool.purchasing.receiving.counts import line_counts, newest_orders
from carepool.purchasing.receiving.goods import collecting_programs
from carepool.purchasing.receiving.models.documents import SiteKind
from carepool.purchasing.receiving.pick_up_codes import pick_up_code
from carepool.typesetting import Look, Section
from carepool.typesetting.looks import look_here
from carepool.ui.formats import number
from tenants.database import db

_PROGRAMS_AT_A_TIME = 500
_ON_A_LABEL = 4
"""Items named on a label; of more it says how many."""
_BOX = "□"


def look_of(purchase: Purchase, kind: SiteKind, language: str) -> Look:
    """Return what every page bears: the state's site and colour, the purchase, and whom to ask."""
    title = {
        SiteKind.CASE_LABELS: _("Labels for cases"),
        SiteKind.PROGRAM_LABELS: _("Labels for programs"),
        SiteKind.PICK_LIST: _("Pick list"),
    }[kind]
    return look_here(title, f"{purchase.number} {purchase.title}", language, labels=kind is not SiteKind.PICK_LIST)


def sections_of(purchase: Purchase, kind: SiteKind, progress: Progress) -> Iterator[Section]:
    """Yield the labels or the programs of the pick list, reading some at a time; quantities in eaches or cases."""
    sender = Sender.here()
    if kind is SiteKind.CASE_LABELS:
        yield from _cases(purchase, sender, progress)
        return
    for program, site, lines in _programs(purchase):
        address = sender.address("receiving_pages.hand_out_form", purchase_id=purchase.id, program_id=program.id)
        head = f"{program.name} ({program.licence_number})"
        told = {"code": square(address), "code_words": _("Code: hand out to %(program)s", program=program.name)}
        if kind is SiteKind.PROGRAM_LABELS:
            pieces = sum(one.goods.remaining for one in lines)
            rows = [(f"{number(one.goods.remaining)} × {one.item.name}",) for one in lines[:_ON_A_LABEL]]
            if len(lines) > _ON_A_LABEL:
                rows.append((_("and %(count)s more items", count=number(len(lines) - _ON_A_LABEL)),))
            below = ngettext("%(count)s piece", "%(count)s pieces", pieces, count=number(pieces))
            yield Section(head, f"{site} · {below}", (), (), rows, **told)
        else:
            below = _("Collect at: %(place)s", place=site)
            below += " · " + _("Pick-up code: %(code)s", code=pick_up_code(purchase.id, program.id))
            columns = (_("Item"), _("Vendor's number"), _("Quantity"), _("Handed out"))
            cells = [(one.item.name, one.item.sku, number(one.goods.remaining), _BOX) for one in lines]
            yield Section(head, below, columns, (False, False, True, False), cells, **told)
        progress.add()


def _cases(purchase: Purchase, sender: Sender, progress: Progress) -> Iterator[Section]:
    for one in line_counts(purchase.id, newest_orders(purchase)):
        address = sender.address("receiving_pages.receive", order_id=one.order.id, line=one.line.line)
        address += f"#line-{one.line.line}"
        cases = ngettext("%(count)s case", "%(count)s cases", one.line.cases, count=number(one.line.cases))
        rows = [
            (f"{one.line.sku} · {_('Case of %(size)s', size=number(one.line.case_size))}",),
            (f"{one.order.number} · {_('line %(line)s', line=one.line.line)} · {cases}",),
        ]
        words = _("Code: count this line")
        yield Section(one.line.name, one.order.deliver_to, (), (), rows, square(address), words)
        progress.add()


def _programs(purchase: Purchase) -> Iterator[tuple[Program, str, list[ToCollect]]]:
    """Yield the programs that still collect something, site by site and by name, with what it is."""
    for site in delivery_points(purchase.id):
        after: Program | None = None
        while True:
            some = list(db.session.scalars(_after(collecting_programs(purchase.id, site.id), after)))
            if not some:
                break
            after = some[-1]
            goods = to_collect(purchase.id, [one.id for one in some])
            for program in some:
                lines = [one for one in goods[program.id] if one.goods.remaining]
                if lines:
                    yield program, site.name, lines


def _after(query: Select[Any], last: Program | None) -> Select[Any]:
    query = query.order_by(Program.name, Program.id).limit(_PROGRAMS_AT_A_TIME)
    if last is None:
        return query
    return query.where((Program.name > last.name) | ((Program.name == last.name) & (Program.id > last.id)))


def square(address: str) -> str:
    """Return an address as a square code, an SVG of its own."""
    drawn = io.BytesIO()
    segno.make(address, micro=False, error="m").save(drawn, kind="svg", scale=4, xmldecl=False, nl=False)
    return drawn.getvalue().decode()
