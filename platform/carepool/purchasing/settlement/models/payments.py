"""Money that came and went, where accounts of others lie, files to the bank, and what is written off."""

from datetime import date, datetime
from enum import StrEnum
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
from sqlalchemy.orm import Mapped, mapped_column

from carepool.errors import Refusal
from carepool.sentences import marked
from tenants.database import TenantTable, tenant_fk
from tenants.ids import new_id


class Direction(StrEnum):
    """Which way money goes."""

    #: From a program.
    IN = "in"
    #: To a vendor, or a credit back to a program.
    OUT = "out"


class Method(StrEnum):
    """How money goes."""

    CHECK = "check"
    ACH = "ach"
    CARD = "card"


class PaymentState(StrEnum):
    """Where a payment stands. Only one that is done is in the ledger."""

    #: For the next file to the bank, or for a worker that asks the card provider.
    WAITING = "waiting"
    #: The provider's page waits for the card.
    OPEN = "open"
    DONE = "done"
    FAILED = "failed"
    #: The provider's answer was lost; a person looks at the provider's own pages and writes down how it ended.
    UNKNOWN = "unknown"
    #: It was booked, and then taken back by an entry of its own.
    REVERSED = "reversed"


_S = PaymentState
_MOVES = {
    _S.WAITING: frozenset({_S.OPEN, _S.DONE, _S.FAILED, _S.UNKNOWN}),
    _S.OPEN: frozenset({_S.DONE, _S.FAILED, _S.UNKNOWN}),
    _S.UNKNOWN: frozenset({_S.OPEN, _S.DONE, _S.FAILED}),
    _S.DONE: frozenset({_S.REVERSED}),
    _S.FAILED: frozenset[PaymentState](),
    _S.REVERSED: frozenset[PaymentState](),
}
_STANDS = {
    _S.WAITING: marked("This payment still waits."),
    _S.OPEN: marked("The provider still waits for the card."),
    _S.DONE: marked("This payment is booked. Reverse it if the money did not come."),
    _S.FAILED: marked("This payment failed; nothing was booked. Enter a new one."),
    _S.UNKNOWN: marked("Nobody knows yet how this payment ended. Look at the provider's pages and write it down."),
    _S.REVERSED: marked("This payment was reversed. Enter a new one."),
}


class Payment(TenantTable):
    """One payment of a program or to a vendor; entered twice under one key, it is one."""

    __tablename__ = "payment"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    #: What the device that entered it called it, and SHA-256 of what was entered.
    count_key: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[str] = mapped_column(Text)
    direction: Mapped[Direction] = mapped_column(Text)
    method: Mapped[Method] = mapped_column(Text)
    program_id: Mapped[UUID | None]
    vendor_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("vendor.id"))
    #: For which purchase, where it is for one.
    purchase_id: Mapped[UUID | None]
    #: In whose book it is: an alliance's, or (None) the state's; that of its purchase's owner.
    alliance_id: Mapped[UUID | None]
    amount_cents: Mapped[int] = mapped_column(BigInteger)
    #: The day on the check, or on which the bank moves the money.
    paid_on: Mapped[date] = mapped_column(Date)
    #: The number of the check, or what the bank or provider calls it.
    reference: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[PaymentState] = mapped_column(Text)
    ach_file_id: Mapped[UUID | None]
    #: The provider's page on which a card is typed; nothing of a card ever comes here.
    card_page: Mapped[str] = mapped_column(Text, default="")
    #: Why it was reversed, or how a lost answer was settled.
    reason: Mapped[str] = mapped_column(Text, default="")
    person_id: Mapped[UUID | None]
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())
    #: Changes; devices that decide send it back.
    version: Mapped[int] = mapped_column(Integer, default=1)

    __table_args__ = (
        tenant_fk("program_id", "program"),
        tenant_fk("purchase_id", "purchase"),
        tenant_fk("alliance_id", "alliance"),
        tenant_fk("person_id", "person"),
        tenant_fk("ach_file_id", "ach_file"),
        UniqueConstraint("tenant_id", "count_key"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint("(program_id is null) <> (vendor_id is null)", name="one_party"),
        CheckConstraint("vendor_id is null or direction = 'out'", name="nothing_from_vendors"),
        CheckConstraint("direction in ('in', 'out')", name="direction_known"),
        CheckConstraint("method in ('check', 'ach', 'card')", name="method_known"),
        CheckConstraint(f"state in ({', '.join(repr(str(one)) for one in PaymentState)})", name="state_known"),
        Index("ix_payment_program", "tenant_id", "program_id", "id"),
        Index("ix_payment_purchase", "tenant_id", "purchase_id", "id"),
        Index("ix_payment_state", "tenant_id", "state", "method", "id"),
    )

    def move(self, to: PaymentState) -> None:
        """Change the state. Raises Refusal with where it stands."""
        state = PaymentState(self.state)
        if to not in _MOVES[state]:
            raise Refusal("wrong-state", _STANDS[state])
        self.state = to
        self.version = (self.version or 0) + 1


class BankAccount(TenantTable):
    """The bank account of a program or of a contract's vendor; its numbers are sealed, four digits are shown."""

    __tablename__ = "bank_account"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    program_id: Mapped[UUID | None]
    contract_id: Mapped[UUID | None]
    holder: Mapped[str] = mapped_column(Text)
    is_savings: Mapped[bool]
    #: An account of a business (CCD) or of a person (PPD).
    is_business: Mapped[bool]
    #: Routing and account number, sealed.
    sealed_numbers: Mapped[str] = mapped_column(Text)
    last_four: Mapped[str] = mapped_column(Text)
    #: When the holder allowed that money is drawn or paid in.
    authorized_on: Mapped[date] = mapped_column(Date)
    #: Changes; devices that edit send it back.
    version: Mapped[int] = mapped_column(Integer, default=1)

    __table_args__ = (
        tenant_fk("program_id", "program"),
        tenant_fk("contract_id", "contract"),
        UniqueConstraint("tenant_id", "program_id"),
        UniqueConstraint("tenant_id", "contract_id"),
        CheckConstraint("(program_id is null) <> (contract_id is null)", name="one_party"),
    )


class AchOrigin(TenantTable):
    """Who sends files to which bank, as the bank told it: one row a book, as each owner has a bank of its own."""

    __tablename__ = "ach_origin"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    #: Whose book: an alliance's, or (None) the state's.
    alliance_id: Mapped[UUID | None]
    #: The bank that takes the files: its name and routing number.
    bank_name: Mapped[str] = mapped_column(Text)
    bank_routing: Mapped[str] = mapped_column(Text)
    #: How the bank knows the sender of files: ten characters, often 1 and the employer number.
    company_id: Mapped[str] = mapped_column(Text)
    company_name: Mapped[str] = mapped_column(Text)
    #: Changes; devices that edit send it back.
    version: Mapped[int] = mapped_column(Integer, default=1)

    __table_args__ = (
        tenant_fk("alliance_id", "alliance"),
        UniqueConstraint("tenant_id", "alliance_id", postgresql_nulls_not_distinct=True),
    )


class AchFile(TenantTable):
    """A file for the bank in NACHA format with the payments that it holds, all of one book."""

    __tablename__ = "ach_file"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    #: Whose book: an alliance's, or (None) the state's.
    alliance_id: Mapped[UUID | None]
    file_id: Mapped[UUID]
    effective_on: Mapped[date] = mapped_column(Date)
    entries: Mapped[int] = mapped_column(Integer)
    debit_cents: Mapped[int] = mapped_column(BigInteger)
    credit_cents: Mapped[int] = mapped_column(BigInteger)
    person_id: Mapped[UUID | None]
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())

    __table_args__ = (tenant_fk("alliance_id", "alliance"), tenant_fk("person_id", "person"))


class CardProvider(TenantTable):
    """The state's account with the provider that takes cards: one row a state."""

    __tablename__ = "card_provider"

    is_on: Mapped[bool]
    #: The secret key of its API, sealed.
    sealed_secret: Mapped[str] = mapped_column(Text)
    #: Changes; devices that edit send it back.
    version: Mapped[int] = mapped_column(Integer, default=1)


class WriteOffState(StrEnum):
    """Where the wish to write something off stands."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"


class WriteOff(TenantTable):
    """What a program owes and will not pay: one person asks, another one decides."""

    __tablename__ = "write_off"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    program_id: Mapped[UUID]
    #: To whom it is owed: an alliance, or (None) the state.
    alliance_id: Mapped[UUID | None]
    amount_cents: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[WriteOffState] = mapped_column(Text, default=WriteOffState.ASKED)
    asked_by: Mapped[UUID]
    decided_by: Mapped[UUID | None]
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        tenant_fk("program_id", "program"),
        tenant_fk("alliance_id", "alliance"),
        tenant_fk("asked_by", "person"),
        tenant_fk("decided_by", "person"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint("state in ('asked', 'approved', 'refused')", name="state_known"),
        CheckConstraint("(state = 'asked') = (decided_by is null)", name="decided_by_someone"),
        CheckConstraint("decided_by <> asked_by", name="two_people"),
        Index("ix_write_off_program", "tenant_id", "program_id", "id"),
    )
