"""What changed for programs after their purchase was settled: rows that are only added."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Date, DateTime, Index, Text, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import TenantTable, tenant_fk
from tenants.ids import new_id


class ProgramAdjustment(TenantTable):
    """A program's part of a vendor's invoice (above 0: it owes more) or credit note (below 0) that came after settling."""

    __tablename__ = "program_adjustment"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    #: The vendor's invoice or credit note.
    invoice_id: Mapped[UUID]
    purchase_id: Mapped[UUID]
    program_id: Mapped[UUID]
    #: Counted with the invoices of the state and year.
    number: Mapped[str] = mapped_column(Text)
    goods_cents: Mapped[int] = mapped_column(BigInteger)
    freight_cents: Mapped[int] = mapped_column(BigInteger)
    tax_cents: Mapped[int] = mapped_column(BigInteger)
    total_cents: Mapped[int] = mapped_column(BigInteger)
    issued_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())
    #: Until when it is paid; None: nothing is to be paid.
    due_on: Mapped[date | None] = mapped_column(Date)

    __table_args__ = (
        tenant_fk("invoice_id", "vendor_invoice"),
        tenant_fk("purchase_id", "purchase"),
        tenant_fk("program_id", "program"),
        UniqueConstraint("tenant_id", "invoice_id", "program_id"),
        UniqueConstraint("tenant_id", "number"),
        CheckConstraint("total_cents = goods_cents + freight_cents + tax_cents", name="adds_up"),
        CheckConstraint("total_cents <> 0", name="of_some_money"),
        CheckConstraint("(total_cents > 0) = (due_on is not null)", name="due_where_owed"),
        Index("ix_program_adjustment_program", "tenant_id", "program_id", "id"),
        Index("ix_program_adjustment_purchase", "tenant_id", "purchase_id", "id"),
    )
