"""Turns: what must follow one another, one transaction after the other, in one scope."""

from sqlalchemy import ColumnElement, func, select

from tenants.database import execute, session


def take_turn(about: str) -> None:
    """Wait until no other transaction of this scope has the turn for a thing, such as `file 9f86…`; it ends with this one."""
    execute(select(func.pg_advisory_xact_lock(_key(about))))


def share_turn(about: str) -> None:
    """Wait until no other transaction of this scope has the turn for a thing, and let none take it before this one ends.

    Others may share it at the same time.
    """
    execute(select(func.pg_advisory_xact_lock_shared(_key(about))))


def _key(about: str) -> ColumnElement[int]:
    return func.hashtextextended(f"{session().scope} {about}", 0)
