"""The notices, one sentence each, rendered in the reader's language from facts."""

from enum import StrEnum

from flask_babel import gettext as _

from carepool.notifications.models import Message


class Notice(StrEnum):
    """Names of the notices."""

    PURCHASE_OPENED = "purchase.opened"
    PURCHASE_ORDERED = "purchase.ordered"
    PURCHASE_FAILED = "purchase.failed_minimum"
    PURCHASE_CANCELLED = "purchase.cancelled"
    ORDERED_FOR_YOU = "order.placed_for_you"


def sentence_of(message: Message) -> str:
    """Return the sentence of a message in the language spoken now."""
    title = str(message.facts.get("title", ""))
    sentences: dict[Notice, str] = {
        Notice.PURCHASE_OPENED: _("A group purchase is open: %(title)s. You can order until it closes.", title=title),
        Notice.PURCHASE_ORDERED: _("%(title)s is closed and ordered. See what you got and what you pay.", title=title),
        Notice.PURCHASE_FAILED: _(
            "%(title)s did not reach its minimum. Nothing was bought and you owe nothing.", title=title
        ),
        Notice.PURCHASE_CANCELLED: _("%(title)s was canceled. Nothing was bought and you owe nothing.", title=title),
        Notice.ORDERED_FOR_YOU: _(
            "%(who)s placed your order in %(title)s for you. You can change it until the close.",
            who=str(message.facts.get("who", "")),
            title=title,
        ),
    }
    return sentences[Notice(message.kind)]
