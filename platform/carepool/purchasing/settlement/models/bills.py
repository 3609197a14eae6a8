"""What a settled purchase comes to for each program: its invoice, with a number of its own."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Date, DateTime, Index, Integer, Text, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from carepool.purchasing.settlement.postings import ProgramBill
from tenants.database import TenantTable, tenant_fk
from tenants.ids import new_id


class Settlement(TenantTable):
    """The settling of a purchase: asked for by a person, done by a worker, once."""

    __tablename__ = "settlement"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    purchase_id: Mapped[UUID]
    job_id: Mapped[UUID]
    #: Days until a program's invoice is due.
    due_days: Mapped[int] = mapped_column(Integer)
    sums: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())
    settled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (tenant_fk("purchase_id", "purchase"), UniqueConstraint("tenant_id", "purchase_id"))


class ProgramInvoice(TenantTable):
    """What one program owes for one settled purchase, in cents; nothing of it changes later but its files."""

    __tablename__ = "program_invoice"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    purchase_id: Mapped[UUID]
    program_id: Mapped[UUID]
    #: `2026-000123`: counted for the whole state and year, without gaps.
    number: Mapped[str] = mapped_column(Text)
    #: Which result of receiving it is made of; 0: nothing was received, so nothing is owed for goods.
    arrival_version: Mapped[int] = mapped_column(Integer)
    goods_cents: Mapped[int] = mapped_column(BigInteger)
    freight_cents: Mapped[int] = mapped_column(BigInteger)
    handling_cents: Mapped[int] = mapped_column(BigInteger)
    #: What of the goods is taxable, and the sales tax on it.
    taxable_cents: Mapped[int] = mapped_column(BigInteger)
    tax_cents: Mapped[int] = mapped_column(BigInteger)
    #: The certificate for which no tax was added; "" for none.
    certificate: Mapped[str] = mapped_column(Text)
    #: Leftovers of others that it took, less its own that went on to others.
    exchange_cents: Mapped[int] = mapped_column(BigInteger)
    total_cents: Mapped[int] = mapped_column(BigInteger)
    issued_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())
    due_on: Mapped[date] = mapped_column(Date)

    __table_args__ = (
        tenant_fk("purchase_id", "purchase"),
        tenant_fk("program_id", "program"),
        UniqueConstraint("tenant_id", "purchase_id", "program_id"),
        UniqueConstraint("tenant_id", "number"),
        CheckConstraint(
            "total_cents = goods_cents + freight_cents + handling_cents + tax_cents + exchange_cents", name="adds_up"
        ),
        Index("ix_program_invoice_program", "tenant_id", "program_id", "id"),
    )

    @property
    def bill(self) -> ProgramBill:
        """Its amounts as the posting rules know them."""
        names = ("program_id", "goods_cents", "freight_cents", "handling_cents", "tax_cents", "exchange_cents")
        return ProgramBill(*(getattr(self, name) for name in names))


class InvoiceFile(TenantTable):
    """An invoice as a PDF in one language, made by a worker when someone asks for it."""

    __tablename__ = "invoice_file"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    invoice_id: Mapped[UUID]
    language: Mapped[str] = mapped_column(Text)
    #: None until it is set.
    file_id: Mapped[UUID | None]
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())

    __table_args__ = (
        tenant_fk("invoice_id", "program_invoice"),
        UniqueConstraint("tenant_id", "invoice_id", "language"),
    )


class InvoiceCounter(TenantTable):
    """The last number that an invoice of a year got: the one counter there is; whoever moves it commits at once."""

    __tablename__ = "invoice_counter"

    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(Integer)
