"""Pages of one's own account, and of the second step of signing in."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from carepool.clock import now
from carepool.errors import Invalid, ProofRequired, Refusal, SignInRequired
from carepool.identity import account, passkeys, second_factor
from carepool.identity.actions import Standing
from carepool.identity.fresh_proof import require_fresh
from carepool.identity.models import Person, TokenKind
from carepool.identity.pages import inside, onward
from carepool.identity.queries import in_force
from carepool.identity.vendor_models import here
from carepool.ui.formats import in_words
from carepool.ui.languages import NAMES
from carepool.web.guards import needs_first_step, needs_sign_in
from carepool.web.requests import presented, signed_in
from tenants.database import db, find

blueprint = Blueprint("account_pages", __name__, template_folder="templates")


@blueprint.get("/account")
@needs_sign_in
def own() -> ResponseReturnValue:
    """Show the account."""
    return _account({})


@blueprint.post("/account")
@needs_sign_in
def change() -> ResponseReturnValue:
    """Change what the button says: profile, password, second step, sessions."""
    who, form, act = signed_in(), request.form, request.form.get("act")
    if act == "factor_off":
        require_fresh(who, now(), url_for("account_pages.own"))
    try:
        if act == "password":
            old, new = form.get("old_password", ""), form.get("password", "")
            account.change_password(who, old, new, now(), request.remote_addr or "", url_for("account_pages.own"))
        elif act == "end_others":
            account.end_other_sessions(who, now())
        elif act == "factor_off":
            second_factor.turn_off(who)
        else:
            account.change_profile(who, form.get("name", ""), form.get("language", ""))
    except ProofRequired:
        raise
    except Invalid as error:
        # a wrong try counts
        db.session.commit()
        return _account(error.fields), 422
    except Refusal as error:
        flash(in_words(error.sentence), "error")
        return redirect(url_for("account_pages.own"))
    flash(_("Saved."), "success")
    return redirect(url_for("account_pages.own"))


@blueprint.post("/account/recovery-codes")
@needs_sign_in
def make_codes() -> ResponseReturnValue:
    """Make new recovery codes and show them, this once."""
    who = signed_in()
    require_fresh(who, now(), url_for("account_pages.own"))
    try:
        codes = second_factor.fresh_codes(who)
    except Refusal as error:
        flash(in_words(error.sentence), "error")
        return redirect(url_for("account_pages.own"))
    return codes_page(codes, again=True)


@blueprint.post("/account/tokens/<access_token:token_id>/end")
@needs_sign_in
def end(token_id: UUID) -> ResponseReturnValue:
    """End one session or API token of one's own."""
    account.end_own(signed_in(), token_id, now())
    flash(_("Ended."), "success")
    return redirect(url_for("account_pages.own"))


def _account(errors: Any) -> str:
    who, at = signed_in(), now()
    sessions = db.session.scalars(in_force(TokenKind.SESSION, at, who.person.id)).all()
    tokens = db.session.scalars(in_force(TokenKind.API, at, who.person.id)).all()
    person = find(here(Person), who.person.id)
    left = second_factor.codes_left(who.person.id)
    return render_template(
        "identity/account.html", errors=errors, own=person, who=who, sessions=sessions, tokens=tokens, names=NAMES,
        codes_left=left, passkeys=passkeys.count_of(who.person.id),
    )  # fmt: skip


@blueprint.get("/second-step")
@needs_first_step
def second_step() -> ResponseReturnValue:
    """Ask for a code, or show how the second step is set up."""
    _refuse_session_left_open()
    return step_page()


def _refuse_session_left_open() -> None:
    """Ask for a fresh proof before a second step is set up in a session that is open already. Raises ProofRequired."""
    who = presented()
    if who.standing is Standing.WHOLE:
        require_fresh(who, now(), url_for("account_pages.second_step"))


@blueprint.post("/second-step")
@needs_first_step
def second_step_now() -> ResponseReturnValue:
    """Check a code: it proves the second step, or sets it up."""
    who, code = presented(), request.form.get("code", "")
    _refuse_session_left_open()
    try:
        if who.standing is not Standing.CODE_NEEDED:
            secret = request.form.get("secret", "")
            codes = second_factor.set_up(who, secret, code, now())
            return codes_page(codes)
        proved = second_factor.prove_factor(who, code, now())
        refused = "" if proved else in_words(second_factor.WRONG)
    except (Refusal, SignInRequired) as error:
        proved, refused = False, in_words(error.sentence)
    # a wrong try counts
    db.session.commit()
    if proved:
        return redirect(inside(request.form.get("next")))
    return step_page(refused), 422


def codes_page(codes: Sequence[str], *, again: bool = False) -> Response:
    """Return the page of fresh recovery codes, which no browser keeps. `again`: others were made before."""
    target = inside(request.form.get("next") or onward(presented().person.id))
    answer = make_response(render_template("identity/recovery_codes.html", codes=codes, again=again, next=target))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def step_page(refused: str = "") -> str:
    """Return the page that asks for the second step, or shows how it is set up."""
    who, secret, picture = presented(), "", Markup("")
    person = find(here(Person), who.person.id)
    on = person is not None and person.totp_since is not None
    asked = who.standing is Standing.CODE_NEEDED
    if not on and not asked:
        secret = request.form.get("secret") or second_factor.fresh_secret()
        # drawn by the library from a secret that it encodes
        picture = Markup(second_factor.picture(secret, who.person.email, g.tenant.title))  # noqa: S704
    target = inside(request.values.get("next"))
    return render_template(
        "identity/second_step.html", secret=secret, picture=picture, refused=refused, next=target, on=on, asked=asked,
        has_passkey=passkeys.count_of(who.person.id) > 0,
    )  # fmt: skip
