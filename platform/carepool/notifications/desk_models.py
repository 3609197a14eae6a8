"""Letters to people of vendors' desks that go out once: which, to whom, and what became of each."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Index, Integer, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from carepool.notifications.models import DeliveryState
from tenants.database import VendorTable, vendor_fk
from tenants.ids import new_id


class DeskLetter(VendorTable):
    """One letter to one person of a desk about one occasion; without a person it went to the vendor's own address."""

    __tablename__ = "desk_letter"

    #: Also the letter's Message-ID, the same in each attempt.
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID | None]
    address: Mapped[str] = mapped_column(Text)
    #: Name of the notice, such as `token.ends`.
    kind: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[UUID]
    #: Tells two letters of one kind and subject apart.
    occasion: Mapped[str] = mapped_column(Text, default="")
    #: `sending` is committed before anything leaves: one that is found so was cut off, and is never sent again.
    state: Mapped[DeliveryState] = mapped_column(Text, default=DeliveryState.WAITING)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[str] = mapped_column(Text, default="")
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())

    __table_args__ = (
        vendor_fk("person_id", "vendor_person"),
        Index(
            "uq_desk_letter_once",
            "vendor_id",
            "person_id",
            "kind",
            "subject_id",
            "occasion",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_desk_letter_made", "vendor_id", "made_at"),
    )
