"""Holds an alliance as it is, for verbs of other features that give it a purchase or a person."""

from uuid import UUID

from sqlalchemy import select

from carepool.alliances.models import Alliance
from carepool.errors import NotFound
from tenants.database import db


def hold_alliance(alliance_id: UUID) -> Alliance:
    """Return an alliance that goes on, and that nobody can end or rename before this transaction ends.

    Raises NotFound, and Refusal for one that ended.
    """
    query = select(Alliance).where(Alliance.id == alliance_id).with_for_update(read=True)
    own = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if own is None:
        raise NotFound("alliance")
    own.must_go_on()
    return own
