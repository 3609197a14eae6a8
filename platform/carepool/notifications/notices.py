"""The notices, one sentence each, rendered in the reader's language from facts."""

from datetime import timedelta
from enum import StrEnum

from flask_babel import gettext as _

from carepool.notifications.models import Message


class Notice(StrEnum):
    """Names of the notices."""

    PURCHASE_OPENED = "purchase.opened"
    PURCHASE_ORDERED = "purchase.ordered"
    PURCHASE_FAILED = "purchase.failed_minimum"
    PURCHASE_CANCELLED = "purchase.cancelled"
    WELCOME = "person.welcome"
    SIGN_IN_LINK = "person.sign_in_link"
    LOCKED = "person.locked"
    CLAIM_CHECK = "claim.check"
    CLAIM_APPROVED = "claim.approved"
    CLAIM_DECLINED = "claim.declined"


LINK_LIFE = {
    Notice.WELCOME: timedelta(days=7),
    Notice.SIGN_IN_LINK: timedelta(hours=1),
    Notice.CLAIM_CHECK: timedelta(days=7),
    Notice.CLAIM_APPROVED: timedelta(days=7),
}
"""Notices whose letter carries a link that works once, and how long that link lives."""


def sentence_of(message: Message) -> str:
    """Return the sentence of a message in the language spoken now."""
    title = str(message.facts.get("title", ""))
    told = {name: str(message.facts.get(name, "")) for name in ("program", "name", "email", "reason")}
    sentences: dict[Notice, str] = {
        Notice.PURCHASE_OPENED: _("A group purchase is open: %(title)s. You can order until it closes.", title=title),
        Notice.PURCHASE_ORDERED: _("%(title)s is closed and ordered. See what you got and what you pay.", title=title),
        Notice.PURCHASE_FAILED: _(
            "%(title)s did not reach its minimum. Nothing was bought and you owe nothing.", title=title
        ),
        Notice.PURCHASE_CANCELLED: _("%(title)s was canceled. Nothing was bought and you owe nothing.", title=title),
        Notice.WELCOME: _("Welcome. You were invited to buy together with other child care programs."),
        Notice.SIGN_IN_LINK: _("You asked for a link to sign in."),
        Notice.LOCKED: _(
            "Someone typed wrong passwords for your address. If it was not you, nothing was opened;"
            " choose a long password."
        ),
        Notice.CLAIM_CHECK: _("%(name)s (%(email)s) asks to manage %(program)s here.", **told),
        Notice.CLAIM_APPROVED: _("You can now order for %(program)s.", **told),
        Notice.CLAIM_DECLINED: _("Your request to manage a program was declined: %(reason)s", **told),
    }
    return sentences[Notice(message.kind)]


def words_of_link(notice: Notice, link: str) -> str:
    """Return what stands below the sentence of a letter that carries a link."""
    hours = LINK_LIFE[notice] // timedelta(hours=1)
    return "\n\n".join(
        (
            _("If that is right, open this link and press the button:")
            if notice is Notice.CLAIM_CHECK
            else _("Open this link and press the button to sign in:"),
            link,
            _("The link works once, for %(hours)s hours. Give it to nobody.", hours=hours),
            _("If you did not expect this letter, do nothing."),
        )
    )
