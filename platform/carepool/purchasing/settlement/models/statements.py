"""Statements of programs: a PDF of a period in one language, made by a worker when someone asks for it."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, DateTime, Index, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import TenantTable, tenant_fk
from tenants.ids import new_id


class StatementFile(TenantTable):
    """A statement that was asked for; what is booked in its days after that is in a later one."""

    __tablename__ = "statement_file"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    program_id: Mapped[UUID]
    #: Of whose book: an alliance's, or (None) the state's.
    alliance_id: Mapped[UUID | None]
    #: Days of the state's calendar, both included.
    since: Mapped[date] = mapped_column(Date)
    until: Mapped[date] = mapped_column(Date)
    language: Mapped[str] = mapped_column(Text)
    #: None until it is set.
    file_id: Mapped[UUID | None]
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())

    __table_args__ = (
        tenant_fk("program_id", "program"),
        tenant_fk("alliance_id", "alliance"),
        CheckConstraint("since <= until", name="days_in_order"),
        Index("ix_statement_file_program", "tenant_id", "program_id", "id"),
    )
