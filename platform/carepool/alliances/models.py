"""Alliances and the programs that are their members."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, Index, Integer, Text, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from carepool.errors import Refusal
from carepool.sentences import marked
from tenants.database import TenantTable, tenant_fk
from tenants.ids import new_id


class Shape(StrEnum):
    """The legal shapes of alliances: who owns the programs, and for whom the hub acts."""

    #: Independent owners who agreed to share.
    MEMBERSHIP = "membership"
    #: The hub runs the programs for their owners.
    MANAGEMENT = "management"
    #: One corporation owns all programs.
    MERGED = "merged"
    #: Homes that are served by paid network staff.
    HOME_NETWORK = "home_network"


class Alliance(TenantTable):
    """A Shared Service Alliance: programs that share costs and staff, and the hub that serves them."""

    __tablename__ = "alliance"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(Text)
    shape: Mapped[Shape] = mapped_column(Text)
    #: The organization that serves it, and whom to ask there.
    hub_name: Mapped[str] = mapped_column(Text)
    contact_name: Mapped[str] = mapped_column(Text, default="")
    contact_email: Mapped[str] = mapped_column(Text, default="")
    contact_phone: Mapped[str] = mapped_column(Text, default="")
    #: Days on the state's calendar. Without an end it goes on; one that ended is never opened again.
    started_on: Mapped[date] = mapped_column(Date)
    ended_on: Mapped[date | None] = mapped_column(Date)
    #: Rises with every change; the ETag.
    version: Mapped[int] = mapped_column(Integer, default=1)

    __table_args__ = (
        UniqueConstraint("tenant_id", "name"),
        CheckConstraint("shape in ('membership', 'management', 'merged', 'home_network')", name="shape_known"),
        CheckConstraint("ended_on >= started_on", name="ends_after_it_starts"),
        CheckConstraint("name <> '' and hub_name <> ''", name="named"),
    )

    def must_go_on(self) -> None:
        """Refuse, with a sentence that says what to do, where it ended."""
        if self.ended_on is not None:
            sentence = marked("The alliance %(name)s ended. Choose one that goes on.", name=self.name)
            raise Refusal("alliance-ended", sentence)


class AllianceMember(TenantTable):
    """A program's time in an alliance. It is a member as long as no day is set on which it left."""

    __tablename__ = "alliance_member"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    alliance_id: Mapped[UUID]
    program_id: Mapped[UUID]
    #: The first day, and the day on which it was a member no more; never days to come, so no clock decides who is one.
    joined_on: Mapped[date] = mapped_column(Date)
    left_on: Mapped[date | None] = mapped_column(Date)

    __table_args__ = (
        tenant_fk("alliance_id", "alliance"),
        tenant_fk("program_id", "program"),
        CheckConstraint("left_on >= joined_on", name="leaves_after_it_joins"),
        # once at a time, whoever adds it
        Index(
            "uq_alliance_member_now",
            "tenant_id",
            "alliance_id",
            "program_id",
            unique=True,
            postgresql_where=sql("left_on is null"),
        ),
        Index("ix_alliance_member_alliance", "tenant_id", "alliance_id", "id"),
        Index("ix_alliance_member_program", "tenant_id", "program_id", "id"),
    )
