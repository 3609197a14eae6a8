"""A lost second step: an administrator of the state or desk takes it away, so that its owner sets it up again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, exists, or_, select, update

from carepool import events
from carepool.errors import Refusal
from carepool.identity import lockout, second_factor
from carepool.identity.actions import SignedIn
from carepool.identity.models import AccessToken, Passkey, Person, RecoveryCode, TokenKind
from carepool.identity.vendor_models import at_a_desk, here
from carepool.outbox import record_event
from carepool.sentences import marked
from tenants.database import db

OWN = marked("You cannot reset your own second step. Ask another administrator of the state.")
OWN_AT_DESK = marked("You cannot reset your own second step. Ask another administrator of the desk.")


def reset_factor(who: SignedIn, person_id: UUID, at: datetime) -> None:
    """Take away a person's app, recovery codes and passkeys, and end their sessions and links.

    The person is told, and must set the second step up again at the next sign-in. The password and API tokens stay.
    Raises NotFound, and Refusal for oneself and for a person who has no second step.
    """
    person = second_factor.locked_person(person_id)
    if person.id == who.person.id:
        raise Refusal("own-factor", OWN_AT_DESK if at_a_desk() else OWN)
    if not has_factor(person):
        raise Refusal("factor-off", marked("This person has no second step that could be reset."))
    person.totp_secret = person.totp_since = None
    person.factor_due = True
    for model in (here(RecoveryCode), here(Passkey)):
        gone = delete(model).where(model.person_id == person.id)
        db.session.execute(gone.execution_options(synchronize_session=False))
    token = here(AccessToken)
    opened = update(token).where(
        token.person_id == person.id,
        token.kind.in_([TokenKind.SESSION, TokenKind.LINK]),
        token.revoked_at.is_(None),
    )
    db.session.execute(opened.values(revoked_at=at).execution_options(synchronize_session=False))
    lockout.forget(lockout.of_factor(person.id))
    record_event(events.FACTOR_RESET, person.id, who.actor)
    db.session.flush()


def has_factor(person: Person) -> bool:
    """Tell whether a person has anything that stands for a second step: an app, recovery codes, a passkey."""
    codes, keys = here(RecoveryCode), here(Passkey)
    kept = select(or_(exists().where(codes.person_id == person.id), exists().where(keys.person_id == person.id)))
    return person.totp_since is not None or bool(db.session.scalar(kept))
