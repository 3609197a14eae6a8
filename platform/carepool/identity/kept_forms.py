"""Verbs of what was typed into a form whose session had ended: kept for its writer, and for nobody else.

It waits in the database for a day, so that every way to sign in leads back to it, also a link that is opened in another
browser. Who wrote it is said by the form itself: each form holds a sign of the person for whom the page was made.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from flask import current_app
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import delete, func, select

from carepool.identity.actions import SESSION_LIFE
from carepool.identity.models import KeptForm, Person
from carepool.identity.vendor_models import here
from tenants.database import db, find, session
from tenants.ids import new_id

LIFE = timedelta(days=1)
MOST = 5
"""Forms of one person that wait; a newer one takes the place of the oldest."""


def writer_sign(person_id: UUID) -> str:
    """Return what a form of this state says of the person for whom its page was made."""
    return str(_signer().dumps([str(session().scope), person_id.hex]))


def writer_of(sign: str) -> UUID | None:
    """Return whose form says so; None for a sign of another state, one that is too old, or none of ours."""
    try:
        scope, person = _signer().loads(sign, max_age=int((SESSION_LIFE + LIFE).total_seconds()))
        return UUID(hex=person) if scope == str(session().scope) else None
    except (BadData, ValueError, TypeError):
        return None


def keep_form(writer: UUID, path: str, boxes: Sequence[tuple[str, str]], again: str = "") -> bool:
    """Keep the boxes (name, text) that were typed for a path of this host; tell whether that was done.

    `again`: the id of the kept form that was sent once more. Nothing is kept for someone who is unknown or disabled.
    """
    person = find(here(Person), writer)
    if person is None or person.disabled_at is not None:
        return False
    forget_kept(writer, again)
    form = here(KeptForm)
    db.session.add(form(id=new_id(), person_id=writer, path=path, boxes=[list(one) for one in boxes]))
    db.session.flush()
    newest = select(form.id).where(form.person_id == writer).order_by(form.id.desc()).limit(MOST)
    others = delete(form).where(form.person_id == writer, form.id.not_in(newest.scalar_subquery()))
    db.session.execute(others.execution_options(synchronize_session=False))
    return True


def kept_of(person_id: UUID) -> Sequence[KeptForm]:
    """Return what is kept for a person, the newest first."""
    form = here(KeptForm)
    own = form.person_id == person_id, form.kept_at > func.now() - LIFE
    return db.session.scalars(select(form).where(*own).order_by(form.id.desc())).all()


def forget_kept(person_id: UUID, written_id: str) -> None:
    """Forget a form of this person's that was sent or is not wanted; of an id that is none of theirs nothing comes."""
    try:
        kept_id = UUID(written_id)
    except ValueError:
        return
    form = here(KeptForm)
    gone = delete(form).where(form.id == kept_id, form.person_id == person_id)
    db.session.execute(gone.execution_options(synchronize_session=False))


def forget_old() -> None:
    """Remove what nobody came back for. A sweep calls this."""
    old = delete(here(KeptForm)).where(here(KeptForm).kept_at <= func.now() - LIFE)
    db.session.execute(old.execution_options(synchronize_session=False))


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="form-writer")
