"""The page that gives back what was typed when a session had ended; every way to sign in leads here."""

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from carepool.identity import kept_forms
from carepool.web.guards import needs_sign_in
from carepool.web.requests import signed_in

blueprint = Blueprint("kept_forms_pages", __name__, template_folder="templates")


@blueprint.get("/kept")
@needs_sign_in
def kept() -> ResponseReturnValue:
    """Show what is kept for the caller, to be sent or forgotten; no browser keeps this page."""
    own = kept_forms.kept_of(signed_in().person.id)
    answer = make_response(render_template("identity/kept.html", own=own))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/kept")
@needs_sign_in
def forget() -> ResponseReturnValue:
    """Forget one: as with every form that names it, the end of the request does that (`carepool/web/kept.py`)."""
    flash(_("Thrown away."), "success")
    return redirect(url_for(".kept"))
