"""What arrived and what each program gets of it: a result of many rows a version, like a close."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    DateTime,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import TenantTable, tenant_fk
from tenants.ids import new_id


class Arrival(TenantTable):
    """What arrived of a purchase, shared out anew; each version is computed whole from the counts it was asked with."""

    __tablename__ = "arrival"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    purchase_id: Mapped[UUID]
    version: Mapped[int] = mapped_column(Integer)
    #: Of which close.
    close_version: Mapped[int] = mapped_column(Integer)
    #: The result that this one replaced; 0: the close itself. None until it was computed.
    before_version: Mapped[int | None] = mapped_column(Integer)
    job_id: Mapped[UUID]
    policy: Mapped[str] = mapped_column(Text)
    rule_version: Mapped[str] = mapped_column(Text)
    #: SHA-256 of its record: what arrived and who got what, without ids and times.
    sha256: Mapped[str | None] = mapped_column(Text)
    #: The record as a stored file.
    record_id: Mapped[UUID | None]
    sums: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())
    computed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (tenant_fk("purchase_id", "purchase"), UniqueConstraint("tenant_id", "purchase_id", "version"))


class ArrivalSupply(TenantTable):
    """What went into a result: usable eaches of one item in one pool, as they were counted when it was asked for."""

    __tablename__ = "arrival_supply"

    purchase_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    pool_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: Eaches that were ordered; not counted yet, they stand for what arrives.
    ordered: Mapped[int] = mapped_column(BigInteger)
    usable: Mapped[int] = mapped_column(BigInteger)
    counted: Mapped[bool] = mapped_column(Boolean)

    __table_args__ = (tenant_fk("purchase_id", "purchase"), tenant_fk("item_id", "purchase_item"))


class ArrivalLine(TenantTable):
    """What became of one item: eaches shared and left over, cents owed to the vendor, by members and by the owner."""

    __tablename__ = "arrival_line"

    purchase_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    usable: Mapped[int] = mapped_column(BigInteger)
    shared: Mapped[int] = mapped_column(BigInteger)
    unallocated: Mapped[int] = mapped_column(BigInteger)
    #: `owed_cents` is the vendor's bill for what can be used; members' and owner's parts make it up.
    owed_cents: Mapped[int] = mapped_column(BigInteger)
    members_cents: Mapped[int] = mapped_column(BigInteger)
    owner_cents: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        tenant_fk("purchase_id", "purchase"),
        tenant_fk("item_id", "purchase_item"),
        CheckConstraint("shared + unallocated = usable", name="all_shared_or_left"),
        CheckConstraint("members_cents + owner_cents = owed_cents", name="all_paid"),
    )


class ArrivalShare(TenantTable):
    """What one program gets of what arrived of one item, what it pays, and the code of the reason."""

    __tablename__ = "arrival_share"

    purchase_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: In eaches.
    got: Mapped[int] = mapped_column(Integer)
    amount_cents: Mapped[int] = mapped_column(BigInteger)
    #: Reason code of `purchasing.explanation`.
    reason: Mapped[str] = mapped_column(Text)

    # no foreign key: a million checks would double the work, and its arrival_line row, written beside it, has them
    __table_args__ = (Index("ix_arrival_share_program", "tenant_id", "program_id", "purchase_id", "version"),)


class ArrivalBill(TenantTable):
    """What one program owes for what arrived, in cents."""

    __tablename__ = "arrival_bill"

    purchase_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    program_id: Mapped[UUID] = mapped_column(primary_key=True)
    goods_cents: Mapped[int] = mapped_column(BigInteger)
    freight_cents: Mapped[int] = mapped_column(BigInteger)
    handling_cents: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        tenant_fk("purchase_id", "purchase"),
        tenant_fk("program_id", "program"),
        Index("ix_arrival_bill_program", "tenant_id", "program_id", "purchase_id"),
    )


class Credit(TenantTable):
    """Append-only: what a program owes less (above 0) or more (below 0) than before, in cents, and why."""

    __tablename__ = "credit"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    purchase_id: Mapped[UUID]
    program_id: Mapped[UUID]
    #: `receiving`: a result replaced another; `left_over`: goods went on to another program.
    cause: Mapped[str] = mapped_column(Text)
    #: What caused it: the id of an `arrival`, or of a `leftover_taking`.
    cause_id: Mapped[UUID]
    amount_cents: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())

    __table_args__ = (
        tenant_fk("purchase_id", "purchase"),
        tenant_fk("program_id", "program"),
        UniqueConstraint("tenant_id", "cause_id", "program_id"),
        CheckConstraint("cause in ('receiving', 'left_over')", name="cause_known"),
        Index("ix_credit_program", "tenant_id", "program_id", "purchase_id"),
        Index("ix_credit_purchase", "tenant_id", "purchase_id", "id"),
    )
