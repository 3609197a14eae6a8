"""Verbs of one's own account: name, language, password, sessions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update

from carepool import events
from carepool.errors import Invalid, NotFound
from carepool.identity.actions import SignedIn, revoke_token, set_password
from carepool.identity.fresh_proof import prove_password, require_fresh
from carepool.identity.models import AccessToken, Person, TokenKind
from carepool.identity.queries import in_force
from carepool.identity.vendor_models import here
from carepool.outbox import record_event
from carepool.sentences import marked
from carepool.ui.languages import LOCALES
from tenants.database import db, find


def change_profile(who: SignedIn, name: str, language: str) -> None:
    """Change the caller's name and language. Raises Invalid."""
    person, plain = _own(who), name.strip()
    if not 1 <= len(plain) <= 200 or "\0" in plain or language not in LOCALES:
        sentence = marked("Write a name of at most 200 characters.")
        raise Invalid("bad-profile", sentence, {"name": [sentence]})
    diff = {"name": [person.name, plain], "language": [person.language, language]}
    person.name, person.language = plain, language
    record_event(events.PERSON_CHANGED, person.id, who.actor, diff)
    db.session.flush()


def change_password(who: SignedIn, old: str, new: str, at: datetime, place: str, back: str) -> None:
    """Change the caller's password and end all other sessions; the old one is asked for where there is one.

    Raises Invalid; a wrong old password is counted as at sign-in, which the door commits, and SignInRequired while one
    must wait. A first password needs a fresh proof: raises ProofRequired, with `back`, the path to return to.
    """
    person = _own(who)
    if person.password_hash is None:
        require_fresh(who, at, back)
    elif not prove_password(who, old, at, place):
        sentence = marked("This is not your password.")
        raise Invalid("wrong-password", sentence, {"old_password": [sentence]})
    set_password(person, new)
    record_event(events.PASSWORD_CHANGED, person.id, who.actor)
    end_other_sessions(who, at)


def end_own(who: SignedIn, token_id: UUID, at: datetime) -> None:
    """End a session or token of the caller's own. Raises NotFound."""
    token = find(here(AccessToken), token_id)
    if token is None or token.person_id != who.person.id:
        raise NotFound("token")
    revoke_token(who.actor, token_id, at)


def end_other_sessions(who: SignedIn, at: datetime) -> None:
    """End all sessions of the caller but this one."""
    own = here(AccessToken)
    others = in_force(TokenKind.SESSION, at, who.person.id).where(own.id != who.token_id)
    for token in db.session.scalars(others):
        token.revoked_at = at
        record_event(events.TOKEN_REVOKED, token.id, who.actor)
    # links that were sent and not used open no session any more
    links = update(own).where(own.person_id == who.person.id, own.kind == TokenKind.LINK)
    db.session.execute(links.where(own.revoked_at.is_(None)).values(revoked_at=at))
    db.session.flush()


def _own(who: SignedIn) -> Person:
    person = find(here(Person), who.person.id)
    if person is None:
        raise NotFound("person")
    return person
