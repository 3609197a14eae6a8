"""The page of a purchase's procurement file: how it was bought and who pays, and the file itself."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from carepool.errors import Refusal
from carepool.files import file_answer
from carepool.identity.rights import Permission
from carepool.jobs.models import Job
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.pages.purchase_page import own_purchase
from carepool.purchasing.savings import procuring
from carepool.purchasing.savings.models import ProcurementFile, ProcurementRecord
from carepool.purchasing.savings.pages.frame import blueprint
from carepool.purchasing.savings.procurement import Fund, Method, Origin, keep_until, least_method, limits_on
from carepool.purchasing.savings.procurement_document import ALLOWABLE, DOMESTIC, FUNDS, KEPT, METHODS, ORIGINS
from carepool.purchasing.savings.procurement_facts import bought_cents, close_day, owed_cents
from carepool.purchasing.savings.settings import settings_of
from carepool.sentences import Sentence, marked
from carepool.ui.formats import spoken_language
from carepool.web.changes import done_or_shown, faults_of
from carepool.web.forms import FormReader, amount_text
from carepool.web.guards import needs, require
from carepool.web.requests import signed_in
from tenants.database import db, find, one_of

P = Permission
_FILES = 20


@blueprint.get("/purchases/<purchase:purchase_id>/procurement")
@needs(P.PURCHASES_WRITE)
def procurement(purchase_id: UUID) -> ResponseReturnValue:
    """Show how a purchase was bought, and its files."""
    own = own_purchase(purchase_id)
    return _shown(own, _typed(find(ProcurementRecord, own.id)), {})


@blueprint.post("/purchases/<purchase:purchase_id>/procurement")
@needs(P.PURCHASES_WRITE)
def decide(purchase_id: UUID) -> ResponseReturnValue:
    """Keep how a purchase was bought."""
    own = own_purchase(purchase_id)
    form = FormReader(request.form)

    def keep() -> Sentence:
        procuring.decide(signed_in().actor, own.id, _read(form), form.version())
        return marked("It is kept. You can make the file now.")

    def shown(refused: Refusal) -> str:
        # what is wrong with the parts together is shown at the first
        faults = {
            f"fund-{Fund.CACFP}" if name == "funding" else name: told for name, told in faults_of(refused).items()
        }
        return _shown(own_purchase(purchase_id), request.form, faults)

    return done_or_shown(keep, lambda: url_for(".procurement", purchase_id=purchase_id), shown)


@blueprint.post("/purchases/<purchase:purchase_id>/procurement/file")
@needs(P.PURCHASES_WRITE)
def ask_procurement_file(purchase_id: UUID) -> ResponseReturnValue:
    """Ask for the procurement file, in the language of the page."""
    own = own_purchase(purchase_id)

    def ask() -> None:
        procuring.ask_file(signed_in().actor, own.id, spoken_language())

    def shown(refused: Refusal) -> str:
        again = own_purchase(purchase_id)
        return _shown(again, _typed(find(ProcurementRecord, again.id)), faults_of(refused))

    return done_or_shown(ask, lambda: url_for(".procurement", purchase_id=purchase_id), shown)


@blueprint.get("/procurement-files/<procurement_file:file_id>/pdf")
@needs(P.PURCHASES_WRITE)
def procurement_pdf(file_id: UUID) -> Response:
    """Give a procurement file as a PDF."""
    require(P.PURCHASES_WRITE)
    return file_answer(procuring.stored_or_404(procuring.file_or_404(file_id).file_id))


@blueprint.get("/procurement-files/<procurement_file:file_id>/data")
@needs(P.PURCHASES_WRITE)
def procurement_data(file_id: UUID) -> Response:
    """Give what a procurement file tells as JSON."""
    require(P.PURCHASES_WRITE)
    return file_answer(procuring.stored_or_404(procuring.file_or_404(file_id).data_id))


def _read(form: FormReader) -> dict[str, Any]:
    """Read the form. Raises Invalid naming the fields."""
    facts: dict[str, Any] = {
        "method": form.choice("method", Method, Method.SMALL_PURCHASE),
        "decided_by": form.text("decided_by", wanted=True),
        "reason": form.text("reason", wanted=True, most=2000),
        "origin": form.choice("origin", Origin, Origin.NO_FOOD),
        "origin_note": form.text("origin_note", most=2000),
        "funding": {fund: form.cents(f"fund-{fund}") or 0 for fund in Fund},
    }
    for name in ("method", "origin"):
        if not request.form.get(name):
            form.refuse(name, marked("Choose from the list."))
    form.checked()
    return facts


def _typed(record: ProcurementRecord | None) -> dict[str, str]:
    if record is None:
        return {"version": "0"}
    typed = {name: str(getattr(record, name)) for name in ("method", "decided_by", "reason", "origin", "origin_note")}
    typed |= {f"fund-{fund}": amount_text(cents) for fund, cents in record.funding.items()}
    return {**typed, "version": str(record.version)}


def _shown(own: Purchase, typed: Mapping[str, str], errors: Mapping[str, Any]) -> str:
    facts: dict[str, Any] = {"purchase": own, "bought": procuring.has_result(own), "typed": typed, "errors": errors}
    if facts["bought"]:
        day, bought = close_day(own), bought_cents(own)
        limits = limits_on(day, settings_of().thresholds)
        record = find(ProcurementRecord, own.id)
        facts |= {
            "bought_cents": bought,
            "owed_cents": owed_cents(own),
            "limits": limits,
            "least": least_method(bought, limits),
            "kept_until": keep_until(day),
            "decided": record is not None and record.close_version == own.close_version,
            "files": _files(own),
        }
    words = {"methods": METHODS, "origins": ORIGINS, "funds": FUNDS, "domestic": DOMESTIC, "kept": KEPT}
    return render_template("savings/procurement.html", **facts, **words, allowable=ALLOWABLE)


def _files(own: Purchase) -> list[tuple[ProcurementFile, Job | None]]:
    query = select(ProcurementFile).where(ProcurementFile.purchase_id == own.id)
    found = list(db.session.scalars(query.order_by(ProcurementFile.asked_at.desc()).limit(_FILES)))
    jobs = {one.id: one for one in db.session.scalars(select(Job).where(one_of(Job.id, {row.job_id for row in found})))}
    return [(row, jobs.get(row.job_id)) for row in found]
