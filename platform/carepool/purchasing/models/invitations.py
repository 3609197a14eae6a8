"""Who is told that a purchase opens, who was told, and reminders that a coordinator sent by hand."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Boolean, Date, DateTime, Integer, Text, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import TenantTable, tenant_fk


class Invitation(TenantTable):
    """Whom to tell when a purchase opens, among those who may join; without a row, all of them."""

    __tablename__ = "invitation"

    purchase_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: National program types and counties; empty lists leave nobody out.
    program_types: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    counties: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    #: Only the programs that were named are told.
    only_named: Mapped[bool] = mapped_column(Boolean, default=False)

    __table_args__ = (tenant_fk("purchase_id", "purchase"),)


class InvitedProgram(TenantTable):
    """A program that was named, or was told; each is told once a purchase."""

    __tablename__ = "invited_program"

    purchase_id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID] = mapped_column(primary_key=True)
    named: Mapped[bool] = mapped_column(Boolean, default=False)
    told_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (tenant_fk("purchase_id", "purchase"), tenant_fk("program_id", "program"))


class HandReminder(TenantTable):
    """A reminder to programs with unsent lines that a coordinator sent: once a purchase and day of the state's calendar."""

    __tablename__ = "hand_reminder"

    purchase_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    #: How many programs were reminded.
    programs: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())

    __table_args__ = (tenant_fk("purchase_id", "purchase"),)
