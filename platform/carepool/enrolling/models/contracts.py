"""Service contracts, the rates that they came to, and the documents to be signed."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Date, DateTime, ForeignKey, Index, Integer, Text, func
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from carepool.enrolling.rates import Basis, IfShort, Pricing, Rates
from carepool.enrolling.schedule import Per, Period, notice_day, periods
from carepool.errors import Refusal
from carepool.sentences import marked
from tenants.database import TenantTable, tenant_fk
from tenants.ids import new_id


class ServiceKind(StrEnum):
    """What a service contract is about."""

    INSURANCE = "insurance"
    SOFTWARE = "software"
    WASTE = "waste"
    TRAINING = "training"
    OTHER = "other"


class ContractState(StrEnum):
    """Where a service contract stands."""

    DRAFT = "draft"
    OPEN = "open"
    AGREED = "agreed"
    FAILED = "failed"
    ENDED = "ended"
    CANCELLED = "cancelled"


_WAYS = {
    ContractState.DRAFT: {ContractState.OPEN, ContractState.CANCELLED},
    ContractState.OPEN: {ContractState.AGREED, ContractState.FAILED, ContractState.CANCELLED},
    ContractState.AGREED: {ContractState.ENDED, ContractState.CANCELLED},
    ContractState.FAILED: set[ContractState](),
    ContractState.ENDED: set[ContractState](),
    ContractState.CANCELLED: set[ContractState](),
}


class ServiceContract(TenantTable):
    """A service that programs take together: they enroll in a window, and it runs from its first day to its last."""

    __tablename__ = "service_contract"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendor.id"))
    kind: Mapped[ServiceKind] = mapped_column(Text)
    state: Mapped[ContractState] = mapped_column(Text, default=ContractState.DRAFT)
    title: Mapped[str] = mapped_column(Text)
    title_es: Mapped[str] = mapped_column(Text, default="")
    description: Mapped[str] = mapped_column(Text, default="")
    description_es: Mapped[str] = mapped_column(Text, default="")
    #: The window in which programs enroll; `closes_at` moves once where the minimum is missed and the terms say so.
    opens_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    closes_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    #: First and last day of the term, on the state's calendar.
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)
    pricing: Mapped[Pricing] = mapped_column(Text)
    basis: Mapped[Basis] = mapped_column(Text)
    per: Mapped[Per] = mapped_column(Text)
    #: The vendor's own price for one unit and period, in cents; None where a percent off is all that is known.
    list_cents: Mapped[int | None] = mapped_column(BigInteger)
    #: [[from members, value], ...]; see `enrolling.rates`.
    ladder: Mapped[list[Any]] = mapped_column(JSONB)
    min_members: Mapped[int] = mapped_column(Integer, default=1)
    if_short: Mapped[IfShort] = mapped_column(Text, default=IfShort.FAIL)
    #: Days by which the window is put off, once, where `if_short` says so; 0 for the others.
    extend_days: Mapped[int] = mapped_column(Integer, default=0)
    extended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: Notice must be given so many days before the last day; 0: none is needed.
    notice_days: Mapped[int] = mapped_column(Integer, default=0)
    #: Whether programs may join after the window, at the rate that holds.
    late_join: Mapped[bool] = mapped_column(default=False)
    #: Whether a step that late joiners reach lowers the rate of all from the next period on.
    rate_falls: Mapped[bool] = mapped_column(default=False)
    #: The contract of the term before, whose members are asked to confirm.
    previous_id: Mapped[UUID | None]
    #: When the window was closed, and how many members it had then.
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    members: Mapped[int] = mapped_column(Integer, default=0)
    #: Why it was canceled.
    reason: Mapped[str] = mapped_column(Text, default="")
    #: Rises with every change; the ETag.
    version: Mapped[int] = mapped_column(Integer, default=1)

    __table_args__ = (
        tenant_fk("previous_id", "service_contract"),
        CheckConstraint("kind in ('insurance', 'software', 'waste', 'training', 'other')", name="kind_known"),
        CheckConstraint("state in ('draft', 'open', 'agreed', 'failed', 'ended', 'cancelled')", name="state_known"),
        CheckConstraint("pricing in ('rate', 'percent_off')", name="pricing_known"),
        CheckConstraint("basis in ('program', 'place', 'seat')", name="basis_known"),
        CheckConstraint("per in ('month', 'year', 'once')", name="per_known"),
        CheckConstraint("if_short in ('fail', 'go_on', 'extend')", name="if_short_known"),
        CheckConstraint("closes_at > opens_at and ends_on >= starts_on", name="ends_after_begin"),
        CheckConstraint("min_members >= 1 and extend_days >= 0 and notice_days >= 0", name="numbers_in_range"),
        Index("ix_service_contract_state", "tenant_id", "state", "closes_at"),
        # one renewal, unless it was canceled
        Index(
            "uq_service_contract_renewal",
            "tenant_id",
            "previous_id",
            unique=True,
            postgresql_where=sql("state <> 'cancelled'"),
        ),
    )

    @property
    def rates(self) -> Rates:
        """How the contract is priced."""
        return Rates(Pricing(self.pricing), self.ladder, self.list_cents)

    @property
    def term(self) -> list[Period]:
        """The periods of the term."""
        return list(periods(self.starts_on, self.ends_on, Per(self.per)))

    @property
    def notice_on(self) -> date:
        """The last day on which notice can be given."""
        return notice_day(self.ends_on, self.notice_days)

    def move(self, state: ContractState) -> None:
        """Go on to a state. Raises Refusal where no way leads there."""
        if state not in _WAYS[ContractState(self.state)]:
            raise Refusal("wrong-state", _NO_WAY[state])
        self.state = state
        self.version += 1


_NO_WAY = {
    ContractState.OPEN: marked("Only a draft can be opened."),
    ContractState.AGREED: marked("Only a contract whose window is open can be closed."),
    ContractState.FAILED: marked("Only a contract whose window is open can be closed."),
    ContractState.ENDED: marked("Only a contract that runs can end."),
    ContractState.CANCELLED: marked("This contract is over. It can no longer be canceled."),
    ContractState.DRAFT: marked("A contract never becomes a draft again."),
}


class ServiceRate(TenantTable):
    """The rung that holds for all periods that begin on a day or later. Append-only; the first is that of the close."""

    __tablename__ = "service_rate"

    contract_id: Mapped[UUID] = mapped_column(primary_key=True)
    first_day: Mapped[date] = mapped_column(Date, primary_key=True)
    #: How many members led to it.
    members: Mapped[int] = mapped_column(Integer)
    #: The rung's value: cents, or hundredths of a percent.
    value: Mapped[int] = mapped_column(BigInteger)
    found_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())

    __table_args__ = (tenant_fk("contract_id", "service_contract"),)


class ServiceDocument(TenantTable):
    """A version of a document to be signed. A newer one of the same name takes its place; it is never changed."""

    __tablename__ = "service_document"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    contract_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)
    file_id: Mapped[UUID]
    file_name: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(Text)
    #: In bytes.
    size: Mapped[int] = mapped_column(BigInteger)
    person_id: Mapped[UUID | None]
    added_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())
    #: When a newer version took its place, or it was taken out.
    replaced_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        tenant_fk("contract_id", "service_contract"),
        Index("uq_service_document_version", "tenant_id", "contract_id", "name", "version", unique=True),
    )
