"""Contracts of a state with vendors and the items they offer."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
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

from carepool.purchasing.ladder import PriceBasis, firm_ladder
from tenants.database import TenantTable, tenant_fk
from tenants.ids import new_id


class Contract(TenantTable):
    """What a state agreed with a vendor: its terms hold for all items of its catalog."""

    __tablename__ = "contract"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendor.id"))
    number: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    #: The vendor takes no order below this value, in cents.
    minimum_cents: Mapped[int] = mapped_column(BigInteger, default=0)
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    #: Changes of the terms; devices that edit send it back.
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")

    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        CheckConstraint("minimum_cents >= 0", name="minimum_not_negative"),
    )


class CatalogItem(TenantTable):
    """One thing a vendor sells under a contract, by the case."""

    __tablename__ = "catalog_item"
    searched = True

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    contract_id: Mapped[UUID]
    sku: Mapped[str] = mapped_column(Text)
    gtin: Mapped[str | None] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    brand: Mapped[str] = mapped_column(Text, default="")
    category: Mapped[str] = mapped_column(Text, default="")
    #: The word for one each, such as "each", "jar", "roll".
    unit: Mapped[str] = mapped_column(Text, default="each")
    #: Eaches in a case, and the pack as the vendor writes it.
    case_size: Mapped[int] = mapped_column(Integer)
    #: How often one each serves, such as 100 wipes of a tub; None where nobody said.
    uses_per_each: Mapped[int | None] = mapped_column(Integer)
    pack_text: Mapped[str] = mapped_column(Text, default="")
    #: The vendor sells no fewer cases of this item.
    min_cases: Mapped[int] = mapped_column(Integer, default=0)
    #: Price of one case bought alone, in cents; the baseline "vendor list".
    list_cents: Mapped[int | None] = mapped_column(BigInteger)
    #: What the second number of each rung is.
    price_basis: Mapped[PriceBasis] = mapped_column(Text, default=PriceBasis.FIRM, server_default="firm")
    #: The price ladder [[from_cases, cents per case or hundredths of a percent off `list_cents`], ...].
    ladder: Mapped[list[Any]] = mapped_column(JSONB)
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    storage: Mapped[str] = mapped_column(Text, default="dry")
    taxable: Mapped[bool] = mapped_column(Boolean, default=True)
    #: Lower-case words that are searched: name, brand, category, SKU.
    search: Mapped[str] = mapped_column(Text)
    #: When a newer catalog of the contract no longer held the item.
    gone_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: Changes of the item; devices that edit send it back.
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")

    __table_args__ = (
        UniqueConstraint("tenant_id", "contract_id", "sku"),
        tenant_fk("contract_id", "contract"),
        CheckConstraint("case_size > 0", name="case_size_positive"),
        CheckConstraint("uses_per_each > 0", name="uses_per_each_positive"),
        CheckConstraint("min_cases >= 0", name="min_cases_not_negative"),
        CheckConstraint("price_basis in ('firm', 'percent_off')", name="price_basis_known"),
        CheckConstraint("price_basis = 'firm' or list_cents > 0", name="percent_off_a_list_price"),
        Index("ix_catalog_item_name", "tenant_id", "name", "id"),
        Index(
            "ix_catalog_item_search",
            "tenant_id",
            "search",
            postgresql_using="gin",
            postgresql_ops={"search": "gin_trgm_ops"},
        ),
    )

    @property
    def firm_rungs(self) -> list[list[int]]:
        """The price ladder as of now in cents per case; percent off rungs may no longer fall after rounding."""
        return firm_ladder(PriceBasis(self.price_basis), self.ladder, self.list_cents)
