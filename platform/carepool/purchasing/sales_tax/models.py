"""Programs that pay no sales tax."""

from datetime import date
from uuid import UUID

from sqlalchemy import Date, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from carepool.purchasing.sales_tax.rates import Exemption
from tenants.database import TenantTable, tenant_fk


class TaxExemption(TenantTable):
    """The exemption certificate of a program, as the state's staff read it."""

    __tablename__ = "tax_exemption"

    program_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: Its number; "" where there is none any more.
    certificate: Mapped[str] = mapped_column(Text)
    #: The last day on which it holds; None: it does not end.
    expires_on: Mapped[date | None] = mapped_column(Date)
    #: The certificate itself as a stored file; None: only its number is kept.
    file_id: Mapped[UUID | None]
    #: Rises with every change; the ETag.
    version: Mapped[int] = mapped_column(Integer, default=1)

    __table_args__ = (tenant_fk("program_id", "program"),)

    @property
    def exemption(self) -> Exemption:
        """The certificate as the rules know it."""
        return Exemption(self.certificate, self.expires_on)
