"""Group purchases: their terms, items frozen at opening, and delivery points."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from carepool.errors import Refusal
from carepool.purchasing.charges import ShareRule
from carepool.purchasing.sales_tax.rates import LARGEST_RATE
from carepool.sentences import marked
from tenants.database import TenantTable, tenant_fk
from tenants.ids import new_id


class PurchaseState(StrEnum):
    """Where a group purchase stands."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"
    ORDERED = "ordered"
    RECEIVING = "receiving"
    SETTLED = "settled"
    CANCELLED = "cancelled"
    FAILED_MINIMUM = "failed_minimum"


WITHOUT_RESULT = (PurchaseState.OPEN, PurchaseState.CLOSING)
"""States in which an earlier close no longer tells what becomes of orders."""
_S = PurchaseState
_MOVES: dict[PurchaseState, frozenset[PurchaseState]] = {
    _S.DRAFT: frozenset({_S.OPEN, _S.CANCELLED}),
    _S.OPEN: frozenset({_S.CLOSING, _S.CANCELLED}),
    _S.CLOSING: frozenset({_S.CLOSED, _S.FAILED_MINIMUM, _S.OPEN}),
    _S.CLOSED: frozenset({_S.ORDERED, _S.CANCELLED}),
    _S.ORDERED: frozenset({_S.RECEIVING}),
    _S.RECEIVING: frozenset({_S.SETTLED}),
    _S.SETTLED: frozenset(),
    _S.CANCELLED: frozenset(),
    _S.FAILED_MINIMUM: frozenset({_S.OPEN, _S.CLOSING}),
}


_STANDS = {
    _S.DRAFT: marked("This purchase is still a draft. Open it first."),
    _S.OPEN: marked("This purchase is open for orders. Close it or cancel it first."),
    _S.CLOSING: marked("This purchase is closed and is being worked out. Wait a moment and look again."),
    _S.CLOSED: marked("This purchase is closed."),
    _S.ORDERED: marked("This purchase was ordered from the vendors and can no longer be changed."),
    _S.RECEIVING: marked("The goods of this purchase are arriving; it can no longer be changed."),
    _S.SETTLED: marked("This purchase is settled and can no longer be changed."),
    _S.CANCELLED: marked("This purchase was canceled. Draft a new one."),
    _S.FAILED_MINIMUM: marked("This purchase did not reach its minimum. Extend it, or lower a vendor's minimum first."),
}


class MinimumRule(StrEnum):
    """What happens to orders with a vendor whose minimum is missed, after the one extension where there is one."""

    FAIL = "fail"
    ROLL_OVER = "roll_over"


class BaselineKind(StrEnum):
    """With which price a saving is compared."""

    VENDOR_LIST = "vendor_list"
    OWN_LAST_INVOICE = "own_last_invoice"
    DATED_QUOTE = "dated_quote"
    STATE_CONTRACT = "state_contract"


class Purchase(TenantTable):
    """A timed group purchase."""

    __tablename__ = "purchase"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    #: The human number, `PA-2026-0137`; given when the purchase opens.
    number: Mapped[str | None] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    #: The alliance that owns it, whose members alone may join; None: the state. Chosen while it is a draft.
    alliance_id: Mapped[UUID | None]
    state: Mapped[PurchaseState] = mapped_column(Text, default=PurchaseState.DRAFT)
    opens_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    closes_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    #: Who may join: national program types and counties; empty lists let all join.
    program_types: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    counties: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    shortage_policy: Mapped[str] = mapped_column(Text, default="proportional")
    freight_cents: Mapped[int] = mapped_column(BigInteger, default=0)
    freight_rule: Mapped[ShareRule] = mapped_column(Text, default=ShareRule.BY_VALUE)
    handling_cents: Mapped[int] = mapped_column(BigInteger, default=0)
    handling_rule: Mapped[ShareRule] = mapped_column(Text, default=ShareRule.EQUAL)
    #: The rate of sales tax on taxable goods in millionths (see `sales_tax.rates`); 0: no tax is added.
    tax_millionths: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    #: What happens where a vendor's minimum is missed; programs see it before they join.
    minimum_rule: Mapped[MinimumRule] = mapped_column(Text, default=MinimumRule.FAIL, server_default="fail")
    #: Days by which the close is put off, once, where a minimum is missed; 0 puts nothing off.
    extend_days: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    #: When the close was put off; None: never yet.
    extended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: Changes of the terms; devices that edit send it back.
    version: Mapped[int] = mapped_column(Integer, default=1)
    #: The last close that was computed; 0 before the first.
    close_version: Mapped[int] = mapped_column(Integer, default=0)
    cutoff_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: The job of its close; None before.
    job_id: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        tenant_fk("alliance_id", "alliance"),
        CheckConstraint("closes_at > opens_at", name="closes_after_it_opens"),
        CheckConstraint("freight_cents >= 0 and handling_cents >= 0", name="charges_not_negative"),
        CheckConstraint(f"tax_millionths between 0 and {LARGEST_RATE}", name="tax_is_a_rate"),
        CheckConstraint("minimum_rule in ('fail', 'roll_over')", name="minimum_rule_known"),
        CheckConstraint("extend_days >= 0", name="extend_days_not_negative"),
        Index("ix_purchase_due", "tenant_id", "state", "closes_at"),
        Index("ix_purchase_alliance", "tenant_id", "alliance_id", "id"),
    )

    @property
    def shows_result(self) -> bool:
        """Whether the newest close still tells what becomes of orders; it does not while it is opened or computed again."""
        return self.close_version > 0 and self.state not in WITHOUT_RESULT

    def must_be(self, *states: PurchaseState) -> None:
        """Refuse, with a sentence that says where it stands, unless it is in one of these states."""
        if self.state not in states:
            raise Refusal("wrong-state", _STANDS[PurchaseState(self.state)])

    def move(self, to: PurchaseState) -> None:
        """Change the state, or refuse with a sentence that says where it stands."""
        self.must_be(*(one for one, then in _MOVES.items() if to in then))
        self.state = to


class DeliveryPoint(TenantTable):
    """Where goods are put down: a pick-up site, or each program's own door."""

    __tablename__ = "delivery_point"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    purchase_id: Mapped[UUID]
    #: `site`: one place for many; `door`: each program is a place of its own.
    kind: Mapped[str] = mapped_column(Text, default="site")
    name: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text, default="")
    hours: Mapped[str] = mapped_column(Text, default="")
    #: For the vendor that delivers: when goods are received, at which dock, whom to call.
    receiving_hours: Mapped[str] = mapped_column(Text, default="", server_default="")
    dock: Mapped[str] = mapped_column(Text, default="", server_default="")
    contact: Mapped[str] = mapped_column(Text, default="", server_default="")

    __table_args__ = (
        tenant_fk("purchase_id", "purchase"),
        UniqueConstraint("tenant_id", "purchase_id", "name"),
        CheckConstraint("kind in ('site', 'door')", name="kind_known"),
    )


class PurchaseItem(TenantTable):
    """An item of a purchase with the terms it opened with."""

    __tablename__ = "purchase_item"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    purchase_id: Mapped[UUID]
    catalog_item_id: Mapped[UUID]
    contract_id: Mapped[UUID]
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendor.id"))
    sku: Mapped[str] = mapped_column(Text)
    gtin: Mapped[str | None] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(Text)
    pack_text: Mapped[str] = mapped_column(Text)
    case_size: Mapped[int] = mapped_column(Integer)
    min_cases: Mapped[int] = mapped_column(Integer)
    ladder: Mapped[list[Any]] = mapped_column(JSONB)
    baseline_kind: Mapped[BaselineKind] = mapped_column(Text)
    #: What a case costs a program alone, in cents.
    baseline_cents: Mapped[int] = mapped_column(BigInteger)
    #: Most eaches a program may want for each licensed place; None sets no limit.
    eaches_per_place: Mapped[int | None] = mapped_column(Integer)
    #: Whether sales tax is added to it.
    taxable: Mapped[bool] = mapped_column(Boolean, default=True, server_default="true")

    __table_args__ = (
        tenant_fk("purchase_id", "purchase"),
        tenant_fk("catalog_item_id", "catalog_item"),
        tenant_fk("contract_id", "contract"),
        UniqueConstraint("tenant_id", "purchase_id", "catalog_item_id"),
        UniqueConstraint("tenant_id", "purchase_id", "contract_id", "sku"),
    )
