"""Enrollments of programs in service contracts, and what they signed."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Date, DateTime, Index, Integer, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from carepool.enrolling.rates import Basis
from tenants.database import TenantTable, tenant_fk
from tenants.ids import new_id


class EnrolmentState(StrEnum):
    """Where an enrollment stands. Only enrolled ones count as members."""

    #: A member of the term before, asked to confirm.
    CARRIED = "carried"
    #: Entered for the program by state staff; the program has not signed yet.
    UNSIGNED = "unsigned"
    #: Asked for by staff of the program; a director decides.
    ASKED = "asked"
    ENROLLED = "enrolled"
    WITHDRAWN = "withdrawn"
    #: A member that left before the last day of the contract.
    LEFT = "left"


WAITING = (EnrolmentState.CARRIED, EnrolmentState.UNSIGNED, EnrolmentState.ASKED)
"""Enrollments that someone still has to do something about."""
MEMBERS = (EnrolmentState.ENROLLED, EnrolmentState.LEFT)
"""Enrollments that pay, or paid."""


class Enrolment(TenantTable):
    """A program in a service contract: with how many units, and from when to when."""

    __tablename__ = "service_enrolment"

    contract_id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID] = mapped_column(primary_key=True)
    state: Mapped[EnrolmentState] = mapped_column(Text)
    #: What the rate is paid for: 1 for the program, its places at that time, or the seats asked for.
    units: Mapped[int] = mapped_column(Integer)
    #: What the program pays for the same now, in cents a period for all units; None where it did not say.
    earlier_cents: Mapped[int | None] = mapped_column(BigInteger)
    #: Its own first and last day in the contract.
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)
    #: Who enrolled or asked; None for a task.
    person_id: Mapped[UUID | None]
    #: When it became a member; None before.
    enrolled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: Why it ended early or was declined.
    reason: Mapped[str] = mapped_column(Text, default="")
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())
    #: Rises with every change; the ETag.
    version: Mapped[int] = mapped_column(Integer, default=1)

    __table_args__ = (
        tenant_fk("contract_id", "service_contract"),
        tenant_fk("program_id", "program"),
        CheckConstraint(
            "state in ('carried', 'unsigned', 'asked', 'enrolled', 'withdrawn', 'left')", name="state_known"
        ),
        CheckConstraint("units >= 1 and earlier_cents >= 0", name="numbers_in_range"),
        Index("ix_service_enrolment_program", "tenant_id", "program_id", "contract_id"),
    )


class Signature(TenantTable):
    """That someone signed a version of a document for a program, by typing a name. Append-only.

    The name, the checksum of the exact file and the consent to sign electronically are kept together (15 U.S.C. 7001).
    """

    __tablename__ = "service_signature"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    document_id: Mapped[UUID]
    program_id: Mapped[UUID]
    #: SHA-256 of the file that was shown and signed.
    sha256: Mapped[str] = mapped_column(Text)
    typed_name: Mapped[str] = mapped_column(Text)
    #: Which wording of the consent was agreed to, and in which language it was shown.
    consent: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    person_id: Mapped[UUID]
    signed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())

    __table_args__ = (
        tenant_fk("document_id", "service_document"),
        tenant_fk("program_id", "program"),
        tenant_fk("person_id", "person"),
        Index("ix_service_signature_document", "tenant_id", "document_id", "program_id"),
        Index("ix_service_signature_program", "tenant_id", "program_id", "id"),
    )


def units_asked(basis: Basis, capacity: int | None, seats: int | None) -> int | None:
    """Return for how many units a program pays; None where its places, or the seats that it wants, are not known. Pure."""
    if basis is Basis.PROGRAM:
        return 1
    return capacity if basis is Basis.PLACE else seats
