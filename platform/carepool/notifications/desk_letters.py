"""Letters to the people of a vendor's desk, written and sent at once by the worker: a desk keeps no messages.

What most of them tell of guards an account or carries a link; whoever misses one asks for another. So a letter that the
server did not take makes the work fail, which is done again later; one whose answer was lost may come twice, with another
link. What is told once (`ONCE`) is kept with what became of it, and never sent a second time.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from carepool.clock import now
from carepool.identity.actions import issue_link
from carepool.identity.vendor_models import VendorPerson
from carepool.notifications.channels import Letter
from carepool.notifications.channels.mail import MailChannel
from carepool.notifications.desk_models import DeskLetter
from carepool.notifications.letters import SHORT
from carepool.notifications.models import DeliveryState, Message
from carepool.notifications.notices import LINK_LIFE, Notice
from carepool.notifications.sentences import sentence_of, words_of_link
from carepool.outbox import Actor
from carepool.ui.languages import LOCALES, SOURCE
from tenants.brand import COLOUR
from tenants.database import db, find, session
from tenants.ids import new_id
from tenants.registry import desk_host_of, vendor_entry
from tenants.scope import visiting

ONCE = frozenset({Notice.TOKEN_ENDS, Notice.PRICES_DECIDED})
"""Notices of which a person of a desk gets one letter an occasion, whatever happens."""
KEPT = timedelta(days=400)
"""How long it is kept what became of a letter: longer than any token lives."""
_AT_ONCE = 1000


class LetterNotTaken(Exception):
    """The mail server did not take a letter; it is tried again later."""


def write_to(person_ids: Iterable[UUID], notice: Notice, facts: Mapping[str, Any]) -> None:
    """Send people of this desk a notice by mail, with a fresh link where it carries one. Raises LetterNotTaken."""
    if not MailChannel.configured():
        return
    for person_id in dict.fromkeys(person_ids):
        person = find(VendorPerson, person_id)
        if person is None or person.disabled_at is not None:
            continue
        with MailChannel() as channel:
            letter = _letter(new_id(), person.language, notice, facts, _path(person, notice))
            answer = channel.send(letter, person.email)
        if answer.state == DeliveryState.WAITING:
            raise LetterNotTaken(answer.error)


def write_once(
    person_ids: Iterable[UUID], notice: Notice, subject_id: UUID, facts: Mapping[str, Any], occasion: str = ""
) -> None:
    """Send people of this desk a notice by mail, each once an occasion, whatever happens on the way.

    Everyone is tried before LetterNotTaken is raised for those whose letter surely did not leave.
    """
    failed = ""
    for person_id in dict.fromkeys(person_ids):
        person = find(VendorPerson, person_id)
        if person is not None and person.disabled_at is None:
            key = {"person_id": person.id, "kind": str(notice), "subject_id": subject_id, "occasion": occasion}
            failed = _once(key, person.email, person.language, notice, facts) or failed
    if failed:
        raise LetterNotTaken(failed)


def write_to_vendor(
    address: str, language: str, notice: Notice, subject_id: UUID, facts: Mapping[str, Any], occasion: str = ""
) -> None:
    """Send the vendor itself a notice by mail, once an occasion: for a desk that nobody can sign in at.

    Raises LetterNotTaken.
    """
    key = {"person_id": None, "kind": str(notice), "subject_id": subject_id, "occasion": occasion}
    if failed := _once(key, address, language, notice, facts):
        raise LetterNotTaken(failed)


def _once(key: Mapping[str, Any], address: str, language: str, notice: Notice, facts: Mapping[str, Any]) -> str:
    """Send a letter that was not sent yet; return what is wrong where it surely did not leave, and waits."""
    if not MailChannel.configured():
        return ""
    scope = session().scope
    with visiting(scope):
        letter_id = _claimed(key, address)
    if letter_id is None:
        return ""
    with MailChannel() as channel:
        answer = channel.send(_letter(letter_id, language, notice, facts, _page(notice, key["subject_id"])), address)
    with visiting(scope):
        own = find(DeskLetter, letter_id)
        if own is not None:
            own.state, own.error, own.changed_at = answer.state, str(answer.error)[:500], now()
    return str(answer.error) or "not taken" if answer.state == DeliveryState.WAITING else ""


def _claimed(key: Mapping[str, Any], address: str) -> UUID | None:
    """Mark a letter as being sent and return its id; None where it was sent, or is being sent."""
    fresh = {"id": new_id(), "address": address, "state": DeliveryState.WAITING, "attempts": 0, "error": "", **key}
    db.session.execute(insert(DeskLetter).values(fresh).on_conflict_do_nothing())
    same = [getattr(DeskLetter, name).is_not_distinct_from(value) for name, value in key.items()]
    own = db.session.scalars(select(DeskLetter).where(*same).with_for_update()).one()
    if own.state != DeliveryState.WAITING:
        return None
    own.state, own.address, own.attempts, own.changed_at = DeliveryState.SENDING, address, own.attempts + 1, now()
    return own.id


def forget_old() -> None:
    """Remove what is kept of letters of long ago; a sweep calls this in the scope of each desk."""
    old = select(DeskLetter.id).where(DeskLetter.made_at < func.now() - KEPT).order_by(DeskLetter.made_at)
    gone = delete(DeskLetter).where(DeskLetter.id.in_(old.limit(_AT_ONCE).scalar_subquery()))
    db.session.execute(gone.execution_options(synchronize_session=False))


def _letter(letter_id: UUID, language: str, notice: Notice, facts: Mapping[str, Any], path: str) -> Letter:
    number = session().scope.id
    vendor, host = vendor_entry(number), desk_host_of(number)
    if vendor is None or host is None:
        raise LookupError(f"The vendor {number} has no desk.")
    port = current_app.config["CAREPOOL_PORT"]
    site = f"{current_app.config['CAREPOOL_SCHEME']}://{host}{f':{port}' if port else ''}"
    language = language if language in LOCALES else SOURCE
    with force_locale(LOCALES[language]):
        told = _sentence(notice, facts, vendor.name)
        more = words_of_link(notice) if notice in LINK_LIFE else ()
    return Letter(
        message_id=letter_id,
        language=language,
        sentence=told,
        short=told[:SHORT],
        more=more,
        link=f"{site}{path}",
        unsubscribe="",
        site=vendor.name,
        host=host,
        agency="",
        contact=(),
        colour=COLOUR,
    )


def _path(person: VendorPerson, notice: Notice) -> str:
    """Return where the letter leads: a fresh link that signs in once, kept before the letter leaves; or the account."""
    if notice not in LINK_LIFE:
        return "/account"
    with visiting(session().scope):
        return f"/sign-in/{issue_link(Actor.task(), person.id, now(), LINK_LIFE[notice])}"


def _page(notice: Notice, subject_id: UUID) -> str:
    """Return the page of the desk that a letter leads to."""
    return f"/desk/price-proposals/{subject_id}" if notice is Notice.PRICES_DECIDED else "/tokens"


def _sentence(notice: Notice, facts: Mapping[str, Any], vendor: str) -> str:
    if notice is Notice.WELCOME:
        return str(_("You were invited to the desk of %(vendor)s, where orders of states arrive.", vendor=vendor))
    if notice is Notice.FACTOR_RESET:
        return str(
            _(
                "An administrator of your desk took your second step away because it was lost. You were signed out. Sign in"
                " and set it up again. If you did not ask for this, tell them at once."
            )
        )
    if notice is Notice.FACTOR_SET_UP:
        return str(
            _(
                "A second step was set up for your account. If it was not you, tell an administrator of your desk at once."
            )
        )
    return " ".join(sentence_of(Message(kind=notice, facts=dict(facts))).split())
