"""Vendors' invoices with what was found when they were matched, and how much may differ."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from carepool.errors import Refusal
from carepool.sentences import marked
from tenants.database import TenantTable, tenant_fk
from tenants.ids import new_id


class InvoiceState(StrEnum):
    """Where a vendor's invoice stands; the history tells who decided and why."""

    #: As ordered and as received, within the tolerance: it is booked.
    MATCHED = "matched"
    #: It differs; a person decides.
    TO_DECIDE = "to_decide"
    #: A person took it with its differences: it is booked.
    ACCEPTED = "accepted"
    #: A person told the vendor that it is wrong.
    DISPUTED = "disputed"
    #: The vendor took it back; another may come in its place.
    WITHDRAWN = "withdrawn"


class Bearer(StrEnum):
    """Who bears an invoice that came after its purchase was settled, or gets what a credit note gives back."""

    PROGRAMS = "programs"
    OWNER = "owner"


BOOKED = (InvoiceState.MATCHED, InvoiceState.ACCEPTED)
OVER = (*BOOKED, InvoiceState.WITHDRAWN)
"""States after which nothing is to be decided."""
_MOVES = {
    InvoiceState.MATCHED: frozenset[InvoiceState](),
    InvoiceState.TO_DECIDE: frozenset(InvoiceState) - {InvoiceState.TO_DECIDE},
    InvoiceState.DISPUTED: frozenset({InvoiceState.ACCEPTED, InvoiceState.WITHDRAWN}),
    InvoiceState.ACCEPTED: frozenset[InvoiceState](),
    InvoiceState.WITHDRAWN: frozenset[InvoiceState](),
}
_STANDS = {
    InvoiceState.MATCHED: marked("This invoice is matched and booked. To take money off it, enter a credit note."),
    InvoiceState.TO_DECIDE: marked("This invoice waits for a decision."),
    InvoiceState.ACCEPTED: marked("This invoice is accepted and booked. To take money off it, enter a credit note."),
    InvoiceState.DISPUTED: marked(
        "This invoice is disputed already. Accept it, or write that the vendor took it back."
    ),
    InvoiceState.WITHDRAWN: marked("The vendor took this invoice back. Enter the new one under its own number."),
}


class MatchTolerance(TenantTable):
    """How much an invoice of a contract may differ and still match: the larger of a rate and an amount, of each line."""

    __tablename__ = "match_tolerance"

    contract_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: 10 000 is 1 %.
    millionths: Mapped[int] = mapped_column(Integer, default=0)
    cents: Mapped[int] = mapped_column(BigInteger, default=0)
    #: Changes; devices that edit send it back.
    version: Mapped[int] = mapped_column(Integer, default=1)

    __table_args__ = (
        tenant_fk("contract_id", "contract"),
        CheckConstraint("millionths between 0 and 250000 and cents between 0 and 1000000", name="tolerance_known"),
    )


class VendorInvoice(TenantTable):
    """An invoice or credit note of a vendor, for one purchase. Amounts in cents, above 0 also on a credit note."""

    __tablename__ = "vendor_invoice"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    purchase_id: Mapped[UUID]
    vendor_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("vendor.id"))
    is_credit: Mapped[bool] = mapped_column(default=False)
    #: As the vendor wrote it, and how it is compared: capital letters and digits only.
    number: Mapped[str] = mapped_column(Text)
    number_key: Mapped[str] = mapped_column(Text)
    invoiced_on: Mapped[date] = mapped_column(Date)
    freight_cents: Mapped[int] = mapped_column(BigInteger)
    tax_cents: Mapped[int] = mapped_column(BigInteger)
    total_cents: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[InvoiceState] = mapped_column(Text)
    #: Facts of each difference: `kind`, `place` (of a line, or null), and numbers.
    differences: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    #: Why a person decided as they did; the history has all reasons.
    reason: Mapped[str] = mapped_column(Text, default="")
    #: Who bears it; None unless it was accepted after its purchase was settled.
    borne_by: Mapped[Bearer | None] = mapped_column(Text)
    person_id: Mapped[UUID | None]
    recorded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())
    #: Changes; devices that decide send it back.
    version: Mapped[int] = mapped_column(Integer, default=1)

    __table_args__ = (
        tenant_fk("purchase_id", "purchase"),
        tenant_fk("person_id", "person"),
        UniqueConstraint("tenant_id", "vendor_id", "number_key"),
        CheckConstraint(f"state in ({', '.join(repr(str(one)) for one in InvoiceState)})", name="state_known"),
        CheckConstraint("freight_cents >= 0 and tax_cents >= 0 and total_cents >= 0", name="not_negative"),
        Index("ix_vendor_invoice_purchase", "tenant_id", "purchase_id", "id"),
    )

    def move(self, to: InvoiceState) -> None:
        """Change the state. Raises Refusal with where it stands."""
        state = InvoiceState(self.state)
        if to not in _MOVES[state]:
            raise Refusal("wrong-state", _STANDS[state])
        self.state = to


class VendorInvoiceLine(TenantTable):
    """One line of a vendor's invoice. `purchase_order_id` is None where no line of an order is meant."""

    __tablename__ = "vendor_invoice_line"

    invoice_id: Mapped[UUID] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    purchase_order_id: Mapped[UUID | None]
    line: Mapped[int | None] = mapped_column(Integer)
    sku: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    #: Billed, in eaches; 0 where the line is no known item.
    eaches: Mapped[int] = mapped_column(BigInteger)
    #: Price of a case as billed, in cents; None where only the amount is given.
    price_cents: Mapped[int | None] = mapped_column(BigInteger)
    amount_cents: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        tenant_fk("invoice_id", "vendor_invoice"),
        tenant_fk(["purchase_order_id", "line"], "purchase_order_line.purchase_order_id,line"),
        CheckConstraint("eaches >= 0 and amount_cents >= 0", name="not_negative"),
        CheckConstraint("(purchase_order_id is null) = (line is null)", name="line_of_an_order"),
        Index("ix_vendor_invoice_line_order", "tenant_id", "purchase_order_id", "line"),
    )
