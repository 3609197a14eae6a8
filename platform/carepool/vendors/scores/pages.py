"""The page of a vendor's scorecard as a state sees it: from its own purchases only."""

from uuid import UUID

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from carepool.identity.rights import Permission
from carepool.vendors.scores.chart import line_of
from carepool.vendors.scores.queries import scorecard_of
from carepool.vendors.terms.actions import contract_of
from carepool.web.guards import needs, require
from tenants.database import db
from tenants.registry import Vendor

blueprint = Blueprint("vendor_score_pages", __name__, template_folder="../templates")


@blueprint.get("/vendors/<contract:contract_id>/scorecard")
@needs(Permission.CATALOGS_WRITE)
def scorecard(contract_id: UUID) -> ResponseReturnValue:
    """Show how well the vendor of a contract delivers to this state."""
    require(Permission.CATALOGS_WRITE)
    contract = contract_of(contract_id)
    vendor = db.session.get_one(Vendor, contract.vendor_id)
    card = scorecard_of(vendor.id)
    chart = line_of([counts.fill_rate for _, counts in reversed(card.by_quarter)])
    return render_template("vendors/scorecard.html", card=card, chart=chart, vendor=vendor, contract=contract)
