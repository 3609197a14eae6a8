"""Some things ask for a proof of who acts that is a few minutes old at most: a session left open is not enough."""

from datetime import datetime, timedelta

from sqlalchemy import update

from carepool import events
from carepool.errors import ProofRequired
from carepool.identity import lockout
from carepool.identity.actions import SignedIn, matches
from carepool.identity.models import AccessToken, Person
from carepool.identity.vendor_models import here
from carepool.outbox import record_event
from tenants.database import db, find

FRESH_FOR = timedelta(minutes=10)


def require_fresh(who: SignedIn, at: datetime, back: str) -> None:
    """Raise ProofRequired unless the caller signed in, or proved it again, minutes ago. `back`: the path to return to."""
    own = find(here(AccessToken), who.token_id)
    if own is None or (own.proved_at or own.created_at) <= at - FRESH_FOR:
        raise ProofRequired(back)


def prove_password(who: SignedIn, password: str, at: datetime, place: str) -> bool:
    """Tell whether this is the caller's password; the session is proved again with it.

    A wrong one is counted as at sign-in; the door commits that too. Raises SignInRequired while one must wait.
    """
    counted = [lockout.of_address(who.person.email), lockout.of_place(place)]
    lockout.refuse_waiting(counted, at)
    person = find(here(Person), who.person.id)
    if not matches(person.password_hash if person else None, password):
        if lockout.count_failure(counted, at):
            record_event(events.PERSON_LOCKED, who.person.id, who.actor)
        return False
    lockout.forget(counted[0])
    db.session.execute(update(here(AccessToken)).where(here(AccessToken).id == who.token_id).values(proved_at=at))
    record_event(events.PERSON_PROVED, who.person.id, who.actor)
    return True
