"""What a close decided: one row a close, a line, a pool, a share, a member; all keyed by (purchase, version)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, DateTime, Index, Integer, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from carepool.purchasing.models.purchases import BaselineKind
from tenants.database import TenantTable, tenant_fk
from tenants.ids import new_id


class Close(TenantTable):
    """One computed close of a purchase. Amounts in cents."""

    __tablename__ = "purchase_close"

    purchase_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    cutoff_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    rule_version: Mapped[str] = mapped_column(Text)
    #: SHA-256 of its record: the canonical JSON of inputs and result, without ids, times and numbers.
    sha256: Mapped[str] = mapped_column(Text)
    #: The record as a stored file; None for a close of an early version.
    record_id: Mapped[UUID | None]
    sums: Mapped[dict[str, Any]] = mapped_column(JSONB)
    computed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())

    __table_args__ = (tenant_fk("purchase_id", "purchase"),)


class DryRun(TenantTable):
    """A close that was only tried; nothing else changed."""

    __tablename__ = "dry_run"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    purchase_id: Mapped[UUID]
    job_id: Mapped[UUID | None]
    #: None until a worker computed it.
    sha256: Mapped[str | None] = mapped_column(Text)
    sums: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    lines: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())
    done_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        tenant_fk("purchase_id", "purchase"),
        Index("ix_dry_run_purchase", "tenant_id", "purchase_id", "id"),
    )


class LineResult(TenantTable):
    """What was decided for one item: cases, price, bill."""

    __tablename__ = "line_result"

    purchase_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: Sums of the wishes, in eaches.
    wanted: Mapped[int] = mapped_column(BigInteger)
    extra: Mapped[int] = mapped_column(BigInteger)
    boost: Mapped[int] = mapped_column(BigInteger)
    cases: Mapped[int] = mapped_column(Integer)
    #: Price of record in cents per case; None where no case is bought.
    price_cents: Mapped[int | None] = mapped_column(BigInteger)
    bill_cents: Mapped[int] = mapped_column(BigInteger)
    boosted: Mapped[bool] = mapped_column(Boolean)
    failed: Mapped[bool] = mapped_column(Boolean)
    #: Cases that were missing to the minimum.
    missing: Mapped[int] = mapped_column(Integer)
    #: The vendor's minimum in money was missed, so the line was dropped.
    dropped: Mapped[bool] = mapped_column(Boolean)

    __table_args__ = (tenant_fk("purchase_id", "purchase"), tenant_fk("item_id", "purchase_item"))


class PoolCases(TenantTable):
    """Whole cases of one item that go to one pool: a pick-up site's id, or a program's id for door delivery."""

    __tablename__ = "pool_cases"

    purchase_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    pool_id: Mapped[UUID] = mapped_column(primary_key=True)
    cases: Mapped[int] = mapped_column(Integer)

    __table_args__ = (tenant_fk("purchase_id", "purchase"), tenant_fk("item_id", "purchase_item"))


class Share(TenantTable):
    """What one program got of one item, what it pays, and the facts of the sentence that explains it."""

    __tablename__ = "share"

    purchase_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: In eaches.
    wanted: Mapped[int] = mapped_column(Integer)
    extra: Mapped[int] = mapped_column(Integer)
    boost: Mapped[int] = mapped_column(Integer)
    got: Mapped[int] = mapped_column(Integer)
    amount_cents: Mapped[int] = mapped_column(BigInteger)
    #: What the same eaches cost at the baseline price.
    baseline_cents: Mapped[int] = mapped_column(BigInteger)
    #: Reason code of `purchasing.explanation`.
    reason: Mapped[str] = mapped_column(Text)

    # no foreign key: a million checks would double the close, and its line_result row, written beside it, has them
    __table_args__ = (Index("ix_share_program", "tenant_id", "program_id", "purchase_id", "version"),)


class MemberBill(TenantTable):
    """What one program owes for one close, in cents."""

    __tablename__ = "member_bill"

    purchase_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    program_id: Mapped[UUID] = mapped_column(primary_key=True)
    goods_cents: Mapped[int] = mapped_column(BigInteger)
    freight_cents: Mapped[int] = mapped_column(BigInteger)
    handling_cents: Mapped[int] = mapped_column(BigInteger)
    #: What of the goods is taxable, and the sales tax on it.
    taxable_cents: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    tax_cents: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    #: The number of the certificate for which no tax was added; "" for none.
    certificate: Mapped[str] = mapped_column(Text, default="", server_default="")

    __table_args__ = (
        tenant_fk("purchase_id", "purchase"),
        tenant_fk("program_id", "program"),
        Index("ix_member_bill_program", "tenant_id", "program_id", "purchase_id"),
    )

    @property
    def total_cents(self) -> int:
        """All together."""
        return self.goods_cents + self.freight_cents + self.handling_cents + self.tax_cents


class Saving(TenantTable):
    """Append-only: what a program saved by one close against one kind of baseline, in cents; negative is kept."""

    __tablename__ = "saving"

    purchase_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    program_id: Mapped[UUID] = mapped_column(primary_key=True)
    baseline_kind: Mapped[BaselineKind] = mapped_column(Text, primary_key=True)
    baseline_cents: Mapped[int] = mapped_column(BigInteger)
    paid_cents: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (tenant_fk("purchase_id", "purchase"), tenant_fk("program_id", "program"))
