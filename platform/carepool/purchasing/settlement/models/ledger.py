"""The ledger: entries are only ever added, and each adds up to 0. The database holds to both (migration 0024).

Each owner of purchases keeps a book of its own: the state one, every alliance one. An entry is in one book, an entry
about a purchase in that of its owner; the database holds to that, too (migration 0032).
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from carepool.purchasing.settlement.accounts import OF_PROGRAMS, OF_VENDORS, Account
from tenants.database import TenantTable, tenant_fk
from tenants.ids import new_id


class Cause(StrEnum):
    """What an entry was booked for; with the cause's id it is unique, so that nothing is booked twice."""

    VENDOR_INVOICE = "vendor_invoice"
    PROGRAM_INVOICE = "program_invoice"
    #: The rest of a settled purchase goes to the owner's account.
    SETTLEMENT = "settlement"
    PAYMENT = "payment"
    PAYMENT_REVERSED = "payment_reversed"
    #: A program's credit pays what it owes in a new invoice.
    CREDIT_USED = "credit_used"
    WRITE_OFF = "write_off"
    #: A program's part of a vendor's invoice or credit note that came after settling.
    PROGRAM_ADJUSTMENT = "program_adjustment"
    #: The rest of such an invoice goes to the owner's account.
    ADJUSTMENT = "adjustment"


class LedgerEntry(TenantTable):
    """One event that moved money or what is owed."""

    __tablename__ = "ledger_entry"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    cause: Mapped[Cause] = mapped_column(Text)
    cause_id: Mapped[UUID]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())
    #: The purchase that it is about, where it is about one.
    purchase_id: Mapped[UUID | None]
    #: In whose book it is: an alliance's, or (None) the state's.
    alliance_id: Mapped[UUID | None]
    person_id: Mapped[UUID | None]
    #: Numbers of documents and the like, for the reader of an export.
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    #: How many lines it has: with this the database sees that none is missing or added later.
    line_count: Mapped[int] = mapped_column(SmallInteger)

    __table_args__ = (
        tenant_fk("purchase_id", "purchase"),
        tenant_fk("alliance_id", "alliance"),
        tenant_fk("person_id", "person"),
        UniqueConstraint("tenant_id", "cause", "cause_id"),
        CheckConstraint(f"cause in ({', '.join(repr(str(one)) for one in Cause)})", name="cause_known"),
        CheckConstraint("line_count >= 2", name="two_lines_at_least"),
        Index("ix_ledger_entry_at", "tenant_id", "at", "id"),
        Index("ix_ledger_entry_purchase", "tenant_id", "purchase_id", "id"),
        Index(
            "ix_ledger_entry_alliance",
            "tenant_id",
            "alliance_id",
            "id",
            postgresql_where=sql("alliance_id is not null"),
        ),
    )


def _named(accounts: frozenset[Account]) -> str:
    return ", ".join(repr(str(one)) for one in sorted(accounts))


class LedgerLine(TenantTable):
    """One line of an entry: a debit or a credit, in cents."""

    __tablename__ = "ledger_line"

    entry_id: Mapped[UUID] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    account: Mapped[Account] = mapped_column(Text)
    program_id: Mapped[UUID | None]
    vendor_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("vendor.id"))
    debit_cents: Mapped[int] = mapped_column(BigInteger)
    credit_cents: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        tenant_fk("entry_id", "ledger_entry"),
        tenant_fk("program_id", "program"),
        CheckConstraint(f"account in ({', '.join(repr(str(one)) for one in Account)})", name="account_known"),
        CheckConstraint(
            "least(debit_cents, credit_cents) = 0 and greatest(debit_cents, credit_cents) > 0", name="one_side"
        ),
        CheckConstraint(f"(program_id is not null) = (account in ({_named(OF_PROGRAMS)}))", name="of_a_program"),
        CheckConstraint(f"(vendor_id is not null) = (account in ({_named(OF_VENDORS)}))", name="of_a_vendor"),
        Index("ix_ledger_line_account", "tenant_id", "account", "entry_id"),
        Index("ix_ledger_line_program", "tenant_id", "program_id", "account", "entry_id"),
        Index("ix_ledger_line_vendor", "tenant_id", "vendor_id", "entry_id"),
    )


OF_ENTRY = (LedgerLine.tenant_id == LedgerEntry.tenant_id) & (LedgerLine.entry_id == LedgerEntry.id)
"""How lines are joined to their entries."""
