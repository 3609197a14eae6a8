"""What a program marked as its favourites."""

from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import TenantTable, tenant_fk


class Favourite(TenantTable):
    """An item that a program wants to see first; contract and SKU last longer than a catalog's rows."""

    __tablename__ = "favourite"

    program_id: Mapped[UUID] = mapped_column(primary_key=True)
    contract_id: Mapped[UUID] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(Text, primary_key=True)

    __table_args__ = (tenant_fk("program_id", "program"), tenant_fk("contract_id", "contract"))
