"""What differs in a vendor's invoice, in a sentence of the reader's language; and words for states."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from carepool.purchasing.settlement.matching import Reason
from carepool.ui.formats import money, number


def difference_sentence(facts: Mapping[str, Any]) -> str:
    """Return the sentence of a difference as it is kept."""
    told = {name: money(facts[f"{name}_cents"]) for name in ("billed", "expected") if f"{name}_cents" in facts}
    reason = Reason(facts["reason"])
    if reason is Reason.NOT_RECEIVED:
        counts = {name: number(facts[name]) for name in ("over", "received", "billed")}
        said = _("%(billed)s are billed in all, %(received)s were received: %(over)s too many.", **counts)
    elif reason is Reason.NOT_BILLED:
        counts = {name: number(facts[name]) for name in ("eaches", "billed")}
        said = _("The credit note takes back %(eaches)s, but %(billed)s were billed.", **counts)
    else:
        said = _amounts(reason, told)
    return _("Line %(place)s: %(said)s", place=facts["place"], said=said) if facts["place"] else str(said)


def _amounts(reason: Reason, told: Mapping[str, str]) -> str:
    sentences = {
        Reason.UNKNOWN_LINE: lambda: _("%(billed)s for something that is on no order.", **told),
        Reason.CANCELED: lambda: _("%(billed)s are billed, and the whole order of this vendor was canceled.", **told),
        Reason.PRICE: lambda: _("%(billed)s are billed; at the ordered price it is %(expected)s.", **told),
        Reason.LINE_SUM: lambda: _("%(billed)s are billed; quantity times price is %(expected)s.", **told),
        Reason.FREIGHT: lambda: _("Freight of %(billed)s is billed; at most %(expected)s is left.", **told),
        Reason.TAX: lambda: _("Sales tax of %(billed)s is billed; at most %(expected)s is right.", **told),
        Reason.TOTAL: lambda: _("The total says %(billed)s; lines, freight and tax come to %(expected)s.", **told),
    }
    return str(sentences[reason]())
