"""Wrong tries to sign in, counted in the database for each address and place; after some of them, one waits longer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from carepool.errors import SignInRequired
from carepool.identity.limits import keyed_hash
from carepool.identity.models import SignInFailure
from carepool.identity.vendor_models import here
from carepool.sentences import marked
from tenants.database import db, key_columns

LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True)
class Counted:
    """What wrong tries are counted for, and how many of them are free before one must wait."""

    key: str
    free: int

    @property
    def hash(self) -> bytes:
        """What is stored in place of the address."""
        return keyed_hash(self.key)


def of_address(email: str) -> Counted:
    """Tries for one e-mail address, whether anybody has it or not."""
    return Counted(f"email:{email.strip().lower()}", 5)


def of_place(place: str) -> Counted:
    """Tries from one network address; many people may share it."""
    return Counted(f"place:{place}", 100)


def of_factor(person_id: object) -> Counted:
    """Tries of a person's second factor."""
    return Counted(f"factor:{person_id}", 5)


def wait_after(tries: int, free: int) -> timedelta:
    """Return how long one waits after so many wrong tries: nothing, then a minute, doubling up to an hour. Pure."""
    if tries < free:
        return timedelta(0)
    minutes: int = 2 ** min(tries - free, 10)
    return min(timedelta(minutes=minutes), LONGEST_WAIT)


def refuse_waiting(counted: Sequence[Counted], at: datetime) -> None:
    """Raise SignInRequired while one of these must wait. Tries of the first come one after the other from here on."""
    own = here(SignInFailure)
    first = {"key_hash": counted[0].hash, "tries": 0, "last_at": at}
    db.session.execute(insert(own).values(first).on_conflict_do_nothing())
    locked = select(own).where(own.key_hash == counted[0].hash).with_for_update()
    db.session.scalars(locked).all()
    keys = [one.hash for one in counted]
    stored = select(own.key_hash, own.tries, own.last_at)
    found = {key: (tries, last) for key, tries, last in db.session.execute(stored.where(own.key_hash.in_(keys)))}
    for one in counted:
        tries, last = found.get(one.hash, (0, at))
        left = last + wait_after(tries, one.free) - at
        if left > timedelta(0):
            minutes = -(-left // timedelta(minutes=1))
            raise SignInRequired(
                marked("Too many wrong tries. Wait %(minutes)s minutes, or get a link by e-mail.", minutes=minutes)
            )


def count_failure(counted: Sequence[Counted], at: datetime) -> bool:
    """Count one wrong try for each; tell whether the first begins to wait with it."""
    own, began = here(SignInFailure), False
    for place, one in enumerate(counted):
        fresh = {"key_hash": one.hash, "tries": 1, "last_at": at}
        more = insert(own).values(fresh).on_conflict_do_update(
            index_elements=key_columns(own),
            set_={"tries": own.tries + 1, "last_at": at},
        )  # fmt: skip
        tries = db.session.scalar(more.returning(own.tries)) or 0
        began = began or (place == 0 and tries == one.free)
    return began


def forget(*counted: Counted) -> None:
    """Forget the wrong tries of these."""
    own = here(SignInFailure)
    gone = delete(own).where(own.key_hash.in_([one.hash for one in counted]))
    db.session.execute(gone.execution_options(synchronize_session=False))
