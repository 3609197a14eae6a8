"""The page on which a person chooses how messages come, and gives a phone number."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from carepool.errors import Refusal
from carepool.identity.models import Person
from carepool.identity.rights import Permission
from carepool.notifications import calendar, choices
from carepool.notifications.channels import in_use
from carepool.notifications.choices import Times
from carepool.notifications.notice_names import names
from carepool.notifications.notices import FOR_COORDINATORS, FOR_STATE, Notice
from carepool.ui.formats import in_words
from carepool.web.guards import needs
from carepool.web.requests import signed_in
from tenants.database import db, find

blueprint = Blueprint("message_settings", __name__, template_folder="templates")
_READ = needs(Permission.MESSAGES_READ)


@blueprint.get("/messages/settings")
@_READ
def show() -> ResponseReturnValue:
    """Show what the person chose."""
    return _page()


@blueprint.post("/messages/settings")
@_READ
def save() -> ResponseReturnValue:
    """Keep what the person chose: boxes that are not checked are not wanted."""
    person_id = signed_in().person.id
    wanted = {
        notice: {channel: f"{channel}.{notice}" in request.form for channel in ("mail", *_more())}
        for notice in _offered()
    }
    try:
        choices.choose(person_id, wanted)
        quiet_from, quiet_to = (_minutes(request.form.get(name, "")) for name in ("quiet_from", "quiet_to"))
        choices.set_times(person_id, Times(quiet_from, quiet_to, "digest" in request.form))
    except Refusal as refused:
        db.session.rollback()
        return _page(refused), refused.status
    flash(_("Your choices are kept."), "success")
    return _back()


@blueprint.post("/messages/settings/phone")
@_READ
def phone() -> ResponseReturnValue:
    """Ask for a code, send it back, or forget the number."""
    person_id = signed_in().person.id
    act = request.form.get("act")
    try:
        if act == "forget":
            choices.forget_phone(person_id)
        elif act == "verify":
            choices.verify_phone(person_id, request.form.get("code", ""))
        else:
            choices.ask_phone_code(person_id, request.form.get("phone", ""))
    except choices.WrongCode as refused:
        # the count of tries is kept, so the answer is a page and no refusal
        choices.count_try(person_id)
        return _page(refused)
    except Refusal as refused:
        db.session.rollback()
        return _page(refused), refused.status
    return _back()


@blueprint.post("/messages/settings/calendar")
@_READ
def calendar_feed() -> ResponseReturnValue:
    """Make a new address of the calendar, shown once; the one before stops."""
    if request.form.get("act") == "revoke":
        calendar.revoke_feed(signed_in().person.id)
        return _back()
    token = calendar.new_feed(signed_in().person.id)
    return _page(feed=url_for("notifications_doors.calendar_feed", token=str(token), _external=True))


def _page(refused: Refusal | None = None, feed: str = "") -> str:
    person_id = signed_in().person.id
    person = find(Person, person_id)
    told: dict[str, Any] = dict(refused.fields) if refused else {}
    return render_template(
        "notifications/settings.html",
        names=names(),
        chosen={notice: wanted for notice, wanted in choices.choices_of(person_id).items() if notice in _offered()},
        times=choices.times_of(person_id),
        clock=_clock,
        texts="sms" in in_use(),
        person=person,
        asked=choices.waits_for_code(person_id),
        has_feed=calendar.has_feed(person_id),
        feed=feed,
        errors=told,
        refused=in_words(refused.sentence) if refused and not told else "",
        written=request.form,
    )


def _offered() -> list[Notice]:
    """Return the notices that can come to the reader."""
    rights = signed_in().rights
    administers, coordinates = rights.may(Permission.STATE_WRITE), rights.may(Permission.PURCHASES_WRITE)
    offered = [one for one in choices.choosable() if administers or one not in FOR_STATE]
    return [one for one in offered if coordinates or one not in FOR_COORDINATORS]


def _back() -> Response:
    return redirect(url_for(".show"))


def _more() -> tuple[str, ...]:
    return ("sms",) if "sms" in in_use() else ()


def _minutes(written: str) -> int | None:
    """Read `21:00` as minutes after midnight; nothing is None, what is no time is -1, which is refused."""
    if not written.strip():
        return None
    hours, _colon, minutes = written.partition(":")
    if not (hours.isdecimal() and minutes[:2].isdecimal() and int(minutes[:2]) < 60):
        return -1
    return int(hours) * 60 + int(minutes[:2])


def _clock(minutes: int | None) -> str:
    return "" if minutes is None else f"{minutes // 60:02d}:{minutes % 60:02d}"
