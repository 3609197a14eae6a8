"""Legal entities and their licensed sites ("programs")."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Index, Integer, Text, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import TenantTable, tenant_fk
from tenants.ids import new_id


class LegalEntity(TenantTable):
    """The owner of one or more programs."""

    __tablename__ = "legal_entity"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(Text)
    #: The name without case and punctuation, by which rosters are matched.
    match_name: Mapped[str] = mapped_column(Text)

    __table_args__ = (UniqueConstraint("tenant_id", "match_name"),)


class Program(TenantTable):
    """One licensed, registered or exempt site: a center or a home."""

    __tablename__ = "program"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    licence_number: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    legal_entity_id: Mapped[UUID | None]
    #: The national type (`tenants.vocabularies.ProgramType`) and the state's own word for it.
    type: Mapped[str] = mapped_column(Text, default="other")
    type_word: Mapped[str] = mapped_column(Text, default="")
    #: The national licence status and the state's own word for it.
    status: Mapped[str] = mapped_column(Text, default="unknown")
    status_word: Mapped[str] = mapped_column(Text, default="")
    #: Licensed places; None where the state does not say. Never 0 for unknown.
    capacity: Mapped[int | None] = mapped_column(Integer)
    capacity_note: Mapped[str] = mapped_column(Text, default="")
    quality_level: Mapped[int | None] = mapped_column(Integer)
    quality_word: Mapped[str] = mapped_column(Text, default="")
    #: Street and ZIP of a home are never shown to other programs or vendors.
    street: Mapped[str] = mapped_column(Text, default="")
    city: Mapped[str] = mapped_column(Text, default="")
    zip: Mapped[str] = mapped_column(Text, default="")
    county: Mapped[str] = mapped_column(Text, default="")
    phone: Mapped[str] = mapped_column(Text, default="")
    email: Mapped[str] = mapped_column(Text, default="")
    contact_name: Mapped[str] = mapped_column(Text, default="")
    #: When the program was last seen in the state's roster, and whether it was missing from the newest one.
    seen_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    gone_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (
        UniqueConstraint("tenant_id", "licence_number"),
        tenant_fk("legal_entity_id", "legal_entity"),
        CheckConstraint("capacity > 0", name="capacity_known_is_positive"),
        Index("ix_program_name", "tenant_id", "name", "id"),
        Index("ix_program_county", "tenant_id", "county", "id"),
    )
