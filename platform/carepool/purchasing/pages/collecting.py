"""After the close: packing lists for the coordinator, and the card with which a program collects its goods."""

from typing import Any
from uuid import UUID

import segno
from flask import Response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import select

from carepool.files import file_answer
from carepool.identity.rights import Permission
from carepool.jobs.models import Job
from carepool.programs.models import Program
from carepool.programs.queries import program_or_404
from carepool.purchasing import queries
from carepool.purchasing.actions.packing_documents import ask_packing as ask
from carepool.purchasing.models.closings import Share
from carepool.purchasing.models.orders import ProgramOrder
from carepool.purchasing.models.packing_documents import PackingDocument, PackingKind
from carepool.purchasing.models.purchases import DeliveryPoint, Purchase, PurchaseItem
from carepool.purchasing.packing import shares_packed, workbook
from carepool.purchasing.pages.frame import blueprint
from carepool.purchasing.pages.purchase_page import own_purchase
from carepool.purchasing.receiving.collecting_queries import goods_on_card
from carepool.purchasing.receiving.pick_up_codes import pick_up_code
from carepool.ui.formats import spoken_language
from carepool.web.forms import FormReader
from carepool.web.guards import needs, require, statewide
from carepool.web.paging import page_of
from carepool.web.requests import signed_in
from tenants.database import db, find

P = Permission
_ROWS = 100
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/purchases/<purchase:purchase_id>/packing")
@needs(P.PURCHASES_WRITE)
def packing(purchase_id: UUID) -> ResponseReturnValue:
    """Show who gets how many of what, by item or by program, ready to print."""
    own = own_purchase(purchase_id)
    queries.last_close_or_404(own)
    by_program = request.args.get("by") == "program"
    keys = [Share.program_id, Share.item_id] if by_program else [Share.item_id, Share.program_id]
    found = page_of(shares_packed(own), keys, request.args.get("cursor"), _ROWS)
    programs = _by_id(Program, {one.program_id for one in found.rows})
    items = _by_id(PurchaseItem, {one.item_id for one in found.rows})
    orders = select(ProgramOrder).where(ProgramOrder.purchase_id == own.id, ProgramOrder.program_id.in_(programs))
    points = {one.program_id: one.delivery_point_id for one in db.session.scalars(orders)} if programs else {}
    return render_template(
        "purchasing/packing.html",
        purchase=own,
        page=found,
        by_program=by_program,
        programs=programs,
        items=items,
        points=points,
        documents=_documents(own),
        point_names={one.id: one.name for one in queries.delivery_points(own.id)},
    )


@blueprint.get("/purchases/<purchase:purchase_id>/packing.xlsx")
@needs(P.PURCHASES_WRITE)
def packing_workbook(purchase_id: UUID) -> Response:
    """Give the whole packing list as an Excel workbook."""
    own = own_purchase(purchase_id)
    queries.last_close_or_404(own)
    titles = [_("Item"), _("Vendor's number"), _("Program"), _("License number"), _("Collect at"), _("Quantity")]
    file = workbook(own, [(_("By item"), True), (_("By program"), False)], titles)
    return send_file(file, mimetype=_XLSX, as_attachment=True, download_name=f"{own.number}.xlsx")


@blueprint.get("/purchases/<purchase:purchase_id>/orders/<program:program_id>/pick-up")
@needs(P.ORDERS_READ)
def pick_up_card(purchase_id: UUID, program_id: UUID) -> ResponseReturnValue:
    """Show what a program collects, where and when: on a phone, or printed on half a page."""
    own = queries.purchase_or_404(purchase_id)
    program = program_or_404(program_id, P.ORDERS_READ)
    order = queries.order_or_404(own.id, program.id)
    result = queries.result_of(own, program.id)
    shares = [one for one in result["shares"] if one["got"]]
    point = find(DeliveryPoint, order.delivery_point_id)
    facts: dict[str, Any] = {"purchase": own, "program": program, "point": point, "shares": shares}
    facts |= {"pick_up_code": pick_up_code(own.id, program.id), "goods": goods_on_card(own, program.id)}
    facts["hands_out"] = statewide(P.GOODS_RECEIVE)
    return render_template("purchasing/pick_up_card.html", **facts, code=_code_of_page())


@blueprint.post("/purchases/<purchase:purchase_id>/packing/ask")
@needs(P.PURCHASES_WRITE)
def ask_packing(purchase_id: UUID) -> ResponseReturnValue:
    """Ask for a packing list to print, in the language of the page."""
    own = own_purchase(purchase_id)
    kind = FormReader(request.form).choice("kind", PackingKind, PackingKind.ITEM)
    ask(signed_in().actor, own.id, kind, spoken_language())
    return redirect(url_for(".packing", purchase_id=own.id))


@blueprint.get("/packing-documents/<packing_document:document_id>/file")
@needs(P.PURCHASES_WRITE)
def packing_file(document_id: UUID) -> Response:
    """Give a packing list as a PDF, or a ZIP of several."""
    require(P.PURCHASES_WRITE)
    row = queries.packing_file_or_404(queries.packing_or_404(document_id))
    return file_answer(row)


def _code_of_page() -> Markup:
    """Return the page's own address as a square code, so that staff can open it from paper."""
    drawn = segno.make(request.base_url, micro=False, error="m")
    return Markup(drawn.svg_inline(scale=3, light="white", svgclass="cp-pick-up__code", lineclass=None))  # noqa: S704


def _documents(own: Purchase) -> list[tuple[PackingDocument, Job | None]]:
    found = list(db.session.scalars(queries.packing_documents(own).order_by(PackingDocument.asked_at)))
    jobs = _by_id(Job, {one.job_id for one in found})
    return [(one, jobs.get(one.job_id)) for one in found]


def _by_id(model: Any, ids: set[UUID]) -> dict[UUID, Any]:
    return {one.id: one for one in db.session.scalars(select(model).where(model.id.in_(ids)))} if ids else {}
