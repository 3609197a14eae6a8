"""What a state's own people set of their site: it goes before what the registry says."""

from dataclasses import replace

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import TenantTable
from tenants.registry import TenantEntry

BRAND_FIELDS = ("colour", "contact_name", "contact_phone", "contact_email", "agency", "agency_url")


class StateSetting(TenantTable):
    """The one row of a state; an empty text leaves what the registry says."""

    __tablename__ = "state_setting"

    title: Mapped[str] = mapped_column(Text, default="")
    colour: Mapped[str] = mapped_column(Text, default="")
    contact_name: Mapped[str] = mapped_column(Text, default="")
    contact_phone: Mapped[str] = mapped_column(Text, default="")
    contact_email: Mapped[str] = mapped_column(Text, default="")
    agency: Mapped[str] = mapped_column(Text, default="")
    agency_url: Mapped[str] = mapped_column(Text, default="")
    #: A few sentences at the foot of every page.
    footer: Mapped[str] = mapped_column(Text, default="")
    #: Links at the foot of every page: [[text, https address], ...].
    links: Mapped[list[list[str]]] = mapped_column(JSONB, default=list)


def with_settings(entry: TenantEntry, own: StateSetting | None) -> TenantEntry:
    """Return a state as its own people want it shown."""
    if own is None:
        return entry
    brand = {name: text for name in BRAND_FIELDS if (text := getattr(own, name))}
    return replace(entry, title=own.title or entry.title, brand=replace(entry.brand, **brand))
