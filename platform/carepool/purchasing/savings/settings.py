"""Verbs of the state's settings of savings: how figures for funders are guarded, and its own purchasing limits."""

from typing import Any
from uuid import UUID

from carepool import events
from carepool.errors import Stale
from carepool.outbox import Actor, record_event
from carepool.purchasing.savings.models import LEAST_PROGRAMS, QUOTES_WANTED, SavingsSetting
from tenants.database import db, find
from tenants.turns import take_turn

NAMES = ("least_programs", "quotes_wanted", "thresholds")


def settings_of() -> SavingsSetting:
    """Return the state's settings, or the defaults as version 0."""
    return find(SavingsSetting) or SavingsSetting(
        least_programs=LEAST_PROGRAMS, quotes_wanted=QUOTES_WANTED, thresholds=[], version=0
    )


def change_settings(by: Actor, state_id: UUID, facts: dict[str, Any], based_on: int | None) -> SavingsSetting:
    """Keep the state's settings. `state_id`: its public id; `based_on`: the version that was read. Raises Stale."""
    take_turn("savings settings")
    own = settings_of()
    if own.version:
        db.session.refresh(own)
    if own.version != (based_on or 0):
        raise Stale()
    diff = {name: [getattr(own, name), facts[name]] for name in NAMES if getattr(own, name) != facts[name]}
    for name in NAMES:
        setattr(own, name, facts[name])
    own.version += 1
    db.session.add(own)
    record_event(events.SAVINGS_SETTINGS_CHANGED, state_id, by, diff)
    db.session.flush()
    return own
