"""Roles and what they may do: pure rules, no database."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Permission(StrEnum):
    """Things that can be allowed; also the scopes of API tokens."""

    PROGRAMS_READ = "programs:read"
    PROGRAMS_WRITE = "programs:write"
    CATALOGS_READ = "catalogs:read"
    CATALOGS_WRITE = "catalogs:write"
    PURCHASES_READ = "purchases:read"
    PURCHASES_WRITE = "purchases:write"
    ORDERS_READ = "orders:read"
    ORDERS_WRITE = "orders:write"
    ORDERS_APPROVE = "orders:approve"
    PEOPLE_READ = "people:read"
    PEOPLE_WRITE = "people:write"
    MESSAGES_READ = "messages:read"
    DELIVERIES_WRITE = "deliveries:write"
    STATE_WRITE = "state:write"
    RECORDS_READ = "records:read"
    GOODS_RECEIVE = "goods:receive"
    MONEY_WRITE = "money:write"
    DESK_READ = "desk:read"
    DESK_WRITE = "desk:write"
    DESK_PEOPLE = "desk:people"


class Role(StrEnum):
    """Roles of people in a state or in a program."""

    STATE_ADMINISTRATOR = "state_administrator"
    PURCHASING_COORDINATOR = "purchasing_coordinator"
    PROGRAM_DIRECTOR = "program_director"
    PROGRAM_STAFF = "program_staff"


class DeskRole(StrEnum):
    """Roles of people at a vendor's desk."""

    ADMINISTRATOR = "desk_administrator"
    STAFF = "desk_staff"


STATE_ROLES = frozenset({Role.STATE_ADMINISTRATOR, Role.PURCHASING_COORDINATOR})

_P = Permission
DESK = frozenset({_P.DESK_READ, _P.DESK_WRITE, _P.DESK_PEOPLE})
"""Permissions at a vendor's desk; nobody in a state has one, and nobody at a desk has another."""
_STATE = frozenset(Permission) - DESK
ALLOWED: dict[Role | DeskRole, frozenset[Permission]] = {
    DeskRole.ADMINISTRATOR: DESK,
    DeskRole.STAFF: DESK - {_P.DESK_PEOPLE},
    # what a program spends is its own decision
    Role.STATE_ADMINISTRATOR: _STATE - {_P.ORDERS_APPROVE},
    Role.PURCHASING_COORDINATOR: _STATE - {_P.PEOPLE_WRITE, _P.STATE_WRITE, _P.RECORDS_READ, _P.ORDERS_APPROVE},
    Role.PROGRAM_DIRECTOR: frozenset(
        {
            _P.PROGRAMS_READ,
            _P.CATALOGS_READ,
            _P.PURCHASES_READ,
            _P.ORDERS_READ,
            _P.ORDERS_WRITE,
            _P.ORDERS_APPROVE,
            _P.MESSAGES_READ,
            _P.GOODS_RECEIVE,
        }
    ),
    # what staff order may wait for a director
    Role.PROGRAM_STAFF: frozenset(
        {
            _P.PROGRAMS_READ,
            _P.CATALOGS_READ,
            _P.PURCHASES_READ,
            _P.ORDERS_READ,
            _P.ORDERS_WRITE,
            _P.MESSAGES_READ,
            _P.GOODS_RECEIVE,
        }
    ),
}


@dataclass(frozen=True)
class Grant:
    """One role in force: in the whole state or at a whole desk (`program_id` None), or in one program.

    `limit`: the permissions of one who acts for another; None for a role of one's own.
    """

    role: Role | DeskRole
    program_id: UUID | None
    limit: frozenset[Permission] | None = None

    def allows(self, permission: Permission) -> bool:
        """Tell whether the role, within its limit, has the permission."""
        return permission in ALLOWED[self.role] and (self.limit is None or permission in self.limit)


@dataclass(frozen=True)
class Rights:
    """What a signed-in person may do now: roles in force, limited by the scopes of an API token (None: no limit)."""

    grants: tuple[Grant, ...] = ()
    limit: frozenset[Permission] | None = None

    def may(self, permission: Permission, program_id: UUID | None = None) -> bool:
        """Tell whether the permission is held for the whole state, or for the given program."""
        if self.limit is not None and permission not in self.limit:
            return False
        return any(
            grant.allows(permission) and (grant.program_id is None or grant.program_id == program_id)
            for grant in self.grants
        )

    def may_anywhere(self, permission: Permission) -> bool:
        """Tell whether the permission is held somewhere: in the state or in any program."""
        return any(self.may(permission, grant.program_id) for grant in self.grants)

    def orders_alone(self, program_id: UUID) -> bool:
        """Tell whether an order that the person places for a program never waits for its director: all but staff."""
        return any(
            grant.role != Role.PROGRAM_STAFF
            and grant.allows(Permission.ORDERS_WRITE)
            and grant.program_id in (None, program_id)
            for grant in self.grants
        )

    def has_of_own(self, permission: Permission) -> bool:
        """Tell whether the permission comes from a role of one's own somewhere, so that it can be given on."""
        own = Rights(tuple(grant for grant in self.grants if grant.limit is None), self.limit)
        return own.may_anywhere(permission)

    def programs_with(self, permission: Permission) -> tuple[UUID, ...]:
        """Return the programs in which a role there gives the permission, in the order of the roles."""
        if self.limit is not None and permission not in self.limit:
            return ()
        given = (grant.program_id for grant in self.grants if grant.allows(permission))
        return tuple(dict.fromkeys(one for one in given if one is not None))

    @property
    def roles(self) -> frozenset[Role | DeskRole]:
        """The roles in force, wherever they hold."""
        return frozenset(grant.role for grant in self.grants)


def limited(scopes: Iterable[str]) -> frozenset[Permission]:
    """Return the permissions that a token's scopes name. Raises ValueError on an unknown one."""
    return frozenset(Permission(scope) for scope in scopes)
