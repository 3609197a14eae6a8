"""The secrets of authenticator apps in the database: sealed, each to its person, and sealed again when keys change."""

from uuid import UUID

import structlog
from sqlalchemy import select

from carepool.identity.models import Person
from carepool.identity.vendor_models import here
from carepool.sealing import NotReadable, sealer
from tenants.database import db, session

_AT_ONCE = 2000
"""Secrets that one sweep of a state seals again."""


def keep_secret(person: Person, secret: str) -> None:
    """Store the secret of a person's app, sealed with the newest key."""
    person.totp_secret = sealer().seal(secret, _about(person.id))


def secret_of(person: Person) -> str:
    """Return the secret of a person's app, or an empty text where there is none or it cannot be read any more."""
    stored = person.totp_secret or ""
    if ":" not in stored:
        # written before secrets were sealed
        return stored
    try:
        return sealer().open(stored, _about(person.id))
    except NotReadable as error:
        structlog.get_logger("carepool.identity").error(
            "app_secret_not_readable", person=str(person.id), why=str(error)
        )
        return ""


def seal_again() -> int:
    """Seal secrets that are plain or under an older key with the newest; return how many. A sweep calls this."""
    own = here(Person)
    old = own.totp_secret.is_not(None) & ~own.totp_secret.startswith(sealer().prefix, autoescape=True)
    rows = select(own).where(old).order_by(own.id).limit(_AT_ONCE).with_for_update(skip_locked=True)
    done = 0
    for person in db.session.scalars(rows.execution_options(populate_existing=True)):
        if secret := secret_of(person):
            keep_secret(person, secret)
            done += 1
    db.session.flush()
    if done:
        structlog.get_logger("carepool.identity").info("secrets_sealed", number=done)
    return done


def _about(person_id: UUID) -> str:
    return f"{session().scope}:person:{person_id}:totp"
