"""The page that says in plain words whether states are kept apart, and the button that checks again."""

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from carepool.identity.rights import Permission
from carepool.jobs.models import UNDER_WAY, Job
from carepool.records import isolation
from carepool.records.models import IsolationCheck
from carepool.web.guards import needs, require
from carepool.web.requests import signed_in
from tenants.database import find

blueprint = Blueprint("isolation_pages", __name__, template_folder="templates")
_READ = Permission.RECORDS_READ


@blueprint.get("/state/isolation")
@needs(_READ)
def report() -> ResponseReturnValue:
    """Show the last check, and how far the one is that was asked for."""
    require(_READ)
    facts = _facts(isolation.last_asked())
    return render_template("records/isolation.html", last=isolation.last_check(), checks=isolation.CHECKS, **facts)


@blueprint.post("/state/isolation")
@needs(_READ)
def check_again() -> ResponseReturnValue:
    """Ask for a check."""
    require(_READ)
    isolation.ask_check(signed_in().actor)
    return redirect(url_for(".report"))


@blueprint.get("/state/isolation/<isolation_check:check_id>/progress")
@needs(_READ)
def progress(check_id: UUID) -> ResponseReturnValue:
    """Answer with how far the check is, to be put into the open page; when it is over, the page is loaded again."""
    require(_READ)
    facts = _facts(isolation.check_or_404(check_id))
    if "HX-Request" not in request.headers:
        return redirect(url_for(".report"))
    shown = render_template("records/isolation_progress.html", **facts)
    return shown, 200, {} if facts["working"] else {"HX-Refresh": "true"}


def _facts(asked: IsolationCheck | None) -> dict[str, Any]:
    job = find(Job, asked.job_id) if asked and asked.job_id else None
    return {"asked": asked, "job": job, "working": job is not None and job.state in UNDER_WAY}
