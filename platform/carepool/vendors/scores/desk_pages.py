"""The page of a vendor's own scorecard at its desk."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from carepool.identity.rights import Permission
from carepool.vendors.scores.chart import line_of
from carepool.vendors.scores.queries import own_scorecard
from carepool.web.guards import needs
from tenants.registry import tenant_entry

blueprint = Blueprint("desk_score_pages", __name__, template_folder="../templates")


@blueprint.get("/desk/scorecard")
@needs(Permission.DESK_READ)
def scorecard() -> ResponseReturnValue:
    """Show how well this vendor delivers, in sum, by state and by quarter."""
    card = own_scorecard()
    names = {number: entry.name for number in card.by_state if (entry := tenant_entry(number))}
    chart = line_of([counts.fill_rate for _, counts in reversed(card.by_quarter)])
    return render_template("desk/scorecard.html", card=card, names=names, chart=chart)
