"""Turns: what must follow one another, one transaction after the other, in one scope."""

from sqlalchemy import func, select

from tenants.database import execute, session


def take_turn(about: str, *, shared: bool = False) -> None:
    """Wait until no other transaction of this scope has the turn for a thing, such as `file 9f86…`; it ends with this one.

    `shared`: beside others that share it, and only beside them.
    """
    key = func.hashtextextended(f"{session().scope} {about}", 0)
    execute(select(func.pg_advisory_xact_lock_shared(key) if shared else func.pg_advisory_xact_lock(key)))
