"""Which programs a purchase is open to, as a condition of queries."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, true

from carepool.programs.models import Program
from carepool.purchasing.models.purchases import Purchase


def may_join(purchase: Purchase) -> ColumnElement[bool]:
    """Return the condition that a program is there and its type and county may join a purchase."""
    return Program.gone_at.is_(None) & fits(purchase.program_types, purchase.counties)


def fits(types: Sequence[str], counties: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that a program is of one of these national types and counties; an empty list lets all fit."""
    of_type = Program.type.in_(types) if types else true()
    return of_type & (Program.county.in_(counties) if counties else true())
