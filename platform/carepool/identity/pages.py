"""Pages of signing in and out."""

from urllib.parse import urlsplit
from uuid import UUID

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from carepool.clock import now
from carepool.errors import SignInRequired
from carepool.identity import actions, kept_forms, links
from carepool.identity.models import AccessToken
from carepool.identity.tokens import WrittenToken
from carepool.identity.vendor_models import here
from carepool.ui.formats import in_words
from carepool.web.guards import open_to_all
from carepool.web.requests import presented, session_cookie
from tenants.database import db, find

blueprint = Blueprint("identity_pages", __name__, template_folder="templates")


@blueprint.get("/sign-in")
@open_to_all
def sign_in() -> ResponseReturnValue:
    """Show the sign-in form."""
    return render_template("identity/sign_in.html", next=inside(request.args.get("next")))


@blueprint.post("/sign-in")
@open_to_all
def sign_in_now() -> ResponseReturnValue:
    """Check address and password."""
    email, target = request.form.get("email", ""), inside(request.form.get("next"))
    try:
        written = actions.sign_in(email, request.form.get("password", ""), now(), request.remote_addr or "", device())
    except SignInRequired as error:
        # the wrong try counts
        db.session.commit()
        refused = in_words(error.sentence)
        return render_template("identity/sign_in.html", next=target, email=email, refused=refused), 401
    return with_session(redirect(target), written)


@blueprint.get("/sign-in/link")
@open_to_all
def ask_link() -> ResponseReturnValue:
    """Show where a link by e-mail is asked for."""
    return render_template("identity/ask_link.html")


@blueprint.post("/sign-in/link")
@open_to_all
def ask_link_now() -> ResponseReturnValue:
    """Send a link if the address is known; the answer is the same if it is not."""
    links.ask_link(request.form.get("email", ""), request.remote_addr or "")
    return render_template("identity/ask_link.html", asked=True)


@blueprint.get("/sign-in/<token>")
@open_to_all
def use_link(token: str) -> ResponseReturnValue:
    """Ask for one press, so that a mail scanner that opens links does not use the link up."""
    return render_template("identity/use_link.html", token=token)


@blueprint.post("/sign-in/<token>")
@open_to_all
def use_link_now(token: str) -> ResponseReturnValue:
    """Sign in with a one-time link."""
    try:
        written = actions.redeem_link(token, now(), device())
    except SignInRequired as error:
        return render_template("identity/sign_in.html", next="/", refused=in_words(error.sentence)), 401
    # the link may have been opened in another browser, which knows of no form
    opened = find(here(AccessToken), written.id)
    return with_session(redirect(onward(opened.person_id) if opened else "/"), written)


@blueprint.post("/sign-out")
@open_to_all
def sign_out() -> ResponseReturnValue:
    """End this browser's session."""
    if g.get("presented"):
        actions.revoke_token(presented().actor, presented().token_id, now())
    response = redirect(url_for("identity_pages.sign_in"))
    response.delete_cookie(session_cookie(), secure=current_app.config["CAREPOOL_SCHEME"] == "https")
    return response


def inside(target: str | None) -> str:
    """Return a path of this host; anything else becomes the first page."""
    parts = urlsplit(target or "/")
    inside = not parts.scheme and not parts.netloc and parts.path.startswith("/") and "\\" not in (target or "")
    return (target or "/") if inside and not (target or "").startswith("//") else "/"


def onward(person_id: UUID) -> str:
    """Return where a person goes who came with no page in mind: to what they typed, or to the first page."""
    return url_for("kept_forms_pages.kept") if kept_forms.kept_of(person_id) else "/"


def device() -> str:
    """Return what the browser says of itself."""
    return request.user_agent.string


def with_session(response: Response, written: WrittenToken) -> Response:
    """Give the browser its session's cookie."""
    response.set_cookie(
        session_cookie(),
        str(written),
        max_age=int(actions.SESSION_LIFE.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=current_app.config["CAREPOOL_SCHEME"] == "https",
    )
    return response
