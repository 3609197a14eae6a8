"""Work that follows from changes to people."""

from collections.abc import Sequence
from uuid import UUID

from carepool import events
from carepool.clock import now
from carepool.identity import notices
from carepool.notifications.notices import Notice
from carepool.oidc.notices import provider_changed
from workers.handlers import does, does_each


@does(events.PERSON_INVITED)
def welcome(person_ids: Sequence[UUID]) -> None:
    """Send each invited person a welcome."""
    notices.welcome(person_ids, now())


@does(events.LINK_ASKED)
def send_link(person_ids: Sequence[UUID]) -> None:
    """Send each person who asked a link to sign in."""
    notices.link_asked(person_ids, now())


@does_each(events.PERSON_LOCKED)
def tell_locked(person_id: UUID) -> None:
    """Tell a person that wrong passwords were tried."""
    notices.locked(person_id, now())


@does_each(events.FACTOR_RESET)
def tell_factor_reset(person_id: UUID) -> None:
    """Tell a person that staff took the second step away."""
    notices.factor_reset(person_id, now())


@does_each(events.FACTOR_SET_UP)
def tell_factor_set_up(person_id: UUID) -> None:
    """Tell a person that a second step was set up."""
    notices.factor_set_up(person_id, now())


@does_each(events.PASSKEY_ADDED)
def tell_passkey_added(passkey_id: UUID) -> None:
    """Tell a person that a passkey was added."""
    notices.passkey_added(passkey_id)


@does_each(events.PROVIDER_CHANGED)
def tell_provider_changed(state_id: UUID) -> None:
    """Tell the state's administrators that the provider was changed."""
    provider_changed(state_id, now())


@does_each(events.CLAIM_MADE)
def check_claim(claim_id: UUID) -> None:
    """Ask the address on file."""
    notices.claim_made(claim_id)


@does_each(events.CLAIM_APPROVED)
def tell_approved(claim_id: UUID) -> None:
    """Tell the claimant, with a link to sign in."""
    notices.claim_decided(claim_id, Notice.CLAIM_APPROVED)


@does_each(events.CLAIM_DECLINED)
def tell_declined(claim_id: UUID) -> None:
    """Tell the claimant why."""
    notices.claim_decided(claim_id, Notice.CLAIM_DECLINED)
