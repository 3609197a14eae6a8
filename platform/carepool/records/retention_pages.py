"""The page of what is kept how long, what would be deleted, and the legal hold."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from carepool.errors import Refusal
from carepool.identity.rights import Permission
from carepool.records import retention
from carepool.records.keeping import Kind
from carepool.ui.formats import in_words
from carepool.web.forms import FormReader
from carepool.web.guards import needs, require
from carepool.web.requests import signed_in
from tenants.database import db

blueprint = Blueprint("retention_pages", __name__, template_folder="templates")
_WRITE = Permission.STATE_WRITE


@blueprint.get("/state/retention")
@needs(_WRITE)
def kept() -> ResponseReturnValue:
    """Show how long what is kept, and what the next round would delete."""
    require(_WRITE)
    return _shown(retention.days_kept(), {})


@blueprint.post("/state/retention")
@needs(_WRITE)
def change() -> ResponseReturnValue:
    """Keep the days."""
    require(_WRITE)
    form = FormReader(request.form)
    days = {kind: form.whole(kind, own.least, own.most) for kind, own in retention.keeping().items()}
    try:
        form.checked()
        wanted = {kind: number for kind, number in days.items() if number is not None}
        retention.choose_days(signed_in().actor, g.tenant.public_id, wanted)
    except Refusal as refused:
        db.session.rollback()
        return _shown(request.form, refused.fields), refused.status
    flash(_("Kept. It holds from the next round on."), "success")
    return redirect(url_for(".kept"))


@blueprint.post("/state/retention/hold")
@needs(_WRITE)
def hold() -> ResponseReturnValue:
    """Begin or end a legal hold."""
    require(_WRITE)
    by = signed_in().actor
    try:
        if request.form.get("act") == "end":
            retention.end_hold(by)
            flash(_("The legal hold is over."), "success")
        else:
            retention.begin_hold(by, FormReader(request.form).text("reason", most=10_000))
            flash(_("The legal hold is in force. Nothing is deleted."), "success")
    except Refusal as refused:
        db.session.rollback()
        if refused.fields:
            return _shown(retention.days_kept(), refused.fields), refused.status
        flash(in_words(refused.sentence), "error")
    return redirect(url_for(".kept"))


def _shown(typed: Mapping[Any, Any], errors: Mapping[str, Any]) -> str:
    return render_template(
        "records/retention.html", kinds=retention.keeping(), typed=typed, errors=errors, order=list(Kind),
        hold=retention.hold_in_force(), going=retention.would_go(),
    )  # fmt: skip
