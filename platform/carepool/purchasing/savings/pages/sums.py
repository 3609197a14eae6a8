"""The state's own page of savings: a chart, sums by year, purchase, county, type or program, and what is proved."""

from enum import StrEnum

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from carepool.errors import Refusal
from carepool.identity.rights import Permission
from carepool.purchasing.savings.groups import groups_of
from carepool.purchasing.savings.pages.frame import PAGE, blueprint
from carepool.purchasing.savings.sums import By, Counted, whole, whole_shown, years_of
from carepool.records.exports import ask_savings
from carepool.shopping.savings import chart_of
from carepool.ui.formats import in_words
from carepool.web.forms import FormReader
from carepool.web.guards import needs, require, tenant_zone
from carepool.web.requests import signed_in
from tenants.database import db

_BARS = 30


@blueprint.get("/savings")
@needs(Permission.PURCHASES_WRITE)
def savings() -> ResponseReturnValue:
    """Show what the state saved."""
    require(Permission.PURCHASES_WRITE)
    asked = request.args.get("by", "")
    by = By(asked) if asked in set(By) else By.YEAR
    years = years_of(tenant_zone())
    year = next((one for one in years if str(one) == request.args.get("year")), None)
    counted = Counted(tenant_zone(), year)
    page = groups_of(by, counted, request.args.get("cursor"), PAGE)
    drawn = page.rows[:_BARS][::-1] if by in (By.YEAR, By.PURCHASE) else page.rows[:_BARS]
    return render_template(
        "savings/savings.html",
        by=by,
        years=years,
        year=year,
        page=page,
        whole=whole(counted),
        shown=whole_shown(counted),
        drawn=drawn,
        chart=chart_of([one.sums.net_cents for one in drawn]),
        may_export=signed_in().rights.may(Permission.RECORDS_READ),
        may_set=signed_in().rights.may(Permission.STATE_WRITE),
    )


class Format(StrEnum):
    """Formats of the file for funders."""

    CSV = "csv"
    XLSX = "xlsx"


@blueprint.post("/savings/export")
@needs(Permission.RECORDS_READ)
def export_savings() -> ResponseReturnValue:
    """Ask a worker for the file for funders and lead to it."""
    require(Permission.RECORDS_READ)
    who, form = signed_in(), FormReader(request.form)
    chosen = form.choice("format", Format, Format.CSV)
    try:
        form.checked()
        own = ask_savings(who.actor, who.person.id, chosen)
    except Refusal as refused:
        db.session.rollback()
        flash(in_words(refused.sentence), "error")
        return redirect(url_for(".savings"))
    return redirect(url_for("records_pages.one_export", export_id=own.id))
