"""Reads of programs."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from carepool.errors import NotFound
from carepool.identity.rights import Permission
from carepool.programs.models import Program
from carepool.web.requests import signed_in
from tenants.database import db, find


def program_or_404(program_id: UUID, permission: Permission = Permission.PROGRAMS_READ) -> Program:
    """Return a program of this state on which the caller holds the permission. Raises NotFound otherwise."""
    program = find(Program, program_id)
    if program is None or not signed_in().rights.may(permission, program_id):
        raise NotFound("program")
    return program


def rights_or_404(program_id: UUID, permission: Permission) -> None:
    """Answer a program on which the caller lacks the permission like one that is not here. Raises NotFound.

    For routes whose verb looks the program up itself.
    """
    if not signed_in().rights.may(permission, program_id):
        raise NotFound("program")


def programs_seen(filters: dict[str, Any]) -> Select[Any]:
    """Return the programs that the caller may see: all for state roles, else the caller's own."""
    rights = signed_in().rights
    query = select(Program)
    if not rights.may(Permission.PROGRAMS_READ):
        query = query.where(Program.id.in_(rights.programs_with(Permission.PROGRAMS_READ)))
    if filters.get("type"):
        query = query.where(Program.type == filters["type"])
    if filters.get("status"):
        query = query.where(Program.status == filters["status"])
    if words := filters.get("search"):
        query = query.where(
            Program.name.icontains(words, autoescape=True) | Program.licence_number.istartswith(words, autoescape=True)
        )
    if filters.get("county"):
        query = query.where(Program.county == filters["county"])
    if filters.get("name"):
        query = query.where(Program.name.istartswith(filters["name"], autoescape=True))
    return query


def counties(most: int = 500) -> list[str]:
    """Return the counties in which this state has programs."""
    found = select(Program.county).where(Program.county != "").distinct().order_by(Program.county)
    return list(db.session.scalars(found.limit(most)))
