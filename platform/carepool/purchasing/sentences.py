"""The sentence that explains a share, made of stored facts in the reader's language."""

from flask_babel import gettext as _
from flask_babel import ngettext

from carepool.purchasing.explanation import Reason
from carepool.purchasing.models.closings import LineResult, Share
from carepool.ui.formats import number


def why(share: Share, line: LineResult, case_size: int) -> str:
    """Return why a program got what it got: what it asked, what was bought for all, and the rule. Eaches and cases."""
    return " ".join(part for part in (_asked(share), _bought(line, case_size), _reason(share)) if part)


def _asked(share: Share) -> str:
    more = share.extra + share.boost
    if more:
        facts = {"wanted": number(share.wanted), "more": number(more)}
        return str(_("You asked for %(wanted)s and would take %(more)s more.", **facts))
    return str(_("You asked for %(wanted)s.", wanted=number(share.wanted)))


def _bought(line: LineResult, case_size: int) -> str:
    if not line.cases:
        facts = {"wanted": number(line.wanted), "size": number(case_size)}
        return str(_("All programs together wanted %(wanted)s; a case holds %(size)s.", **facts))
    told = ngettext(
        "%(count)s case of %(size)s was bought for %(wanted)s wanted in all.",
        "%(count)s cases of %(size)s were bought for %(wanted)s wanted in all.",
        line.cases,
        count=number(line.cases),
        size=number(case_size),
        wanted=number(line.wanted),
    )
    return str(told)


def _reason(share: Share) -> str:
    got = number(share.got)
    sentences = {
        Reason.AS_ASKED: _("You got what you asked for."),
        Reason.EXTRA_FILLED_CASE: _(
            "You got %(got)s: your extra helped to fill a case or to reach a lower price.", got=got
        ),
        Reason.SHARED_SHORT: _(
            "You got %(got)s: the last case was not full, so what there was is shared by the rule.", got=got
        ),
        Reason.NOTHING_LEFT: _("There was not enough for all, and the sharing rule left none for you."),
        Reason.NO_FULL_CASE: _("The orders did not fill a case, so none was bought."),
        Reason.MINIMUM_MISSED: _("The smallest order for this item was not reached, so none was bought."),
        Reason.VENDOR_MINIMUM_MISSED: _("The vendor's smallest order was not reached, so none was bought."),
        Reason.NOT_NEEDED: _("Your extra was not needed."),
    }
    return str(sentences[Reason(share.reason)])
