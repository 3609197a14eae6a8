"""Verbs of what a person chose: which notices come by which channel, when, and to which phone."""

import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from flask import current_app
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from carepool.clock import now
from carepool.errors import Invalid, NotFound, Refusal
from carepool.identity.models import Person
from carepool.notifications.actions import tell
from carepool.notifications.letters import Secret, holds_a_secret
from carepool.notifications.models import Message, MessageTimes, NoticeChoice, PhoneCode
from carepool.notifications.notices import BY_DEFAULT, NEEDED, OWN_WAYS, Notice
from carepool.sentences import marked
from tenants.database import db, find
from tenants.ids import new_id

CODE_LIFE = timedelta(minutes=10)
MOST_TRIES = 5
BETWEEN_CODES = timedelta(minutes=1)
_DAY = 24 * 60

Choices = Mapping[Notice, Mapping[str, bool]]
"""{notice: {channel: wanted}}"""


@dataclass(frozen=True)
class Times:
    """Quiet hours in minutes after midnight where the state is (both None: none), and whether a daily summary is wanted."""

    quiet_from: int | None = None
    quiet_to: int | None = None
    digest: bool = False


def choosable() -> list[Notice]:
    """Return the notices that people choose about."""
    return [one for one in Notice if one not in OWN_WAYS | NEEDED]


def choices_of(person_id: UUID) -> dict[Notice, dict[str, bool]]:
    """Return what a person chose, the default where nothing was chosen."""
    found: dict[Notice, dict[str, bool]] = {one: dict(BY_DEFAULT) for one in choosable()}
    for row in db.session.scalars(select(NoticeChoice).where(NoticeChoice.person_id == person_id)):
        if row.kind in found:
            found[Notice(row.kind)][row.channel] = row.wanted
    return found


def choose(person_id: UUID, wanted: Choices) -> None:
    """Keep choices; what is not named stays as it is. Raises Invalid on a notice that nobody chooses about."""
    known = choosable()
    for notice, channels in wanted.items():
        if notice not in known:
            raise Invalid("not-chosen", marked("This notice comes to everyone."))
        for channel, yes in channels.items():
            row = {"person_id": person_id, "kind": str(notice), "channel": channel, "wanted": yes}
            kept = insert(NoticeChoice).values(row)
            keys = ["tenant_id", "person_id", "kind", "channel"]
            db.session.execute(kept.on_conflict_do_update(index_elements=keys, set_={"wanted": yes}))


def times_of(person_id: UUID) -> Times:
    """Return when a person wants to hear from us."""
    row = find(MessageTimes, person_id)
    return Times(row.quiet_from, row.quiet_to, row.digest) if row else Times()


def set_times(person_id: UUID, times: Times) -> None:
    """Keep when a person wants to hear from us. Raises Invalid."""
    ends = (times.quiet_from, times.quiet_to)
    if (ends[0] is None) != (ends[1] is None) or any(one is not None and not 0 <= one < _DAY for one in ends):
        sentence = marked("Give both ends of the quiet hours, such as 21:00 and 7:00, or none.")
        raise Invalid("bad-quiet-hours", sentence, {"quiet_from": [sentence]})
    values = {"quiet_from": times.quiet_from, "quiet_to": times.quiet_to, "digest": times.digest}
    kept = insert(MessageTimes).values(person_id=person_id, **values)
    db.session.execute(kept.on_conflict_do_update(index_elements=["tenant_id", "person_id"], set_=values))


def stop_by_mail(person_id: UUID, notice: Notice) -> None:
    """Stop a notice by mail, from the link of a letter; from a daily summary: all of them."""
    if find(Person, person_id) is None:
        raise NotFound("person")
    stopped = choosable() if notice == Notice.DIGEST else [notice]
    choose(person_id, {one: {"mail": False} for one in stopped})


def ask_phone_code(person_id: UUID, written: str) -> None:
    """Send a code by text to the number a person gave. Raises Invalid on a number that is none, Refusal when too soon."""
    phone = phone_number(written)
    asked, at = find(PhoneCode, person_id), now()
    if asked is not None and at - asked.asked_at < BETWEEN_CODES:
        raise Refusal("code-just-sent", marked("A code was just sent. Wait a minute before you ask for another."))
    values = {"phone": phone, "code_hash": None, "asked_at": at, "tries": 0}
    kept = insert(PhoneCode).values(person_id=person_id, **values)
    db.session.execute(kept.on_conflict_do_update(index_elements=["tenant_id", "person_id"], set_=values))
    tell([person_id], Notice.PHONE_CODE, person_id, {}, str(new_id()))


def waits_for_code(person_id: UUID) -> bool:
    """Tell whether a code was asked for and not sent back yet."""
    return find(PhoneCode, person_id) is not None


def verify_phone(person_id: UUID, code: str) -> Person:
    """Take a number whose code was sent back. Raises Invalid; after five wrong codes only a new one helps."""
    person = find(Person, person_id)
    locked = select(PhoneCode).where(PhoneCode.person_id == person_id).with_for_update()
    asked = db.session.scalars(locked.execution_options(populate_existing=True)).one_or_none()
    wrong = marked("This code is not right or too old. Look at the newest text, or ask for another code.")
    if person is None or asked is None or asked.code_hash is None:
        raise Invalid("wrong-code", wrong, {"code": [wrong]})
    if not _right(asked, person_id, code):
        raise WrongCode("wrong-code", wrong, {"code": [wrong]})
    person.phone, person.phone_verified_at = asked.phone, now()
    db.session.delete(asked)
    db.session.flush()
    return person


class WrongCode(Invalid):
    """A code that is not right; the try is counted by `count_try`, as a refusal keeps nothing."""


def count_try(person_id: UUID) -> None:
    """Count one wrong code."""
    asked = find(PhoneCode, person_id)
    if asked is not None:
        asked.tries = PhoneCode.tries + 1
        db.session.flush()


def forget_phone(person_id: UUID) -> None:
    """Forget a person's number; no texts go out any more."""
    person = find(Person, person_id)
    if person is not None:
        person.phone = person.phone_verified_at = None
        db.session.flush()


def phone_number(written: str) -> str:
    """Return a number with its country code, `+13035550100`; ten digits are a number of the U.S. Raises Invalid."""
    digits = re.sub(r"[^\d+]", "", written)
    if re.fullmatch(r"\d{10}", digits):
        return f"+1{digits}"
    if re.fullmatch(r"1\d{10}", digits):
        return f"+{digits}"
    if re.fullmatch(r"\+[1-9]\d{7,14}", digits):
        return digits
    sentence = marked("Write a phone number with its area code, such as 303-555-0100.")
    raise Invalid("bad-phone", sentence, {"phone": [sentence]})


@holds_a_secret(Notice.PHONE_CODE)
def _fresh_code(person: Person, _message: Message) -> Secret:
    """Make a code of six digits while its text is written."""
    code = f"{secrets.randbelow(1_000_000):06d}"
    asked = find(PhoneCode, person.id)
    if asked is not None:
        asked.code_hash = _hashed(person.id, code)
        db.session.flush()
    return Secret({"code": code})


def _right(asked: PhoneCode, person_id: UUID, code: str) -> bool:
    young = now() - asked.asked_at < CODE_LIFE and asked.tries < MOST_TRIES
    return young and hmac.compare_digest(asked.code_hash or b"", _hashed(person_id, code.strip()))


def _hashed(person_id: UUID, code: str) -> bytes:
    key = current_app.config["SECRET_KEY"].encode()
    return hmac.new(key, f"phone code {person_id} {code}".encode(), sha256).digest()
