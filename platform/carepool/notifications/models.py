"""Messages to people, and their delivery by mail."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Index, Integer, Text, UniqueConstraint, func
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
    """Where a delivery stands. `unknown`: the answer was lost, so a person decides; it is never sent again by itself."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class Delivery(TenantTable):
    """One message on one channel to one address."""

    __tablename__ = "delivery"

    message_id: Mapped[UUID] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(Text, primary_key=True)
    address: Mapped[str] = mapped_column(Text)
    state: Mapped[DeliveryState] = mapped_column(Text, default=DeliveryState.WAITING)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[str] = mapped_column(Text, default="")
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (
        tenant_fk("message_id", "message"),
        Index("ix_delivery_open", "tenant_id", "state", "message_id", postgresql_where=sql("state <> 'sent'")),
    )
