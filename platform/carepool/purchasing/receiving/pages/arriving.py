"""What arrives of a purchase: the coordinator's overview with its results and terms, and what a program gets of it."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from carepool.errors import NotFound, Refusal
from carepool.identity.rights import Permission
from carepool.jobs.models import UNDER_WAY, Job
from carepool.programs.queries import program_or_404
from carepool.purchasing.models.purchases import Purchase, PurchaseItem
from carepool.purchasing.queries import purchase_or_404
from carepool.purchasing.receiving import queries
from carepool.purchasing.receiving.actions import sharing, terms
from carepool.purchasing.receiving.actions.counting import MOST_CASES
from carepool.purchasing.receiving.actions.terms import ReceivingTerms
from carepool.purchasing.receiving.counts import LineCount, line_counts, newest_orders, terms_of, tracked_items
from carepool.purchasing.receiving.models.claims import ClaimState, VendorClaim
from carepool.purchasing.receiving.models.sharing import Arrival
from carepool.purchasing.receiving.pages.frame import blueprint, own_purchase
from carepool.sentences import Sentence, marked
from carepool.web.changes import done_or_shown
from carepool.web.forms import FormReader
from carepool.web.guards import needs
from carepool.web.paging import page_of
from carepool.web.partial import is_partial
from carepool.web.requests import signed_in
from tenants.database import db, find

P = Permission
_RESULTS = 5
_MOST_ITEMS = 200


@blueprint.get("/purchases/<purchase:purchase_id>/arrivals")
@needs(P.PURCHASES_WRITE)
def arrivals(purchase_id: UUID) -> ResponseReturnValue:
    """Show the orders of a purchase and what came of them, the results, and how it is received."""
    return _shown(own_purchase(purchase_id), {}, {})


def _shown(own: Purchase, errors: Mapping[str, Any], typed: Mapping[str, str]) -> str:
    orders = newest_orders(own)
    found = page_of(queries.arrivals_of(own), [Arrival.version], None, _RESULTS, newest_first=True)
    items = select(PurchaseItem).where(PurchaseItem.purchase_id == own.id).order_by(PurchaseItem.name, PurchaseItem.id)
    return render_template(
        "receiving/arrivals.html",
        purchase=own,
        orders=_sums(line_counts(own.id, orders)),
        terms=terms_of(own.id),
        tracked=tracked_items(own.id),
        items=list(db.session.scalars(items.limit(_MOST_ITEMS))),
        results=found.rows,
        job=_job_of(found.rows),
        open_claims=_open_claims(own.id),
        arriving=own.state in terms.UNDER_WAY,
        errors=errors,
        typed=typed,
    )


def _sums(counts: list[LineCount]) -> list[dict[str, Any]]:
    """Return one line an order: its lines, how many were counted, and cases ordered and counted."""
    found: dict[UUID, dict[str, Any]] = {}
    for one in counts:
        sums = found.setdefault(
            one.order.id,
            {
                "order": one.order,
                "lines": 0,
                "counted": 0,
                "cases": 0,
                "came": 0,
                "missing": 0,
                "finished": one.is_finished,
            },
        )
        sums["lines"] += 1
        sums["counted"] += one.is_counted
        sums["cases"] += one.line.cases
        sums["came"] += one.counted.cases
        sums["missing"] += sum(one.standing.missing.values()) if one.is_known else 0
    return list(found.values())


def _job_of(results: list[Arrival]) -> Job | None:
    """Return the job of the newest result where it is not computed yet."""
    newest = results[0] if results else None
    return find(Job, newest.job_id) if newest is not None and newest.computed_at is None else None


def _open_claims(purchase_id: UUID) -> int:
    waiting = select(func.count()).select_from(VendorClaim).where(VendorClaim.purchase_id == purchase_id)
    return db.session.scalar(waiting.where(VendorClaim.state == ClaimState.OPEN)) or 0


def _then(purchase_id: UUID, change: Any) -> ResponseReturnValue:
    def shown(refused: Refusal) -> str:
        errors = dict(refused.fields) or {"form": [refused.sentence]}
        return _shown(own_purchase(purchase_id), errors, request.form)

    return done_or_shown(change, lambda: url_for(".arrivals", purchase_id=purchase_id), shown)


@blueprint.post("/purchases/<purchase:purchase_id>/arrivals")
@needs(P.PURCHASES_WRITE)
def share_out(purchase_id: UUID) -> ResponseReturnValue:
    """Share out what is counted so far."""
    own = own_purchase(purchase_id)

    def ask() -> Sentence:
        sharing.ask_sharing(signed_in().actor, own.id)
        return marked("What came is being shared out. This takes a moment.")

    return _then(purchase_id, ask)


@blueprint.post("/purchases/<purchase:purchase_id>/orders-sent")
@needs(P.PURCHASES_WRITE)
def orders_sent(purchase_id: UUID) -> ResponseReturnValue:
    """Note that the orders went to the vendors."""
    own = own_purchase(purchase_id)

    def note() -> Sentence:
        terms.mark_ordered(signed_in().actor, own.id)
        return marked("It is noted that you sent these orders.")

    return _then(purchase_id, note)


@blueprint.post("/purchases/<purchase:purchase_id>/receiving-terms")
@needs(P.PURCHASES_WRITE)
def set_terms(purchase_id: UUID) -> ResponseReturnValue:
    """Set what is taken too much, which items have lots, and until when goods wait."""
    own = own_purchase(purchase_id)

    def set_them() -> Sentence:
        form = FormReader(request.form)
        percent = form.whole("over_percent", most=100)
        cases = form.whole("over_cases", most=MOST_CASES)
        wanted = ReceivingTerms(percent or 0, cases or 0, _day(form), frozenset(_items(form)))
        form.checked()
        terms.set_terms(signed_in().actor, own.id, wanted, form.version())
        return marked("How this purchase is received was changed.")

    return _then(purchase_id, set_them)


def _day(form: FormReader) -> date | None:
    text = request.form.get("offer_from", "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        form.refuse("offer_from", marked("Write a day, such as 2027-11-30."))
        return None


def _items(form: FormReader) -> list[UUID]:
    try:
        return [UUID(one) for one in request.form.getlist("tracked")]
    except ValueError:
        form.refuse("tracked", marked("Choose from the list."))
        return []


@blueprint.get("/purchases/<purchase:purchase_id>/arrivals/progress")
@needs(P.PURCHASES_WRITE)
def sharing_progress(purchase_id: UUID) -> ResponseReturnValue:
    """Show how far sharing out is, as a part of the open page; without a script, the page itself."""
    own = own_purchase(purchase_id)
    if not is_partial():
        return redirect(url_for(".arrivals", purchase_id=own.id))
    found = page_of(queries.arrivals_of(own), [Arrival.version], None, 1, newest_first=True)
    job = _job_of(found.rows)
    answer = make_response(render_template("receiving/progress_part.html", purchase=own, job=job))
    if job is None or job.state not in UNDER_WAY:
        answer.headers["HX-Refresh"] = "true"
    return answer


@blueprint.get("/purchases/<purchase:purchase_id>/arrived/<program:program_id>")
@needs(P.ORDERS_READ)
def arrived(purchase_id: UUID, program_id: UUID) -> ResponseReturnValue:
    """Show what a program gets of what arrived, beside what was ordered, and why."""
    own = purchase_or_404(purchase_id)
    program = program_or_404(program_id, P.ORDERS_READ)
    try:
        result = queries.arrived_for(own, program.id)
    except NotFound:
        result = None
    return render_template("receiving/arrived.html", purchase=own, program=program, result=result)
