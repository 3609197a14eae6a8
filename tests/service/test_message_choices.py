"""What people choose: channels, quiet hours, the daily summary, a phone that is theirs, a calendar; and the reminder."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask_babel import force_locale
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar
from sqlalchemy import func, select, update

from carepool.clock import now
from carepool.identity.models import Person
from carepool.notifications import bounces, choices, digests
from carepool.notifications.actions import tell
from carepool.notifications.models import Delivery, Message
from carepool.notifications.notice_names import names
from carepool.notifications.notices import Notice
from carepool.notifications.planning import after_quiet, next_digest
from carepool.purchasing import notices
from carepool.purchasing.models.closings import MemberBill, Share
from tenants.database import db
from tenants.ids import new_id
from tests.buying import open_buy, work
from tests.cast import State
from tests.posting import Double
from tests.service.test_channels import _deliveries, _later, _Moody, _told, mail, serving_mail, texts
from workers.sweeps import SWEEPS

__all__ = ["mail", "texts"]
DENVER = ZoneInfo("America/Denver")
MINUTES = st.integers(0, 1439)
_FIRST, _LAST = datetime(2026, 1, 1), datetime(2027, 1, 1)  # noqa: DTZ001 - the zone is the strategy's


@given(st.datetimes(timezones=st.just(UTC), min_value=_FIRST, max_value=_LAST), MINUTES, MINUTES)
def test_quiet_hours_end_at_their_end_and_not_a_day_later(at: datetime, begin: int, end: int) -> None:
    ends = after_quiet(at, begin, end, DENVER)
    if ends is None:
        return
    assert timedelta() < ends.astimezone(UTC) - at <= timedelta(hours=25)
    assert (ends.hour * 60 + ends.minute) == end
    assert after_quiet(ends, begin, end, DENVER) is None


def test_quiet_hours_over_midnight() -> None:
    late = datetime(2026, 6, 1, 23, 0, tzinfo=DENVER)
    assert after_quiet(late, 21 * 60, 7 * 60, DENVER) == datetime(2026, 6, 2, 7, 0, tzinfo=DENVER)
    assert after_quiet(late - timedelta(hours=3), 21 * 60, 7 * 60, DENVER) is None
    assert next_digest(late, DENVER) == datetime(2026, 6, 2, 7, 0, tzinfo=DENVER)


def _quiet_from(state: State, minutes: int) -> None:
    """Let the director's quiet hours begin so many minutes from now, for an hour and a half."""
    local = now().astimezone(ZoneInfo(state.tenant.zone))
    begin = local.hour * 60 + local.minute + minutes
    body = {"quiet_from": begin % 1440, "quiet_to": (begin + 90) % 1440}
    assert state.api("PUT", "/messages/settings", state.director, json=body).status_code == 200


def test_a_letter_waits_for_the_end_of_the_quiet_hours(here: State, mail: int) -> None:
    _quiet_from(here, -60)
    moody = _Moody()
    with serving_mail(moody, mail):
        _told(here)
        assert _deliveries(here) == [("mail", "waiting", 0)]
        _later(here)
        assert moody.letters == [], "they are not over"
        assert _deliveries(here) == [("mail", "waiting", 0)]
        _quiet_from(here, 60)
        _later(here)
        _later(here)
    assert len(moody.letters) == 1


def test_a_letter_tried_in_vain_waits_for_the_end_of_quiet_hours_that_began_meanwhile(here: State, mail: int) -> None:
    _told(here)
    assert _deliveries(here) == [("mail", "waiting", 1)]
    _quiet_from(here, -60)
    moody = _Moody()
    with serving_mail(moody, mail):
        _later(here)
        assert moody.letters == []
        with here.scope():
            waits = db.session.scalars(select(Delivery.due_at)).one() - now()
        assert timedelta(minutes=28) < waits <= timedelta(minutes=30), "until quiet hours end"
        _quiet_from(here, 60)
        _later(here)
    assert _deliveries(here) == [("mail", "sent", 2)]
    assert len(moody.letters) == 1


def test_an_address_silenced_while_its_letter_waits_gets_nothing(here: State, mail: int) -> None:
    _told(here)
    _tell(here, Notice.LOCKED)
    with here.scope():
        bounces.silence("mail", "director@example.org", "bounce")
    moody = _Moody()
    with serving_mail(moody, mail):
        _later(here)
        _later(here)
    assert _deliveries(here) == [("mail", "refused", 1), ("mail", "sent", 2)], "only what is needed goes out"
    assert len(moody.letters) == 1


def _tell(state: State, notice: Notice, facts: dict[str, Any] | None = None) -> None:
    with state.scope():
        tell([state.director.id], notice, new_id(), facts or {})
    work(state)


def _close_account(state: State) -> None:
    with state.scope():
        own = update(Person).where(Person.id == state.director.id)
        db.session.execute(own.values(disabled_at=func.now()))


def _states(state: State) -> list[tuple[str, str]]:
    with state.scope():
        return [row._tuple() for row in db.session.execute(select(Delivery.state, Delivery.error))]


@pytest.mark.parametrize("notice", [Notice.PURCHASE_OPENED, Notice.LOCKED])
def test_whose_account_is_closed_gets_nothing_that_was_planned_before(here: State, mail: int, notice: Notice) -> None:
    with here.scope():
        tell([here.director.id], notice, new_id(), {"title": "T"})
    # planned, and not taken by the mail server yet
    work(here)
    assert [one for one, _ in _states(here)] == ["waiting"]
    _close_account(here)
    moody = _Moody()
    with serving_mail(moody, mail):
        _later(here)
        assert moody.letters == []
    assert _states(here) == [("refused", "The person's account was closed before this was sent.")]


def test_whose_account_is_closed_gets_no_summary(here: State, mail: int) -> None:
    here.api("PUT", "/messages/settings", here.director, json={"digest": True})
    _told(here)
    _close_account(here)
    with here.scope():
        db.session.execute(update(Delivery).where(Delivery.channel == "digest").values(due_at=func.now()))
        SWEEPS["send_digests"]()
    work(here)
    assert _states(here) == [("refused", "The person's account was closed before this was sent.")]


def test_people_choose_exactly_about_the_notices_that_have_a_name() -> None:
    with force_locale("en"):
        assert set(choices.choosable()) == set(names()), "a new notice gets a name, or is needed"


def test_a_notice_about_ones_own_account_is_neither_chosen_nor_put_off_nor_stopped(here: State, mail: int) -> None:
    for notice in (Notice.LOCKED, Notice.FACTOR_RESET, Notice.PASSKEY_ADDED, Notice.CLAIM_DECLINED, Notice.TOKEN_ENDS):
        body: dict[str, Any] = {"notices": {notice: {"mail": False, "sms": False}}}
        assert here.api("PUT", "/messages/settings", here.director, json=body).status_code == 422, notice
        assert notice not in here.api("GET", "/messages/settings", here.director).json["notices"]
    here.api("PUT", "/messages/settings", here.director, json={"digest": True})
    _quiet_from(here, -60)
    moody = _Moody()
    with serving_mail(moody, mail):
        _tell(here, Notice.PASSKEY_ADDED, {"name": "Phone"})
    [letter] = moody.letters
    assert "List-Unsubscribe" not in letter


def test_a_daily_summary_holds_each_message_once(here: State, mail: int) -> None:
    here.api("PUT", "/messages/settings", here.director, json={"digest": True})
    moody = _Moody()
    with serving_mail(moody, mail):
        for number in range(3):
            _told(here, f"Purchase {number}.")
        assert moody.letters == []
        for _ in range(2):
            with here.scope():
                db.session.execute(update(Delivery).where(Delivery.channel == "digest").values(due_at=func.now()))
                db.session.execute(update(Delivery).where(Delivery.state == "sent").values(due_at=None))
            with here.scope():
                SWEEPS["send_digests"]()
            work(here)
    [letter] = moody.letters
    text = letter.get_body(("plain",)).get_content()
    assert [text.count(f"Purchase {number}.") for number in range(3)] == [1, 1, 1]
    assert len(here.api("GET", "/messages", here.director).json["items"]) == 3, "the summary itself is not in the inbox"


def _let_summaries_be_due() -> None:
    db.session.execute(update(Delivery).where(Delivery.channel == "digest").values(due_at=func.now()))


def test_a_person_with_many_messages_gets_one_summary(here: State, mail: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digests, "_AT_A_TIME", 2)
    for player in (here.director, here.fellow):
        here.api("PUT", "/messages/settings", player, json={"digest": True})
    moody = _Moody()
    with serving_mail(moody, mail):
        for number in range(3):
            with here.scope():
                tell([here.director.id, here.fellow.id], Notice.PURCHASE_OPENED, new_id(), {"title": f"Buy {number}."})
            work(here)
        with here.scope():
            _let_summaries_be_due()
        made = 0
        for _ in range(4):
            with here.scope():
                made += SWEEPS["send_digests"]() or 0
            work(here)
    assert sorted(letter["To"] for letter in moody.letters) == ["director@example.org", "fellow@example.org"]
    for letter in moody.letters:
        text = letter.get_body(("plain",)).get_content()
        assert [text.count(f"Buy {number}.") for number in range(3)] == [1, 1, 1]


def test_a_round_of_sending_leaves_summaries_alone(here: State, mail: int) -> None:
    here.api("PUT", "/messages/settings", here.director, json={"digest": True})
    _told(here)
    with here.scope():
        _let_summaries_be_due()
    with here.scope():
        SWEEPS["send_due"]()
        # its transaction is still open
        with here.scope():
            SWEEPS["send_digests"]()
    assert _kinds(here, here.director).count(Notice.DIGEST) == 1


def test_choices_through_the_page_without_script(here: State) -> None:
    browser = here.browser(here.director)
    assert "How messages come" in browser.submit("/messages/settings", "GET").text
    form: dict[str, Any] = {"mail.purchase.opened": "1", "quiet_from": "21:30", "quiet_to": "06:00", "digest": "1"}
    assert browser.submit("/messages/settings", "POST", form).status_code == 302
    own = here.api("GET", "/messages/settings", here.director).json
    assert (own["quiet_from"], own["quiet_to"], own["digest"]) == (1290, 360, True)
    assert [own["notices"][one]["mail"] for one in ("purchase.opened", "purchase.cancelled")] == [True, False]
    refused = browser.submit("/messages/settings", "POST", {**form, "quiet_to": "", "digest": ""})
    assert refused.status_code == 422
    assert "both ends" in refused.text
    assert here.api("GET", "/messages/settings", here.director).json == own


@pytest.fixture
def asked(here: State, texts: Double) -> str:
    """The code that was sent to the director's phone."""
    browser = here.browser(here.director)
    answer = browser.submit("/messages/settings/phone", "POST", {"act": "ask", "phone": "(303) 555-0177"})
    assert answer.status_code == 302, answer.text
    work(here)
    [form] = texts.forms()
    assert form["To"] == "+13035550177"
    return form["Body"].split("code is ")[1][:6]


def _phone(state: State) -> Any:
    return state.api("GET", "/messages/settings", state.director).json["phone"]


def test_a_number_counts_only_with_its_code(here: State, asked: str) -> None:
    browser = here.browser(here.director)
    assert _phone(here) is None
    with here.scope():
        kept = " ".join(map(str, db.session.execute(select(Message.facts)).scalars()))
        assert asked not in kept, "no message holds the code"
    wrong = f"{(int(asked) + 1) % 1_000_000:06d}"
    assert "not right" in browser.submit("/messages/settings/phone", "POST", {"act": "verify", "code": wrong}).text
    assert browser.submit("/messages/settings/phone", "POST", {"act": "verify", "code": asked}).status_code == 302
    assert _phone(here) == "+13035550177"
    browser.submit("/messages/settings/phone", "POST", {"act": "forget"})
    assert _phone(here) is None


def test_after_five_wrong_codes_the_right_one_does_not_help(here: State, asked: str) -> None:
    browser = here.browser(here.director)
    for _ in range(choices.MOST_TRIES):
        browser.submit("/messages/settings/phone", "POST", {"act": "verify", "code": "x"})
    browser.submit("/messages/settings/phone", "POST", {"act": "verify", "code": asked})
    assert _phone(here) is None


def test_a_calendar_shows_what_its_owner_may_see_until_it_is_stopped(here: State) -> None:
    buy = open_buy(here, counties=["Elsewhere"])
    seen = open_buy(here)
    browser = here.browser(here.director)
    page = browser.submit("/messages/settings/calendar", "POST", {"act": "make"}).text
    path = page.split("/calendar/")[1].split(".ics")[0]
    answer = here.client().get(f"/calendar/{path}.ics")
    assert answer.headers["Content-Type"].startswith("text/calendar")
    uids = [str(one["uid"]) for one in Calendar.from_ical(answer.data).walk("VEVENT")]
    assert [uid for uid in uids if uid.startswith(buy.id)] == []
    assert len([uid for uid in uids if uid.startswith(seen.id)]) == 2
    browser.submit("/messages/settings/calendar", "POST", {"act": "make"})
    assert here.client().get(f"/calendar/{path}.ics").status_code == 404


def _kinds(state: State, person: Any) -> list[str]:
    with state.scope():
        return list(db.session.scalars(select(Message.kind).where(Message.person_id == person.id)))


def test_an_unsent_draft_is_reminded_of_once_and_only_its_own_people(here: State, app: Flask) -> None:
    buy = open_buy(here, closes_at=(now() + timedelta(hours=20)).isoformat())
    far = open_buy(here)
    for one in (buy, far):
        assert one.order(here.director, {"GLOVES": (20,)}, place=False).status_code == 201
    assert buy.order(here.fellow, {"GLOVES": (20,)}).status_code == 201
    for _ in range(3):
        with here.scope():
            SWEEPS["remind_drafts"]()
    assert _kinds(here, here.director).count(Notice.DRAFT_UNSENT) == 1
    assert Notice.DRAFT_UNSENT not in _kinds(here, here.fellow)


def test_a_change_after_the_close_is_told_to_exactly_those_it_affects(here: State) -> None:
    buy = open_buy(here)
    for player in (here.director, here.fellow):
        buy.order(player, {"GLOVES": (20,)})
    buy.close()
    with here.scope():
        for bill in db.session.scalars(select(MemberBill)).all():
            dearer = 1 if bill.program_id == here.director.program_id else 0
            names = [c.name for c in bill.__table__.c if c.name not in ("version", "goods_cents")]
            facts = {name: getattr(bill, name) for name in names}
            db.session.add(MemberBill(**facts, version=bill.version + 1, goods_cents=bill.goods_cents + dearer))
        version = bill.version
        db.session.flush()
        for share in db.session.scalars(select(Share)).all():
            facts = {c.name: getattr(share, c.name) for c in share.__table__.c if c.name != "version"}
            db.session.add(Share(**facts, version=version + 1))
    for _ in range(2):
        with here.scope():
            notices.result_changed(bill.purchase_id, version, version + 1)
    assert _kinds(here, here.director).count(Notice.RESULT_CHANGED) == 1
    assert Notice.RESULT_CHANGED not in _kinds(here, here.fellow)
