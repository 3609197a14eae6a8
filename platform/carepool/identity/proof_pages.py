"""The page that asks once more who it is, before something that a borrowed session must not do."""

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from carepool.clock import now
from carepool.errors import SignInRequired
from carepool.identity import fresh_proof, passkeys, second_factor
from carepool.identity.models import Person
from carepool.identity.pages import inside
from carepool.identity.vendor_models import here
from carepool.sentences import marked
from carepool.ui.formats import in_words
from carepool.web.guards import needs_sign_in
from carepool.web.requests import signed_in
from tenants.database import db, find

blueprint = Blueprint("proof_pages", __name__, template_folder="templates")
_WRONG = marked("This is not your password.")


@blueprint.get("/account/prove")
@needs_sign_in
def prove() -> ResponseReturnValue:
    """Ask for the password, a code or a passkey."""
    return proof_page()


@blueprint.post("/account/prove")
@needs_sign_in
def prove_now() -> ResponseReturnValue:
    """Check the password or the code."""
    who, at, by_code = signed_in(), now(), "code" in request.form
    try:
        if by_code:
            proved = second_factor.prove_factor(who, request.form["code"], at)
        else:
            password = request.form.get("password", "")
            proved = fresh_proof.prove_password(who, password, at, request.remote_addr or "")
        refused = in_words(second_factor.WRONG if by_code else _WRONG)
    except SignInRequired as error:
        proved, refused = False, in_words(error.sentence)
    # a wrong try counts
    db.session.commit()
    if proved:
        return redirect(inside(request.form.get("next")))
    return proof_page(refused), 422


def proof_page(refused: str = "") -> str:
    """Return the page, with the ways that the caller has."""
    own = find(here(Person), signed_in().person.id)
    ways = {
        "password": own is not None and own.password_hash is not None,
        "code": own is not None and own.totp_since is not None,
        "passkey": passkeys.count_of(signed_in().person.id) > 0,
    }
    target = inside(request.values.get("next") or "/account")
    return render_template("identity/prove.html", refused=refused, next=target, ways=ways)
