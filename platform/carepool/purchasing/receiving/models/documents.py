"""Papers for the pick-up site: labels and pick lists with codes, one a result, kind and language."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Integer, Text, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import TenantTable, tenant_fk
from tenants.ids import new_id


class SiteKind(StrEnum):
    """What is printed."""

    #: A label for each line of each order; its code leads to the count of that line.
    CASE_LABELS = "case_labels"
    #: A label for each program; its code leads to the hand-out.
    PROGRAM_LABELS = "program_labels"
    #: Who collects what, with the code of each program's hand-out.
    PICK_LIST = "pick_list"


class SiteDocument(TenantTable):
    """A paper that was asked for; its file is there when its job is done."""

    __tablename__ = "site_document"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    purchase_id: Mapped[UUID]
    #: Of which result of what arrived; 0 before the first.
    version: Mapped[int] = mapped_column(Integer)
    kind: Mapped[SiteKind] = mapped_column(Text)
    #: `en` or `es`.
    language: Mapped[str] = mapped_column(Text)
    job_id: Mapped[UUID]
    #: The stored file; None until a worker made it.
    file_id: Mapped[UUID | None]
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())

    __table_args__ = (
        tenant_fk("purchase_id", "purchase"),
        UniqueConstraint("tenant_id", "purchase_id", "version", "kind", "language"),
        CheckConstraint("kind in ('case_labels', 'program_labels', 'pick_list')", name="kind_known"),
    )
