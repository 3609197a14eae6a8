"""Pages of people: the list, inviting one, their roles, and a sign-in link that is shown once."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from carepool.alliances.queries import going_on
from carepool.clock import now
from carepool.errors import NotFound, Refusal
from carepool.identity import actions, queries, roles
from carepool.identity.models import Membership, Person
from carepool.identity.rights import (
    ALLIANCE_ROLES,
    EVERYWHERE,
    PROGRAM_ROLES,
    Permission,
    Place,
    Role,
    named_by,
    place_of,
)
from carepool.identity.role_words import ROLES, words_of
from carepool.programs.models import Program
from carepool.sentences import marked
from carepool.ui.formats import in_words
from carepool.web.forms import FormReader
from carepool.web.guards import needs, require
from carepool.web.paging import page_of
from carepool.web.requests import signed_in
from tenants.database import db, find

blueprint = Blueprint("people_pages", __name__, template_folder="templates")
_PAGE = 25


@blueprint.app_context_processor
def named() -> dict[str, Any]:
    """Let pages call a role by its words."""
    return {"role_words": lambda role: in_words(words_of(role))}


@blueprint.get("/people")
@needs(Permission.PEOPLE_READ)
def people() -> ResponseReturnValue:
    """List the people of this state by name."""
    require(Permission.PEOPLE_READ)
    words = request.args.get("q", "").replace("\0", "").strip()
    found = page_of(queries.people_named(words), [Person.name, Person.id], request.args.get("cursor"), _PAGE)
    return render_template("people/people.html", page=found, words=words, roles=queries.roles_of(found.rows), **_may())


@blueprint.get("/people/new")
@needs(Permission.PEOPLE_WRITE)
def new_person() -> ResponseReturnValue:
    """Ask whom to invite."""
    require(Permission.PEOPLE_WRITE)
    known = {name: request.args.get(name, "") for name in ("licence_number", "role", "alliance_id")}
    return _new_form(known, {})


@blueprint.post("/people/new")
@needs(Permission.PEOPLE_WRITE)
def invite() -> ResponseReturnValue:
    """Invite a person and give a role."""
    require(Permission.PEOPLE_WRITE)
    form, by = FormReader(request.form), signed_in().actor
    email, name = form.email("email", wanted=True), form.text("name", wanted=True)
    try:
        role, place = _role(form)
        form.checked()
        language = "es" if request.form.get("language") == "es" else "en"
        person = actions.invite_person(by, email, name, language)
        actions.grant_role(by, person.id, role, **named_by(place))
    except Refusal as refused:
        db.session.rollback()
        return _new_form(request.form, refused.fields or {"role": [refused.sentence]}), refused.status
    flash(_("%(name)s was invited and gets an e-mail.", name=person.name), "success")
    return redirect(url_for(".person", person_id=person.id))


def _role(form: FormReader) -> tuple[Role, Place]:
    """Read the role and, where it needs one, the alliance, or the program, which is named by its license number."""
    role = form.choice("role", Role, Role.PROGRAM_DIRECTOR)
    if role in ALLIANCE_ROLES:
        alliance_id = form.id("alliance_id")
        if alliance_id is None and "alliance_id" not in form.faults:
            form.refuse("alliance_id", marked("Choose the alliance in whose hub the person works."))
        return role, place_of(None, alliance_id)
    if role in PROGRAM_ROLES:
        number = form.text("licence_number", most=60, wanted=True)
        found = db.session.scalar(select(Program.id).where(Program.licence_number == number)) if number else None
        if number and found is None:
            form.refuse("licence_number", marked("No program has this license number. Look it up under Programs."))
        return role, place_of(found, None)
    return role, EVERYWHERE


def _new_form(typed: Mapping[str, Any], errors: Mapping[str, Any]) -> str:
    return render_template("people/new.html", typed=typed, errors=errors, **_to_give())


@blueprint.get("/people/<person:person_id>")
@needs(Permission.PEOPLE_READ)
def person(person_id: UUID) -> ResponseReturnValue:
    """Show one person and the roles in force."""
    require(Permission.PEOPLE_READ)
    return _shown(queries.person_or_404(person_id))


@blueprint.post("/people/<person:person_id>/roles")
@needs(Permission.PEOPLE_WRITE)
def give_role(person_id: UUID) -> ResponseReturnValue:
    """Give one more role."""
    require(Permission.PEOPLE_WRITE)
    own = queries.person_or_404(person_id)
    form = FormReader(request.form)
    try:
        role, place = _role(form)
        form.checked()
        actions.grant_role(signed_in().actor, own.id, role, **named_by(place))
    except Refusal as refused:
        db.session.rollback()
        errors = refused.fields or {"role": [refused.sentence]}
        return _shown(queries.person_or_404(person_id), typed=request.form, errors=errors), refused.status
    flash(_("The role was given."), "success")
    return redirect(url_for(".person", person_id=own.id))


@blueprint.post("/people/<person:person_id>/link")
@needs(Permission.PEOPLE_WRITE)
def make_link(person_id: UUID) -> ResponseReturnValue:
    """Make a sign-in link and show it, this once; it is kept nowhere."""
    require(Permission.PEOPLE_WRITE)
    own = queries.person_or_404(person_id)
    written = actions.issue_link(signed_in().actor, own.id, now())
    scheme = current_app.config["CAREPOOL_SCHEME"]
    link = url_for("identity_pages.use_link", token=str(written), _external=True, _scheme=scheme)
    answer = make_response(_shown(own, link=link))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/memberships/<membership:membership_id>/end")
@needs(Permission.PEOPLE_WRITE)
def ask_end_role(membership_id: UUID) -> ResponseReturnValue:
    """Ask once more before a role is ended."""
    require(Permission.PEOPLE_WRITE)
    held, own = _held(membership_id)
    place = next((name for one, name in queries.roles_of([own])[own.id] if one.id == held.id), None)
    return render_template("people/end.html", held=held, own=own, place=place)


@blueprint.post("/memberships/<membership:membership_id>/end")
@needs(Permission.PEOPLE_WRITE)
def end_role(membership_id: UUID) -> ResponseReturnValue:
    """End a role at once."""
    require(Permission.PEOPLE_WRITE)
    own = _held(membership_id)[1]
    to = url_for(".person", person_id=own.id)
    try:
        roles.end_membership(signed_in().actor, membership_id, now())
        flash(_("The role was ended."), "success")
    except Refusal as refused:
        db.session.rollback()
        flash(in_words(refused.sentence), "error")
    return redirect(to)


def _held(membership_id: UUID) -> tuple[Membership, Person]:
    """Return a role and who holds it. Raises NotFound."""
    held = find(Membership, membership_id)
    if held is None:
        raise NotFound("role")
    return held, queries.person_or_404(held.person_id)


def _shown(own: Person, **facts: Any) -> str:
    roles = queries.roles_of([own])[own.id]
    known = {"typed": {}, "errors": {}, "link": "", **facts}
    return render_template("people/person.html", own=own, roles=roles, **_to_give(), **known, **_may())


def _to_give() -> dict[str, Any]:
    """Return what a form of a role offers: the roles of a state, and the alliances that go on."""
    alliances = going_on()
    names = {role: ROLES[role] for role in Role if alliances or role not in ALLIANCE_ROLES}
    return {"names": names, "alliances": alliances}


def _may() -> dict[str, bool]:
    return {"may_write": signed_in().rights.may(Permission.PEOPLE_WRITE)}
