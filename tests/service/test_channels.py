"""What surely did not go out is tried again; what may have gone out is not; texts, unsubscribing, bounces and STOP."""

import email
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from sqlalchemy import func, select, update
from standardwebhooks import Webhook

from carepool.identity.models import Person
from carepool.local.ports import free_port
from carepool.notifications import choices
from carepool.notifications.actions import tell
from carepool.notifications.doors import twilio_signature
from carepool.notifications.letters import Sender
from carepool.notifications.models import Delivery, Message, SilencedAddress
from carepool.notifications.notices import Notice
from carepool.notifications.sending import send_messages
from tenants.database import db
from tenants.ids import new_id
from tests.buying import work
from tests.cast import State
from tests.posting import Double, http_double
from workers.sweeps import SWEEPS

HOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class _Moody:
    """A mail server that answers recipients as it is told, and takes letters otherwise."""

    def __init__(self) -> None:
        self.recipient = "250 fine"
        self.letters: list[Any] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.letters.append(email.message_from_bytes(envelope.content, policy=default))
        return "250 taken"


@contextmanager
def serving_mail(moody: _Moody, port: int) -> Iterator[None]:
    server = Controller(moody, hostname="127.0.0.1", port=port)
    server.start()
    yield
    server.stop()


@pytest.fixture
def mail(app: Flask) -> Iterator[int]:
    """A port of a mail server that is not there yet."""
    port = free_port()
    app.config["SMTP_URL"] = f"smtp://127.0.0.1:{port}"
    yield port
    app.config["SMTP_URL"] = ""


@pytest.fixture
def texts(app: Flask) -> Iterator[Double]:
    with http_double() as (double, url):
        app.config.update(SMS_URL=url, SMS_ACCOUNT="AC1", SMS_TOKEN="token", SMS_FROM="+13035550100")
        yield double
        app.config.update(SMS_URL="", SMS_ACCOUNT="", SMS_TOKEN="", SMS_FROM="")


def _told(state: State, title: str = "Fall supplies") -> None:
    with state.scope():
        tell([state.director.id], Notice.PURCHASE_OPENED, new_id(), {"title": title})
    work(state)


def _deliveries(state: State) -> list[tuple[str, str, int]]:
    with state.scope():
        query = select(Delivery.channel, Delivery.state, Delivery.attempts).order_by(Delivery.message_id)
        return [row._tuple() for row in db.session.execute(query)]


def _later(state: State) -> None:
    """Let the time of waiting deliveries come, and the sweep and the workers do their part."""
    with state.scope():
        due = update(Delivery).where(Delivery.due_at.is_not(None))
        db.session.execute(due.values(due_at=func.now()))
    with state.scope():
        SWEEPS["send_due"]()
    work(state)


def test_a_letter_that_surely_did_not_go_out_is_tried_again_until_it_goes(here: State, mail: int) -> None:
    _told(here)
    assert _deliveries(here) == [("mail", "waiting", 1)]
    moody = _Moody()
    moody.recipient = "451 later"
    with serving_mail(moody, mail):
        work(here)
        assert _deliveries(here) == [("mail", "waiting", 1)], "not before its time"
        _later(here)
        assert _deliveries(here) == [("mail", "waiting", 2)]
        moody.recipient = "250 fine"
        _later(here)
        _later(here)
    assert _deliveries(here) == [("mail", "sent", 3)]
    assert len(moody.letters) == 1


def test_each_wait_is_longer(here: State, mail: int) -> None:
    _told(here)
    waits = []
    for _ in range(4):
        with here.scope():
            waits.append(db.session.scalars(select(Delivery.due_at - Delivery.changed_at)).one())
        _later(here)
    assert waits == sorted(waits)
    assert waits[3] > waits[0] * 4


def test_a_recipient_that_is_refused_for_good_is_not_tried_again(here: State, mail: int) -> None:
    moody = _Moody()
    moody.recipient = "550 nobody"
    with serving_mail(moody, mail):
        _told(here)
        _later(here)
    assert _deliveries(here) == [("mail", "refused", 1)]


@pytest.mark.parametrize("address", ["josé@example.org", "di\nrector@example.org", "niño@señal.example"])
def test_an_address_that_mail_cannot_write_is_refused_and_the_rest_goes_on(
    here: State, mail: int, address: str
) -> None:
    with here.scope():
        db.session.execute(update(Person).where(Person.id == here.director.id).values(email=address))
    with here.scope():
        tell([here.director.id, here.fellow.id], Notice.PURCHASE_OPENED, new_id(), {"title": "Fall supplies"})
        ids = list(db.session.scalars(select(Message.id)))
    moody = _Moody()
    with serving_mail(moody, mail):
        with here.scope():
            send_messages(ids)
        work(here)
        _later(here)
    assert sorted(state for _, state, _ in _deliveries(here)) == ["refused", "sent"]
    assert [letter["To"] for letter in moody.letters] == ["fellow@example.org"]


def test_what_waits_for_a_channel_that_is_not_set_up_any_more_goes_on_waiting(here: State, mail: int) -> None:
    _told(here)
    here.app.config["SMTP_URL"] = ""
    for _ in range(2):
        answer = here.browser(here.coordinator).submit("/messages/channels/retry", "POST", {"channel": "mail"})
        assert answer.status_code == 302
        with here.scope():
            SWEEPS["send_due"]()
        work(here)
    assert _deliveries(here) == [("mail", "waiting", 1)]
    page = here.browser(here.coordinator).submit("/messages/channels", "GET").text
    assert "is not set up" in page
    here.app.config["SMTP_URL"] = f"smtp://127.0.0.1:{mail}"
    moody = _Moody()
    with serving_mail(moody, mail):
        _later(here)
    assert _deliveries(here) == [("mail", "sent", 2)]
    assert len(moody.letters) == 1


def _letter(state: State, port: int) -> Any:
    moody = _Moody()
    with serving_mail(moody, port):
        _told(state, "Paper & <b>glue</b>")
    [letter] = moody.letters
    return letter


def test_a_letter_is_text_and_html_and_stops_with_one_press_without_sign_in(here: State, mail: int) -> None:
    letter = _letter(here, mail)
    plain, html = letter.get_body(("plain",)).get_content(), letter.get_body(("html",)).get_content()
    assert "Paper & <b>glue</b>" in plain
    assert "Paper &amp; &lt;b&gt;glue" in html
    assert f"http://{here.host}/purchases/" in plain
    assert here.tenant.title in html
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert letter["Message-ID"].endswith(f"@{here.host}>")
    path = re.fullmatch(r"<http://[^/]+(/.+)>", letter["List-Unsubscribe"]).group(1)  # type: ignore[union-attr]
    assert here.client().get(path).status_code == 200
    with here.scope():
        assert choices.choices_of(here.director.id)[Notice.PURCHASE_OPENED]["mail"], "looking stops nothing"
    pressed = here.client().post(path, data={"List-Unsubscribe": "One-Click"})
    assert pressed.status_code == 200
    assert here.client().post(path[:-12] + 12 * "x").status_code == 404
    with here.scope():
        own = choices.choices_of(here.director.id)
        assert not own[Notice.PURCHASE_OPENED]["mail"]
        assert own[Notice.PURCHASE_ORDERED]["mail"]
    _told(here)
    assert len(_deliveries(here)) == 1


def test_a_link_of_one_state_stops_nothing_in_another(cast: Any, mail: int) -> None:
    path = _letter(cast.there, mail)["List-Unsubscribe"].strip("<>").split("localhost", 1)[1]
    assert cast.here.client().post(path).status_code == 404


def _with_phone(state: State) -> None:
    with state.scope():
        own = update(Person).where(Person.id == state.director.id)
        db.session.execute(own.values(phone="+13035550199", phone_verified_at=func.now()))
        choices.choose(state.director.id, {Notice.PURCHASE_OPENED: {"sms": True}})


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ((201, {"sid": "SM7"}), "sent"),
        ((429, {}), "waiting"),
        ((400, {"message": "bad number"}), "refused"),
        ((500, {}), "unknown"),
        ((0, None), "unknown"),
    ],
)
def test_a_text_goes_out_once_and_its_answer_is_kept(here: State, texts: Double, answer: Any, state: str) -> None:
    _with_phone(here)
    texts.answers = [answer]
    _told(here, "T" * 300)
    assert _deliveries(here) == [("sms", state, 1)]
    [form] = texts.forms()
    assert (form["To"], form["From"]) == ("+13035550199", "+13035550100")
    assert len(form["Body"]) <= 160
    assert texts.taken[0]["path"] == "/2010-04-01/Accounts/AC1/Messages.json"
    assert texts.taken[0]["headers"]["Authorization"].startswith("Basic ")


def test_no_text_goes_to_a_number_that_was_not_verified(here: State, texts: Double) -> None:
    _with_phone(here)
    with here.scope():
        db.session.execute(update(Person).values(phone_verified_at=None))
    _told(here)
    assert texts.taken == []


def test_stop_holds_in_every_state_until_start(cast: Any, texts: Double) -> None:
    here = cast.here
    _with_phone(here)

    def say(word: str, signature: str | None = None) -> int:
        form = {"From": "+13035550199", "Body": word}
        with cast.there.scope():
            url = Sender.here().address("notifications_doors.sms_hook")
        with cast.there.app.app_context():
            signed = signature or twilio_signature(url, form)
        return int(
            cast.there.client().post("/hooks/sms", data=form, headers={"X-Twilio-Signature": signed}).status_code
        )

    assert say("STOP", "forged") == 401
    assert say("Stop") == 200
    _told(here)
    assert texts.taken == []
    assert _deliveries(here) == [("sms", "refused", 0)]
    assert say("START") == 200
    _told(here)
    assert len(texts.taken) == 1


def test_a_bounce_silences_its_address_until_a_person_clears_it(here: State, mail: int) -> None:
    letter = _letter(here, mail)
    here.app.config["MAIL_HOOK_SECRET"] = HOOK_SECRET
    body = json.dumps({"message_id": letter["Message-ID"], "kind": "bounce", "detail": "no such user"})

    def post(secret: str) -> int:
        at = datetime.now(UTC)
        headers = {
            "webhook-id": "m1",
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(secret).sign("m1", at, body),
        }
        return int(here.client().post("/hooks/mail", data=body, headers=headers).status_code)

    try:
        assert post("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD") == 401
        assert _deliveries(here) == [("mail", "sent", 1)]
        assert post(HOOK_SECRET) == 204
    finally:
        here.app.config["MAIL_HOOK_SECRET"] = ""
    assert _deliveries(here) == [("mail", "bounced", 1)]
    _told(here)
    assert _deliveries(here)[1] == ("mail", "refused", 0)
    with here.scope():
        assert db.session.scalars(select(SilencedAddress.address)).all() == ["director@example.org"]
        assert db.session.scalar(select(func.count()).select_from(Message)) == 2
