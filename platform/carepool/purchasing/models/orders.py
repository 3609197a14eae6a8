"""What programs ask for: an order a program and purchase, unsent lines, and the wishes that count."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Index, Integer, SmallInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import TenantTable, tenant_fk


class OrderState(StrEnum):
    """Where a program's order stands."""

    DRAFT = "draft"
    #: Asked for by staff and not approved yet; it does not count.
    WAITING = "waiting"
    PLACED = "placed"
    WITHDRAWN = "withdrawn"


class ProgramOrder(TenantTable):
    """One program's part of one purchase."""

    __tablename__ = "program_order"

    purchase_id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID] = mapped_column(primary_key=True)
    state: Mapped[OrderState] = mapped_column(Text, default=OrderState.DRAFT)
    #: Rises with every change; the ETag.
    version: Mapped[int] = mapped_column(Integer, default=1)
    delivery_point_id: Mapped[UUID]
    #: Priority class for the policy `priority`: 1 before 2.
    priority: Mapped[int] = mapped_column(SmallInteger, default=1)
    placed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        tenant_fk("purchase_id", "purchase"),
        tenant_fk("program_id", "program"),
        tenant_fk("delivery_point_id", "delivery_point"),
        Index("ix_program_order_program", "tenant_id", "program_id", "purchase_id"),
    )


class DraftLine(TenantTable):
    """A line that was typed and not sent; placing the order turns all of them into wishes."""

    __tablename__ = "draft_line"

    purchase_id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID] = mapped_column(primary_key=True)
    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: In eaches.
    wanted: Mapped[int] = mapped_column(Integer)
    extra: Mapped[int] = mapped_column(Integer)
    boost: Mapped[int] = mapped_column(Integer)

    __table_args__ = (
        tenant_fk(["purchase_id", "program_id"], "program_order.purchase_id,program_id"),
        tenant_fk("item_id", "purchase_item"),
        CheckConstraint("wanted >= 0 and extra >= 0 and boost >= 0", name="not_negative"),
    )


class Wish(TenantTable):
    """One entry of a placed order: every later increase is an entry of its own (allocation, "Words")."""

    __tablename__ = "wish"

    purchase_id: Mapped[UUID] = mapped_column(primary_key=True)
    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID] = mapped_column(primary_key=True)
    entry: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    #: Where it is put down: the order's pick-up site, or the program itself for its door; the same in all of an order.
    pool_id: Mapped[UUID]
    #: In eaches.
    wanted: Mapped[int] = mapped_column(Integer)
    extra: Mapped[int] = mapped_column(Integer)
    boost: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        tenant_fk(["purchase_id", "program_id"], "program_order.purchase_id,program_id"),
        tenant_fk("item_id", "purchase_item"),
        Index("ix_wish_program", "tenant_id", "program_id", "purchase_id"),
        CheckConstraint("wanted >= 0 and extra >= 0 and boost >= 0", name="not_negative"),
    )
