"""A webhook that is deleted hears nothing more; what waited is ended with a reason, whoever else is at it."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from carepool.outbox import Activity, Actor
from carepool.webhooks import endpoints, sending
from carepool.webhooks.announcing import announce, send_test
from carepool.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from tenants.database import db
from tests.buying import open_buy, work
from tests.cast import State
from tests.listening import later, listens, log_of, receiver
from tests.posting import Double
from tests.waiting import until_someone_waits
from workers.sweeps import sweep

REASON = "The webhook was deleted before this arrived."


@pytest.fixture
def ear(app: Flask) -> Iterator[tuple[Double, str]]:
    with receiver(app) as found:
        yield found


def _delete(state: State, endpoint: dict[str, Any], status: int = 204) -> None:
    answer = state.api("DELETE", f"/webhooks/{endpoint['id']}", state.administrator)
    assert answer.status_code == status, answer.text


def test_what_waits_is_ended_with_a_reason_and_never_posted(here: State, ear: tuple[Double, str]) -> None:
    double, url = ear
    endpoint, other = listens(here, url), listens(here, url, "import.applied")
    double.usual = (503, {})
    open_buy(here)
    work(here)
    taken = len(double.taken)
    assert taken and [one["state"] for one in log_of(here, endpoint)] == ["waiting"]
    _delete(here, endpoint)
    double.usual = (204, {})
    later(here)
    open_buy(here)
    work(here)
    assert len(double.taken) == taken
    assert [(one["state"], one["reason"], one["due_at"]) for one in log_of(here, endpoint)] == [
        ("failed", REASON, None)
    ]
    # it is no more, and another is untouched
    for method, path in (("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/rotate"), ("POST", "/test")):
        body = {"url": url} if method == "PUT" else None
        answer = here.api(method, f"/webhooks/{endpoint['id']}{path}", here.administrator, json=body)
        assert answer.status_code == 404, (method, path)
    since = {"since": "2026-01-01T00:00:00Z"}
    assert here.api("POST", f"/webhooks/{endpoint['id']}/resend", here.administrator, json=since).status_code == 404
    [delivery] = log_of(here, endpoint)
    assert here.api("POST", f"/webhook-deliveries/{delivery['id']}/resend", here.administrator).status_code == 404
    assert [one["id"] for one in here.api("GET", "/webhooks", here.administrator).json["items"]] == [other["id"]]
    with here.scope():
        told = select(Activity.verb, Activity.person_id, Activity.diff).where(Activity.verb == "webhook.deleted")
        [(_, person, diff)] = db.session.execute(told)
        assert (person, diff) == (here.administrator.id, {"url": [url, None], "deliveries": 1})
        own = db.session.scalars(select(WebhookEndpoint).where(WebhookEndpoint.state == "deleted")).one()
        assert (own.sealed_secret, own.sealed_previous) == ("", None)


def test_its_log_and_itself_are_gone_after_a_month(here: State, ear: tuple[Double, str]) -> None:
    endpoint = listens(here, ear[1])
    open_buy(here)
    work(here)
    _delete(here, endpoint)
    sweep(here.app, "seal_secrets")
    sweep(here.app, "forget_done")
    assert len(log_of(here, endpoint)) == 1
    with here.scope():
        db.session.execute(update(WebhookDelivery).values(created_at=func.now() - timedelta(days=31)))
    sweep(here.app, "forget_done")
    with here.scope():
        assert db.session.scalars(select(WebhookEndpoint)).all() == []
        assert db.session.scalar(select(func.count()).select_from(Activity).where(Activity.verb == "webhook.deleted"))


def test_an_attempt_that_is_under_way_revives_nothing_and_the_next_is_not_made(
    here: State, ear: tuple[Double, str]
) -> None:
    double, url = ear
    endpoint = listens(here, url)
    with here.scope():
        own = db.session.scalars(select(WebhookEndpoint)).one()
        for _ in range(3):
            send_test(own.id)
    double.usual = (503, {})
    double.answering.clear()

    def send() -> None:
        with here.scope():
            sending.send_waiting(own.id)

    sender = threading.Thread(target=send)
    sender.start()
    try:
        while not double.taken:
            sender.join(0.05)
        _delete(here, endpoint)
    finally:
        double.answering.set()
        sender.join(60)
    assert len(double.taken) == 1
    assert {(one["state"], one["reason"], one["due_at"]) for one in log_of(here, endpoint)} == {
        ("failed", REASON, None)
    }
    with here.scope():
        assert db.session.scalar(select(func.count()).select_from(WebhookAttempt)) == 1


def test_an_event_that_is_being_told_meanwhile_is_ended_too(here: State, ear: tuple[Double, str]) -> None:
    endpoint = listens(here, ear[1])
    open_buy(here)
    with here.scope():
        opened = db.session.scalars(select(Activity.id).where(Activity.verb == "purchase.opened")).one()
        own = db.session.scalars(select(WebhookEndpoint.id)).one()

    def delete() -> None:
        with here.scope():
            endpoints.delete_endpoint(Actor.operator(), own)

    deleting = threading.Thread(target=delete)
    with here.scope() as session:
        announce([opened])
        deleting.start()
        until_someone_waits(session)
    deleting.join(30)
    assert [(one["state"], one["reason"]) for one in log_of(here, endpoint)] == [("failed", REASON)]


def test_what_was_given_up_says_why(here: State, ear: tuple[Double, str]) -> None:
    double, url = ear
    endpoint = listens(here, url)
    double.usual = (503, {})
    open_buy(here)
    work(here)
    later(here, timedelta(hours=31))
    [own] = log_of(here, endpoint)
    assert (own["state"], own["reason"]) == ("failed", "It was tried for about a day and did not arrive.")
    spanish = here.api(
        "GET", f"/webhooks/{endpoint['id']}/deliveries", here.administrator, headers={"Accept-Language": "es"}
    )
    assert spanish.json["items"][0]["reason"].startswith("Se intentó")


def test_on_its_page_after_a_question(here: State, ear: tuple[Double, str]) -> None:
    double, url = ear
    endpoint = listens(here, url)
    double.usual = (503, {})
    open_buy(here)
    work(here)
    browser, path = here.browser(here.administrator), f"/state/webhooks/{endpoint['id']}"
    assert f"{path}/delete" in browser.submit(path, "GET").text
    asked = browser.submit(f"{path}/delete", "GET").text
    assert "1 event waits to be sent" in asked
    assert browser.submit(f"{path}/delete", "POST").headers["Location"] == "/state/webhooks"
    page = browser.submit("/state/webhooks", "GET").text
    assert "Deleted in the last 30 days" in page and path in page
    log = browser.submit(path, "GET").text
    assert REASON in log and "Make a new secret" not in log
    assert browser.submit(f"{path}/delete", "GET").status_code == 404
    assert REASON in browser.submit(f"/state/webhooks/deliveries/{log_of(here, endpoint)[0]['id']}", "GET").text


def test_who_may_not_set_up_the_state_deletes_none(here: State, ear: tuple[Double, str]) -> None:
    endpoint = listens(here, ear[1])
    assert here.api("DELETE", f"/webhooks/{endpoint['id']}", here.coordinator).status_code == 403
    body = {"scopes": ["purchases:read"]}
    token = here.api("POST", "/me/tokens", here.administrator, json=body).json["token"]
    answer = here.client().delete(f"/api/v1/webhooks/{endpoint['id']}", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 403
