"""Pages of a state's records: the activity log, and the exports that one asked for."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from carepool.clock import now
from carepool.errors import Invalid, NotFound, Refusal
from carepool.identity.rights import Permission
from carepool.jobs.actions import cancel_job
from carepool.jobs.models import UNDER_WAY, Job
from carepool.outbox import Activity
from carepool.records import exports
from carepool.records.api import taken_file
from carepool.records.log import LogFilter, entries_wanted, told
from carepool.records.models import ExportKind, RecordExport
from carepool.records.sentences import SUBJECTS, TOPICS
from carepool.sentences import marked
from carepool.ui.formats import in_words
from carepool.web.forms import FormReader
from carepool.web.guards import needs, require, tenant_zone
from carepool.web.paging import Page, page_of
from carepool.web.requests import signed_in
from tenants.database import db, find

blueprint = Blueprint("records_pages", __name__, template_folder="templates")
_READ = Permission.RECORDS_READ
_ENTRIES = 20
_EXPORTS = 20
_ASKED = ("who", "kind", "since", "until", "person", "verb", "thing")


@blueprint.get("/state/activity")
@needs(_READ)
def activity() -> ResponseReturnValue:
    """Show the activity log, filtered."""
    require(_READ)
    asked, errors = {name: text for name in _ASKED if (text := request.args.get(name, ""))}, {}
    try:
        wanted = _filter(asked)
    except Invalid as refused:
        wanted, errors = LogFilter(), refused.fields
    keys = [Activity.at, Activity.id]
    found = page_of(entries_wanted(wanted), keys, request.args.get("cursor"), _ENTRIES, newest_first=True)
    page = Page(list(told(found.rows)), found.next_cursor)
    shown = render_template(
        "records/activity.html", page=page, asked=asked, errors=errors, kinds=SUBJECTS, verb=TOPICS.get(wanted.verb)
    )
    return shown, 422 if errors else 200


@blueprint.post("/state/activity/export")
@needs(_READ)
def export_activity() -> ResponseReturnValue:
    """Ask for the filtered log as a file."""
    require(_READ)
    try:
        return _asked_for(ExportKind.ACTIVITY, _filter(request.form).as_json())
    except Refusal as refused:
        db.session.rollback()
        flash(in_words(refused.sentence), "error")
        return redirect(url_for(".activity"))


def _asked_for(kind: ExportKind, wish: dict[str, Any]) -> ResponseReturnValue:
    who = signed_in()
    own = exports.ask_export(who.actor, who.person.id, kind, wish)
    return redirect(url_for(".one_export", export_id=own.id))


def _filter(typed: Mapping[str, str]) -> LogFilter:
    """Read the filter of the log; days are days where the state is. Raises Invalid naming the field."""
    form = FormReader(typed)
    kind = form.text("kind")
    if kind and kind not in SUBJECTS:
        form.refuse("kind", marked("Choose from the list."))
    since, until = day_typed(form, "since"), day_typed(form, "until")
    if since and until and until < since:
        form.refuse("until", marked("The last day is before the first day."))
    wanted = LogFilter(
        who=form.text("who"),
        person_id=form.id("person"),
        verb=form.text("verb"),
        subject_kind=kind,
        subject_id=form.id("thing"),
        since=since,
        before=until + timedelta(days=1) if until else None,
    )
    form.checked()
    return wanted


def day_typed(form: FormReader, name: str) -> datetime | None:
    """Return the beginning of a day where the state is, or None where nothing was typed."""
    day = form.day(name)
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(tenant_zone())) if day else None


@blueprint.get("/state/exports")
@needs(_READ)
def own_exports() -> ResponseReturnValue:
    """List the exports that one asked for."""
    require(_READ)
    mine = exports.exports_of(signed_in().person.id)
    page = page_of(mine, [RecordExport.id], request.args.get("cursor"), _EXPORTS, newest_first=True)
    jobs = {one.id: find(Job, one.job_id) for one in page.rows}
    return render_template("records/exports.html", page=page, jobs=jobs, at=now())


@blueprint.get("/state/exports/<record_export:export_id>")
@needs(_READ)
def one_export(export_id: UUID) -> ResponseReturnValue:
    """Show how far an export is, or lead to its file."""
    require(_READ)
    own, job = _own(export_id)
    return render_template("records/export.html", own=own, job=job, working=job.state in UNDER_WAY, at=now())


@blueprint.get("/state/exports/<record_export:export_id>/progress")
@needs(_READ)
def export_progress(export_id: UUID) -> ResponseReturnValue:
    """Answer with how far the work is, to be put into the open page; when it is over, the page is loaded again."""
    require(_READ)
    own, job = _own(export_id)
    if "HX-Request" not in request.headers:
        return redirect(url_for(".one_export", export_id=own.id))
    working = job.state in UNDER_WAY
    return render_template("records/progress.html", own=own, job=job), 200, {} if working else {"HX-Refresh": "true"}


@blueprint.post("/state/exports/<record_export:export_id>/cancel")
@needs(_READ)
def cancel_export(export_id: UUID) -> ResponseReturnValue:
    """Ask that an export stop."""
    require(_READ)
    _export, job = _own(export_id)
    try:
        cancel_job(signed_in().actor, job.id)
        flash(_("The export stops. Nothing is kept of it."), "success")
    except Refusal as refused:
        db.session.rollback()
        flash(in_words(refused.sentence), "error")
    return redirect(url_for(".one_export", export_id=export_id))


@blueprint.get("/state/exports/<record_export:export_id>/file")
@needs(_READ)
def export_file(export_id: UUID) -> Response:
    """Download the file of an export."""
    return taken_file(export_id)


def _own(export_id: UUID) -> tuple[RecordExport, Job]:
    own = exports.own_export_or_404(export_id, signed_in().person.id)
    job = find(Job, own.job_id)
    if job is None:
        raise NotFound("export")
    return own, job
