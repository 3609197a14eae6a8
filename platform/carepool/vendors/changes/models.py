"""Edits of programs' orders after the close, line by line, and the questions that vendors are asked for them."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, DateTime, Index, Integer, Text, UniqueConstraint, func
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import BridgeTable, TenantTable, tenant_fk
from tenants.ids import new_id


class EditState(StrEnum):
    """Where an edit stands.

    `asking`: vendors past their cut-off were asked. `agreed`: a worker works it in. `overtaken`: the order was changed
    in another way before it was worked in, so that a person looks at it again.
    """

    ASKING = "asking"
    AGREED = "agreed"
    DONE = "done"
    REFUSED = "refused"
    OVERTAKEN = "overtaken"


UNDER_WAY = (EditState.ASKING, EditState.AGREED)
"""States of an edit beside which no other one can begin."""


class OrderEdit(TenantTable):
    """A set of changes that a coordinator makes to programs' orders after the close, as one."""

    __tablename__ = "order_edit"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    purchase_id: Mapped[UUID]
    #: What the one who sent it calls it; the same sent twice is one edit.
    key: Mapped[str] = mapped_column(Text)
    #: The version of the close that was looked at, and the one in which the edit is worked in; None before.
    based_on: Mapped[int] = mapped_column(Integer)
    into_version: Mapped[int | None] = mapped_column(Integer)
    state: Mapped[EditState] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    #: What followed when it was confirmed; see `schemas.OrderDifferenceOut`.
    consequences: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    made_by: Mapped[UUID | None]
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        tenant_fk("purchase_id", "purchase"),
        tenant_fk("made_by", "person"),
        UniqueConstraint("tenant_id", "purchase_id", "key"),
        Index(
            "uq_order_edit_under_way",
            "tenant_id",
            "purchase_id",
            unique=True,
            postgresql_where=sql("state in ('asking', 'agreed')"),
        ),
        Index("ix_order_edit_purchase", "tenant_id", "purchase_id", "id"),
    )


class OrderEditLine(TenantTable):
    """What an edit makes of one program's wish for one item, in eaches; 0 takes the line away."""

    __tablename__ = "order_edit_line"

    edit_id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID] = mapped_column(primary_key=True)
    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: What was wanted before, and what is wanted then.
    before: Mapped[int] = mapped_column(Integer)
    wanted: Mapped[int] = mapped_column(Integer)
    #: The program's whole order is taken back.
    withdrawn: Mapped[bool] = mapped_column(Boolean, default=False)

    __table_args__ = (
        tenant_fk("edit_id", "order_edit"),
        tenant_fk("program_id", "program"),
        tenant_fk("item_id", "purchase_item"),
        CheckConstraint("before >= 0 and wanted >= 0", name="not_negative"),
    )


class QuestionState(StrEnum):
    """What a vendor said.

    `withdrawn`: nobody waits for the answer any more; `not_made`: it said yes, and the change is not made after all.
    """

    WAITING = "waiting"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    NOT_MADE = "not_made"


class OrderQuestion(BridgeTable):
    """What the buyer asks a vendor to change of an order whose cut-off has passed."""

    __tablename__ = "order_question"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    purchase_id: Mapped[UUID]
    edit_id: Mapped[UUID]
    #: The order message that it is about.
    delivery_id: Mapped[UUID]
    #: [{line (None: a new one), deliver_to, sku, name, cases: [before, after], price_cents: [before, after]}, ...]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    total_cents: Mapped[list[int]] = mapped_column(JSONB)
    #: Nothing would be left: the whole order is to be taken back.
    cancels: Mapped[bool] = mapped_column(Boolean, default=False, server_default=sql("false"))
    state: Mapped[QuestionState] = mapped_column(Text, default=QuestionState.WAITING)
    #: By which door the answer came, as of `OrderAnswer`; "" before.
    source: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(Text, default="")
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        tenant_fk("purchase_id", "purchase"),
        tenant_fk("edit_id", "order_edit"),
        tenant_fk("delivery_id", "order_delivery"),
        UniqueConstraint("tenant_id", "edit_id", "vendor_id"),
        Index("ix_order_question_delivery", "tenant_id", "delivery_id"),
        Index("ix_order_question_vendor", "vendor_id", "id"),
    )
