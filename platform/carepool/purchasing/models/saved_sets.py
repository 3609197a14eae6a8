"""Saved sets: lists of items that a coordinator lays into one draft after another."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Integer, Text, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import TenantTable, tenant_fk
from tenants.ids import new_id


class SavedSet(TenantTable):
    """A named list of items."""

    __tablename__ = "saved_set"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(Text)
    #: Changes of the set; devices that edit send it back.
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (UniqueConstraint("tenant_id", "name"),)


class SavedSetItem(TenantTable):
    """An item of a set as contracts name it, so that it outlives a new catalog."""

    __tablename__ = "saved_set_item"

    set_id: Mapped[UUID] = mapped_column(primary_key=True)
    contract_id: Mapped[UUID] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(Text, primary_key=True)
    #: What it was called when it was put in; said where it is no longer offered.
    name: Mapped[str] = mapped_column(Text)
    #: Most eaches a program may want for each licensed place; None sets no limit.
    eaches_per_place: Mapped[int | None] = mapped_column(Integer)

    __table_args__ = (tenant_fk("set_id", "saved_set"), tenant_fk("contract_id", "contract"))
