"""Pages of API tokens: one's own, and for administrators everyone's."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from carepool.clock import now
from carepool.errors import Forbidden, Refusal
from carepool.identity import token_actions
from carepool.identity.models import AccessToken, Person, TokenKind
from carepool.identity.queries import in_force
from carepool.identity.rights import Permission
from carepool.identity.vendor_models import here
from carepool.sentences import marked
from carepool.web.forms import FormReader
from carepool.web.guards import needs, needs_sign_in, require, statewide
from carepool.web.paging import page_of
from carepool.web.requests import signed_in
from tenants.database import db

blueprint = Blueprint("token_pages", __name__, template_folder="templates")
_PAGE = 20
_LIVES = (30, 90, 180, 365)


@blueprint.get("/tokens")
@needs_sign_in
def own() -> ResponseReturnValue:
    """Show one's own tokens and the form that makes one."""
    return _shown({"days": "90"}, {})


@blueprint.post("/tokens")
@needs_sign_in
def make() -> ResponseReturnValue:
    """Make a token and show its secret, this once."""
    form = FormReader(request.form)
    label, days = form.text("label", most=100, wanted=True), form.whole("days", 1, 366)
    scopes = request.form.getlist("scopes")
    if not scopes:
        form.refuse("scopes", marked("Choose at least one."))
    try:
        form.checked()
        written = token_actions.make_token(signed_in(), scopes, label, days or 90, now())
    except Forbidden:
        raise
    except Refusal as refused:
        db.session.rollback()
        return _shown({**request.form, "scopes": scopes}, refused.fields), refused.status
    answer = render_template("tokens/made.html", label=label, written=str(written))
    return answer, 200, {"Cache-Control": "no-store"}


def _shown(typed: Mapping[str, Any], errors: Mapping[str, Any]) -> str:
    who = signed_in()
    mine = in_force(TokenKind.API, now(), who.person.id)
    page = page_of(mine, [here(AccessToken).id], request.args.get("cursor"), _PAGE, newest_first=True)
    return render_template(
        "tokens/own.html", page=page, typed=typed, errors=errors, scopes=token_actions.SCOPES, lives=_LIVES,
        may_give=token_actions.scopes_to_give(who), soon=now() + token_actions.WARNED_BEFORE,
        sees_all=statewide(Permission.PEOPLE_WRITE),
    )  # fmt: skip


@blueprint.get("/tokens/all")
@needs(Permission.PEOPLE_WRITE)
def everyones() -> ResponseReturnValue:
    """Show the tokens of everyone in the state."""
    require(Permission.PEOPLE_WRITE)
    found = in_force(TokenKind.API, now())
    page = page_of(found, [AccessToken.id], request.args.get("cursor"), _PAGE, newest_first=True)
    ids = [one.person_id for one in page.rows]
    people = {one.id: one for one in db.session.scalars(select(Person).where(Person.id.in_(ids)))}
    soon = now() + token_actions.WARNED_BEFORE
    return render_template("tokens/all.html", page=page, people=people, scopes=token_actions.SCOPES, soon=soon)


@blueprint.post("/tokens/<access_token:token_id>/end")
@needs_sign_in
def end(token_id: UUID) -> ResponseReturnValue:
    """End a token of one's own, or anyone's as an administrator."""
    token_actions.end_token(signed_in(), token_id, now())
    flash(_("The token is ended. It opens nothing any more."), "success")
    return redirect(url_for(".everyones" if request.form.get("from") == "all" else ".own"))
