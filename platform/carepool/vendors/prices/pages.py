"""Pages on which a coordinator accepts or declines prices that vendors propose."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from carepool.identity.rights import Permission
from carepool.sentences import Sentence, marked
from carepool.vendors.prices import deciding
from carepool.vendors.prices.models import PriceProposal
from carepool.vendors.prices.proposing import lines_of
from carepool.vendors.prices.words import STATES
from carepool.web.changes import done_or_shown, faults_of
from carepool.web.forms import FormReader
from carepool.web.guards import needs, require
from carepool.web.paging import page_of
from carepool.web.requests import signed_in
from tenants.database import db, one_of
from tenants.registry import Vendor

blueprint = Blueprint("price_pages", __name__, template_folder="../templates")
_ALLOWED = needs(Permission.CATALOGS_WRITE)
_PAGE = 25


@blueprint.before_request
def _statewide() -> None:
    require(Permission.CATALOGS_WRITE)


@blueprint.get("/vendors/price-proposals")
@_ALLOWED
def proposals() -> ResponseReturnValue:
    """List what vendors propose, the newest first."""
    found = deciding.proposals_of_state()
    page = page_of(found, [PriceProposal.id], request.args.get("cursor"), _PAGE, newest_first=True)
    known = db.session.query(Vendor).where(one_of(Vendor.id, {one.vendor_id for one in page.rows}))
    return render_template(
        "vendors/price_proposals.html", page=page, vendors={one.id: one.name for one in known}, words=STATES
    )


@blueprint.get("/vendors/price-proposals/<price_proposal:proposal_id>")
@_ALLOWED
def proposal(proposal_id: UUID) -> ResponseReturnValue:
    """Show one proposal, with the forms that decide it."""
    return _shown(proposal_id, {}, {})


@blueprint.post("/vendors/price-proposals/<price_proposal:proposal_id>")
@_ALLOWED
def decide(proposal_id: UUID) -> ResponseReturnValue:
    """Accept or decline it."""

    def deciding_it() -> Sentence:
        form = FormReader(request.form)
        declines = request.form.get("act") != "accept"
        reason = form.text("reason", most=500, wanted=declines)
        form.checked()
        if declines:
            deciding.decline(signed_in().actor, proposal_id, reason)
            return marked("Declined. All prices stay.")
        deciding.accept(signed_in().actor, proposal_id, reason)
        return marked("Accepted. The prices hold from their day; purchases that are open keep theirs.")

    return done_or_shown(
        deciding_it,
        lambda: url_for(".proposal", proposal_id=proposal_id),
        lambda refused: _shown(proposal_id, request.form, faults_of(refused)),
    )


def _shown(proposal_id: UUID, typed: Mapping[str, str], errors: Mapping[str, Any]) -> str:
    own = deciding.own_proposal_or_404(proposal_id)
    return render_template(
        "vendors/price_proposal.html",
        own=own,
        vendor=db.session.get_one(Vendor, own.vendor_id),
        lines=lines_of(own),
        words=STATES,
        typed=typed,
        errors=errors,
    )
