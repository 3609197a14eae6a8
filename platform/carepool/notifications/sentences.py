"""The sentence of each notice, said in the reader's language from facts."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from carepool.notifications.models import Message
from carepool.notifications.notices import LINK_LIFE, Notice
from carepool.ui.formats import day, money, spoken_language, when


def sentence_of(message: Message, words: Mapping[str, str] | None = None) -> str:
    """Return the sentence of a message in the language spoken now. `words` stand in for its facts."""
    facts = {**message.facts, **(words or {})}
    title = str((words or {}).get("title") or title_of(message))
    told = {name: str(facts.get(name, "")) for name in ("program", "name", "email", "reason")}
    asker = {"name": told["name"]}
    sold = {"title": title, "vendor": str(facts.get("vendor", ""))}
    # only the one that is asked for is said: facts of one kind are not those of another
    sentences: dict[Notice, Callable[[], str]] = {
        Notice.PURCHASE_OPENED: lambda: _(
            "A group purchase is open: %(title)s. You can order until it closes.", title=title
        ),
        Notice.PURCHASE_CLOSED: lambda: _(
            "%(title)s is closed. See what you got and what you pay. We tell you when it is ordered.", title=title
        ),
        Notice.PURCHASE_ORDERED: lambda: _("%(title)s is ordered. See what you got and what you pay.", title=title),
        Notice.PURCHASE_FAILED: lambda: _(
            "%(title)s did not reach its minimum. Nothing was bought and you owe nothing.", title=title
        ),
        Notice.PURCHASE_CANCELLED: lambda: _(
            "%(title)s was canceled. Nothing was bought and you owe nothing.", title=title
        ),
        Notice.WELCOME: lambda: _("Welcome. You were invited to buy together with other child care programs."),
        Notice.SIGN_IN_LINK: lambda: _("You asked for a link to sign in."),
        Notice.LOCKED: lambda: _(
            "Someone typed wrong passwords for your address. If it was not you, nothing was opened;"
            " choose a long password."
        ),
        Notice.FACTOR_RESET: lambda: _(
            "State staff took your second step away because it was lost. You were signed out. Sign in and set it up"
            " again. If you did not ask for this, tell them at once."
        ),
        Notice.FACTOR_SET_UP: lambda: _(
            "A second step was set up for your account. If it was not you, tell state staff at once."
        ),
        Notice.PASSKEY_ADDED: lambda: _(
            "A passkey was added to your account: %(name)s. If it was not you, remove it on the page of your account.",
            **told,
        ),
        Notice.PROVIDER_CHANGED: lambda: _(
            "The settings of the provider with which people sign in were changed. Look at them under State, Signing in;"
            " if no administrator of yours did it, turn it off at once."
        ),
        Notice.CLAIM_CHECK: lambda: _("%(name)s (%(email)s) asks to manage %(program)s here.", **told),
        Notice.CLAIM_APPROVED: lambda: _("You can now order for %(program)s.", **told),
        Notice.CLAIM_DECLINED: lambda: _("Your request to manage a program was declined: %(reason)s", **told),
        Notice.DRAFT_UNSENT: lambda: _(
            "%(title)s closes within 24 hours and you have an order that you did not send. Send it in time.",
            title=title,
        ),
        Notice.APPROVAL_ASKED: lambda: _(
            "%(name)s asks you to approve an order in %(title)s. It is not ordered until you do.", title=title, **asker
        ),
        Notice.APPROVAL_GIVEN: lambda: _("%(name)s approved your order in %(title)s.", title=title, **asker),
        Notice.APPROVAL_SENT_BACK: lambda: _(
            "%(name)s sent your order in %(title)s back: %(reason)s", title=title, reason=told["reason"], **asker
        ),
        Notice.APPROVAL_WAITING: lambda: _(
            "%(title)s closes within 24 hours and an order of your program still waits for approval."
            " If nobody approves it, it is not ordered.",
            title=title,
        ),
        Notice.TERMS_CHANGED: lambda: _("The terms of %(title)s changed. Look at your order again.", title=title),
        Notice.RESULT_CHANGED: lambda: _(
            "%(title)s changed after the close: what you get or pay is different now.", title=title
        ),
        Notice.ARRIVAL_CHANGED: lambda: _(
            "%(title)s arrived, and not all as ordered. See what you get now and what you pay.", title=title
        ),
        Notice.READY_TO_COLLECT: lambda: _ready(facts, title),
        Notice.COLLECT_REMINDER: lambda: _reminded(facts, title),
        Notice.INVOICE_ISSUED: lambda: _(
            "%(title)s is settled and your invoice is there. See what you owe and until when.", title=title
        ),
        Notice.INVOICE_ADJUSTED: lambda: _adjusted(int(facts.get("cents", 0)), title),
        Notice.PAYMENT_RECEIVED: lambda: _(
            "Your payment of %(amount)s is recorded. Thank you.", amount=money(int(facts.get("cents", 0)))
        ),
        Notice.LEFTOVERS_OFFERED: lambda: _(
            "Goods of %(title)s are left in your county. You can take them at cost, first come, first served.",
            title=title,
        ),
        Notice.DIGEST: lambda: ngettext(
            "Your day: %(num)d message", "Your day: %(num)d messages", int(facts.get("count", 0))
        ),
        Notice.PHONE_CODE: lambda: _(
            "Your code is %(code)s. It works for 10 minutes.", code=str(facts.get("code", "******"))
        ),
        Notice.CASE_MISSING: lambda: _case_missing(message, title),
        Notice.WEBHOOK_FAILING: lambda: _(
            "%(host)s has not taken what we send it for a day. Look at its log, mend it and send what failed again.",
            host=str(facts.get("host", "")),
        ),
        Notice.TOKEN_ENDS: lambda: _token_ends(facts, title),
        Notice.PRICES_DECIDED: lambda: _prices_decided(facts),
        Notice.ORDERED_FOR_YOU: lambda: _(
            "%(who)s placed your order in %(title)s for you. You can change it until the close.",
            who=str(facts.get("who", "")),
            title=title,
        ),
        Notice.PURCHASE_EXTENDED: lambda: _(
            "%(title)s closes later: %(until)s. Your order stays as it is; you can change it until then.",
            title=title,
            until=_instant(facts),
        ),
        Notice.DRAFT_REMINDER: lambda: _(
            "%(title)s: your order is typed and not sent. Send it before the close: %(until)s.",
            title=title,
            until=_instant(facts),
        ),
        Notice.ORDER_TROUBLE: lambda: _(
            "%(title)s: the order to %(vendor)s did not get through. See what happened and choose what to do.", **sold
        ),
        Notice.ORDER_UNACKNOWLEDGED: lambda: _(
            "%(title)s: %(vendor)s has not said that it has the order. Ask before its cut-off passes.", **sold
        ),
        Notice.ORDER_ANSWERED: lambda: _("%(title)s: %(vendor)s answered the order. See what is different.", **sold),
        Notice.INVOICE_BROUGHT: lambda: _("%(title)s: %(vendor)s brought an invoice.", **sold),
        Notice.PRICES_PROPOSED: lambda: _(
            "%(vendor)s proposes other prices from %(day)s. Look at them and accept or decline.",
            vendor=sold["vendor"],
            day=_day(facts, "day"),
        ),
        Notice.ORDER_EDITED: lambda: _order_edited(facts, title),
        Notice.EDIT_NOT_DONE: lambda: (
            _("%(title)s: the change was not worked in, as a vendor said no or it was taken back.", title=title)
            if facts.get("state") == "refused"
            else _(
                "%(title)s: the order was changed otherwise in the meantime, so your change was not worked in."
                " Look at it again.",
                title=title,
            )
        ),
        Notice.QUESTION_ANSWERED: lambda: (
            _("%(title)s: %(vendor)s says yes to the change that you asked for.", **sold)
            if facts.get("accepted")
            else _("%(title)s: %(vendor)s says no to the change that you asked for.", **sold)
        ),
        Notice.FILE_REFUSED: lambda: _(
            "%(vendor)s sent a file that could not be taken: %(file)s. See why under Vendors, and tell the vendor.",
            vendor=str(facts.get("vendor", "")),
            file=str(facts.get("file", "")),
        ),
        Notice.ORDER_ROLLED_OVER: lambda: _(
            "%(title)s: a vendor's smallest order was not reached. What you asked for there moves to a new purchase;"
            " when it opens, we ask you to confirm it.",
            title=title,
        ),
        Notice.ORDER_TO_CONFIRM: lambda: _(
            "%(title)s is open, and what you asked for the last time waits there. Look at it and send it; until then"
            " nothing is ordered for you.",
            title=title,
        ),
        Notice.SERVICE_OPENED: lambda: _(
            "%(title)s is on offer. You can enroll until %(until)s.", until=_instant(facts), **sold
        ),
        Notice.SERVICE_EXTENDED: lambda: _(
            "%(title)s: too few programs enrolled so far. The time is put off to %(until)s. You stay enrolled.",
            until=_instant(facts),
            **sold,
        ),
        Notice.SERVICE_AGREED: lambda: _(
            "%(title)s is agreed. It begins on %(day)s. See what you pay and when.", day=_day(facts, "day"), **sold
        ),
        Notice.SERVICE_FAILED: lambda: _(
            "%(title)s does not come about: too few programs enrolled. You owe nothing.", **sold
        ),
        Notice.SERVICE_CANCELLED: lambda: _("%(title)s is canceled: %(reason)s", title=title, reason=told["reason"]),
        Notice.SERVICE_RATE_FELL: lambda: _(
            "%(title)s: more programs joined, so all pay less from %(day)s on.", day=_day(facts, "day"), **sold
        ),
        Notice.RENEWAL_OFFERED: lambda: _(
            "%(title)s goes on for another term. Look at it and say yes by %(until)s. Without your yes you are not in it.",
            until=_instant(facts),
            **sold,
        ),
        Notice.RENEWAL_NEAR: lambda: _(
            "%(title)s ends on %(ends)s. The last day to give notice is %(day)s.",
            day=_day(facts, "day"),
            ends=_day(facts, "ends"),
            **sold,
        ),
        Notice.ENROLMENT_ASKED: lambda: _(
            "%(name)s asks you to approve that your program enrolls in %(title)s. It is not enrolled until you do.",
            title=title,
            **asker,
        ),
        Notice.ENROLMENT_APPROVED: lambda: _(
            "%(name)s approved that your program enrolls in %(title)s.", title=title, **asker
        ),
        Notice.ENROLMENT_FOR_YOU: lambda: _entered_for_you(facts, title),
        Notice.ENROLMENT_ENDED: lambda: (
            _("The enrollment of your program in %(title)s ends: %(reason)s", title=title, reason=told["reason"])
            if told["reason"]
            else _("%(name)s took your program out of %(title)s, or declined it.", title=title, **asker)
        ),
        Notice.ENROLMENT_UNFINISHED: lambda: _(
            "%(title)s: your enrollment is not finished. Sign, confirm or approve it by %(until)s.",
            until=_instant(facts),
            **sold,
        ),
        Notice.ENROLMENT_LAPSED: lambda: _(
            "%(title)s: your enrollment was not finished in time. Your program is not in it and owes nothing.", **sold
        ),
        Notice.SERVICE_DECIDED: lambda: _decided(facts, title),
        Notice.ALLIANCE_JOINED: lambda: _(
            "%(program)s is now a member of the alliance %(title)s and can join its purchases.",
            title=title,
            program=told["program"],
        ),
    }
    return sentences[Notice(message.kind)]()


def title_of(message: Message) -> str:
    """Return the title of what a message is about, in the language spoken now where its facts have one in it."""
    facts = message.facts
    return str(facts.get(f"title_{spoken_language()}") or facts.get("title", ""))


def _token_ends(facts: Mapping[str, object], title: str) -> str:
    """Say that an API token ends: to its owner, or to an administrator, who is told whose it is."""
    if not facts.get("on"):
        return str(_("Your API token “%(title)s” ends within 14 days. Make a new one in time.", title=title))
    told = {"title": title, "when": when(datetime.fromisoformat(str(facts["on"])))}
    if "owner" in facts:
        return str(
            _("The API token “%(title)s” of %(owner)s ends: %(when)s. See that a new one is made in time.",
              owner=str(facts["owner"]), **told)
        )  # fmt: skip
    return str(_("Your API token “%(title)s” ends: %(when)s. Make a new one in time.", **told))


def _prices_decided(facts: Mapping[str, object]) -> str:
    """Say to a vendor what a state decided about the prices that it proposed."""
    told = {"state": str(facts.get("state", "")), "day": _day(facts, "day")}
    said = (
        _("%(state)s accepted the prices that you proposed. They hold from %(day)s.", **told)
        if facts.get("accepted")
        else _("%(state)s declined the prices that you proposed for %(day)s. Your prices stay as they are.", **told)
    )
    return f"{said} {_('It says: %(reason)s', reason=str(facts['reason']))}" if facts.get("reason") else str(said)


def _decided(facts: Mapping[str, object], title: str) -> str:
    """Say to those who run a contract what became of its window."""
    told = {"title": title, "num": int(str(facts.get("members", 0)))}
    said: dict[str, str] = {
        "agreed": ngettext(
            "%(title)s is agreed with %(num)d member. Give the vendor the list of members.",
            "%(title)s is agreed with %(num)d members. Give the vendor the list of members.",
            **told,
        ),
        "failed": ngettext(
            "%(title)s does not come about: %(num)d program enrolled, too few.",
            "%(title)s does not come about: %(num)d programs enrolled, too few.",
            **told,
        ),
        "open": ngettext(
            "%(title)s: %(num)d program enrolled so far, too few. The time is put off to %(until)s.",
            "%(title)s: %(num)d programs enrolled so far, too few. The time is put off to %(until)s.",
            until=_instant(facts),
            **told,
        ),
    }
    return said[str(facts.get("state", "agreed"))]


def _entered_for_you(facts: Mapping[str, object], title: str) -> str:
    told = {"who": str(facts.get("who") or _("State staff")), "title": title}
    words: str = (
        _("%(who)s entered your program for %(title)s. Read the documents and sign to be in it.", **told)
        if facts.get("sign")
        else _("%(who)s enrolled your program in %(title)s.", **told)
    )
    return words


def _day(facts: Mapping[str, object], name: str) -> str:
    written = str(facts.get(name, ""))
    return day(date.fromisoformat(written)) if written else ""


def _adjusted(cents: int, title: str) -> str:
    """Say what a settled purchase costs more, or what comes back."""
    told = {"title": title, "amount": money(abs(cents))}
    if cents < 0:
        return str(_("%(title)s: %(amount)s come back to you as a credit after all.", **told))
    return str(_("%(title)s: a late invoice adds %(amount)s to what you owe.", **told))


def _ready(facts: Mapping[str, object], title: str) -> str:
    """Say where, when and with which code goods are collected."""
    first: str = _("%(title)s: the goods of %(program)s are there.", title=title, program=str(facts.get("program", "")))
    return f"{first} {_where(facts)}"


def _reminded(facts: Mapping[str, object], title: str) -> str:
    """Say until when goods wait, and where."""
    written = str(facts.get("until", ""))
    first: str = _(
        "%(title)s: the goods of %(program)s wait until %(day)s. After that they are offered to others.",
        title=title,
        program=str(facts.get("program", "")),
        day=day(date.fromisoformat(written)) if written else "",
    )
    return f"{first} {_where(facts)}"


def _where(facts: Mapping[str, object]) -> str:
    told = {name: str(facts.get(name, "")) for name in ("place", "hours", "code")}
    if told["hours"]:
        return str(_("Collect them at %(place)s, %(hours)s. Pick-up code: %(code)s.", **told))
    return str(_("Collect them at %(place)s. Pick-up code: %(code)s.", **told))


def _case_missing(message: Message, title: str) -> str:
    """Say what is missing of the first item, and that there are more; `missing`: eaches."""
    facts = message.facts
    told = {"missing": facts.get("missing", 0), "item": str(facts.get("item", "")), "title": title}
    first: str = (
        _("%(missing)s more of %(item)s bring everyone in %(title)s to a lower price. Would you take some?", **told)
        if facts.get("gain") == "price"
        else _(
            "%(missing)s more of %(item)s fill a case in %(title)s. Without them you get less than you asked for."
            " Would you take some?",
            **told,
        )
    )
    more = int(facts.get("more", 0))
    if not more:
        return first
    others = ngettext("%(num)d more item is like this.", "%(num)d more items are like this.", more)
    return f"{first} {others}"


def _order_edited(facts: Mapping[str, Any], title: str) -> str:
    """Say what a program got before and gets now of each item, and what it pays; `bill`: [before, after] in cents."""
    before, after = (int(cents) for cents in facts.get("bill", (0, 0)))
    told = [_("%(title)s was changed after the close: %(reason)s", title=title, reason=str(facts.get("reason", "")))]
    told += [
        _("%(item)s: you get %(after)s instead of %(before)s.", item=str(name), before=int(was), after=int(now_got))
        for name, was, now_got in facts.get("lines", ())
    ]
    if before != after:
        told.append(_("You pay %(after)s instead of %(before)s.", before=money(before), after=money(after)))
    else:
        told.append(_("You pay %(after)s as before.", after=money(after)))
    return " ".join(told)


def _instant(facts: Mapping[str, object]) -> str:
    """Write the instant that a notice names, on the clock of its state."""
    written = str(facts.get("until", ""))
    return when(datetime.fromisoformat(written), str(facts.get("zone", "UTC"))) if written else ""


def words_of_link(notice: Notice) -> tuple[str, ...]:
    """Return what a letter that carries a link says of it."""
    hours = LINK_LIFE[notice] // timedelta(hours=1)
    return (
        _("If that is right, open this link and press the button:")
        if notice is Notice.CLAIM_CHECK
        else _("Open this link and press the button to sign in:"),
        _("The link works once, for %(hours)s hours. Give it to nobody.", hours=hours),
        _("If you did not expect this letter, do nothing."),
    )
