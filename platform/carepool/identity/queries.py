"""Reads of people and their roles."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select

from carepool.alliances.models import Alliance
from carepool.errors import NotFound
from carepool.identity.models import AccessToken, Membership, Person, TokenKind
from carepool.identity.rights import DeskRole, InAlliance, InProgram, Role
from carepool.identity.vendor_models import VendorPerson, at_a_desk, here
from carepool.programs.models import Program
from tenants.database import db, find


def person_or_404(person_id: UUID) -> Person:
    """Return a person of this state. Raises NotFound."""
    person = find(Person, person_id)
    if person is None:
        raise NotFound("person")
    return person


def people_named(words: str) -> Select[Any]:
    """Return the people whose name or address holds the words; all without words."""
    query = select(Person)
    if words:
        query = query.where(
            Person.name.icontains(words, autoescape=True) | Person.email.icontains(words, autoescape=True)
        )
    return query


def roles_of(people: Sequence[Person]) -> dict[UUID, list[tuple[Membership, str | None]]]:
    """Return {person id: roles in force, each with the name of its program or alliance (None: the whole state)}."""
    query = (
        select(Membership, func.coalesce(Program.name, Alliance.name))
        .outerjoin(Program, Program.id == Membership.program_id)
        .outerjoin(Alliance, Alliance.id == Membership.alliance_id)
    )
    own = query.where(Membership.person_id.in_([one.id for one in people]), Membership.valid_to.is_(None))
    found: dict[UUID, list[tuple[Membership, str | None]]] = {one.id: [] for one in people}
    for membership, place in db.session.execute(own.order_by(Membership.valid_from, Membership.id)):
        found[membership.person_id].append((membership, place))
    return found


def in_force(kind: TokenKind, at: datetime, person_id: UUID | None = None) -> Select[tuple[AccessToken]]:
    """Return the sessions, links or API tokens that work at a moment: of one person, or of everyone in the state."""
    own = here(AccessToken)
    found = select(own).where(own.kind == kind, own.revoked_at.is_(None), own.expires_at > at)
    return found.where(own.person_id == person_id) if person_id else found


def administrator_ids(at: datetime) -> Sequence[UUID]:
    """Return who the state's administrators are at a moment, as those are who are told."""
    return db.session.scalars(administrators(at).with_only_columns(Membership.person_id)).all()


def administrators_here(at: datetime) -> Sequence[UUID]:
    """Return who administers where the session is: the state's administrators, or those of the vendor's desk."""
    if not at_a_desk():
        return administrator_ids(at)
    own = VendorPerson.role == DeskRole.ADMINISTRATOR, VendorPerson.disabled_at.is_(None)
    return db.session.scalars(select(VendorPerson.id).where(*own).order_by(VendorPerson.id)).all()


def administrators(at: datetime | ColumnElement[datetime]) -> Select[tuple[Membership]]:
    """Return the roles in force of the state's administrators, without those of disabled people."""
    return (
        select(Membership)
        .join(Person, (Person.tenant_id == Membership.tenant_id) & (Person.id == Membership.person_id))
        .where(
            Membership.role == Role.STATE_ADMINISTRATOR,
            or_(Membership.valid_to.is_(None), Membership.valid_to > at),
            Person.disabled_at.is_(None),
        )
    )


def roles_in(place: InProgram | InAlliance) -> list[tuple[Membership, Person]]:
    """Return the roles in force in a program or an alliance, each with its person."""
    column = Membership.program_id if isinstance(place, InProgram) else Membership.alliance_id
    query = select(Membership, Person).join(Person, Person.id == Membership.person_id)
    own = query.where(column == place.id, Membership.valid_to.is_(None))
    return [(membership, person) for membership, person in db.session.execute(own.order_by(Person.name, Person.id))]
