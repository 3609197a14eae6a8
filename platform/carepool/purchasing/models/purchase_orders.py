"""Purchase orders: seen by the state that orders and by the vendor that delivers."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Index, Integer, Text, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import BridgeTable, tenant_fk
from tenants.ids import new_id


class PurchaseOrder(BridgeTable):
    """One bulk order to one vendor for one delivery point; a change is a new version, never a patch."""

    __tablename__ = "purchase_order"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    purchase_id: Mapped[UUID]
    #: `CO-2026-0007-03`: the purchase's number and a suffix that is the same when the close is run again.
    number: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)
    #: The pool: a delivery point's id, or a program's for door delivery.
    pool_id: Mapped[UUID]
    deliver_to: Mapped[str] = mapped_column(Text)
    total_cents: Mapped[int] = mapped_column(BigInteger)
    #: SHA-256 of the order's lines.
    content_sha256: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (
        tenant_fk("purchase_id", "purchase"),
        UniqueConstraint("tenant_id", "number", "version"),
        UniqueConstraint("tenant_id", "purchase_id", "version", "vendor_id", "pool_id"),
        Index("ix_purchase_order_vendor", "vendor_id", "id"),
    )


class PurchaseOrderLine(BridgeTable):
    """One item of a purchase order, in whole cases."""

    __tablename__ = "purchase_order_line"

    purchase_order_id: Mapped[UUID] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    item_id: Mapped[UUID]
    sku: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    case_size: Mapped[int] = mapped_column(Integer)
    cases: Mapped[int] = mapped_column(Integer)
    price_cents: Mapped[int] = mapped_column(BigInteger)
    amount_cents: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (tenant_fk("purchase_order_id", "purchase_order"), tenant_fk("item_id", "purchase_item"))
