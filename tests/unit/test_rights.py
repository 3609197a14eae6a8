"""Where a role holds: in the state, in a program or in an alliance, and never in two of them at once."""

from uuid import uuid4

import pytest

from carepool.identity.rights import (
    ALLIANCE_ROLES,
    ALLOWED,
    EVERYWHERE,
    PROGRAM_ROLES,
    STATE_ROLES,
    DeskRole,
    Grant,
    InAlliance,
    InProgram,
    Permission,
    Place,
    Rights,
    Role,
    named_by,
    place_of,
)

P = Permission
_PLACES: list[Place] = [EVERYWHERE, InProgram(uuid4()), InAlliance(uuid4())]


def test_every_role_of_a_state_has_its_kind_of_place() -> None:
    kinds = [STATE_ROLES, PROGRAM_ROLES, ALLIANCE_ROLES]
    assert sorted(one for kind in kinds for one in kind) == sorted(Role)


@pytest.mark.parametrize("role", sorted([*Role, *DeskRole]))
def test_a_role_is_granted_in_its_kind_of_place_alone(role: Role | DeskRole) -> None:
    made = []
    for place in _PLACES:
        try:
            made.append(Grant(role, place).place)
        except ValueError:
            continue
    kind = InProgram if role in PROGRAM_ROLES else InAlliance if role in ALLIANCE_ROLES else type(EVERYWHERE)
    assert [type(one) for one in made] == [kind]


def test_a_place_is_named_by_one_column_at_the_most() -> None:
    for place in _PLACES:
        assert place_of(**named_by(place)) == place
    with pytest.raises(ValueError, match="one place"):
        place_of(uuid4(), uuid4())


@pytest.mark.parametrize("permission", sorted(Permission))
def test_a_role_in_an_alliance_is_none_of_the_state_or_of_a_program(permission: Permission) -> None:
    alliance = uuid4()
    hub = Rights((Grant(Role.HUB_STAFF, InAlliance(alliance)),))
    assert not hub.may(permission) and not hub.may(permission, alliance) and not hub.may(permission, uuid4())
    assert hub.programs_with(permission) == () and not hub.orders_alone(alliance)
    held = permission in ALLOWED[Role.HUB_STAFF]
    assert hub.may_anywhere(permission) == hub.has_of_own(permission) == held
    assert hub.alliances_with(permission) == ((alliance,) if held else ())
    assert hub.may_in_alliance(permission, alliance) == held and not hub.may_in_alliance(permission, uuid4())


def test_state_staff_hold_theirs_in_every_alliance_and_program_people_in_none() -> None:
    alliance, program = uuid4(), uuid4()
    state = Rights((Grant(Role.PURCHASING_COORDINATOR, EVERYWHERE),))
    assert state.may_in_alliance(P.ALLIANCES_WRITE, alliance) and state.alliances_with(P.ALLIANCES_READ) == ()
    director = Rights((Grant(Role.PROGRAM_DIRECTOR, InProgram(program)),))
    assert not director.may_anywhere(P.ALLIANCES_READ) and not director.may_in_alliance(P.ALLIANCES_READ, program)
    assert director.may(P.ORDERS_READ, program) and not director.may(P.ORDERS_READ)


def test_scopes_of_a_token_and_limits_of_who_acts_hold_in_alliances_too() -> None:
    alliance = uuid4()
    grant = Grant(Role.HUB_STAFF, InAlliance(alliance))
    assert not Rights((grant,), frozenset({P.MESSAGES_READ})).may_in_alliance(P.ALLIANCES_READ, alliance)
    acting = Rights((Grant(Role.HUB_STAFF, InAlliance(alliance), frozenset({P.MESSAGES_READ})),))
    assert not acting.may_in_alliance(P.ALLIANCES_READ, alliance) and acting.of_own == ()
