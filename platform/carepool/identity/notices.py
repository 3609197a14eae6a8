"""Who is told what about people and their access; one function a notice."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from carepool.identity.models import Person
from carepool.notifications.actions import tell
from carepool.notifications.notices import Notice
from tenants.database import db


def link_asked(person_ids: Sequence[UUID], at: datetime) -> None:
    """Send the people among these ids their link: one letter a minute at the most, however often it was asked for."""
    known = db.session.scalars(select(Person.id).where(Person.id.in_(person_ids), Person.disabled_at.is_(None)))
    for person_id in known:
        tell([person_id], Notice.SIGN_IN_LINK, person_id, {}, at.strftime("%Y-%m-%dT%H:%M"))


def welcome(person_ids: Sequence[UUID]) -> None:
    """Welcome invited people, each once."""
    for person_id in db.session.scalars(select(Person.id).where(Person.id.in_(person_ids))):
        tell([person_id], Notice.WELCOME, person_id, {})
