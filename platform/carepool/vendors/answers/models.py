"""Answers of vendors by line, append-only, and the proposals that follow from them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from carepool.vendors.documents.statuses import LineStatus
from tenants.database import BridgeTable, TenantTable, tenant_fk
from tenants.ids import new_id


class OrderAnswer(BridgeTable):
    """One answer to an order message. A later one is a new version of the answer, never an edit."""

    __tablename__ = "order_answer"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    purchase_id: Mapped[UUID]
    delivery_id: Mapped[UUID]
    #: 1 for the first answer to this message.
    number: Mapped[int] = mapped_column(Integer)
    #: By which door it came: `link`, `desk`, `hand`, `cxml`, `sftp`.
    source: Mapped[str] = mapped_column(Text)
    #: SHA-256 of what it says; the same said twice in a row is one answer.
    content_sha256: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())

    __table_args__ = (
        tenant_fk("purchase_id", "purchase"),
        tenant_fk("delivery_id", "order_delivery"),
        UniqueConstraint("tenant_id", "delivery_id", "number"),
        Index("ix_order_answer_vendor", "vendor_id", "id"),
    )


class OrderAnswerLine(BridgeTable):
    """What an answer says of one line of a purchase order; what is not changed is as it was ordered."""

    __tablename__ = "order_answer_line"

    answer_id: Mapped[UUID] = mapped_column(primary_key=True)
    purchase_order_id: Mapped[UUID] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    #: X12 data element 668.
    code: Mapped[LineStatus] = mapped_column(Text)
    #: Cases that come, and cents per case.
    cases: Mapped[int] = mapped_column(Integer)
    price_cents: Mapped[int] = mapped_column(BigInteger)
    #: The day that is promised; None where nothing is said.
    promised_on: Mapped[date | None] = mapped_column(Date)
    substitute_sku: Mapped[str] = mapped_column(Text, default="")
    substitute_name: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        tenant_fk("answer_id", "order_answer"),
        tenant_fk("purchase_order_id", "purchase_order"),
        CheckConstraint("cases >= 0 and price_cents >= 0", name="not_negative"),
        Index("ix_order_answer_line_vendor", "vendor_id", "answer_id"),
    )


class ProposalState(StrEnum):
    """Where a proposal stands. `overtaken`: the vendor answered anew, or the order changed in the meantime."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    OVERTAKEN = "overtaken"


class OrderProposal(TenantTable):
    """A change that a vendor answered with, until it is accepted or declined."""

    __tablename__ = "order_proposal"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    purchase_id: Mapped[UUID]
    vendor_id: Mapped[int] = mapped_column(BigInteger)
    answer_id: Mapped[UUID]
    purchase_order_id: Mapped[UUID]
    line: Mapped[int] = mapped_column(Integer)
    item_id: Mapped[UUID]
    #: The place whose cases change: a delivery point's id, or a program's for door delivery.
    pool_id: Mapped[UUID]
    code: Mapped[LineStatus] = mapped_column(Text)
    #: What differs: {cases, price_cents, promised_on, substitute: [before, after]}.
    changes: Mapped[dict[str, Any]] = mapped_column(JSONB)
    #: What follows, as it was worked out from the close: {bill_cents: [before, after], programs: [[id, before, after], ...]}.
    consequences: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    state: Mapped[ProposalState] = mapped_column(Text, default=ProposalState.WAITING)
    #: Who decided; None for a rule.
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: The close in which it is worked in; None before.
    into_version: Mapped[int | None] = mapped_column(Integer)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())

    __table_args__ = (
        tenant_fk("purchase_id", "purchase"),
        tenant_fk("answer_id", "order_answer"),
        tenant_fk("purchase_order_id", "purchase_order"),
        tenant_fk("item_id", "purchase_item"),
        tenant_fk("decided_by", "person"),
        UniqueConstraint("tenant_id", "answer_id", "purchase_order_id", "line"),
        Index("ix_order_proposal_purchase", "tenant_id", "purchase_id", "state"),
    )
