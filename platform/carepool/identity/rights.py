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
    ALLIANCES_READ = "alliances:read"
    ALLIANCES_WRITE = "alliances:write"
    DESK_READ = "desk:read"
    DESK_WRITE = "desk:write"
    DESK_PEOPLE = "desk:people"


class Role(StrEnum):
    """Roles of people in a state, in a program or in an alliance."""

    STATE_ADMINISTRATOR = "state_administrator"
    PURCHASING_COORDINATOR = "purchasing_coordinator"
    PROGRAM_DIRECTOR = "program_director"
    PROGRAM_STAFF = "program_staff"
    HUB_STAFF = "hub_staff"


class DeskRole(StrEnum):
    """Roles of people at a vendor's desk."""

    ADMINISTRATOR = "desk_administrator"
    STAFF = "desk_staff"


STATE_ROLES = frozenset({Role.STATE_ADMINISTRATOR, Role.PURCHASING_COORDINATOR})
PROGRAM_ROLES = frozenset({Role.PROGRAM_DIRECTOR, Role.PROGRAM_STAFF})
ALLIANCE_ROLES = frozenset({Role.HUB_STAFF})
SEES_OTHERS = STATE_ROLES | ALLIANCE_ROLES
"""Roles that see what other businesses buy or owe: they need a second step of signing in."""

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
    # who the members are and what they owe the alliance, and nothing of what they order
    Role.HUB_STAFF: frozenset({_P.ALLIANCES_READ, _P.MESSAGES_READ}),
}


@dataclass(frozen=True)
class Everywhere:
    """The whole state, or a whole desk."""


@dataclass(frozen=True)
class InProgram:
    """One program."""

    id: UUID


@dataclass(frozen=True)
class InAlliance:
    """One alliance: neither the state nor any of the programs that are its members."""

    id: UUID


Place = Everywhere | InProgram | InAlliance
EVERYWHERE = Everywhere()


def place_of(program_id: UUID | None, alliance_id: UUID | None) -> Place:
    """Return the place that a role's two columns name. Raises ValueError where both are set."""
    if program_id is not None and alliance_id is not None:
        raise ValueError("A role holds in one place.")
    if alliance_id is not None:
        return InAlliance(alliance_id)
    return EVERYWHERE if program_id is None else InProgram(program_id)


def named_by(place: Place) -> dict[str, UUID | None]:
    """Return the two columns that name a place; the inverse of `place_of`."""
    return {
        "program_id": place.id if isinstance(place, InProgram) else None,
        "alliance_id": place.id if isinstance(place, InAlliance) else None,
    }


def fits(role: Role | DeskRole, place: Place) -> bool:
    """Tell whether a role can hold in a place: each role knows one kind of place."""
    if role in PROGRAM_ROLES:
        return isinstance(place, InProgram)
    return isinstance(place, InAlliance if role in ALLIANCE_ROLES else Everywhere)


@dataclass(frozen=True)
class Grant:
    """One role in force, and where it holds. Raises ValueError for a place that the role cannot have.

    `limit`: the permissions of one who acts for another; None for a role of one's own.
    """

    role: Role | DeskRole
    place: Place
    limit: frozenset[Permission] | None = None

    def __post_init__(self) -> None:
        """Refuse a role outside of its kind of place, so that none of a program or an alliance is one of the state."""
        if not fits(self.role, self.place):
            raise ValueError(f"{self.role} does not hold in {self.place}.")

    def holds_in(self, program_id: UUID | None) -> bool:
        """Tell whether the role holds in a program, or (None) in the whole state; one in an alliance in neither."""
        return self.place == EVERYWHERE or (program_id is not None and self.place == InProgram(program_id))

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
        return any(grant.allows(permission) and grant.holds_in(program_id) for grant in self._usable(permission))

    def may_in_alliance(self, permission: Permission, alliance_id: UUID) -> bool:
        """Tell whether the permission is held for the whole state, or in the given alliance."""
        return self.may(permission) or alliance_id in self.alliances_with(permission)

    def reads_book_of(self, alliance_id: UUID) -> bool:
        """Tell whether an alliance's ledger may be read: by who keeps the money, and by the staff of its own hub."""
        return self.may(Permission.MONEY_WRITE) or alliance_id in self.alliances_with(Permission.ALLIANCES_READ)

    def may_anywhere(self, permission: Permission) -> bool:
        """Tell whether the permission is held somewhere: in the state, in any program or in any alliance."""
        return any(grant.allows(permission) for grant in self._usable(permission))

    def orders_alone(self, program_id: UUID) -> bool:
        """Tell whether an order that the person places for a program never waits for its director: all but staff."""
        return any(
            grant.role != Role.PROGRAM_STAFF and grant.allows(Permission.ORDERS_WRITE) and grant.holds_in(program_id)
            for grant in self.grants
        )

    def has_of_own(self, permission: Permission) -> bool:
        """Tell whether the permission comes from a role of one's own somewhere, so that it can be given on."""
        own = Rights(self.of_own, self.limit)
        return own.may_anywhere(permission)

    def programs_with(self, permission: Permission) -> tuple[UUID, ...]:
        """Return the programs in which a role there gives the permission, in the order of the roles."""
        places = (grant.place for grant in self._usable(permission) if grant.allows(permission))
        return tuple(dict.fromkeys(place.id for place in places if isinstance(place, InProgram)))

    def alliances_with(self, permission: Permission) -> tuple[UUID, ...]:
        """Return the alliances in which a role there gives the permission, in the order of the roles."""
        places = (grant.place for grant in self._usable(permission) if grant.allows(permission))
        return tuple(dict.fromkeys(place.id for place in places if isinstance(place, InAlliance)))

    def _usable(self, permission: Permission) -> tuple[Grant, ...]:
        """Return the grants; none where the token's scopes leave the permission out."""
        return () if self.limit is not None and permission not in self.limit else self.grants

    @property
    def of_own(self) -> tuple[Grant, ...]:
        """The roles in force that are one's own, without those of people for whom one acts."""
        return tuple(grant for grant in self.grants if grant.limit is None)

    @property
    def roles(self) -> frozenset[Role | DeskRole]:
        """The roles in force, wherever they hold."""
        return frozenset(grant.role for grant in self.grants)


def limited(scopes: Iterable[str]) -> frozenset[Permission]:
    """Return the permissions that a token's scopes name. Raises ValueError on an unknown one."""
    return frozenset(Permission(scope) for scope in scopes)
