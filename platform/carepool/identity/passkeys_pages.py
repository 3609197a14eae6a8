"""Pages of passkeys: signing in, the second step, and one's own passkeys."""

from uuid import UUID

from flask import Blueprint, Response, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from carepool.clock import now
from carepool.errors import Invalid, Refusal, SignInRequired, TooMany
from carepool.identity import passkeys
from carepool.identity.account_pages import codes_page, step_page
from carepool.identity.actions import Standing
from carepool.identity.challenges import PasskeysNotReady
from carepool.identity.fresh_proof import require_fresh
from carepool.identity.limits import PASSKEYS_FROM_PLACE, within
from carepool.identity.pages import device, inside, with_session
from carepool.identity.proof_pages import proof_page
from carepool.ui.formats import in_words
from carepool.web.guards import needs_first_step, needs_sign_in, open_to_all
from carepool.web.requests import presented, signed_in
from tenants.database import db

blueprint = Blueprint("passkeys_pages", __name__, template_folder="templates")


@blueprint.post("/sign-in/passkey/options")
@open_to_all
def sign_in_options() -> ResponseReturnValue:
    """Say what the browser shall have signed for signing in."""
    if not within(PASSKEYS_FROM_PLACE, request.remote_addr or ""):
        raise TooMany()
    return _json(passkeys.sign_in_options(_site()))


@blueprint.post("/sign-in/passkey")
@open_to_all
def sign_in() -> ResponseReturnValue:
    """Sign in with a passkey: both steps at once."""
    target = inside(request.form.get("next"))
    try:
        written = passkeys.sign_in(_answer(), now(), _site(), request.remote_addr or "", device())
    except (SignInRequired, PasskeysNotReady) as error:
        # the wrong try counts
        db.session.commit()
        refused = in_words(error.sentence)
        return render_template("identity/sign_in.html", next=target, refused=refused), error.status
    return with_session(redirect(target), written)


@blueprint.post("/second-step/passkey/options")
@needs_first_step
def proof_options() -> ResponseReturnValue:
    """Say what one of the caller's passkeys shall sign."""
    return _json(passkeys.proof_options(presented(), _site()))


@blueprint.post("/second-step/passkey")
@needs_first_step
def prove() -> ResponseReturnValue:
    """Prove with a passkey: the second step of signing in, or once more who it is."""
    who = presented()
    try:
        proved = passkeys.prove(who, _answer(), now(), _site())
        refused = "" if proved else in_words(passkeys.REFUSED)
    except (SignInRequired, PasskeysNotReady) as error:
        proved, refused = False, in_words(error.sentence)
    # a wrong try counts
    db.session.commit()
    if proved:
        return redirect(inside(request.form.get("next")))
    return (proof_page(refused) if who.standing is Standing.WHOLE else step_page(refused)), 422


@blueprint.get("/account/passkeys")
@needs_first_step
def own() -> ResponseReturnValue:
    """Show the caller's passkeys, and how one is added."""
    _require_fresh()
    return _own_page()


@blueprint.post("/account/passkeys/options")
@needs_first_step
def registration_options() -> ResponseReturnValue:
    """Say what a new passkey must look like."""
    _require_fresh()
    return _json(passkeys.registration_options(presented(), _site()))


@blueprint.post("/account/passkeys")
@needs_first_step
def add() -> ResponseReturnValue:
    """Add a passkey; recovery codes are shown where the second step begins with it."""
    _require_fresh()
    name = request.form.get("name", "")
    try:
        codes = passkeys.add_passkey(presented(), name, _answer(), now(), _site())
    except Refusal as error:
        db.session.rollback()
        return _own_page(name, in_words(error.sentence), error), error.status
    if codes:
        return codes_page(codes)
    flash(_("The passkey was added."), "success")
    return redirect(url_for(".own"))


@blueprint.get("/account/passkeys/<passkey:passkey_id>")
@needs_sign_in
def one(passkey_id: UUID) -> ResponseReturnValue:
    """Show one passkey, to rename or remove it."""
    return _one_page(passkey_id)


@blueprint.post("/account/passkeys/<passkey:passkey_id>")
@needs_sign_in
def rename(passkey_id: UUID) -> ResponseReturnValue:
    """Give a passkey another name."""
    try:
        passkeys.rename_passkey(signed_in(), passkey_id, request.form.get("name", ""))
    except Invalid as error:
        return _one_page(passkey_id, error), error.status
    flash(_("Saved."), "success")
    return redirect(url_for(".own"))


@blueprint.post("/account/passkeys/<passkey:passkey_id>/remove")
@needs_sign_in
def remove(passkey_id: UUID) -> ResponseReturnValue:
    """Remove a passkey at once."""
    who = signed_in()
    passkeys.own_passkey_or_404(who, passkey_id)
    require_fresh(who, now(), url_for(".one", passkey_id=passkey_id))
    try:
        passkeys.remove_passkey(who, passkey_id)
        flash(_("The passkey was removed."), "success")
    except Refusal as error:
        db.session.rollback()
        flash(in_words(error.sentence), "error")
    return redirect(url_for(".own"))


def _require_fresh() -> None:
    """Refuse a session left open; one whose second step is still to be set up can prove nothing more than it has."""
    who = presented()
    if who.standing is not Standing.SET_UP_NEEDED:
        require_fresh(signed_in(), now(), url_for(".own"))


def _own_page(name: str = "", refused: str = "", error: Refusal | None = None) -> str:
    who = presented()
    fields = error.fields if error else {}
    known = passkeys.passkeys_of(who.person.id)
    return render_template("identity/passkeys.html", passkeys=known, name=name, refused=refused, errors=fields)


def _one_page(passkey_id: UUID, error: Invalid | None = None) -> str:
    known = passkeys.own_passkey_or_404(signed_in(), passkey_id)
    typed = request.form.get("name", known.name)
    return render_template("identity/passkey.html", own=known, name=typed, errors=error.fields if error else {})


def _site() -> passkeys.Site:
    """Return the site that the browser sees: the state's host, whose name was found in the registry."""
    host = request.host.lower()
    origin = f"{current_app.config['CAREPOOL_SCHEME']}://{host}"
    return passkeys.Site(host.partition(":")[0], origin, g.tenant.title)


def _answer() -> str:
    return request.form.get("answer", "")


def _json(options: str) -> Response:
    return Response(options, headers={"Cache-Control": "no-store"}, content_type="application/json")
