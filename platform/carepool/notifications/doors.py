"""Doors without sign-in: links of letters, and what providers of mail and text messages tell us, signed."""

import base64
import hashlib
import hmac
import json
from uuid import UUID

from flask import Blueprint, abort, current_app, render_template, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from standardwebhooks import Webhook, WebhookVerificationError

from carepool.notifications import bounces, calendar, choices
from carepool.notifications.letters import Sender, read_unsubscribe
from carepool.notifications.notice_names import names
from carepool.ui.languages import LOCALES, SOURCE
from carepool.vendors.deliveries import working as orders
from carepool.web.guards import open_to_all
from tenants.registry import active_tenants, scope_of_host
from tenants.scope import visiting

blueprint = Blueprint("notifications_doors", __name__, template_folder="templates")
_ARRIVED = "delivered"
_STOP = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "ALTO", "PARAR"}
_START = {"START", "YES", "UNSTOP"}


@blueprint.record
def _no_forms(state: BlueprintSetupState) -> None:
    """What comes here is proved by a signature of its own, never by a cookie."""
    state.app.extensions["csrf"].exempt(blueprint)


@blueprint.get("/unsubscribe/<token>")
@open_to_all
def unsubscribe(token: str) -> ResponseReturnValue:
    """Ask for one press, so that a mail scanner that opens links stops nothing."""
    return _unsubscribe_page(token, done=False)


@blueprint.post("/unsubscribe/<token>")
@open_to_all
def unsubscribe_now(token: str) -> ResponseReturnValue:
    """Stop a notice by mail: the press on the page, or the mail program's own (RFC 8058)."""
    return _unsubscribe_page(token, done=True)


def _unsubscribe_page(token: str, *, done: bool) -> ResponseReturnValue:
    proved = read_unsubscribe(token)
    if proved is None:
        abort(404)
    person_id, notice = proved
    if done:
        choices.stop_by_mail(person_id, notice)
    return render_template("notifications/unsubscribe.html", name=names().get(notice), done=done)


@blueprint.get("/calendar/<token>.ics")
@open_to_all
def calendar_feed(token: str) -> ResponseReturnValue:
    """Answer a calendar program: the purchases that the address's owner may see."""
    reader = calendar.reader_of(token)
    if reader is None:
        abort(404)
    language = reader.language if reader.language in LOCALES else SOURCE
    with force_locale(LOCALES[language]):
        written = calendar.written_calendar(reader)
    return written, 200, {"Content-Type": "text/calendar; charset=utf-8", "Cache-Control": "private, no-store"}


@blueprint.post("/hooks/mail")
@open_to_all
def mail_hook() -> ResponseReturnValue:
    """Take what became of a letter: {message_id, kind, detail}, signed as Standard Webhooks; the Message-ID names the state."""
    secret = current_app.config["MAIL_HOOK_SECRET"]
    if not secret:
        abort(404)
    try:
        Webhook(secret).verify(request.get_data(), dict(request.headers.items()))
        body = json.loads(request.get_data())
        said, detail = str(body["kind"]), str(body.get("detail", ""))
        kind = None if said == _ARRIVED else bounces.Complaint(said)
        name, _, host = str(body["message_id"]).strip().strip("<>").partition("@")
        message_id = UUID(name)
    except WebhookVerificationError:
        abort(401)
    except (ValueError, KeyError, TypeError, AttributeError):
        abort(422)
    scope = scope_of_host(host)
    if scope is not None:
        with visiting(scope):
            if kind is None:
                orders.note_arrival(message_id, detail)
            elif not bounces.note_complaint(message_id, kind, detail) and kind is bounces.Complaint.BOUNCE:
                orders.note_bounce(message_id, detail)
    # the same whether or not we know the letter: a provider has nothing to learn here
    return "", 204


@blueprint.post("/hooks/sms")
@open_to_all
def sms_hook() -> ResponseReturnValue:
    """Take STOP and START, signed by the provider. One number serves all states, so a STOP holds in each of them."""
    if not current_app.config["SMS_TOKEN"]:
        abort(404)
    url = Sender.here().address("notifications_doors.sms_hook")
    if not hmac.compare_digest(
        request.headers.get("X-Twilio-Signature", ""), twilio_signature(url, dict(request.form))
    ):
        abort(401)
    word, number = request.form.get("Body", "").strip().upper(), request.form.get("From", "")
    if word in _STOP or word in _START:
        for tenant in active_tenants():
            with visiting(tenant.scope):
                if word in _STOP:
                    bounces.silence("sms", number, "stop")
                else:
                    bounces.hear_again("sms", number)
    return "<Response/>", 200, {"Content-Type": "text/xml"}


def twilio_signature(url: str, form: dict[str, str]) -> str:
    """Return Twilio's signature of a form posted to an address: HMAC-SHA1 of the address and the sorted pairs."""
    said = url + "".join(f"{name}{form[name]}" for name in sorted(form))
    key = current_app.config["SMS_TOKEN"].encode()
    return base64.b64encode(hmac.new(key, said.encode(), hashlib.sha1).digest()).decode()
