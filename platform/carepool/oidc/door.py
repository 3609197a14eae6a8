"""The door of signing in with the state's provider: the way there and the way back."""

import hmac
from datetime import datetime
from typing import Any

import structlog
from flask import Blueprint, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from carepool.clock import now
from carepool.errors import Refusal, SignInRequired, TooMany
from carepool.identity import lockout
from carepool.identity.limits import Limit, within
from carepool.identity.pages import device, inside, with_session
from carepool.oidc import actions, asking, discovery, queries
from carepool.oidc.faults import ProviderFault
from carepool.oidc.id_tokens import NotBelieved
from carepool.oidc.models import SignInAttempt, SignInProvider
from carepool.sentences import Sentence, marked
from carepool.ui.formats import in_words, spoken_language
from carepool.web.guards import open_to_all
from tenants.database import db
from tenants.spoken import Spoken, spoken

blueprint = Blueprint("oidc_door", __name__, template_folder="templates")
SIGN_INS_FROM_PLACE = Limit("provider-from", 120, 600)
_OFF = marked("This way to sign in is turned off. Use another way.")
_AGAIN = marked("This sign-in was used before, is too old, or began in another browser. Start again.")
_CANCELLED = marked("The sign-in was not finished there. Start again, or use another way.")
_SILENT = marked("The other sign-in service does not answer now. Use another way, or try again later.")
_WRONG = marked(
    "The other sign-in service answered in a way that cannot be trusted. Use another way, and tell the state."
)
_NOT_RIGHT = marked("This way to sign in is not set up right. Use another way, and tell the state.")


def address_back() -> str:
    """Return our address to which the provider sends people back; it must be registered there."""
    return url_for("oidc_door.come_back", _external=True, _scheme=current_app.config["CAREPOOL_SCHEME"])


def label_of(own: SignInProvider) -> Spoken:
    """Return the words of the button in the reader's language, or in English where there are none."""
    return spoken({"en": own.label_en, "es": own.label_es}, spoken_language())


@blueprint.app_context_processor
def offered() -> dict[str, Any]:
    """Let the sign-in page offer the provider; it asks only there."""

    def words() -> Spoken | None:
        own = queries.provider_on()
        return label_of(own) if own else None

    return {"provider_label": words}


@blueprint.get("/sign-in/provider")
@open_to_all
def go_there() -> ResponseReturnValue:
    """Send the browser to the provider."""
    own, target = queries.provider_on(), inside(request.args.get("next"))
    if own is None:
        return _refused(_OFF, 404, target)
    if not within(SIGN_INS_FROM_PLACE, request.remote_addr or ""):
        raise TooMany()
    # no connection is held while the provider is asked
    db.session.commit()
    try:
        discovered = discovery.known(own.issuer).discovered
    except ProviderFault as fault:
        return _faulty(fault, target)
    begun = actions.begin(own, target, now())
    there = asking.way_there(
        discovered,
        own,
        begun.state,
        begun.nonce,
        begun.verifier,
        address_back(),
        spoken_language(),
        fresh=request.args.get("fresh") == "1",
    )
    response = make_response(redirect(there))
    response.set_cookie(_cookie(), begun.state, max_age=int(actions.ATTEMPT_LIFE.total_seconds()), **_cookie_options())
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/sign-in/provider/return")
@open_to_all
def come_back() -> ResponseReturnValue:
    """Take the provider's answer, once, and sign the person in whom it vouches for."""
    own, at, asked = queries.provider_on(), now(), request.args
    if own is None:
        return _refused(_OFF, 404)
    counted = [lockout.of_place(request.remote_addr or "")]
    attempt = _attempt(own, at)
    if attempt is None:
        # not counted: any page elsewhere can send a browser here
        return _refused(_AGAIN, 401)
    try:
        lockout.refuse_waiting(counted, at)
    except SignInRequired as waiting:
        return _refused(waiting.sentence, 401, inside(attempt.target))
    target = inside(attempt.target)
    # the answer is used up now, and no connection is held while the provider is asked
    db.session.commit()
    try:
        if "error" in asked or not asked.get("code"):
            return _refused(_CANCELLED, 401, target)
        _refuse_another_issuer(own, asked.get("iss"))
        who = asking.way_back(own, attempt, asked["code"], address_back(), at)
        written = actions.admit(own, who, at, device())
    except NotBelieved as wrong:
        structlog.get_logger("carepool.oidc").warning("provider_not_believed", issuer=own.issuer, why=str(wrong))
        return _failed(counted, _WRONG, target)
    except SignInRequired as refused:
        return _failed(counted, refused.sentence, target)
    except ProviderFault as fault:
        return _faulty(fault, target)
    except Refusal as refused:
        return _faulty(ProviderFault(refused.sentence), target)
    response = with_session(make_response(redirect(target)), written)
    response.delete_cookie(_cookie(), **_cookie_options())
    return response


def _attempt(own: SignInProvider, at: datetime) -> SignInAttempt | None:
    """Take the sign-in that began in this very browser, which its cookie proves."""
    state, mine = request.args.get("state", ""), request.cookies.get(_cookie(), "")
    if not mine or not hmac.compare_digest(mine.encode(), state.encode()):
        return None
    return actions.take_attempt(own, state, at)


def _refuse_another_issuer(own: SignInProvider, said: str | None) -> None:
    """Refuse an answer that another provider gave (RFC 9207). Raises NotBelieved and ProviderFault."""
    if said is None and not discovery.known(own.issuer).discovered.names_itself:
        return
    if said != own.issuer:
        raise NotBelieved("iss: the answer came from another provider")


def _failed(counted: list[lockout.Counted], sentence: Sentence, target: str) -> ResponseReturnValue:
    """Count a sign-in that failed for the place it came from, and nothing else of it."""
    db.session.rollback()
    lockout.count_failure(counted, now())
    db.session.commit()
    return _refused(sentence, 401, target)


def _faulty(fault: ProviderFault, target: str) -> ResponseReturnValue:
    structlog.get_logger("carepool.oidc").warning("provider_fault", why=str(fault.sentence))
    db.session.rollback()
    return _refused(_SILENT if fault.silent else _NOT_RIGHT, 503, target)


def _refused(sentence: Sentence, status: int, target: str = "/") -> ResponseReturnValue:
    """Show the sign-in page, which offers the other ways to the page that was wanted."""
    return render_template("identity/sign_in.html", next=target, refused=in_words(sentence)), status


def _cookie() -> str:
    secure = current_app.config["CAREPOOL_SCHEME"] == "https"
    return "__Host-carepool_provider" if secure else "carepool_provider"


def _cookie_options() -> dict[str, Any]:
    # Lax: it must come along when the provider sends the browser back
    return {"httponly": True, "samesite": "Lax", "secure": current_app.config["CAREPOOL_SCHEME"] == "https"}
