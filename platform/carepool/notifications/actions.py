"""Verbs of notices: record one message a person and occasion, and read it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, func, select, update

from carepool import events
from carepool.clock import now
from carepool.identity.models import Membership
from carepool.identity.rights import PROGRAM_ROLES, Role
from carepool.identity.vendor_models import at_a_desk
from carepool.notifications.channels import in_use
from carepool.notifications.desk_letters import ONCE, write_once, write_to
from carepool.notifications.models import Message
from carepool.notifications.notices import OWN_WAYS, Notice
from carepool.outbox import hand_over
from tenants.database import bulk_insert, db, one_of
from tenants.ids import new_id


def tell(
    person_ids: Iterable[UUID], notice: Notice, subject_id: UUID, facts: Mapping[str, Any], occasion: str = ""
) -> None:
    """Record a notice for people; the same notice, subject and occasion reaches a person once.

    People of a vendor's desk, which keeps no messages, are written to at once.
    """
    if at_a_desk():
        if notice in ONCE:
            write_once(person_ids, notice, subject_id, facts, occasion)
        else:
            write_to(person_ids, notice, facts)
        return
    rows = [(new_id(), one) for one in dict.fromkeys(person_ids)]
    same = {"kind": str(notice), "subject_id": subject_id, "occasion": occasion}
    bulk_insert(Message, ("id", "person_id", "facts"), ((*row, dict(facts)) for row in rows), same=same, keep=True)
    if in_use():
        fresh = select(Message.id).where(Message.id.in_([message for message, _ in rows]))
        hand_over(events.MESSAGE_WAITING, db.session.scalars(fresh))


def tell_each(notice: Notice, subject_id: UUID, rows: Sequence[tuple[UUID, str, Mapping[str, Any]]]) -> None:
    """Record a notice whose facts differ: (person, occasion, facts); the same occasion reaches a person once."""
    written = [(new_id(), person, occasion, dict(facts)) for person, occasion, facts in rows]
    columns = ("id", "person_id", "occasion", "facts")
    bulk_insert(Message, columns, written, same={"kind": str(notice), "subject_id": subject_id}, keep=True)
    if in_use():
        fresh = select(Message.id).where(one_of(Message.id, [one[0] for one in written]))
        hand_over(events.MESSAGE_WAITING, db.session.scalars(fresh))


def is_told(notice: Notice, subject_id: UUID, occasion: str) -> bool:
    """Tell whether a notice of a subject and occasion has reached anyone."""
    same = (Message.kind == str(notice), Message.subject_id == subject_id, Message.occasion == occasion)
    return bool(db.session.scalar(select(exists().where(*same))))


def people_of(program_ids: Sequence[UUID]) -> list[UUID]:
    """Return the people who have a role in these programs now."""
    at = now()
    query = select(Membership.person_id).where(
        Membership.program_id.in_(program_ids), (Membership.valid_to.is_(None)) | (Membership.valid_to > at)
    )
    return list(db.session.scalars(query.distinct()))


def people_by_program(program_ids: Sequence[UUID], roles: Collection[Role] = PROGRAM_ROLES) -> dict[UUID, list[UUID]]:
    """Return the people who have a role, or one of some roles, in each of these programs now."""
    query = select(Membership.program_id, Membership.person_id).where(
        one_of(Membership.program_id, program_ids),
        one_of(Membership.role, [str(one) for one in roles]),
        (Membership.valid_to.is_(None)) | (Membership.valid_to > now()),
    )
    found: dict[UUID, list[UUID]] = {}
    for program, person in db.session.execute(query.distinct()):
        found.setdefault(program, []).append(person)
    return found


def inbox(person_id: UUID) -> Select[Any]:
    """Return the messages that a person reads on the site."""
    return select(Message).where(Message.person_id == person_id, Message.kind.not_in(OWN_WAYS))


def count_unread(person_id: UUID) -> int:
    """Return how many messages of a person were not read yet."""
    unread = inbox(person_id).where(Message.read_at.is_(None)).with_only_columns(func.count())
    return db.session.scalar(unread) or 0


def read_messages(person_id: UUID, up_to: UUID | None = None) -> None:
    """Mark the messages of a person as read: all, or those up to one; ids follow time."""
    unread = update(Message).where(Message.person_id == person_id, Message.read_at.is_(None))
    if up_to is not None:
        unread = unread.where(Message.id <= up_to)
    db.session.execute(unread.values(read_at=func.now()).execution_options(synchronize_session=False))
