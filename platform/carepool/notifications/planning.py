"""Which message goes out by which channel, and when: what people chose, their quiet hours, their daily summary."""

from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from carepool.clock import now, zone_here
from carepool.identity.models import Person
from carepool.notifications.channels import in_use
from carepool.notifications.models import (
    Delivery,
    DeliveryState,
    Message,
    MessageTimes,
    NoticeChoice,
    PhoneCode,
    SilencedAddress,
)
from carepool.notifications.notices import BY_DEFAULT, NEEDED, Notice
from carepool.sentences import marked
from tenants.database import db, find

DIGEST = "digest"
"""The channel of a delivery that waits for the daily summary."""
SILENCED = marked("Nothing is sent to this address until it is cleared.")
CLOSED = marked("The person's account was closed before this was sent.")
DIGEST_AT = time(7)
"""When the summary goes out where the state is."""


def after_quiet(at: datetime, quiet_from: int, quiet_to: int, zone: ZoneInfo) -> datetime | None:
    """Return when quiet hours that hold at an instant end, or None where they do not hold.

    `quiet_from`, `quiet_to`: minutes after midnight in the zone; 22:00 to 6:00 goes over midnight; equal ones never hold.
    """
    local = at.astimezone(zone)
    minute = local.hour * 60 + local.minute
    over_midnight = quiet_from > quiet_to
    quiet = (minute >= quiet_from or minute < quiet_to) if over_midnight else quiet_from <= minute < quiet_to
    if not quiet:
        return None
    ends = local.date() + timedelta(days=1 if over_midnight and minute >= quiet_from else 0)
    return datetime.combine(ends, time(quiet_to // 60, quiet_to % 60), zone)


def next_digest(at: datetime, zone: ZoneInfo) -> datetime:
    """Return when the next daily summary goes out after an instant."""
    local = at.astimezone(zone)
    day = local.date() if local.time() < DIGEST_AT else local.date() + timedelta(days=1)
    return datetime.combine(day, DIGEST_AT, zone)


def plan_deliveries(message_id: UUID) -> None:
    """Write the deliveries of a message, once: later choices count for later messages."""
    message = find(Message, message_id)
    person = find(Person, message.person_id) if message else None
    planned = select(Delivery.channel).where(Delivery.message_id == message_id).limit(1)
    if message is None or person is None or db.session.execute(planned).first() or person.disabled_at is not None:
        return
    notice = Notice(message.kind)
    addresses = {
        name: address for name in wanted_channels(person.id, notice) if (address := _address(person, message, name))
    }
    times = find(MessageTimes, person.id)
    for name, address in addresses.items():
        digest = name == "mail" and times is not None and times.digest and notice not in NEEDED | {Notice.DIGEST}
        row = {"message_id": message_id, "channel": DIGEST if digest else name, "address": address, "attempts": 0}
        if is_silenced(name, address):
            row |= {"state": DeliveryState.REFUSED, "error": SILENCED}
        else:
            due = (
                None
                if notice in NEEDED
                else next_digest(now(), ZoneInfo(zone_here()))
                if digest
                else quiet_until(times)
            )
            row |= {"state": DeliveryState.WAITING, "error": "", "due_at": due}
        db.session.execute(insert(Delivery).values(row).on_conflict_do_nothing())


def wanted_channels(person_id: UUID, notice: Notice) -> list[str]:
    """Return the channels in use that a person wants a notice by."""
    if notice == Notice.PHONE_CODE:
        return [name for name in in_use() if name == "sms"]
    if notice in NEEDED or notice == Notice.DIGEST:
        return [name for name in in_use() if name == "mail"]
    mine = select(NoticeChoice.channel, NoticeChoice.wanted)
    rows = db.session.execute(mine.where(NoticeChoice.person_id == person_id, NoticeChoice.kind == str(notice)))
    chosen = {**BY_DEFAULT, **dict(rows.tuples().all())}
    return [name for name in in_use() if chosen.get(name)]


def _address(person: Person, message: Message, channel: str) -> str | None:
    if channel == "mail":
        # a letter may go to an address on file instead of the person's own
        return str(message.facts.get("to") or person.email)
    if message.kind == Notice.PHONE_CODE:
        asked = find(PhoneCode, person.id)
        return asked.phone if asked else None
    return person.phone if person.phone_verified_at is not None else None


def is_silenced(channel: str, address: str) -> bool:
    """Tell whether nothing is sent to an address: it bounced, complained or said STOP."""
    own = SilencedAddress.channel == channel, SilencedAddress.address == address
    return db.session.scalars(select(SilencedAddress.id).where(*own)).first() is not None


def quiet_until(times: MessageTimes | None) -> datetime | None:
    """Return when quiet hours that hold now end, or None where none hold."""
    if times is None or times.quiet_from is None or times.quiet_to is None:
        return None
    return after_quiet(now(), times.quiet_from, times.quiet_to, ZoneInfo(zone_here()))
