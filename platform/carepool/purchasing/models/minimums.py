"""What is done about a vendor's minimum: the coordinator's remedy for one purchase, and orders rolled over into a new one."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Integer, Text, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import TenantTable, tenant_fk


class Remedy(StrEnum):
    """What the coordinator decides for one vendor of a purchase; the history tells who and when."""

    #: A smaller minimum holds in this purchase.
    LOWER = "lower"
    #: Nothing is bought from the vendor.
    LEAVE_OUT = "leave_out"
    #: Nothing is bought now; what was asked for moves to a new purchase at the close.
    ROLL_OVER = "roll_over"


class VendorRemedy(TenantTable):
    """A remedy for the orders under one contract in one purchase; a later one replaces it."""

    __tablename__ = "vendor_remedy"

    purchase_id: Mapped[UUID] = mapped_column(primary_key=True)
    contract_id: Mapped[UUID] = mapped_column(primary_key=True)
    remedy: Mapped[Remedy] = mapped_column(Text)
    #: The minimum that holds instead, in cents; 0 for the other remedies.
    minimum_cents: Mapped[int] = mapped_column(BigInteger, default=0)
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())

    __table_args__ = (
        tenant_fk("purchase_id", "purchase"),
        tenant_fk("contract_id", "contract"),
        CheckConstraint("remedy in ('lower', 'leave_out', 'roll_over')", name="remedy_known"),
        CheckConstraint("minimum_cents >= 0", name="minimum_not_negative"),
    )


class RollOver(TenantTable):
    """Orders of one close that moved to a new purchase: once a close, whoever asks."""

    __tablename__ = "roll_over"

    purchase_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    #: The purchase that they moved to.
    into_id: Mapped[UUID]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())

    __table_args__ = (
        tenant_fk("purchase_id", "purchase"),
        tenant_fk("into_id", "purchase"),
        UniqueConstraint("tenant_id", "into_id"),
    )
