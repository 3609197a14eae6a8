"""Which programs a purchase is open to: the one condition of all who ask who may join, is invited or is reminded."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute

from carepool.alliances.models import AllianceMember
from carepool.programs.models import Program
from carepool.purchasing.models.purchases import Purchase
from tenants.database import one_of


def may_join(purchase: Purchase | type[Purchase]) -> ColumnElement[bool]:
    """Return the condition that a program is there and may join a purchase: by its type, its county and the owner.

    `purchase`: one purchase, or the class, for a query of purchases and programs.
    """
    return Program.gone_at.is_(None) & is_meant_for(purchase)


def is_meant_for(purchase: Purchase | type[Purchase]) -> ColumnElement[bool]:
    """Return the condition that a purchase is meant for a program, whether or not the newest roster has it."""
    meant = _among(Program.type, purchase.program_types) & _among(Program.county, purchase.counties)
    return meant & _is_owners(purchase)


def fits(types: Sequence[str], counties: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that a program is of one of these national types and counties; an empty list lets all fit."""
    return _among(Program.type, types) & _among(Program.county, counties)


def still_joining(purchase: Purchase, program_ids: Sequence[UUID]) -> Select[tuple[UUID]]:
    """Return the query of those of some programs that may join a purchase now."""
    return select(Program.id).where(one_of(Program.id, program_ids), may_join(purchase))


def _among(column: Any, values: Any) -> ColumnElement[bool]:
    """Return the condition that a column is one of some values, or there are none; `values`: a list, or a column of one."""
    if isinstance(values, InstrumentedAttribute):
        return or_(func.cardinality(values) == 0, column == func.any(values))
    return column.in_(values) if values else true()


def _is_owners(purchase: Purchase | type[Purchase]) -> ColumnElement[bool]:
    """Return the condition that a program is a member of the alliance that owns a purchase; all are the state's."""
    if isinstance(purchase, Purchase) and purchase.alliance_id is None:
        return true()
    member = select(AllianceMember.id).where(
        AllianceMember.tenant_id == Program.tenant_id,
        AllianceMember.program_id == Program.id,
        AllianceMember.alliance_id == purchase.alliance_id,
        AllianceMember.left_on.is_(None),
    )
    if isinstance(purchase, Purchase):
        return member.correlate(Program).exists()
    return or_(Purchase.alliance_id.is_(None), member.correlate(Program, Purchase).exists())
