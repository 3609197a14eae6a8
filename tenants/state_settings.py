"""What a state's own people set of their site: it goes before what the registry says."""

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import TenantTable
from tenants.registry import TenantEntry
from tenants.spoken import OTHERS, SOURCE, Spoken, spoken

BRAND_FIELDS = ("colour", "contact_name", "contact_phone", "contact_email", "agency", "agency_url")
SPOKEN = ("title", "agency", "contact_role", "footer")
"""Texts of which there may be a version in each language: column `title`, and `title_es`."""


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
    #: The same in Spanish; empty: the English is shown.
    title_es: Mapped[str] = mapped_column(Text, default="", server_default="")
    agency_es: Mapped[str] = mapped_column(Text, default="", server_default="")
    footer_es: Mapped[str] = mapped_column(Text, default="", server_default="")
    #: What the person to ask is, such as "Purchasing coordinator", in English and in Spanish.
    contact_role: Mapped[str] = mapped_column(Text, default="", server_default="")
    contact_role_es: Mapped[str] = mapped_column(Text, default="", server_default="")
    #: Links at the foot of every page: [[text, https address, text in Spanish], ...]; the last may be absent.
    links: Mapped[list[list[str]]] = mapped_column(JSONB, default=list)

    def versions(self, name: str) -> dict[str, str]:
        """Return {language: text} of one of SPOKEN."""
        return {SOURCE: getattr(self, name), **{one: getattr(self, f"{name}_{one}") for one in OTHERS}}

    def spoken_links(self, language: str) -> Iterator[tuple[Spoken, str]]:
        """Yield words and address of each link."""
        for text, address, *others in self.links:
            yield spoken({SOURCE: text, **dict(zip(OTHERS, others, strict=False))}, language), address


def with_settings(entry: TenantEntry, own: StateSetting | None, language: str = SOURCE) -> TenantEntry:
    """Return a state as its own people want it shown, in a language; what the registry says is in English."""
    title, agency = {SOURCE: entry.title}, {SOURCE: entry.brand.agency}
    role = {SOURCE: entry.brand.contact_role}
    brand: dict[str, str] = {}
    if own is not None:
        brand = {name: text for name in BRAND_FIELDS if (text := getattr(own, name))}
        title |= {one: text for one, text in own.versions("title").items() if text}
        agency |= {one: text for one, text in own.versions("agency").items() if text}
        role |= {one: text for one, text in own.versions("contact_role").items() if text}
    brand |= {"agency": spoken(agency, language), "contact_role": spoken(role, language)}
    return replace(entry, title=spoken(title, language), brand=replace(entry.brand, **brand))
