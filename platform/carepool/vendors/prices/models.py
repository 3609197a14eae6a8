"""Proposals of other prices: the vendor adds them, the state decides."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Date, DateTime, Index, Text, func
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import BridgeTable, tenant_fk
from tenants.ids import new_id


class PriceState(StrEnum):
    """Where a proposal stands; `in_force`: accepted, and its day has come."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    IN_FORCE = "in_force"


class PriceProposal(BridgeTable):
    """Prices that a vendor wants from a day on."""

    __tablename__ = "price_proposal"
    vendor_adds = True

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    effective_on: Mapped[date] = mapped_column(Date)
    #: Why, in the vendor's words.
    note: Mapped[str] = mapped_column(Text, default="")
    person_id: Mapped[UUID]
    person_name: Mapped[str] = mapped_column(Text)
    state: Mapped[PriceState] = mapped_column(Text, default=PriceState.WAITING)
    #: A word of the state with its decision.
    reason: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: When the vendor was told what was decided.
    told_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    in_force_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        CheckConstraint("state in ('waiting', 'accepted', 'declined', 'in_force')", name="state_known"),
        Index("ix_price_proposal_vendor", "vendor_id", "id"),
        Index(
            "ix_price_proposal_due", "tenant_id", "effective_on", postgresql_where=sql("state = 'accepted'"),
        ),
    )  # fmt: skip


class PriceProposalLine(BridgeTable):
    """One item of a proposal, with its price terms before and after."""

    __tablename__ = "price_proposal_line"
    vendor_adds = True

    proposal_id: Mapped[UUID] = mapped_column(primary_key=True)
    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    #: Rungs as the catalog keeps them, and the list price of a case in cents, before and after.
    ladder_before: Mapped[list[Any]] = mapped_column(JSONB)
    ladder: Mapped[list[Any]] = mapped_column(JSONB)
    list_before: Mapped[int | None] = mapped_column(BigInteger)
    list_cents: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        tenant_fk("proposal_id", "price_proposal"),
        tenant_fk("item_id", "desk_item"),
        Index("ix_price_proposal_line_vendor", "vendor_id", "proposal_id"),
    )
