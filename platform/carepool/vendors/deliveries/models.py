"""One order message to one vendor on one channel, and the proof of every step it took. Seen by the vendor, too."""

import hashlib
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, Date, DateTime, Index, Integer, Text, UniqueConstraint, func
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from carepool.kept_sentences import KeptSentence
from carepool.sentences import NOTHING, Sentence
from carepool.vendors.terms.models import ChannelName
from tenants.database import BridgeTable, tenant_fk
from tenants.ids import new_id


class OrderStage(StrEnum):
    """How far an order message is; the words are kept.

    `queued`: surely not sent yet, it is tried by itself. `unknown`: the answer was lost, so a person decides; it is never
    sent again by itself. `withdrawn`: another way was taken before it left.
    """

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    OPENED = "opened"
    ACKNOWLEDGED = "acknowledged"
    BOUNCED = "bounced"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    WITHDRAWN = "withdrawn"


WAY = (
    OrderStage.QUEUED,
    OrderStage.SENDING,
    OrderStage.SENT,
    OrderStage.DELIVERED,
    OrderStage.OPENED,
    OrderStage.ACKNOWLEDGED,
)
"""The stages of an order that meets no trouble, one after another."""
ON_ITS_WAY = WAY[2:]
"""Stages in which the vendor has the order, as far as we know."""
MAY_HAVE_IT = (OrderStage.SENDING, OrderStage.UNKNOWN, *ON_ITS_WAY)
"""Stages in which the vendor has the order, or may have it."""
IN_TROUBLE = (OrderStage.BOUNCED, OrderStage.REFUSED, OrderStage.UNKNOWN)
"""Stages that wait for a person or for another channel."""


NOTHING_ORDERED = hashlib.sha256(b"[]").hexdigest()
"""The hash of no orders at all: a message that bears it cancels what the vendor had. See `contents.VendorOrders.sha256`."""


class OrderDelivery(BridgeTable):
    """All purchase orders of one purchase and vendor in one message; without a purchase it is a test order.

    A message without any orders says that those which the vendor had are canceled.
    """

    __tablename__ = "order_delivery"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    purchase_id: Mapped[UUID | None]
    #: The answer that this message replies to; None: the message is the order itself.
    answer_id: Mapped[UUID | None]
    #: The question that this message asks about an order.
    question_id: Mapped[UUID | None]
    #: It says that the change which the question asked for is not made after all.
    not_made: Mapped[bool] = mapped_column(Boolean, default=False, server_default=sql("false"))
    #: The version of the close that the orders are of; 0 for a test.
    version: Mapped[int] = mapped_column(Integer)
    #: SHA-256 of numbers, places and lines of all its orders: two versions in which nothing differs are one order.
    content_sha256: Mapped[str] = mapped_column(Text)
    #: Its number among all messages of this state to this vendor, from 1: the control number of X12.
    control: Mapped[int] = mapped_column(Integer)
    channel: Mapped[ChannelName] = mapped_column(Text)
    format: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[OrderStage] = mapped_column(Text, default=OrderStage.QUEUED)
    #: Where it goes: addresses of mail, the host of a server.
    address: Mapped[str] = mapped_column(Text, default="")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    #: When a queued one is tried next; None while an outbox row has it in hand.
    due_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: What is wrong, for a person; empty where nothing is.
    error: Mapped[Sentence] = mapped_column(KeptSentence, default=NOTHING)
    #: What the other side calls it: Message-ID, the number of an answer, the name of a file.
    reference: Mapped[str] = mapped_column(Text, default="")
    #: The day on which the goods are asked for, and the last instant at which the vendor takes the order.
    deliver_on: Mapped[date | None] = mapped_column(Date)
    cutoff_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: From when on a person is told that it is not acknowledged, and when that was done.
    alarm_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    alarmed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    opened_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    acknowledged_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())

    __table_args__ = (
        tenant_fk("purchase_id", "purchase"),
        Index(
            "uq_order_delivery_order",
            "tenant_id",
            "purchase_id",
            "version",
            "vendor_id",
            "channel",
            unique=True,
            postgresql_where=sql("answer_id is null and question_id is null and purchase_id is not null"),
        ),
        Index(
            "uq_order_delivery_about",
            "tenant_id",
            "question_id",
            "not_made",
            unique=True,
            postgresql_where=sql("question_id is not null"),
        ),
        Index(
            "uq_order_delivery_reply",
            "tenant_id",
            "answer_id",
            unique=True,
            postgresql_where=sql("answer_id is not null"),
        ),
        UniqueConstraint("tenant_id", "vendor_id", "control"),
        CheckConstraint("(purchase_id is null) = (version = 0)", name="test_has_no_version"),
        Index("ix_order_delivery_vendor", "vendor_id", "id"),
        Index("ix_order_delivery_due", "tenant_id", "due_at", postgresql_where=sql("due_at is not null")),
        Index(
            "ix_order_delivery_alarm",
            "tenant_id",
            "alarm_at",
            postgresql_where=sql("alarmed_at is null and acknowledged_at is null and alarm_at is not null"),
        ),
    )

    @property
    def is_test(self) -> bool:
        """Whether it only tries the way."""
        return self.purchase_id is None

    @property
    def cancels(self) -> bool:
        """Whether it says that nothing is ordered any more."""
        return self.content_sha256 == NOTHING_ORDERED

    @property
    def is_order(self) -> bool:
        """Whether it is an order that counts, or cancels one: neither a test, a reply to an answer nor a question."""
        return self.purchase_id is not None and self.answer_id is None and self.question_id is None


CARRIES_ORDERS = OrderDelivery.answer_id.is_(None) & OrderDelivery.question_id.is_(None)
"""That a message is an order, or a test of one: neither a reply to an answer nor about a question."""


class OrderStep(BridgeTable):
    """Append-only: a step that an order message took, when, and what proves it."""

    __tablename__ = "order_step"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    delivery_id: Mapped[UUID]
    state: Mapped[OrderStage] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())
    #: What the other side said, literally: a reply of a mail server, an HTTP status, size and hash of a file.
    evidence: Mapped[str] = mapped_column(Text, default="")
    #: The sentence of a fault, for a person.
    error: Mapped[Sentence] = mapped_column(KeptSentence, default=NOTHING)

    __table_args__ = (
        tenant_fk("delivery_id", "order_delivery"),
        Index("ix_order_step_delivery", "tenant_id", "delivery_id", "id"),
        Index("ix_order_step_vendor", "vendor_id", "id"),
    )
