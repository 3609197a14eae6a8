"""Packing lists as files to print: one a close, kind and language."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Integer, Text, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import TenantTable, tenant_fk
from tenants.ids import new_id


class PackingKind(StrEnum):
    """What a packing list is ordered by."""

    ITEM = "item"
    PROGRAM = "program"
    MATRIX = "matrix"


class PackingDocument(TenantTable):
    """A packing list that was asked for; its file is there when its job is done."""

    __tablename__ = "packing_document"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    purchase_id: Mapped[UUID]
    #: Of which close.
    version: Mapped[int] = mapped_column(Integer)
    kind: Mapped[PackingKind] = mapped_column(Text)
    #: `en` or `es`.
    language: Mapped[str] = mapped_column(Text)
    job_id: Mapped[UUID]
    #: The stored file; None until a worker made it.
    file_id: Mapped[UUID | None]
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())

    __table_args__ = (
        tenant_fk("purchase_id", "purchase"),
        UniqueConstraint("tenant_id", "purchase_id", "version", "kind", "language"),
        CheckConstraint("kind in ('item', 'program', 'matrix')", name="kind_known"),
    )
