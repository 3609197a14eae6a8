"""The page of a program's sales tax certificate: its people read it, the state's staff keep it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from carepool.clock import today_here
from carepool.files import file_answer
from carepool.identity.rights import Permission
from carepool.programs.queries import program_or_404
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.pages.frame import blueprint
from carepool.purchasing.sales_tax import actions as exemptions
from carepool.sentences import Sentence, marked
from carepool.web.changes import done_or_shown, faults_of
from carepool.web.forms import FormReader
from carepool.web.guards import needs, require
from carepool.web.requests import signed_in

P = Permission


@blueprint.get("/programs/<program:program_id>/tax-exemption")
@needs(P.ORDERS_READ)
def tax_exemption(program_id: UUID) -> ResponseReturnValue:
    """Show a program's certificate."""
    kept = exemptions.exemption_of(program_or_404(program_id, P.ORDERS_READ).id)
    last = kept.expires_on.isoformat() if kept.expires_on else ""
    return _form(program_id, {"version": str(kept.version), "certificate": kept.certificate, "expires_on": last}, {})


@blueprint.post("/programs/<program:program_id>/tax-exemption")
@needs(P.PROGRAMS_WRITE)
def keep_tax_exemption(program_id: UUID) -> ResponseReturnValue:
    """Keep a program's certificate, or take it away."""
    require(P.PROGRAMS_WRITE)
    program_or_404(program_id, P.PROGRAMS_WRITE)
    form = FormReader(request.form)
    facts = {"certificate": form.text("certificate", most=60), "expires_on": form.day("expires_on")}

    def keep() -> Sentence:
        form.checked()
        exemptions.set_exemption(signed_in().actor, program_id, facts, form.version())
        file = request.files.get("file")
        if file is not None and file.filename and facts["certificate"]:
            exemptions.keep_certificate_file(signed_in().actor, program_id, file.stream, file.filename)
        return marked("The certificate is kept.") if facts["certificate"] else marked("The program pays sales tax now.")

    return done_or_shown(
        keep,
        lambda: url_for(".tax_exemption", program_id=program_id),
        lambda refused: _form(program_id, request.form, faults_of(refused)),
    )


@blueprint.get("/programs/<program:program_id>/tax-exemption/file")
@needs(P.ORDERS_READ)
def tax_exemption_file(program_id: UUID) -> Response:
    """Give a program's certificate as it is kept."""
    return file_answer(exemptions.certificate_file_or_404(program_or_404(program_id, P.ORDERS_READ).id))


@dataclass(frozen=True)
class ExemptionShown:
    """A program's certificate as the page of an order shows it: whether it holds on the day of the closing time."""

    certificate: str
    expires_on: date | None
    holds: bool


def exemption_shown(purchase: Purchase, program_id: UUID) -> ExemptionShown:
    """Return what a program's certificate means for its order in a purchase."""
    kept = exemptions.exemption_of(program_id).exemption
    holds = kept.holds_on(exemptions.tax_day(purchase, purchase.closes_at))
    return ExemptionShown(kept.certificate, kept.expires_on, holds)


def _form(program_id: UUID, typed: Mapping[str, str], errors: Mapping[str, Any]) -> str:
    return render_template(
        "purchasing/tax_exemption.html",
        program=program_or_404(program_id, P.ORDERS_READ),
        kept=exemptions.exemption_of(program_id),
        today=today_here(),
        typed=typed,
        errors=errors,
        may_change=signed_in().rights.may(P.PROGRAMS_WRITE),
    )
