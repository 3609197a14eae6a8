"""Who collected what and when, and what is left and goes on to other programs at cost."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Index, Integer, Text, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import TenantTable, tenant_fk
from tenants.ids import new_id


class HandOut(TenantTable):
    """Goods handed out to one program: who took them, and when; sent twice, it is one."""

    __tablename__ = "hand_out"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    purchase_id: Mapped[UUID]
    program_id: Mapped[UUID]
    #: What the device called it.
    count_key: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[str] = mapped_column(Text)
    #: The name of who took it, or empty where the pick-up code was shown.
    taken_by: Mapped[str] = mapped_column(Text)
    #: Who handed it out.
    person_id: Mapped[UUID | None]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())

    __table_args__ = (
        tenant_fk("purchase_id", "purchase"),
        tenant_fk("program_id", "program"),
        tenant_fk("person_id", "person"),
        UniqueConstraint("tenant_id", "count_key"),
        Index("ix_hand_out_program", "tenant_id", "purchase_id", "program_id"),
    )


class HandOutLine(TenantTable):
    """Eaches of one item that were handed out."""

    __tablename__ = "hand_out_line"

    hand_out_id: Mapped[UUID] = mapped_column(primary_key=True)
    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    eaches: Mapped[int] = mapped_column(Integer)

    __table_args__ = (
        tenant_fk("hand_out_id", "hand_out"),
        tenant_fk("item_id", "purchase_item"),
        CheckConstraint("eaches > 0", name="eaches_positive"),
    )


class Leftover(TenantTable):
    """Eaches of one item that nobody collected, or that nobody was owed, offered at cost to other programs."""

    __tablename__ = "leftover"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    purchase_id: Mapped[UUID]
    item_id: Mapped[UUID]
    pool_id: Mapped[UUID]
    #: Whose they are; None: the owner's of the purchase.
    program_id: Mapped[UUID | None]
    #: Where they are, as the state writes it; empty where programs of several counties share the place.
    county: Mapped[str] = mapped_column(Text)
    eaches: Mapped[int] = mapped_column(Integer)
    #: What all of them cost.
    cost_cents: Mapped[int] = mapped_column(BigInteger)
    offered_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())

    __table_args__ = (
        tenant_fk("purchase_id", "purchase"),
        tenant_fk("item_id", "purchase_item"),
        tenant_fk("program_id", "program"),
        UniqueConstraint(
            "tenant_id", "purchase_id", "item_id", "pool_id", "program_id", postgresql_nulls_not_distinct=True
        ),
        CheckConstraint("eaches > 0 and cost_cents >= 0", name="something"),
        Index("ix_leftover_county", "tenant_id", "county", "id"),
    )


class LeftoverTaking(TenantTable):
    """Append-only: what a program took of what was left, and what it pays, in cents."""

    __tablename__ = "leftover_taking"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    leftover_id: Mapped[UUID]
    program_id: Mapped[UUID]
    count_key: Mapped[str] = mapped_column(Text)
    eaches: Mapped[int] = mapped_column(Integer)
    amount_cents: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())

    __table_args__ = (
        tenant_fk("leftover_id", "leftover"),
        tenant_fk("program_id", "program"),
        UniqueConstraint("tenant_id", "count_key"),
        CheckConstraint("eaches > 0", name="eaches_positive"),
        Index("ix_leftover_taking_leftover", "tenant_id", "leftover_id"),
        Index("ix_leftover_taking_program", "tenant_id", "program_id"),
    )
