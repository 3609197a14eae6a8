"""Webhooks: signed, at least once with one id, tried again for a day, and never to a private address."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, update
from standardwebhooks import WebhookVerificationError

from carepool.local.ports import free_port
from carepool.notifications.models import Message
from carepool.outbox import OutboxRow
from carepool.publishing import published_events
from carepool.webhooks.announcing import TEST_EVENT, announce
from carepool.webhooks.models import WebhookDelivery, WebhookEndpoint
from carepool.webhooks.retrying import LONGEST, SHAKE, WAITS, next_try
from tenants.database import db
from tests.buying import open_buy, work
from tests.cast import Cast, State
from tests.importing import import_file, roster
from tests.listening import attempts, later, listens, log_of, receiver, verified
from tests.posting import Double


@pytest.fixture
def ear(app: Flask) -> Iterator[tuple[Double, str]]:
    with receiver(app) as found:
        yield found


def _kinds(double: Double, secret: str) -> list[str]:
    return [verified(secret, one)["type"] for one in double.taken]


def test_what_happens_in_a_purchase_is_told_signed_with_ids_and_times(here: State, ear: tuple[Double, str]) -> None:
    double, url = ear
    endpoint = listens(here, url)
    buy = open_buy(here)
    buy.order(here.director, {"GLOVES": (20,)})
    buy.close()
    told = [verified(endpoint["secret"], one) for one in double.taken]
    by_kind = {one["type"]: one["data"] for one in told}
    assert [one["type"] for one in told] == [
        "purchase.opened",
        "order.placed",
        "purchase.closed",
        "purchase_order.made",
    ]
    assert by_kind["purchase.opened"]["purchase_id"] == buy.id
    assert by_kind["purchase.opened"]["number"] == buy.number
    program = str(here.director.program_id)
    assert by_kind["order.placed"] == {"purchase_id": buy.id, "program_id": program, "version": 1}
    order = here.api("GET", buy.path("/purchase-orders"), here.coordinator).json["items"][0]
    assert by_kind["purchase_order.made"]["purchase_order_id"] == order["id"]
    assert by_kind["purchase_order.made"]["total_cents"] == 8000
    assert all(datetime.fromisoformat(one["timestamp"]).tzinfo for one in told)
    ids = [one["headers"]["webhook-id"] for one in double.taken]
    assert ids == [one["id"] for one in reversed(log_of(here, endpoint, state="delivered"))]


def test_an_endpoint_hears_of_what_it_chose_only(here: State, ear: tuple[Double, str]) -> None:
    double, url = ear
    endpoint = listens(here, url, "import.applied")
    import_file(here, roster(3))
    open_buy(here)
    work(here)
    assert _kinds(double, endpoint["secret"]) == ["import.applied"]


def test_a_state_where_nobody_listens_leaves_no_work(here: State) -> None:
    open_buy(here)
    with here.scope():
        assert not db.session.scalar(
            select(func.count()).select_from(OutboxRow).where(OutboxRow.topic == "event.published")
        )


def test_another_state_hears_nothing(cast: Cast, ear: tuple[Double, str]) -> None:
    double, url = ear
    listens(cast.there, url)
    open_buy(cast.here)
    work(cast.here)
    work(cast.there)
    assert double.taken == []


def test_a_forged_or_changed_event_is_not_believed(here: State, ear: tuple[Double, str]) -> None:
    double, url = ear
    endpoint, other = listens(here, url), listens(here, url, "purchase.failed")
    here.api("POST", f"/webhooks/{endpoint['id']}/test", here.administrator)
    work(here)
    [taken] = double.taken
    assert verified(endpoint["secret"], taken)["type"] == "webhook.test"
    with pytest.raises(WebhookVerificationError):
        verified(other["secret"], taken)
    with pytest.raises(WebhookVerificationError):
        verified(endpoint["secret"], {**taken, "body": taken["body"].replace(b"webhook.test", b"order.placed")})
    with pytest.raises(WebhookVerificationError):
        verified(endpoint["secret"], {**taken, "headers": {**taken["headers"], "webhook-id": "another"}})


def test_after_a_rotation_both_secrets_count_for_a_day_and_then_the_new_one(
    here: State, ear: tuple[Double, str]
) -> None:
    double, url = ear
    before = listens(here, url)
    path = f"/webhooks/{before['id']}"
    after = here.api("POST", f"{path}/rotate", here.administrator).json
    assert after["secret"] != before["secret"]
    assert "secret" not in here.api("GET", path, here.administrator).json
    here.api("POST", f"{path}/test", here.administrator)
    work(here)
    assert _kinds(double, before["secret"]) == _kinds(double, after["secret"]) == ["webhook.test"]
    with here.scope():
        db.session.execute(update(WebhookEndpoint).values(previous_until=func.now()))
    here.api("POST", f"{path}/test", here.administrator)
    work(here)
    assert verified(after["secret"], double.taken[1])
    with pytest.raises(WebhookVerificationError):
        verified(before["secret"], double.taken[1])


def test_a_fault_and_then_yes_keeps_one_id_and_the_same_text(here: State, ear: tuple[Double, str]) -> None:
    double, url = ear
    endpoint = listens(here, url)
    double.answers = [(500, {"oh": "no"}), (0, None)]
    here.api("POST", f"/webhooks/{endpoint['id']}/test", here.administrator)
    work(here)
    [waiting] = log_of(here, endpoint)
    assert (waiting["state"], waiting["attempts"]) == ("waiting", 1)
    work(here)
    assert len(double.taken) == 1, "not before its time"
    later(here)
    later(here)
    later(here)
    assert len(double.taken) == 3
    assert len({(one["headers"]["webhook-id"], one["body"]) for one in double.taken}) == 1
    assert [status for status, _ in attempts(here)] == [500, None, 204]
    whole = here.api("GET", f"/webhook-deliveries/{waiting['id']}", here.administrator).json
    assert (whole["state"], whole["due_at"]) == ("delivered", None)
    assert whole["tried"][-1]["answer"] == '{"oh": "no"}'


def test_after_a_day_in_vain_it_is_failing_the_administrators_are_told_once_and_one_press_sends_all_again(
    here: State, ear: tuple[Double, str]
) -> None:
    double, url = ear
    double.usual = (503, {})
    endpoint = listens(here, url)
    path = f"/webhooks/{endpoint['id']}"
    for _ in range(2):
        here.api("POST", f"{path}/test", here.administrator)
    work(here)
    for _ in range(len(WAITS)):
        later(here)
    assert [one["state"] for one in log_of(here, endpoint)] == ["failed", "failed"]
    assert here.api("GET", path, here.administrator).json["failing_since"]
    with here.scope():
        told = db.session.scalars(select(Message).where(Message.kind == "webhook.failing")).all()
        assert [one.person_id for one in told] == [here.administrator.id]
    assert "127.0.0.1" in here.browser(here.administrator).submit("/messages", "GET").text
    count = len(double.taken)
    assert count == 2 * (len(WAITS) + 1)
    later(here)
    assert len(double.taken) == count, "given up is given up"
    double.usual = (200, {})
    since = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    answer = here.api("POST", f"{path}/resend", here.administrator, json={"since": since})
    assert answer.json == {"deliveries": 2}
    work(here)
    assert {one["state"] for one in log_of(here, endpoint)} == {"delivered"}
    assert here.api("GET", path, here.administrator).json["failing_since"] is None
    assert len({one["headers"]["webhook-id"] for one in double.taken}) == 2


def test_a_410_turns_it_off_and_what_happens_then_is_not_told(here: State, ear: tuple[Double, str]) -> None:
    double, url = ear
    double.usual = (410, {})
    endpoint = listens(here, url)
    path = f"/webhooks/{endpoint['id']}"
    for _ in range(2):
        here.api("POST", f"{path}/test", here.administrator)
    work(here)
    assert len(double.taken) == 1
    assert here.api("GET", path, here.administrator).json["state"] == "gone"
    assert [one["state"] for one in log_of(here, endpoint)] == ["failed", "failed"]
    open_buy(here)
    work(here)
    assert len(log_of(here, endpoint)) == 2
    assert here.api("POST", f"{path}/test", here.administrator).status_code == 409
    double.usual = (200, {})
    assert here.api("PUT", path, here.administrator, json={"url": url}).json["state"] == "on"
    here.api("POST", f"{path}/test", here.administrator)
    work(here)
    assert log_of(here, endpoint)[0]["state"] == "delivered"


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1:{port}/hook",
        "https://localhost:{port}/hook",
        "https://[::1]:{port}/hook",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/hook",
        "https://2130706433:{port}/",
    ],
)
def test_nothing_reaches_a_private_address(here: State, ear: tuple[Double, str], url: str) -> None:
    double, allowed = ear
    port = int(allowed.split(":")[2].split("/")[0])
    # the receiver listens there, but it is allowed under another name only
    here.app.config["CAREPOOL_OUTBOUND_ALLOW"] = "receiver.example"
    endpoint = listens(here, url.format(port=port))
    here.api("POST", f"/webhooks/{endpoint['id']}/test", here.administrator)
    work(here)
    [(status, error)] = attempts(here)
    assert status is None
    assert "public internet" in error
    assert double.taken == []


def test_a_way_on_to_a_private_address_is_not_followed(here: State, ear: tuple[Double, str]) -> None:
    double, url = ear
    double.answers = [(307, {"to": url.replace("127.0.0.1", "localhost")})]
    endpoint = listens(here, url)
    here.api("POST", f"/webhooks/{endpoint['id']}/test", here.administrator)
    work(here)
    [(status, error)] = attempts(here)
    assert status == 307
    assert "elsewhere" in error
    assert len(double.taken) == 1


def test_a_server_that_is_not_there_costs_one_attempt_for_all_that_waits(here: State, app: Flask) -> None:
    port = free_port()
    app.config["CAREPOOL_OUTBOUND_ALLOW"] = f"127.0.0.1:{port}"
    endpoint = listens(here, f"http://127.0.0.1:{port}/")
    for _ in range(5):
        here.api("POST", f"/webhooks/{endpoint['id']}/test", here.administrator)
    work(here)
    app.config["CAREPOOL_OUTBOUND_ALLOW"] = ""
    assert len(attempts(here)) == 1
    with here.scope():
        db.session.execute(update(WebhookDelivery).values(since=func.now() - LONGEST))
    later(here)
    assert [one["state"] for one in log_of(here, endpoint)] == ["failed"] * 5


def test_an_event_told_twice_is_delivered_once(here: State, ear: tuple[Double, str]) -> None:
    double, url = ear
    listens(here, url)
    open_buy(here)
    with here.scope():
        rows = db.session.scalars(select(OutboxRow.subject_id).where(OutboxRow.topic == "event.published")).all()
    for _ in range(2):
        with here.scope():
            announce(rows)
    work(here)
    assert len(double.taken) == 1


def test_a_receiver_that_is_busy_has_one_row_in_hand_however_much_waits(here: State, ear: tuple[Double, str]) -> None:
    _, url = ear
    endpoint = listens(here, url)
    for _ in range(10):
        here.api("POST", f"/webhooks/{endpoint['id']}/test", here.administrator)
    with here.scope():
        waiting = select(func.count()).select_from(OutboxRow).where(OutboxRow.topic == "webhook.waiting")
        assert db.session.scalar(waiting) == 1


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://example.org/hook", "https://"),
        ("ftp://example.org", "https://"),
        ("https://", "such as"),
        ("https://user:word@example.org/", "such as"),
        ("https://exa mple.org/", "such as"),
        ("https://example.org:port/", "https://"),
        ("https://[::1/", "https://"),
        ("https://999.1.1.1/hook", "https://"),
        ("https://xn--a.example/", "https://"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_in_a_sentence(here: State, url: str, says: str) -> None:
    answer = here.api("POST", "/webhooks", here.administrator, json={"url": url})
    assert answer.status_code == 422
    assert says in str(answer.json["errors"])


@pytest.mark.parametrize("url", ["https://999.1.1.1/hook", "https://xn--a.example/"])
def test_an_address_of_before_that_cannot_be_read_is_an_attempt_in_vain(
    here: State, ear: tuple[Double, str], url: str
) -> None:
    endpoint = listens(here, ear[1])
    with here.scope():
        db.session.execute(update(WebhookEndpoint).values(url=url))
    here.api("POST", f"/webhooks/{endpoint['id']}/test", here.administrator)
    work(here)
    assert attempts(here) == [(None, "It could not be reached.")]


def test_an_unknown_event_and_a_person_without_the_right_are_refused(here: State) -> None:
    body: dict[str, Any] = {"url": "https://example.org/", "events": ["order.eaten"]}
    assert here.api("POST", "/webhooks", here.administrator, json=body).status_code == 422
    for player in (here.coordinator, here.director):
        assert here.api("POST", "/webhooks", player, json={"url": "https://example.org/"}).status_code == 403
    named = here.api("GET", "/webhook-events", here.administrator).json
    assert [one["name"] for one in named] == list(published_events())


@given(
    st.integers(1, 50),
    st.timedeltas(timedelta(0), timedelta(days=3)),
    st.floats(0, 1),
)
def test_waits_grow_and_end(attempts: int, age: timedelta, shake: float) -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    due = next_try(attempts, at - age, at, shake)
    if due is None:
        assert attempts > len(WAITS) or age >= LONGEST
        return
    usual = WAITS[attempts - 1]
    assert usual * (1 - SHAKE) <= due - at <= usual * (1 + SHAKE)


def test_all_waits_together_take_about_a_day() -> None:
    assert timedelta(hours=22) < sum(WAITS, timedelta(0)) < timedelta(hours=26)
    assert list(WAITS) == sorted(WAITS)


def test_every_event_is_documented() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "webhooks.md").read_text()
    for name in (*published_events(), TEST_EVENT):
        assert f"`{name}`" in page
