"""Exports that people asked for, how long records are kept, legal holds, and the results of isolation checks."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Index, Integer, Text, func
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import TenantTable, tenant_fk
from tenants.ids import new_id


class ExportKind(StrEnum):
    """What an export holds: entries of the activity log, all records of something, or what the state saved."""

    ACTIVITY = "activity"
    RECORDS = "records"
    SAVINGS = "savings"


class RecordExport(TenantTable):
    """A file that a person asked for; only that person may take it, until it expires. Its job tells how far it is."""

    __tablename__ = "record_export"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[ExportKind] = mapped_column(Text)
    person_id: Mapped[UUID]
    #: What was asked for: the filter of the log, or whose records.
    wish: Mapped[dict[str, Any]] = mapped_column(JSONB)
    job_id: Mapped[UUID | None]
    file_id: Mapped[UUID | None]
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())
    #: Until when it may be taken, and when its file was removed.
    expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    removed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    @property
    def ready(self) -> bool:
        """Whether there is a file."""
        return self.file_id is not None

    __table_args__ = (
        tenant_fk("person_id", "person"),
        Index("ix_record_export_person", "tenant_id", "person_id", "id"),
    )


class IsolationCheck(TenantTable):
    """One check that states are kept apart, as this state is told of it: counts, no names."""

    __tablename__ = "isolation_check"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    job_id: Mapped[UUID | None]
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())
    done_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: {what was checked: [how many times, how many holes]}.
    results: Mapped[dict[str, list[int]]] = mapped_column(JSONB, default=dict)

    __table_args__ = (Index("ix_isolation_check_done", "tenant_id", "done_at"),)


class RetentionRule(TenantTable):
    """How many days a kind of record is kept; without a row the installation's default holds."""

    __tablename__ = "retention_rule"

    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    days: Mapped[int] = mapped_column(Integer)


class LegalHold(TenantTable):
    """A time in which nothing is deleted; the one that has not ended is in force."""

    __tablename__ = "legal_hold"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    reason: Mapped[str] = mapped_column(Text)
    begun_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        # of two presses at once one begins the hold
        Index("ux_legal_hold_in_force", "tenant_id", unique=True, postgresql_where=sql("ended_at is null")),
    )
