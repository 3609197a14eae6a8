"""The one page of a purchase, from draft to bulk order, and how a change made on it is answered."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from carepool.errors import NotFound, Refusal
from carepool.identity.rights import Permission
from carepool.jobs.models import Job
from carepool.purchasing import queries
from carepool.purchasing.dry_runs import differences
from carepool.purchasing.models.catalogs import CatalogItem
from carepool.purchasing.models.closings import DryRun
from carepool.purchasing.models.orders import ProgramOrder
from carepool.purchasing.models.purchase_orders import PurchaseOrder
from carepool.purchasing.models.purchases import Purchase, PurchaseItem, PurchaseState
from carepool.purchasing.models.saved_sets import SavedSet
from carepool.purchasing.pages.frame import PAGE, blueprint, coordinates, is_partial, items_page, own_programs, owner_of
from carepool.sentences import Sentence
from carepool.web.changes import done_or_shown, faults_of
from carepool.web.forms import local_text
from carepool.web.guards import needs, require, tenant_zone
from carepool.web.paging import page_of
from tenants.database import db, find

_RUNS_SHOWN = 5
_SETS_OFFERED = 200


@blueprint.get("/purchases/<purchase:purchase_id>")
@needs(Permission.PURCHASES_READ)
def purchase(purchase_id: UUID) -> ResponseReturnValue:
    """Show the coordinator's page; a program's own people are led to their order."""
    own = queries.purchase_or_404(purchase_id)
    if coordinates():
        return shown(own)
    programs = own_programs()
    if not programs:
        raise NotFound("program")
    return redirect(url_for(".order", purchase_id=own.id, program_id=programs[0].id))


def own_purchase(purchase_id: UUID) -> Purchase:
    """Return a purchase that the person runs. Raises Forbidden, NotFound."""
    require(Permission.PURCHASES_WRITE)
    return queries.purchase_or_404(purchase_id)


def to_purchase(purchase_id: UUID, **more: Any) -> ResponseReturnValue:
    """Lead to a purchase's page."""
    return redirect(url_for(".purchase", purchase_id=purchase_id, **more))


def changing(
    purchase_id: UUID,
    change: Callable[[], Sentence],
    fields: Mapping[str, str] | None = None,
    adding: UUID | None = None,
) -> ResponseReturnValue:
    """Do a change and show the sentence that it returns; a refusal is shown with everything that was typed.

    `fields`: how the form calls a field of the verb; `adding`: the catalog item whose form it is.
    """

    def again(refused: Refusal) -> str:
        errors = {(fields or {}).get(name, name): told for name, told in faults_of(refused).items()}
        if adding:
            errors = {f"{name}-{adding}": told for name, told in errors.items()}
        return shown(own_purchase(purchase_id), request.form, errors, adding)

    kept: dict[str, Any] = {name: request.form.get(name) or None for name in ("words", "catalog")}
    return done_or_shown(change, lambda: url_for(".purchase", purchase_id=purchase_id, **kept), again)


def shown(
    own: Purchase,
    typed: Mapping[str, str] | None = None,
    errors: dict[str, Any] | None = None,
    adding: UUID | None = None,
) -> str:
    """Return a purchase's page; with what was typed and what is wrong with it."""
    facts = {"purchase": own, "typed": typed or {}, "errors": errors or {}, "adding": adding, "items": items_page(own)}
    facts["owner"] = owner_of(own)
    facts["sets"] = list(db.session.scalars(select(SavedSet).order_by(SavedSet.name).limit(_SETS_OFFERED)))
    facts["points"] = queries.delivery_points(own.id)
    return _draft(own, facts) if own.state == PurchaseState.DRAFT else _running(own, facts)


def _draft(own: Purchase, facts: dict[str, Any]) -> str:
    words = request.values.get("words", "").replace("\0", "").strip()[:100]
    keys, cursor = [CatalogItem.name, CatalogItem.id], request.values.get("catalog")
    offered = page_of(queries.catalog_items(words or None), keys, cursor, PAGE)
    ids = [item.id for item in offered.rows]
    present = select(PurchaseItem.catalog_item_id).where(
        PurchaseItem.purchase_id == own.id, PurchaseItem.catalog_item_id.in_(ids)
    )
    shown_as = "purchasing/catalog.html" if is_partial() else "purchasing/draft.html"
    known = set(db.session.scalars(present)) if ids else set()
    return render_template(shown_as, **facts, offered=offered, words=words, present=known, cursor=cursor or "")


def _running(own: Purchase, facts: dict[str, Any]) -> str:
    runs = page_of(
        select(DryRun).where(DryRun.purchase_id == own.id), [DryRun.id], None, _RUNS_SHOWN, newest_first=True
    )
    orders = page_of(
        queries.purchase_orders(own), [PurchaseOrder.number, PurchaseOrder.id], request.args.get("orders"), PAGE
    )
    done = [run for run in runs.rows if run.done_at]
    return render_template(
        "purchasing/purchase.html",
        **facts,
        views=queries.ladders(own.id, [item.id for item in facts["items"].rows], {}),
        runs=runs,
        changes=differences(done[1].lines, done[0].lines) if len(done) > 1 else None,
        orders=orders,
        closes_box=local_text(own.closes_at, tenant_zone()),
        counts=_order_counts(own.id),
        close=queries.last_close_or_404(own) if own.shows_result else None,
        job=find(Job, own.job_id) if own.job_id else None,
    )


def _order_counts(purchase_id: UUID) -> dict[str, int]:
    query = select(ProgramOrder.state, func.count()).where(ProgramOrder.purchase_id == purchase_id)
    return {str(state): count for state, count in db.session.execute(query.group_by(ProgramOrder.state))}
