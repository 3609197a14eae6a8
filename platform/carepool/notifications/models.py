"""Messages to people, and their delivery by mail."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import TenantTable, tenant_fk
from tenants.ids import new_id


class Message(TenantTable):
    """One notice to one person; facts only, rendered in the reader's language."""

    __tablename__ = "message"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID]
    #: Name of the notice, such as `purchase.closed`.
    kind: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[UUID]
    #: Tells two notices of one kind and subject apart, such as the version of a close.
    occasion: Mapped[str] = mapped_column(Text, default="")
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    read_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        tenant_fk("person_id", "person"),
        UniqueConstraint("tenant_id", "person_id", "kind", "subject_id", "occasion"),
        Index("ix_message_newest", "tenant_id", "person_id", "id"),
    )


class DeliveryState(StrEnum):
    """Where a delivery stands.

    `waiting`: surely not sent yet, it is tried by itself. `unknown`: the answer was lost, so a person decides; it is
    never sent again by itself.
    """

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


class Delivery(TenantTable):
    """One message on one channel to one address."""

    __tablename__ = "delivery"

    message_id: Mapped[UUID] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(Text, primary_key=True)
    address: Mapped[str] = mapped_column(Text)
    state: Mapped[DeliveryState] = mapped_column(Text, default=DeliveryState.WAITING)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[str] = mapped_column(Text, default="")
    #: When a waiting delivery is tried next; None while an outbox row has it in hand.
    due_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: What the channel calls it: the Message-ID of a letter, the provider's number of a text.
    reference: Mapped[str] = mapped_column(Text, server_default="", default="")
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (
        tenant_fk("message_id", "message"),
        Index("ix_delivery_open", "tenant_id", "state", "message_id", postgresql_where=sql("state <> 'sent'")),
        Index("ix_delivery_due", "tenant_id", "due_at", postgresql_where=sql("due_at is not null")),
    )


class NoticeChoice(TenantTable):
    """What a person chose for one notice on one channel; without a row the default holds."""

    __tablename__ = "notice_choice"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    channel: Mapped[str] = mapped_column(Text, primary_key=True)
    wanted: Mapped[bool] = mapped_column(Boolean)

    __table_args__ = (tenant_fk("person_id", "person"),)


class MessageTimes(TenantTable):
    """When a person wants to hear from us; without a row: at any time, each message by itself."""

    __tablename__ = "message_times"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: Minutes after midnight where the state is; both or none.
    quiet_from: Mapped[int | None] = mapped_column(SmallInteger)
    quiet_to: Mapped[int | None] = mapped_column(SmallInteger)
    #: One summary a day by mail instead of single letters.
    digest: Mapped[bool] = mapped_column(Boolean, default=False)

    __table_args__ = (
        tenant_fk("person_id", "person"),
        CheckConstraint("(quiet_from is null) = (quiet_to is null)", name="quiet_both"),
    )


class PhoneCode(TenantTable):
    """The code that was sent to the phone number a person gave; the newest one counts."""

    __tablename__ = "phone_code"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    phone: Mapped[str] = mapped_column(Text)
    #: Keyed hash; None until the text is written.
    code_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    tries: Mapped[int] = mapped_column(Integer, default=0)

    __table_args__ = (tenant_fk("person_id", "person"),)


class SilencedAddress(TenantTable):
    """An address that nothing is sent to until a person clears it: it bounced, complained or said STOP."""

    __tablename__ = "silenced_address"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    channel: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (UniqueConstraint("tenant_id", "channel", "address"),)


class CalendarFeed(TenantTable):
    """The secret address of a person's calendar; a new one takes the place of the one before."""

    __tablename__ = "calendar_feed"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    token_id: Mapped[UUID]
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    __table_args__ = (tenant_fk("person_id", "person"), UniqueConstraint("tenant_id", "token_id"))
