"""The message list, and what the frame of every page says of it."""

from typing import Any

from flask import Blueprint, g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from carepool.identity.rights import Permission
from carepool.identity.vendor_models import at_a_desk
from carepool.notifications import actions
from carepool.notifications.models import Message
from carepool.notifications.sentences import sentence_of
from carepool.web.guards import needs, statewide
from carepool.web.paging import page_of
from carepool.web.requests import signed_in
from tenants.database import db

blueprint = Blueprint("notifications_pages", __name__, template_folder="templates")


@blueprint.get("/messages")
@needs(Permission.MESSAGES_READ)
def messages() -> ResponseReturnValue:
    """List the person's messages, the newest first; seeing them marks them as read."""
    own = actions.inbox(signed_in().person.id)
    found = page_of(own, [Message.id], request.args.get("cursor"), 25, newest_first=True)
    shown = render_template(
        "notifications/messages.html", page=found, sentence_of=sentence_of, sends=statewide(Permission.DELIVERIES_WRITE)
    )
    actions.read_messages(signed_in().person.id)
    return shown


@blueprint.app_context_processor
def frame() -> dict[str, Any]:
    """Tell every page of a signed-in person how many messages are not read."""
    who = g.get("signed_in")
    if who is None or not db.session().is_active or at_a_desk():
        return {}
    return {
        "messages_url": url_for("notifications_pages.messages"),
        "message_count": actions.count_unread(who.person.id),
    }
