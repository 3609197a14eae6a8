"""The page on which a state administrator asks for public records as one file."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from carepool.errors import Refusal
from carepool.identity.rights import Permission
from carepool.programs.models import Program
from carepool.purchasing.models.purchases import Purchase
from carepool.records import exports
from carepool.records.datasets import RecordsWish
from carepool.records.pages import day_typed
from carepool.sentences import marked
from carepool.web.forms import FormReader
from carepool.web.guards import needs, require
from carepool.web.requests import signed_in
from tenants.database import db

blueprint = Blueprint("public_records_pages", __name__, template_folder="templates")
_READ = Permission.RECORDS_READ
_MOST = 200


@blueprint.get("/state/records")
@needs(_READ)
def ask() -> ResponseReturnValue:
    """Show the form that asks for public records."""
    require(_READ)
    return _form({"without_personal": "1"}, {})


@blueprint.post("/state/records")
@needs(_READ)
def ask_now() -> ResponseReturnValue:
    """Ask a worker for the file."""
    require(_READ)
    who, form = signed_in(), FormReader(request.form)
    since, until = (day_typed(form, name) for name in ("since", "until"))
    try:
        wish = RecordsWish(
            purchase_id=form.id("purchase_id"),
            program_id=_program(form),
            since=since,
            before=until + timedelta(days=1) if until else None,
            without_personal=bool(request.form.get("without_personal")),
        )
        form.checked()
        own = exports.ask_records(who.actor, who.person.id, wish)
    except Refusal as refused:
        db.session.rollback()
        return _form(request.form, refused.fields or {"purchase_id": [refused.sentence]}), refused.status
    return redirect(url_for("records_pages.one_export", export_id=own.id))


def _program(form: FormReader) -> UUID | None:
    number = form.text("licence_number", most=100)
    found = db.session.scalar(select(Program.id).where(Program.licence_number == number)) if number else None
    if number and found is None:
        form.refuse("licence_number", marked("No program of this state has this license number."))
    return found


def _form(typed: Mapping[str, Any], errors: Mapping[str, Any]) -> str:
    newest = select(Purchase.id, Purchase.title, Purchase.number).order_by(Purchase.id.desc()).limit(_MOST)
    purchases = [(one.id, f"{one.number or '–'} {one.title}") for one in db.session.execute(newest)]
    return render_template("records/ask.html", purchases=purchases, typed=typed, errors=errors)
