"""The sentence that explains a share of what arrived, made of stored facts in the reader's language."""

from flask_babel import gettext as _

from carepool.purchasing.models.closings import Share
from carepool.purchasing.receiving.models.sharing import ArrivalShare
from carepool.ui.formats import number


def why_arrived(share: ArrivalShare, closed: Share, arrived: int, ordered: int) -> str:
    """Return why a program gets what it gets; `arrived` of `ordered` eaches came to where its goods are put down."""
    told = _("%(arrived)s of %(ordered)s came and can be used.", arrived=number(arrived), ordered=number(ordered))
    if share.got == closed.got:
        return f"{told} " + str(_("You get all that was ordered for you."))
    facts = {"got": number(share.got), "before": number(closed.got)}
    if share.got > closed.got:
        return f"{told} " + str(
            _("You get %(got)s instead of %(before)s: more came, and you said you would take it.", **facts)
        )
    if share.got:
        return f"{told} " + str(_("You get %(got)s instead of %(before)s: what came is shared by the rule.", **facts))
    return f"{told} " + str(_("The sharing rule left none for you."))
