"""How to get one row of each model that an address or a task can name. A model without a line fails the suite."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from carepool.clock import now
from carepool.identity import actions
from carepool.identity.models import AccessToken, Membership, Person
from carepool.outbox import Actor
from carepool.programs.models import Program
from tenants.database import db
from tests.cast import State

Factory = Callable[[State], UUID]


def _program(state: State) -> UUID:
    assert state.director.program_id
    return state.director.program_id


def _token(state: State) -> UUID:
    at = now()
    with state.scope():
        person = state.administrator.id
        written = actions.issue_api_token(Actor.operator(), person, ["programs:read"], "", at + timedelta(days=1), at)
        return written.id


def _membership(state: State) -> UUID:
    with state.scope():
        return db.session.query(Membership.id).limit(1).scalar()


FACTORIES: dict[type[Any], Factory] = {
    Program: _program,
    Person: lambda state: state.director.id,
    Membership: _membership,
    AccessToken: _token,
}


def make(model: type[Any], state: State) -> UUID:
    """Return the id of a row of a model in a state. Fails with what to do when there is no factory."""
    assert model in FACTORIES, f"Add a factory for {model.__name__} to tests/isolation/factories.py."
    return FACTORIES[model](state)
