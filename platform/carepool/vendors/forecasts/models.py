"""Sums that are coming, by month: only where the state allows it."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, DateTime, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import BridgeTable


class DeskForecast(BridgeTable):
    """What the open purchases of a state come to for a vendor in the month of their close; None: too few programs."""

    __tablename__ = "desk_forecast"

    vendor_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    #: The first day of the month.
    month: Mapped[date] = mapped_column(Date, primary_key=True)
    cents: Mapped[int | None] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())

    __table_args__ = (Index("ix_desk_forecast_vendor", "vendor_id", "month"),)
