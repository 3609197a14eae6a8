"""One row a program that is replaced whole, under its version: of two who change it at once, one is told."""

from datetime import date
from typing import Any, TypeVar
from uuid import UUID

import psycopg.errors
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from carepool.errors import Stale
from tenants.database import db

Row = TypeVar("Row", bound=Any)
Changes = dict[str, list[Any]]


def replace_row(model: type[Row], program_id: UUID, facts: dict[str, Any], based_on: int | None) -> tuple[Row, Changes]:
    """Make or replace a program's row; return it and {name: [before, after]} of what changed, for the activity log.

    `based_on`: the version that was read, None or 0 where there was no row. Raises Stale.
    """
    own = select(model).where(model.program_id == program_id).with_for_update()
    row: Any = db.session.scalars(own.execution_options(populate_existing=True)).one_or_none()
    if (row.version if row else 0) != (based_on or 0):
        raise Stale()
    before = {name: getattr(row, name) if row else None for name in facts}
    if row is None:
        row = _first(model, {"program_id": program_id, **facts})
    else:
        for name, value in facts.items():
            setattr(row, name, value)
        row.version += 1
        db.session.flush()
    changes = {name: [_plain(before[name]), _plain(new)] for name, new in facts.items() if before[name] != new}
    return row, changes


def _first(model: type[Row], facts: dict[str, Any]) -> Any:
    try:
        return db.session.scalars(insert(model).returning(model), facts).one()
    except IntegrityError as error:
        if isinstance(error.orig, psycopg.errors.UniqueViolation):
            raise Stale() from None
        raise


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
