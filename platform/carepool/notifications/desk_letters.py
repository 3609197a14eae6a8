"""Letters to the people of a vendor's desk, written and sent at once by the worker: a desk keeps no messages.

What they tell of guards an account or carries a link; whoever misses one asks for another. So a letter that the server
did not take makes the work fail, which is done again later; one whose answer was lost may come twice, with another link.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from carepool.clock import now
from carepool.identity.actions import issue_link
from carepool.identity.vendor_models import VendorPerson
from carepool.notifications.channels import Letter
from carepool.notifications.channels.mail import MailChannel
from carepool.notifications.letters import SHORT
from carepool.notifications.models import DeliveryState, Message
from carepool.notifications.notices import LINK_LIFE, Notice, sentence_of, words_of_link
from carepool.outbox import Actor
from carepool.ui.languages import LOCALES, SOURCE
from tenants.brand import COLOUR
from tenants.database import find, session
from tenants.ids import new_id
from tenants.registry import desk_host_of, vendor_entry
from tenants.scope import visiting


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
            answer = channel.send(_letter(person, notice, facts), person.email)
        if answer.state == DeliveryState.WAITING:
            raise LetterNotTaken(answer.error)


def _letter(person: VendorPerson, notice: Notice, facts: Mapping[str, Any]) -> Letter:
    number = session().scope.id
    vendor, host = vendor_entry(number), desk_host_of(number)
    if vendor is None or host is None:
        raise LookupError(f"The vendor {number} has no desk.")
    port = current_app.config["CAREPOOL_PORT"]
    site = f"{current_app.config['CAREPOOL_SCHEME']}://{host}{f':{port}' if port else ''}"
    language = person.language if person.language in LOCALES else SOURCE
    with force_locale(LOCALES[language]):
        told = _sentence(notice, facts, vendor.name)
        more = words_of_link(notice) if notice in LINK_LIFE else ()
    return Letter(
        message_id=new_id(),
        language=language,
        sentence=told,
        short=told[:SHORT],
        more=more,
        link=f"{site}{_path(person, notice)}",
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
