"""Pages of a program that looks around: its catalog with favourites, items side by side, what it saved."""

from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from carepool.identity.rights import Permission
from carepool.programs.models import Program
from carepool.programs.queries import program_or_404
from carepool.purchasing.models.catalogs import CatalogItem
from carepool.purchasing.queries import catalog_item_or_404, catalog_items
from carepool.shopping import actions, queries
from carepool.shopping.savings import by_year, chart_of, written
from carepool.web.guards import needs, tenant_zone
from carepool.web.paging import page_of
from carepool.web.requests import signed_in
from tenants.database import db

blueprint = Blueprint("shopping_pages", __name__, template_folder="templates")
P = Permission
_PAGE = 25
MOST_COMPARED = 4
_MOST_FAVOURITES = 100
_BARS = 24


@blueprint.get("/programs/<program:program_id>/catalog")
@needs(P.CATALOGS_READ)
def catalog(program_id: UUID) -> ResponseReturnValue:
    """Show what is offered, a program's favourites first, with the price per each and per use."""
    return _catalog(program_or_404(program_id, P.ORDERS_READ), "")


def _catalog(program: Program, fault: str) -> str:
    words, cursor = request.args.get("words", "").replace("\0", "").strip()[:100], request.args.get("cursor")
    found = page_of(catalog_items(words or None), [CatalogItem.name, CatalogItem.id], cursor, _PAGE)
    marked = queries.favourite_items(program.id).order_by(CatalogItem.name, CatalogItem.id).limit(_MOST_FAVOURITES)
    mine = [] if words or cursor else list(db.session.scalars(marked))
    shown = {item.id for item in mine}
    return render_template(
        "shopping/catalog.html",
        program=program,
        words=words,
        page=found,
        favourites=queries.offers(program.id, mine),
        offers=queries.offers(program.id, [item for item in found.rows if item.id not in shown]),
        may_mark=signed_in().rights.may(P.ORDERS_WRITE, program.id),
        fault=fault,
    )


@blueprint.post("/programs/<program:program_id>/favourites/<catalog_item:item_id>")
@needs(P.ORDERS_WRITE)
def favourite(program_id: UUID, item_id: UUID) -> ResponseReturnValue:
    """Mark an item as a favourite of a program, or take the mark off."""
    program, item = program_or_404(program_id, P.ORDERS_WRITE), catalog_item_or_404(item_id)
    if request.form.get("act") == "unmark":
        actions.unmark(signed_in().actor, program.id, item)
        flash(_("%(item)s is no longer a favorite.", item=item.name), "success")
    else:
        actions.mark(signed_in().actor, program.id, item)
        flash(_("%(item)s is a favorite now. You see it first.", item=item.name), "success")
    return redirect(url_for(".catalog", program_id=program.id, words=request.form.get("words") or None))


@blueprint.get("/programs/<program:program_id>/compare")
@needs(P.CATALOGS_READ)
def compare(program_id: UUID) -> ResponseReturnValue:
    """Show two to four items side by side."""
    program = program_or_404(program_id, P.ORDERS_READ)
    chosen = [one for text in dict.fromkeys(request.args.getlist("item")) if (one := _id(text))]
    found = select(CatalogItem).where(CatalogItem.id.in_(chosen[: MOST_COMPARED + 1]), CatalogItem.gone_at.is_(None))
    items = list(db.session.scalars(found.order_by(CatalogItem.name, CatalogItem.id))) if chosen else []
    if not 2 <= len(items) <= MOST_COMPARED:
        return _catalog(program, _("Choose two to four items to compare."))
    return render_template("shopping/compare.html", program=program, offers=queries.offers(program.id, items))


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@blueprint.get("/programs/<program:program_id>/savings")
@needs(P.ORDERS_READ)
def savings(program_id: UUID) -> ResponseReturnValue:
    """Show what a program saved in all purchases: a chart, the purchases, and sums by year."""
    program = program_or_404(program_id, P.ORDERS_READ)
    rows = queries.saved_in(program.id)
    drawn = rows[:_BARS][::-1]
    return render_template(
        "shopping/savings.html",
        program=program,
        rows=rows,
        drawn=drawn,
        chart=chart_of([one.saved_cents for one in drawn]),
        years=by_year(rows, tenant_zone()),
    )


@blueprint.get("/programs/<program:program_id>/savings.csv")
@needs(P.ORDERS_READ)
def savings_file(program_id: UUID) -> Response:
    """Give what a program saved as a CSV file."""
    program = program_or_404(program_id, P.ORDERS_READ)
    titles = [_("Group purchase"), _("Number"), _("Closed"), _("Alone"), _("Paid"), _("Saved")]
    answer = Response(written(queries.saved_in(program.id), titles, tenant_zone()), mimetype="text/csv")
    answer.headers["Content-Disposition"] = "attachment; filename=savings.csv"
    return answer
