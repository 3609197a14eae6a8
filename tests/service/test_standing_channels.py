"""A channel that is stuck is seen and tried again; what is in doubt waits for a person; silenced addresses are cleared."""

from collections.abc import Iterator

import pytest
import redis
from flask import Flask
from sqlalchemy import func, select, update

from carepool.local.ports import free_port
from carepool.notifications import bounces
from carepool.notifications.actions import tell
from carepool.notifications.models import Delivery, DeliveryState, Message, SilencedAddress
from carepool.notifications.notices import Notice
from carepool.notifications.standing import STUCK_ATTEMPTS, plain
from tenants.database import db
from tenants.ids import new_id
from tests.buying import work
from tests.cast import Cast, State
from tests.inbox import Inbox, listening
from tests.isolation.factories import make
from workers.sweeps import SWEEPS


@pytest.fixture
def broken_mail(app: Flask) -> Iterator[None]:
    """A mail server that is not there, and nobody's channel noted as stuck."""
    with redis.Redis.from_url(app.config["REDIS_URL"]) as notes:
        notes.delete("carepool:channels")
    app.config["SMTP_URL"] = f"smtp://127.0.0.1:{free_port()}"
    yield
    app.config["SMTP_URL"] = ""


def _tell(state: State) -> None:
    with state.scope():
        tell([state.director.id], Notice.PURCHASE_OPENED, new_id(), {"title": "Fall supplies"})
    work(state)


def _sweep(state: State, *, due: bool) -> None:
    with state.scope():
        if due:
            db.session.execute(update(Delivery).where(Delivery.due_at.is_not(None)).values(due_at=func.now()))
    with state.scope():
        SWEEPS["send_due"]()
    work(state)


def test_a_stuck_channel_is_seen_by_staff_and_operators_and_goes_on_at_a_press(
    cast: Cast, app: Flask, broken_mail: None
) -> None:
    here = cast.here
    _tell(here)
    for _ in range(STUCK_ATTEMPTS):
        _sweep(here, due=True)
    [mail] = here.api("GET", "/channels", here.coordinator).json
    assert (mail["channel"], mail["waiting"], mail["stuck"]) == ("mail", 1, True)
    assert mail["failing_since"] and mail["reason"] == "The other server does not answer."
    page = here.browser(here.coordinator).submit("/messages/channels", "GET").text
    assert "Stuck" in page and "does not answer" in page
    assert cast.there.api("GET", "/channels", cast.there.coordinator).json[0]["waiting"] == 0
    ready = app.test_client().get("/readyz")
    assert (ready.status_code, ready.json["channels"]["mail"]) == (200, "stuck")
    shown = app.test_client().get("/metrics", environ_base={"REMOTE_ADDR": "127.0.0.1"}).text
    assert 'carepool_channel_stuck{channel="mail"} 1.0' in shown
    assert here.api("GET", "/channels", here.director).status_code == 403
    with listening(app) as inbox:
        _sweep(here, due=False)
        assert inbox.letters == [], "not before its time"
        here.browser(here.coordinator).submit("/messages/channels/retry", "POST", {"channel": "mail"})
        _sweep(here, due=False)
        _sweep(here, due=False)
        assert len(inbox.letters) == 1
        assert here.api("GET", "/channels", here.coordinator).json[0]["waiting"] == 0
        assert app.test_client().get("/readyz").json["channels"]["mail"] == "moving"


def test_what_is_in_doubt_waits_for_a_person_and_goes_out_once(here: State, app: Flask) -> None:
    message = make(Message, here)
    browser = here.browser(here.coordinator)
    assert "director@example.org" in browser.submit("/messages/unsettled", "GET").text
    with listening(app) as inbox:
        for _ in range(2):
            browser.submit(f"/messages/{message}/settle", "POST", {"outcome": "send_again", "channel": "mail"})
        work(here)
        assert _to_director(inbox) == 1, "of two presses one counts"
    assert "director@example.org" not in browser.submit("/messages/unsettled", "GET").text


def _to_director(inbox: Inbox) -> int:
    return len(inbox.texts("director@example.org"))


def test_a_silenced_address_is_cleared_by_a_person_and_gets_later_messages_only(cast: Cast, app: Flask) -> None:
    here = cast.here
    for state in (cast.here, cast.there):
        with state.scope():
            bounces.silence("mail", "director@example.org", "bounce")
    with here.scope():
        own = db.session.scalars(select(SilencedAddress.id)).one()
    with listening(app) as inbox:
        _tell(here)
        assert _to_director(inbox) == 0
        browser = here.browser(here.coordinator)
        assert "Mail came back" in browser.submit("/messages/channels", "GET").text
        answer = browser.submit(f"/messages/channels/addresses/{own}/clear", "POST")
        assert answer.status_code == 302
        assert browser.submit(f"/messages/channels/addresses/{own}/clear", "POST").status_code == 404
        work(here)
        assert _to_director(inbox) == 0, "what was refused stays refused"
        _tell(here)
        assert _to_director(inbox) == 1
    with cast.there.scope():
        assert db.session.scalar(select(func.count()).select_from(SilencedAddress)) == 1
    with here.scope():
        states = db.session.scalars(select(Delivery.state).order_by(Delivery.message_id)).all()
        assert states == [DeliveryState.REFUSED, DeliveryState.SENT]


@pytest.mark.parametrize(
    ("error", "says"),
    [
        ("[Errno 111] Connection refused", "does not answer"),
        ("timed out", "does not answer"),
        ("(535, b'5.7.8 bad credentials')", "password"),
        ("(451, b'later')", "not now"),
        ("429 {}", "not now"),
        ("something else", "did not take it"),
    ],
)
def test_errors_in_plain_words(error: str, says: str) -> None:
    assert says in plain(error)
