"""Addresses that do not want our mail or texts: what providers tell us, and clearing them."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from carepool import events
from carepool.clock import now
from carepool.errors import NotFound
from carepool.notifications.models import Delivery, DeliveryState, SilencedAddress
from carepool.outbox import Actor, record_event
from tenants.database import db, find


class Complaint(StrEnum):
    """What a provider tells of a letter that had been sent."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"


def note_complaint(message_id: UUID, kind: Complaint, detail: str) -> bool:
    """Mark a letter that bounced or that its reader called spam, and silence its address. False for an unknown letter."""
    own = find(Delivery, message_id, "mail")
    if own is None:
        return False
    own.state = DeliveryState.BOUNCED if kind is Complaint.BOUNCE else DeliveryState.COMPLAINED
    own.error, own.due_at, own.changed_at = detail[:500], None, now()
    silence("mail", own.address, str(kind))
    db.session.flush()
    return True


def silence(channel: str, address: str, reason: str) -> None:
    """Send nothing more to an address until it is cleared."""
    row = {"channel": channel, "address": address, "reason": reason}
    db.session.execute(insert(SilencedAddress).values(row).on_conflict_do_nothing())


def clear_address(by: Actor, silenced_id: UUID) -> None:
    """Let an address be sent to again. Raises NotFound."""
    own = find(SilencedAddress, silenced_id)
    if own is None:
        raise NotFound("address")
    record_event(events.ADDRESS_CLEARED, own.id, by, {"channel": own.channel, "reason": [own.reason, None]})
    db.session.delete(own)
    db.session.flush()


def hear_again(channel: str, address: str) -> None:
    """Clear an address whose owner asked for it, such as by START."""
    own = select(SilencedAddress).where(SilencedAddress.channel == channel, SilencedAddress.address == address)
    for one in db.session.scalars(own):
        db.session.delete(one)
    db.session.flush()
