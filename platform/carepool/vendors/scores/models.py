"""What a vendor's scorecard adds up: one row a purchase and vendor, written by the state."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Date, DateTime, Index, Integer, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import BridgeTable, tenant_fk


class VendorScore(BridgeTable):
    """The counts of one vendor in one purchase, from which all shares are worked out; see `scorecard`."""

    __tablename__ = "vendor_score"

    purchase_id: Mapped[UUID] = mapped_column(primary_key=True)
    vendor_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    number: Mapped[str] = mapped_column(Text)
    #: The day on which the goods were counted, which decides in which quarter they count.
    day: Mapped[date] = mapped_column(Date)
    ordered_eaches: Mapped[int] = mapped_column(Integer)
    received_eaches: Mapped[int] = mapped_column(Integer)
    #: Orders whose day of delivery was asked for, and those of them that came by then.
    dated_orders: Mapped[int] = mapped_column(Integer)
    timely_orders: Mapped[int] = mapped_column(Integer)
    #: What was billed at the prices that were ordered, and as it was billed, in cents.
    ordered_cents: Mapped[int] = mapped_column(BigInteger, default=0)
    billed_cents: Mapped[int] = mapped_column(BigInteger, default=0)
    invoices: Mapped[int] = mapped_column(Integer, default=0)
    right_invoices: Mapped[int] = mapped_column(Integer, default=0)
    settled: Mapped[bool] = mapped_column(Boolean, default=False)
    #: When it was last worked out.
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())

    __table_args__ = (
        tenant_fk("purchase_id", "purchase"),
        Index("ix_vendor_score_vendor", "vendor_id", "day"),
    )
