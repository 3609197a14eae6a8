"""Who may call a route. Every route is guarded or says that it is open; a test walks all of them."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import g

from carepool.errors import Forbidden
from carepool.identity.rights import Permission
from carepool.web.requests import presented, signed_in

P = ParamSpec("P")
R = TypeVar("R")

OPEN = "open"
"""Mark of routes that anyone may call."""


def needs(*permissions: Permission) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a route be called only by people who hold one of the permissions somewhere; loaders narrow it further."""

    def guard(route: Callable[P, R]) -> Callable[P, R]:
        @wraps(route)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if not any(signed_in().rights.may_anywhere(permission) for permission in permissions):
                raise Forbidden()
            return route(*args, **kwargs)

        guarded.needs = permissions  # type: ignore[attr-defined]
        return guarded

    return guard


def needs_sign_in(route: Callable[P, R]) -> Callable[P, R]:
    """Let a route be called only by someone signed in, whatever the rights."""

    @wraps(route)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        signed_in()
        return route(*args, **kwargs)

    guarded.needs = "sign-in"  # type: ignore[attr-defined]
    return guarded


def needs_first_step(route: Callable[P, R]) -> Callable[P, R]:
    """Let a route be called by someone whose second factor is still to be proved or set up, too."""

    @wraps(route)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        presented()
        return route(*args, **kwargs)

    guarded.needs = "first step"  # type: ignore[attr-defined]
    return guarded


def open_to_all(route: Callable[P, R]) -> Callable[P, R]:
    """Say that a route needs no sign-in."""
    route.needs = OPEN  # type: ignore[attr-defined]
    return route


def statewide(permission: Permission) -> bool:
    """Tell whether the caller holds the permission for the whole state."""
    return signed_in().rights.may(permission)


def require(permission: Permission, program_id: object = None) -> None:
    """Refuse unless the caller holds the permission for the state or this program. Raises Forbidden."""
    if not signed_in().rights.may(permission, program_id):  # type: ignore[arg-type]
        raise Forbidden()


def tenant_zone() -> str:
    """Return the IANA time zone of the state whose host was asked."""
    return str(g.tenant.zone)
