"""Pages on which state staff see how messages go out, and decide where that is not known."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from carepool.errors import NotFound, Refusal
from carepool.identity.rights import Permission
from carepool.notifications import bounces, standing
from carepool.notifications.channels import CHANNELS
from carepool.notifications.models import Delivery, Message, SilencedAddress
from carepool.notifications.sending import Outcome, resolve_delivery
from carepool.notifications.sentences import sentence_of
from carepool.ui.formats import in_words
from carepool.web.guards import needs, require
from carepool.web.paging import page_of
from carepool.web.requests import signed_in
from tenants.database import db

blueprint = Blueprint("channels_pages", __name__, template_folder="templates")
_ALLOWED = needs(Permission.DELIVERIES_WRITE)
_PAGE = 25


@blueprint.before_request
def _statewide() -> None:
    require(Permission.DELIVERIES_WRITE)


@blueprint.get("/messages/channels")
@_ALLOWED
def channels() -> ResponseReturnValue:
    """Show where each channel stands, and the addresses that nothing is sent to."""
    silenced = page_of(
        select(SilencedAddress), [SilencedAddress.id], request.args.get("cursor"), _PAGE, newest_first=True
    )
    unknown = db.session.scalars(standing.unsettled().limit(1)).first() is not None
    return render_template(
        "notifications/channels.html", standings=standing.standings(), silenced=silenced, unknown=unknown
    )


@blueprint.post("/messages/channels/retry")
@_ALLOWED
def retry() -> ResponseReturnValue:
    """Try what waits again at once."""
    channel = request.form.get("channel", "")
    if channel not in CHANNELS:
        raise NotFound()
    count = standing.retry_channel(channel)
    flash(ngettext("%(num)d message is tried again now.", "%(num)d messages are tried again now.", count), "success")
    return redirect(url_for(".channels"))


@blueprint.get("/messages/unsettled")
@_ALLOWED
def unsettled() -> ResponseReturnValue:
    """List the deliveries of which nobody knows whether they went out."""
    keys = [Delivery.message_id, Delivery.channel]
    page = page_of(standing.unsettled(), keys, request.args.get("cursor"), _PAGE)
    ids = [one.message_id for one in page.rows]
    told = {one.id: sentence_of(one) for one in db.session.scalars(select(Message).where(Message.id.in_(ids)))}
    return render_template("notifications/unsettled.html", page=page, told=told)


@blueprint.post("/messages/<message:message_id>/settle")
@_ALLOWED
def settle(message_id: UUID) -> ResponseReturnValue:
    """Take a person's word: it was sent, or it is to be sent again."""
    outcome = request.form.get("outcome", "")
    try:
        outcome_meant = Outcome(outcome) if outcome in set(Outcome) else Outcome.SENT
        resolve_delivery(signed_in().actor, message_id, request.form.get("channel", "mail"), outcome_meant)
    except NotFound:
        raise
    except Refusal as refused:
        db.session.rollback()
        flash(in_words(refused.sentence), "error")
    else:
        flash(_("It is sent again.") if outcome_meant is Outcome.SEND_AGAIN else _("It counts as sent."), "success")
    return redirect(url_for(".unsettled"))


@blueprint.post("/messages/channels/addresses/<silenced_address:silenced_id>/clear")
@_ALLOWED
def clear(silenced_id: UUID) -> ResponseReturnValue:
    """Let an address be sent to again."""
    bounces.clear_address(signed_in().actor, silenced_id)
    flash(_("Later messages go to this address again."), "success")
    return redirect(url_for(".channels"))
