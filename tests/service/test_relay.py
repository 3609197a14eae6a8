"""The relay takes a batch from each state and keeps to its cap of rows in flight."""

from typing import Any

import pytest
from flask import Flask

from carepool import events
from carepool.outbox import OutboxRow
from tenants.database import bulk_insert
from tenants.ids import new_id
from tests.cast import State
from workers.relay import Relay


@pytest.fixture
def small(app: Flask) -> Any:
    before = {name: app.config[name] for name in ("RELAY_BATCH", "RELAY_IN_FLIGHT")}
    app.config.update(RELAY_BATCH=10, RELAY_IN_FLIGHT=25)
    yield app
    app.config.update(before)


def test_a_batch_and_the_cap_in_flight_are_kept(here: State, small: Flask) -> None:
    with here.scope():
        rows = ((new_id(), new_id()) for _ in range(60))
        bulk_insert(OutboxRow, ("id", "subject_id"), rows, same={"topic": events.PERSON_SIGNED_IN.name, "attempts": 0})
    sent: list[Any] = []
    relay = Relay(small, lambda queue, scope, topic, ids: sent.extend(ids))
    with here.scope() as session:
        flying = session.query(OutboxRow).filter(OutboxRow.handed_at.is_not(None)).count()
    assert flying == 0
    assert [relay.visit(here.tenant.scope) for _ in range(4)] == [10, 10, 5, 0]
    assert len(set(sent)) == 25
