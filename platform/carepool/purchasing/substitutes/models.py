"""What programs say about substitutes, kept from one purchase to the next."""

from uuid import UUID

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from carepool.purchasing.substitutes.choices import Choice
from tenants.database import TenantTable, tenant_fk
from tenants.ids import new_id


class SubstituteChoice(TenantTable):
    """A program's choice for one catalog item, or for all items for which it made none."""

    __tablename__ = "substitute_choice"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    program_id: Mapped[UUID]
    #: None: for all items.
    catalog_item_id: Mapped[UUID | None]
    choice: Mapped[Choice] = mapped_column(Text)

    __table_args__ = (
        tenant_fk("program_id", "program"),
        tenant_fk("catalog_item_id", "catalog_item"),
        Index(
            "uq_substitute_choice_item",
            "tenant_id",
            "program_id",
            "catalog_item_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )
