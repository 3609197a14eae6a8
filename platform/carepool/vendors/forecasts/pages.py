"""The page of coming sums at a vendor's desk."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from carepool.identity.rights import Permission
from carepool.vendors.forecasts.queries import own_forecast
from carepool.web.guards import needs
from tenants.registry import tenant_entry

blueprint = Blueprint("desk_forecast_pages", __name__, template_folder="../templates")


@blueprint.get("/desk/forecast")
@needs(Permission.DESK_READ)
def forecast() -> ResponseReturnValue:
    """Show what open purchases come to, of states that let this vendor see it."""
    rows = own_forecast()
    names = {one: entry.name for one in {row.tenant_id for row in rows} if (entry := tenant_entry(one))}
    return render_template("desk/forecast.html", rows=rows, names=names)
