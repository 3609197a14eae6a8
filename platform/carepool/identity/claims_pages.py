"""Pages on which someone says that they run a program, and staff decide."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from carepool.clock import now
from carepool.errors import Invalid, Refusal, SignInRequired
from carepool.identity import claims
from carepool.identity.models import Claim, ClaimState
from carepool.identity.rights import Permission
from carepool.programs.models import Program
from carepool.ui.formats import in_words
from carepool.web.guards import needs, open_to_all, require
from carepool.web.paging import page_of
from carepool.web.requests import signed_in
from tenants.database import db, find

blueprint = Blueprint("claims_pages", __name__, template_folder="templates")


@blueprint.get("/join")
@open_to_all
def join() -> ResponseReturnValue:
    """Ask for licence number, name and address."""
    return render_template("identity/join.html", form={}, errors={})


@blueprint.post("/join")
@open_to_all
def join_now() -> ResponseReturnValue:
    """Take a claim; the answer is the same whatever the number."""
    form = {name: request.form.get(name, "") for name in ("licence_number", "name", "email")}
    try:
        claims.ask_claim(**form, place=request.remote_addr or "")
    except Invalid as error:
        return render_template("identity/join.html", form=form, errors=error.fields), 422
    return render_template("identity/join.html", asked=True)


@blueprint.get("/join/code")
@open_to_all
def join_code() -> ResponseReturnValue:
    """Ask for the code that the state gave out."""
    return render_template("identity/join_code.html")


@blueprint.post("/join/code")
@open_to_all
def join_code_now() -> ResponseReturnValue:
    """Check a code; the link to sign in goes to the address of the claim."""
    number, code = request.form.get("licence_number", ""), request.form.get("code", "")
    claim = claims.redeem_code(number, code, now())
    # also a wrong try counts
    db.session.commit()
    if claim is None:
        refused = in_words(claims.CODE_REFUSED)
        return render_template("identity/join_code.html", number=number, refused=refused), 422
    return render_template("identity/join_code.html", done=True)


@blueprint.get("/join/<token>")
@open_to_all
def confirm(token: str) -> ResponseReturnValue:
    """Show what the address on file is asked, and ask for one press."""
    return _confirming(token, press=False)


@blueprint.post("/join/<token>")
@open_to_all
def confirm_now(token: str) -> ResponseReturnValue:
    """Approve with the link that went to the address on file."""
    return _confirming(token, press=True)


def _confirming(token: str, press: bool) -> ResponseReturnValue:
    try:
        claim = claims.confirm_claim(token, now()) if press else claims.claim_of_link(token, now())
    except SignInRequired as error:
        return render_template("identity/join_confirm.html", refused=in_words(error.sentence)), 401
    program = find(Program, claim.program_id) if claim.program_id else None
    return render_template("identity/join_confirm.html", claim=claim, program=program, done=press)


@blueprint.get("/claims")
@needs(Permission.PEOPLE_WRITE)
def waiting() -> ResponseReturnValue:
    """List the claims that wait for a decision, the oldest first."""
    require(Permission.PEOPLE_WRITE)
    return _list()


@blueprint.post("/claims/<claim:claim_id>")
@needs(Permission.PEOPLE_WRITE)
def decide(claim_id: UUID) -> ResponseReturnValue:
    """Approve, decline or make a code, as the button says."""
    require(Permission.PEOPLE_WRITE)
    by, act = signed_in().actor, request.form.get("act")
    if act == "code":
        code = claims.make_code(by, claim_id, now())
        return _list(code=code, coded=claim_id)
    try:
        if act == "decline":
            claims.decline_claim(by, claim_id, request.form.get("reason", ""))
            flash(_("Declined. The person gets your reason."), "success")
        else:
            claims.approve_claim(by, claim_id)
            flash(_("Approved. The person gets a link to sign in."), "success")
    except Refusal as error:
        if error.status == 404:
            raise
        flash(in_words(error.sentence), "error")
    return redirect(url_for("claims_pages.waiting"))


def _list(code: str = "", coded: UUID | None = None) -> str:
    found = select(Claim).where(Claim.state == ClaimState.WAITING)
    page = page_of(found, [Claim.id], request.args.get("cursor"), 25)
    ids = [one.program_id for one in page.rows if one.program_id]
    programs = {one.id: one for one in db.session.scalars(select(Program).where(Program.id.in_(ids)))}
    return render_template("identity/claims.html", page=page, programs=programs, code=code, coded=coded)
