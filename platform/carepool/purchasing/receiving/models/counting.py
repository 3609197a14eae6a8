"""What was counted at the door: receipts are only added; a correction is a receipt of its own with a cause."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, Date, DateTime, Index, Integer, Text, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import TenantTable, tenant_fk
from tenants.ids import new_id


class PurchaseReceiving(TenantTable):
    """How a purchase is received: how much too much is taken, until when goods wait, and which result is in force."""

    __tablename__ = "purchase_receiving"

    purchase_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: More cases than were ordered are taken up to the larger of both: a percentage of the cases, and a number of them.
    over_percent: Mapped[int] = mapped_column(Integer, default=0)
    over_cases: Mapped[int] = mapped_column(Integer, default=0)
    #: From this day of the state's calendar on, goods that nobody collected are offered to others; None: never.
    offer_from: Mapped[date | None] = mapped_column(Date)
    #: When the coordinator said that the orders went to the vendors.
    orders_sent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: The newest computed result (`arrival`); 0 before the first.
    arrival_version: Mapped[int] = mapped_column(Integer, default=0)
    #: Changes of the terms; devices that edit send it back.
    version: Mapped[int] = mapped_column(Integer, default=1)

    __table_args__ = (
        tenant_fk("purchase_id", "purchase"),
        CheckConstraint("over_percent between 0 and 100 and over_cases >= 0", name="over_known"),
    )


class TrackedItem(TenantTable):
    """An item of a purchase whose lot and expiry date are written down at the door, though it is kept dry."""

    __tablename__ = "tracked_item"

    purchase_id: Mapped[UUID] = mapped_column(primary_key=True)
    item_id: Mapped[UUID] = mapped_column(primary_key=True)

    __table_args__ = (tenant_fk("purchase_id", "purchase"), tenant_fk("item_id", "purchase_item"))


class OrderReceiving(TenantTable):
    """That all of a purchase order has come: lines that nobody counted did not."""

    __tablename__ = "order_receiving"

    purchase_order_id: Mapped[UUID] = mapped_column(primary_key=True)
    purchase_id: Mapped[UUID]
    finished_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())

    __table_args__ = (
        tenant_fk("purchase_order_id", "purchase_order"),
        tenant_fk("purchase_id", "purchase"),
        Index("ix_order_receiving_purchase", "tenant_id", "purchase_id"),
    )


class Receipt(TenantTable):
    """One count of one purchase order, or a correction of earlier ones; sent twice, it is one."""

    __tablename__ = "receipt"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    purchase_id: Mapped[UUID]
    purchase_order_id: Mapped[UUID]
    #: What the device that counted called this count.
    count_key: Mapped[str] = mapped_column(Text)
    #: SHA-256 of what was counted: the same key with another content is refused.
    fingerprint: Mapped[str] = mapped_column(Text)
    person_id: Mapped[UUID | None]
    #: By the clock of the device; a count may come hours later.
    counted_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())
    note: Mapped[str] = mapped_column(Text, default="")
    #: Why earlier counts are corrected; empty: it corrects nothing.
    cause: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        tenant_fk("purchase_id", "purchase"),
        tenant_fk("purchase_order_id", "purchase_order"),
        tenant_fk("person_id", "person"),
        UniqueConstraint("tenant_id", "count_key"),
        Index("ix_receipt_order", "tenant_id", "purchase_order_id", "id"),
    )


class ReceiptLine(TenantTable):
    """What was counted of one line; several of the same line add up. In a correction numbers may be below 0."""

    __tablename__ = "receipt_line"

    receipt_id: Mapped[UUID] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    purchase_order_id: Mapped[UUID]
    line: Mapped[int] = mapped_column(Integer)
    #: Cases that stand there, whole, open or broken.
    cases: Mapped[int] = mapped_column(Integer)
    #: Eaches that are missing inside these cases, and eaches that nobody can use.
    short: Mapped[int] = mapped_column(Integer)
    damaged: Mapped[int] = mapped_column(Integer)
    #: Eaches of another item that came in its place, what it is, and whether they are taken for it.
    substitute: Mapped[int] = mapped_column(Integer)
    substitute_name: Mapped[str] = mapped_column(Text)
    substitute_sku: Mapped[str] = mapped_column(Text)
    substitute_accepted: Mapped[bool] = mapped_column(Boolean)
    lot: Mapped[str] = mapped_column(Text)
    expires_on: Mapped[date | None] = mapped_column(Date)
    note: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        tenant_fk("receipt_id", "receipt"),
        tenant_fk(["purchase_order_id", "line"], "purchase_order_line.purchase_order_id,line"),
        Index("ix_receipt_line_order", "tenant_id", "purchase_order_id", "line"),
    )


class ReceiptPhoto(TenantTable):
    """A picture of what came, of one line of a receipt; the same picture is kept once."""

    __tablename__ = "receipt_photo"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    receipt_id: Mapped[UUID]
    line: Mapped[int] = mapped_column(Integer)
    file_id: Mapped[UUID]
    sha256: Mapped[str] = mapped_column(Text)
    added_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())

    __table_args__ = (
        tenant_fk("receipt_id", "receipt"),
        UniqueConstraint("tenant_id", "receipt_id", "line", "sha256"),
    )
