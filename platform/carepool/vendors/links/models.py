"""Signed links to an order: only the hash of the secret is kept."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Index, LargeBinary, Text, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import BridgeTable, TenantTable, tenant_fk
from tenants.ids import new_id


class OrderLink(TenantTable):
    """What opens one order message to whoever holds the address; several may lead to the same one."""

    __tablename__ = "order_link"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    delivery_id: Mapped[UUID]
    #: SHA-256 of the secret.
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: When somebody pressed the button that opens it.
    opened_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        tenant_fk("delivery_id", "order_delivery"),
        Index("ix_order_link_delivery", "tenant_id", "delivery_id"),
    )


class VendorInvoiceFile(BridgeTable):
    """A file that a vendor brought as its invoice; the same bytes for the same order are kept once."""

    __tablename__ = "vendor_invoice_file"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    purchase_id: Mapped[UUID]
    delivery_id: Mapped[UUID]
    #: The stored file, its kind by its content (`pdf`, `xml`, ...), its SHA-256 and its size in bytes.
    file_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(BigInteger)
    #: What was read from it: invoice number, day, total in cents; empty where it cannot be read.
    facts: Mapped[dict[str, object]] = mapped_column(JSONB, default=dict)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())

    __table_args__ = (
        tenant_fk("purchase_id", "purchase"),
        tenant_fk("delivery_id", "order_delivery"),
        UniqueConstraint("tenant_id", "purchase_id", "vendor_id", "sha256"),
        Index("ix_vendor_invoice_file_vendor", "vendor_id", "id"),
    )
