"""The relay takes a batch from each state and keeps to its cap of rows in flight."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import redis
from flask import Flask
from sqlalchemy import func, update

from carepool import events
from carepool.hints import Hints
from carepool.local.ports import free_port
from carepool.outbox import OutboxRow, hand_over
from tenants.ids import new_id
from tenants.scope import Scope
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
        hand_over(events.PERSON_SIGNED_IN, (new_id() for _ in range(60)))
    sent: list[Any] = []
    relay = Relay(small, lambda queue, scope, topic, ids: sent.extend(ids))
    with here.scope() as session:
        flying = session.query(OutboxRow).filter(OutboxRow.handed_at.is_not(None)).count()
    assert flying == 0
    assert [relay.visit(here.tenant.scope) for _ in range(4)] == [10, 10, 5, 0]
    assert len(set(sent)) == 25


def test_a_row_on_its_way_is_handed_over_again_only_when_it_is_believed_lost(here: State, app: Flask) -> None:
    with here.scope():
        hand_over(events.PERSON_SIGNED_IN, [new_id()])
    sent: list[Any] = []
    relay = Relay(app, lambda queue, scope, topic, ids: sent.extend(ids))
    count = relay.visit(here.tenant.scope)
    assert relay.visit(here.tenant.scope) == 0
    with here.scope() as session:
        long_ago = func.clock_timestamp() - timedelta(seconds=app.config["RELAY_AGAIN_SECONDS"] + 1)
        session.execute(update(OutboxRow).values(handed_at=long_ago))
    assert relay.visit(here.tenant.scope) == count
    assert sorted(sent[:count]) == sorted(sent[count:])


def test_slow_work_is_handed_over_one_by_one(here: State, app: Flask) -> None:
    with here.scope():
        hand_over(events.WEBHOOK_WAITING, (new_id() for _ in range(3)))
    sent: list[Any] = []
    Relay(app, lambda queue, scope, topic, ids: sent.append((topic, len(ids)))).visit(here.tenant.scope)
    assert [size for topic, size in sent if topic == "webhook.waiting"] == [1, 1, 1]


def test_a_failed_send_is_told_and_the_rows_go_later(here: State, app: Flask) -> None:
    with here.scope():
        hand_over(events.PERSON_SIGNED_IN, [new_id()])

    def broken(*_: Any) -> None:
        raise ConnectionError("the broker is gone")

    assert Relay(app, broken).visit(here.tenant.scope) == 0


@pytest.fixture
def hints(redis_url: str) -> Iterator[Hints]:
    with redis.Redis.from_url(redis_url) as client:
        client.flushdb()
    yield Hints(redis_url)


def test_work_left_by_a_commit_hints_at_its_state(here: State, hints: Hints) -> None:
    with here.scope():
        hand_over(events.PERSON_INVITED, [new_id()])
        hand_over(events.PERSON_INVITED, [new_id()])
    assert hints.wait(0.5) == here.tenant.scope
    assert hints.wait(0.1) is None


def test_what_was_rolled_back_gives_no_hint(here: State, hints: Hints) -> None:
    with pytest.raises(ZeroDivisionError), here.scope():
        hand_over(events.PERSON_INVITED, [new_id()])
        raise ZeroDivisionError
    assert hints.wait(0.1) is None


def test_the_oldest_hint_comes_first_so_that_no_state_is_passed_over(hints: Hints) -> None:
    for number in (7, 8, 7):
        hints.give(Scope.tenant(number))
    assert [hints.wait(0.1) for _ in range(3)] == [Scope.tenant(7), Scope.tenant(8), None]


def test_a_request_does_not_fail_because_redis_is_gone() -> None:
    gone = Hints(f"redis://127.0.0.1:{free_port()}/0")
    gone.give(Scope.tenant(1))
    assert gone.wait(0.01) is None
