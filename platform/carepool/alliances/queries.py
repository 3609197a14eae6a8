"""Reads of alliances. Loaders are the guard: hub staff are answered of their own alliance only."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from carepool.alliances.models import Alliance, AllianceMember
from carepool.errors import NotFound
from carepool.identity.rights import Permission
from carepool.programs.models import Program
from carepool.purchasing.models.purchases import Purchase, PurchaseState
from carepool.web.requests import signed_in
from tenants.database import db, find, one_of

_P = Permission
_MOST_CHOSEN = 500


def alliance_or_404(alliance_id: UUID) -> Alliance:
    """Return an alliance that the caller may read: any for state staff, for hub staff their own. Raises NotFound."""
    own = find(Alliance, alliance_id)
    if own is None or not signed_in().rights.may_in_alliance(_P.ALLIANCES_READ, alliance_id):
        raise NotFound("alliance")
    return own


def member_or_404(own: Alliance, member_id: UUID) -> AllianceMember:
    """Return a program's time in an alliance that was loaded. Raises NotFound."""
    found = find(AllianceMember, member_id)
    if found is None or found.alliance_id != own.id:
        raise NotFound("alliance member")
    return found


def alliances_seen() -> Select[Any]:
    """Return the alliances that the caller may read."""
    rights = signed_in().rights
    query = select(Alliance)
    return (
        query
        if rights.may(_P.ALLIANCES_READ)
        else query.where(Alliance.id.in_(rights.alliances_with(_P.ALLIANCES_READ)))
    )


def going_on() -> list[Alliance]:
    """Return the alliances that can be chosen, by name."""
    found = select(Alliance).where(Alliance.ended_on.is_(None)).order_by(Alliance.name, Alliance.id)
    return list(db.session.scalars(found.limit(_MOST_CHOSEN)))


def alliances_by_id(alliance_ids: Iterable[UUID | None]) -> dict[UUID, Alliance]:
    """Return {id: alliance}; None among the ids is passed over."""
    wanted = {one for one in alliance_ids if one is not None}
    found = select(Alliance).where(one_of(Alliance.id, wanted))
    return {one.id: one for one in db.session.scalars(found)} if wanted else {}


def members_of(alliance_id: UUID, *, words: str = "", left: bool = False) -> Select[Any]:
    """Return the times of an alliance's members: of those who are members now, or (`left`) of those who left.

    `words`: of those whose name holds them, or whose license number begins with them.
    """
    ended = AllianceMember.left_on.is_not(None) if left else AllianceMember.left_on.is_(None)
    query = select(AllianceMember).where(AllianceMember.alliance_id == alliance_id, ended)
    if words:
        named = Program.name.icontains(words, autoescape=True) | Program.licence_number.istartswith(
            words, autoescape=True
        )
        joined = (Program.tenant_id == AllianceMember.tenant_id) & (Program.id == AllianceMember.program_id)
        query = query.join(Program, joined).where(named)
    return query


def programs_to_add(alliance_id: UUID, words: str, most: int) -> list[Program]:
    """Return programs in the roster that are no members of an alliance and fit the words, by name; at most so many."""
    member = select(AllianceMember.program_id).where(
        AllianceMember.alliance_id == alliance_id, AllianceMember.left_on.is_(None)
    )
    named = Program.name.icontains(words, autoescape=True) | Program.licence_number.istartswith(words, autoescape=True)
    query = select(Program).where(named, Program.gone_at.is_(None), Program.id.not_in(member))
    return list(db.session.scalars(query.order_by(Program.name, Program.id).limit(most)))


def programs_of(members: Iterable[AllianceMember]) -> Mapping[UUID, Program]:
    """Return {id: program} of some members."""
    wanted = [one.program_id for one in members]
    found = select(Program).where(one_of(Program.id, wanted))
    return {one.id: one for one in db.session.scalars(found)} if wanted else {}


def count_members(alliance_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Return how many programs are members of each of these alliances now."""
    wanted = list(alliance_ids)
    now_in = one_of(AllianceMember.alliance_id, wanted), AllianceMember.left_on.is_(None)
    counted = select(AllianceMember.alliance_id, func.count()).where(*now_in).group_by(AllianceMember.alliance_id)
    found = dict(db.session.execute(counted).tuples().all()) if wanted else {}
    return {one: found.get(one, 0) for one in wanted}


def alliances_of(program_id: UUID) -> list[Alliance]:
    """Return the alliances of which a program is a member now, by name."""
    joined = (Alliance.tenant_id == AllianceMember.tenant_id) & (Alliance.id == AllianceMember.alliance_id)
    mine = AllianceMember.program_id == program_id, AllianceMember.left_on.is_(None)
    found = select(Alliance).join(AllianceMember, joined).where(*mine)
    return list(db.session.scalars(found.order_by(Alliance.name, Alliance.id)))


def purchases_of(alliance_id: UUID) -> Select[Any]:
    """Return the purchases that an alliance owns; drafts only for those who run purchases of the state."""
    query = select(Purchase).where(Purchase.alliance_id == alliance_id)
    if signed_in().rights.may(_P.PURCHASES_WRITE):
        return query
    return query.where(Purchase.state != PurchaseState.DRAFT)
