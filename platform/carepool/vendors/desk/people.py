"""Verbs of the people of a vendor's desk: the vendor's own administrators invite, change and disable them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from carepool import events
from carepool.email_addresses import NOT_ONE, is_address
from carepool.errors import Invalid, NotFound, Refusal
from carepool.identity.actions import SignedIn
from carepool.identity.rights import DeskRole
from carepool.identity.vendor_models import VendorPerson, VendorToken
from carepool.outbox import Actor, record_event
from carepool.sentences import marked
from tenants.database import db, find
from tenants.ids import new_id
from tenants.turns import take_turn


def invite_first(email: str, name: str) -> None:
    """Make the first person of a desk its administrator; where there are people already, nothing is done."""
    _alone()
    if db.session.execute(select(VendorPerson.id).limit(1)).first() is None:
        _invited(Actor.task(), email, name, DeskRole.ADMINISTRATOR)


def invite(who: SignedIn, email: str, name: str, role: DeskRole) -> VendorPerson:
    """Invite someone to the desk; whoever is known keeps name and role and gets another letter. Raises Invalid."""
    address, plain = email.strip().lower(), " ".join(name.replace("\0", "").split())
    if not is_address(address):
        raise Invalid("bad-email", NOT_ONE, {"email": [NOT_ONE]})
    if not 1 <= len(plain) <= 200:
        sentence = marked("Write a name of at most 200 characters.")
        raise Invalid("bad-name", sentence, {"name": [sentence]})
    return _invited(who.actor, address, plain, role)


def _invited(by: Actor, address: str, name: str, role: DeskRole) -> VendorPerson:
    values = {"id": new_id(), "email": address, "name": name, "role": role, "language": "en"}
    made = insert(VendorPerson).values(values).on_conflict_do_nothing()
    db.session.execute(made)
    person = db.session.scalars(select(VendorPerson).where(VendorPerson.email == address)).one()
    if person.disabled_at is not None:
        sentence = marked("This person was disabled. Enable them again instead.")
        raise Refusal("person-disabled", sentence, {"email": [sentence]})
    record_event(events.PERSON_INVITED, person.id, by, {"email": [None, address], "role": [None, str(person.role)]})
    return person


def change_person(who: SignedIn, person_id: UUID, role: DeskRole, *, enabled: bool, at: datetime) -> VendorPerson:
    """Change what someone may do at the desk; who is disabled is signed out everywhere.

    Raises NotFound, and Refusal where no administrator would be left.
    """
    _alone()
    person = find(VendorPerson, person_id)
    if person is None:
        raise NotFound("person")
    keeps = enabled and role is DeskRole.ADMINISTRATOR
    others = select(VendorPerson.id).where(
        VendorPerson.role == DeskRole.ADMINISTRATOR, VendorPerson.disabled_at.is_(None), VendorPerson.id != person.id
    )
    if not keeps and db.session.execute(others.limit(1)).first() is None:
        sentence = marked("This is the desk's last administrator. Make another person administrator first.")
        raise Refusal("last-administrator", sentence)
    diff = {"role": [str(person.role), str(role)], "enabled": [person.disabled_at is None, enabled]}
    person.role = role
    if enabled:
        person.disabled_at = None
    elif person.disabled_at is None:
        person.disabled_at = at
        own = update(VendorToken).where(VendorToken.person_id == person.id, VendorToken.revoked_at.is_(None))
        db.session.execute(own.values(revoked_at=at).execution_options(synchronize_session=False))
    record_event(events.PERSON_CHANGED, person.id, who.actor, diff)
    db.session.flush()
    return person


def _alone() -> None:
    """Let changes of one desk's people follow each other until the transaction ends."""
    take_turn("people")
