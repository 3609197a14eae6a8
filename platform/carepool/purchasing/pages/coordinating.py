"""The coordinator runs an open purchase: programs' orders, dry runs, the close and its progress, purchase orders."""

from uuid import UUID

from flask import make_response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import or_, select

from carepool.identity.rights import Permission
from carepool.jobs.models import UNDER_WAY, Job
from carepool.programs.models import Program
from carepool.purchasing import queries
from carepool.purchasing.actions import closing, purchases
from carepool.purchasing.models.orders import OrderState, ProgramOrder
from carepool.purchasing.pages.frame import PAGE, blueprint, is_partial
from carepool.purchasing.pages.purchase_page import changing, own_purchase, to_purchase
from carepool.sentences import Sentence, marked
from carepool.web.forms import FormReader
from carepool.web.guards import needs, require, tenant_zone
from carepool.web.paging import page_of
from carepool.web.requests import signed_in
from tenants.database import db, find

P = Permission
_FOUND = 10
"""Programs shown of a search."""


@blueprint.post("/purchases/<purchase:purchase_id>/close")
@needs(P.PURCHASES_WRITE)
def close_purchase(purchase_id: UUID) -> ResponseReturnValue:
    """Close now."""
    own = own_purchase(purchase_id)

    def close() -> Sentence:
        closing.begin_close(signed_in().actor, own.id)
        return marked("The purchase is closed. Cases and shares are being worked out; this takes a moment.")

    return changing(purchase_id, close)


@blueprint.post("/purchases/<purchase:purchase_id>/closing-time")
@needs(P.PURCHASES_WRITE)
def move_close(purchase_id: UUID) -> ResponseReturnValue:
    """Let an open purchase close earlier."""
    own = own_purchase(purchase_id)

    def move() -> Sentence:
        form = FormReader(request.form)
        closes_at = form.instant("closes_at", tenant_zone())
        form.checked()
        if closes_at is not None:
            purchases.move_close(signed_in().actor, own.id, closes_at, form.version())
        return marked("The closing time was changed. Those who ordered get a message.")

    return changing(purchase_id, move)


@blueprint.post("/purchases/<purchase:purchase_id>/try")
@needs(P.PURCHASES_WRITE)
def try_close(purchase_id: UUID) -> ResponseReturnValue:
    """Ask for a dry run."""
    own = own_purchase(purchase_id)

    def ask() -> Sentence:
        closing.ask_dry_run(signed_in().actor, own.id)
        return marked("The dry run was asked for. Load the page again in a moment to see it.")

    return changing(purchase_id, ask)


@blueprint.get("/purchases/<purchase:purchase_id>/progress")
@needs(P.PURCHASES_WRITE)
def progress(purchase_id: UUID) -> ResponseReturnValue:
    """Show how far the close is, as a part of the open page; without a script, the page itself."""
    own = own_purchase(purchase_id)
    if not is_partial():
        return to_purchase(own.id)
    job = find(Job, own.job_id) if own.job_id else None
    answer = make_response(render_template("purchasing/progress_part.html", purchase=own, job=job))
    if job is None or job.state not in UNDER_WAY:
        # the page has more to show now than this part
        answer.headers["HX-Refresh"] = "true"
    return answer


@blueprint.get("/purchases/<purchase:purchase_id>/orders")
@needs(P.PURCHASES_WRITE)
def program_orders(purchase_id: UUID) -> ResponseReturnValue:
    """List the orders of programs, and find a program that phones in."""
    own = own_purchase(purchase_id)
    orders = select(ProgramOrder).where(ProgramOrder.purchase_id == own.id)
    state = request.args.get("state", "")
    if state in set(OrderState):
        orders = orders.where(ProgramOrder.state == state)
    found = page_of(orders, [ProgramOrder.program_id], request.args.get("cursor"), PAGE)
    ids = [one.program_id for one in found.rows]
    names = {one.id: one for one in db.session.scalars(select(Program).where(Program.id.in_(ids)))} if ids else {}
    words = request.args.get("words", "").replace("\0", "").strip()[:100]
    return render_template(
        "purchasing/program_orders.html",
        purchase=own,
        page=found,
        programs=names,
        state=state,
        words=words,
        found=_programs(words) if words else [],
    )


def _programs(words: str) -> list[Program]:
    """Return the programs whose name begins with the words or whose licence number they are; a few."""
    fits = or_(Program.name.istartswith(words, autoescape=True), Program.licence_number == words)
    query = select(Program).where(Program.gone_at.is_(None), fits)
    return list(db.session.scalars(query.order_by(Program.name, Program.id).limit(_FOUND)))


@blueprint.get("/purchase-orders/<purchase_order:order_id>")
@needs(P.PURCHASES_WRITE)
def purchase_order(order_id: UUID) -> ResponseReturnValue:
    """Show one purchase order, ready to print."""
    require(P.PURCHASES_WRITE)
    own = queries.purchase_order_or_404(order_id)
    return render_template("purchasing/purchase_order.html", order=own, lines=queries.purchase_order_lines(own))
