"""Who is told what about people and their access; one function a notice."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from carepool.identity.actions import person_of
from carepool.identity.models import Claim, ClaimState, Passkey, Person
from carepool.identity.vendor_models import here
from carepool.notifications.actions import tell
from carepool.notifications.notices import Notice
from carepool.programs.models import Program
from tenants.database import db, find


def link_asked(person_ids: Sequence[UUID], at: datetime) -> None:
    """Send the people among these ids their link: one letter a minute at the most, however often it was asked for."""
    own = here(Person)
    known = db.session.scalars(select(own.id).where(own.id.in_(person_ids), own.disabled_at.is_(None)))
    for person_id in known:
        tell([person_id], Notice.SIGN_IN_LINK, person_id, {}, at.strftime("%Y-%m-%dT%H:%M"))


def welcome(person_ids: Sequence[UUID], at: datetime) -> None:
    """Welcome invited people, each once a minute at the most, however often they were invited."""
    for person_id in db.session.scalars(select(here(Person).id).where(here(Person).id.in_(person_ids))):
        tell([person_id], Notice.WELCOME, person_id, {}, at.strftime("%Y-%m-%dT%H:%M"))


def locked(person_id: UUID, at: datetime) -> None:
    """Tell a person that someone tries passwords for their address."""
    if find(here(Person), person_id) is not None:
        tell([person_id], Notice.LOCKED, person_id, {}, at.strftime("%Y-%m-%dT%H"))


def factor_reset(person_id: UUID, at: datetime) -> None:
    """Tell a person that staff took the second step away."""
    if find(here(Person), person_id) is not None:
        tell([person_id], Notice.FACTOR_RESET, person_id, {}, at.strftime("%Y-%m-%dT%H:%M"))


def factor_set_up(person_id: UUID, at: datetime) -> None:
    """Tell a person that a second step was set up."""
    if find(here(Person), person_id) is not None:
        tell([person_id], Notice.FACTOR_SET_UP, person_id, {}, at.strftime("%Y-%m-%dT%H:%M"))


def passkey_added(passkey_id: UUID) -> None:
    """Tell a person that a passkey was added to the account; one that was removed meanwhile is not spoken of."""
    passkey = find(here(Passkey), passkey_id)
    if passkey is not None:
        tell([passkey.person_id], Notice.PASSKEY_ADDED, passkey.id, {"name": passkey.name})


def claim_made(claim_id: UUID) -> None:
    """Ask the address that the roster has on file whether the claim is right; without one, staff decide."""
    claim = find(Claim, claim_id)
    program = find(Program, claim.program_id) if claim and claim.program_id else None
    if claim is None or claim.state != ClaimState.WAITING or program is None or "@" not in program.email:
        return
    claim.person_id = person_of(claim.email, claim.name).id
    facts = {"program": program.name, "name": claim.name, "email": claim.email, "to": program.email.strip()}
    tell([claim.person_id], Notice.CLAIM_CHECK, claim.id, facts)


def claim_decided(claim_id: UUID, notice: Notice) -> None:
    """Tell the claimant that the claim was approved, or why it was declined."""
    claim = find(Claim, claim_id)
    if claim is None or claim.person_id is None:
        return
    program = find(Program, claim.program_id) if claim.program_id else None
    facts = {"program": program.name if program else claim.licence_number, "reason": claim.reason}
    tell([claim.person_id], notice, claim.id, facts)
