"""Evidence of baselines, what each item saved, the state's settings, and procurement files."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Date, DateTime, Index, Integer, Text, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from carepool.purchasing.models.purchases import BaselineKind
from tenants.database import TenantTable, tenant_fk
from tenants.ids import new_id

LEAST_PROGRAMS = 5
"""Default of the fewest programs that a figure for funders may tell of."""
QUOTES_WANTED = 3
"""Default of how many vendors are asked in a small purchase; 2 CFR 200.320(a)(2)(i) says "an adequate number"."""


class Evidence(TenantTable):
    """A document that shows what goods cost alone. Only taken back, never changed or removed."""

    __tablename__ = "baseline_evidence"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    purchase_id: Mapped[UUID]
    kind: Mapped[BaselineKind] = mapped_column(Text)
    #: The day that the document bears.
    day: Mapped[date] = mapped_column(Date)
    #: Where it is from, in the words of who added it.
    source: Mapped[str] = mapped_column(Text)
    #: Who quoted; "" where the document is no quote.
    vendor_name: Mapped[str] = mapped_column(Text, default="")
    #: The stored file; None when its time was over.
    file_id: Mapped[UUID | None]
    file_name: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(Text)
    #: In bytes.
    size: Mapped[int] = mapped_column(BigInteger)
    #: Who added it; None for a task of ours.
    person_id: Mapped[UUID | None]
    added_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())
    withdrawn_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    withdrawn_why: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        tenant_fk("purchase_id", "purchase"),
        CheckConstraint(
            "kind in ('vendor_list', 'own_last_invoice', 'dated_quote', 'state_contract')", name="kind_known"
        ),
        Index("ix_baseline_evidence_purchase", "tenant_id", "purchase_id", "id"),
    )


class EvidenceItem(TenantTable):
    """An item that a piece of evidence is about."""

    __tablename__ = "baseline_evidence_item"

    evidence_id: Mapped[UUID] = mapped_column(primary_key=True)
    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: What the document says a case costs, in cents; None: it shows the price that the purchase is compared with.
    price_cents: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        tenant_fk("evidence_id", "baseline_evidence"),
        # an item that is taken out of a draft takes its links with it
        tenant_fk("item_id", "purchase_item", ondelete="CASCADE"),
        CheckConstraint("price_cents >= 0", name="price_not_negative"),
        Index("ix_baseline_evidence_item_item", "tenant_id", "item_id"),
    )


class ItemSaving(TenantTable):
    """What all programs together paid for one item of a close, and what it would have cost alone; in cents."""

    __tablename__ = "item_saving"

    purchase_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    baseline_cents: Mapped[int] = mapped_column(BigInteger)
    paid_cents: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (tenant_fk("purchase_id", "purchase"), tenant_fk("item_id", "purchase_item"))


class SavingsFreeze(TenantTable):
    """What a purchase saved when a person froze it: once, never changed."""

    __tablename__ = "savings_freeze"

    purchase_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: Sums in cents as `savings.sums` names them, and `proved_cents`.
    sums: Mapped[dict[str, int]] = mapped_column(JSONB)
    person_id: Mapped[UUID | None]
    frozen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())

    __table_args__ = (tenant_fk("purchase_id", "purchase"),)


class SavingsSetting(TenantTable):
    """The one row of a state: how figures for funders are guarded, and its own limits of purchasing methods."""

    __tablename__ = "savings_setting"

    #: No figure for funders tells of fewer programs.
    least_programs: Mapped[int] = mapped_column(Integer, default=LEAST_PROGRAMS)
    #: How many vendors are asked in a small purchase.
    quotes_wanted: Mapped[int] = mapped_column(Integer, default=QUOTES_WANTED)
    #: The state's own limits: [[first day, micro-purchase in cents, small purchase in cents], ...].
    thresholds: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    #: Rises with every change; the ETag.
    version: Mapped[int] = mapped_column(Integer, default=1)

    __table_args__ = (
        CheckConstraint("least_programs between 2 and 100", name="least_programs_in_range"),
        CheckConstraint("quotes_wanted between 1 and 10", name="quotes_wanted_in_range"),
    )


class ProcurementRecord(TenantTable):
    """How a purchase was bought, who decided and why, and which funds pay for it."""

    __tablename__ = "procurement_record"

    purchase_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: A method of `savings.procurement.Method`.
    method: Mapped[str] = mapped_column(Text)
    decided_by: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    #: An answer of `savings.procurement.Origin`.
    origin: Mapped[str] = mapped_column(Text)
    origin_note: Mapped[str] = mapped_column(Text, default="")
    #: {source of funds: cents}; they add up to what programs owe for the close `close_version`.
    funding: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict)
    close_version: Mapped[int] = mapped_column(Integer)
    #: Rises with every change; the ETag.
    version: Mapped[int] = mapped_column(Integer, default=1)
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())

    __table_args__ = (tenant_fk("purchase_id", "purchase"),)


class ProcurementFile(TenantTable):
    """A procurement file that was asked for: a PDF and the same as JSON, there when its job is done."""

    __tablename__ = "procurement_file"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    purchase_id: Mapped[UUID]
    #: SHA-256 of what it is made from: the same basis gives the same file.
    basis: Mapped[str] = mapped_column(Text)
    #: `en` or `es`.
    language: Mapped[str] = mapped_column(Text)
    job_id: Mapped[UUID]
    #: The stored PDF and JSON; None until a worker made them.
    file_id: Mapped[UUID | None]
    data_id: Mapped[UUID | None]
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())

    __table_args__ = (
        tenant_fk("purchase_id", "purchase"),
        UniqueConstraint("tenant_id", "purchase_id", "basis", "language"),
    )
