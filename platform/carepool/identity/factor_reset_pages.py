"""Pages on which an administrator resets the lost second step of another person."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from carepool.clock import now
from carepool.errors import Refusal
from carepool.identity import factor_reset, queries
from carepool.identity.fresh_proof import require_fresh
from carepool.identity.rights import Permission
from carepool.ui.formats import in_words
from carepool.web.guards import needs, require
from carepool.web.requests import signed_in
from tenants.database import db

blueprint = Blueprint("factor_reset_pages", __name__, template_folder="templates")


@blueprint.get("/people/<person:person_id>/second-step")
@needs(Permission.PEOPLE_WRITE)
def ask(person_id: UUID) -> ResponseReturnValue:
    """Ask once more before a second step is taken away."""
    require(Permission.PEOPLE_WRITE)
    own = queries.person_or_404(person_id)
    mine = own.id == signed_in().person.id
    return render_template("people/reset_factor.html", own=own, mine=mine, on=factor_reset.has_factor(own))


@blueprint.post("/people/<person:person_id>/second-step")
@needs(Permission.PEOPLE_WRITE)
def reset(person_id: UUID) -> ResponseReturnValue:
    """Take the second step away."""
    require(Permission.PEOPLE_WRITE)
    own = queries.person_or_404(person_id)
    require_fresh(signed_in(), now(), url_for(".ask", person_id=own.id))
    try:
        factor_reset.reset_factor(signed_in(), own.id, now())
        flash(_("The second step was taken away. The person was signed out and is told by message."), "success")
    except Refusal as refused:
        db.session.rollback()
        flash(in_words(refused.sentence), "error")
    return redirect(url_for("people_pages.person", person_id=person_id))
