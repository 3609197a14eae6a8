"""Links by e-mail: asking for one, and making the one that a letter carries."""

from flask import current_app
from sqlalchemy import select

from carepool import events
from carepool.clock import now
from carepool.errors import TooMany
from carepool.identity.actions import issue_link
from carepool.identity.claims import link_for_check
from carepool.identity.limits import LINKS_FROM_PLACE, LINKS_TO_ADDRESS, within
from carepool.identity.models import Person
from carepool.identity.vendor_models import here
from carepool.notifications.letters import Secret, holds_a_secret
from carepool.notifications.models import Message
from carepool.notifications.notices import LINK_LIFE, Notice
from carepool.outbox import Actor, record_event
from tenants.database import db, session
from tenants.ids import new_id
from tenants.registry import host_of


def ask_link(email: str, place: str) -> None:
    """Ask for a sign-in link. `place`: the network address that asks. Raises TooMany, for unknown addresses too.

    The same is done for an address that nobody has, so that neither answer nor time tells whether it is known.
    """
    address = email.strip().lower()
    if not (within(LINKS_FROM_PLACE, place) and within(LINKS_TO_ADDRESS, address)):
        raise TooMany()
    known = select(here(Person).id).where(here(Person).email == address, here(Person).disabled_at.is_(None))
    record_event(events.LINK_ASKED, db.session.scalar(known) or new_id(), Actor.task())


def _fresh_link(person: Person, message: Message) -> Secret:
    """Make the link of a letter that is about to leave."""
    notice = Notice(message.kind)
    if notice is Notice.CLAIM_CHECK:
        return Secret({}, f"/join/{link_for_check(message.subject_id, now(), LINK_LIFE[notice])}")
    return Secret({}, f"/sign-in/{issue_link(Actor.task(), person.id, now(), LINK_LIFE[notice])}")


for _notice in LINK_LIFE:
    holds_a_secret(_notice)(_fresh_link)


def address_of(path: str) -> str:
    """Return the whole address of a page of the state whose scope was entered."""
    host = host_of(session().scope.id) or current_app.config["CAREPOOL_BASE_DOMAIN"]
    port = current_app.config["CAREPOOL_PORT"]
    return f"{current_app.config['CAREPOOL_SCHEME']}://{host}{f':{port}' if port else ''}{path}"
