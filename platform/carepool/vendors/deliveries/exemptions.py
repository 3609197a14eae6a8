"""Why a vendor adds no sales tax to an order: the certificates of the programs that it is for, as words and as files."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import or_, select

from carepool.files import StoredFile, open_file
from carepool.programs.models import Program
from carepool.purchasing.models.closings import Share
from carepool.purchasing.models.purchases import Purchase, PurchaseItem
from carepool.purchasing.sales_tax.actions import tax_day
from carepool.purchasing.sales_tax.models import TaxExemption
from carepool.vendors.channels.outgoing import Document
from carepool.vendors.deliveries.homes import HOMES
from carepool.vendors.terms.models import OrderingTerms
from tenants.database import db, find, one_of

MOST_NAMED = 10
"""Certificates that the words name; the files are of all."""
MOST_BYTES = 8 * 1024 * 1024
"""What one message carries of certificates; more are on the page behind the link."""


@dataclass(frozen=True)
class Certificate:
    """A program's certificate as a vendor sees it. `file_id`: its picture; None where there is none, or it shows a home."""

    program: str
    number: str
    file_id: UUID | None


@dataclass(frozen=True)
class Exemptions:
    """The certificates of an order's programs, by name, and whether all of them have one."""

    certificates: tuple[Certificate, ...] = ()
    whole: bool = False

    @property
    def words(self) -> str:
        """What documents say of it; empty where nobody is exempt."""
        if not self.certificates:
            return ""
        named = ", ".join(f"{one.number} ({one.program})" for one in self.certificates[:MOST_NAMED])
        more = len(self.certificates) - MOST_NAMED
        rest = f" and {more} more" if more > 0 else ""
        if self.whole:
            return f"Exempt from sales tax. Certificates: {named}{rest}."
        return f"In part exempt from sales tax. Certificates: {named}{rest}. The other programs pay sales tax."


def exemptions_of(purchase: Purchase, version: int, vendor_id: int, terms: OrderingTerms) -> Exemptions:
    """Return who of those that get goods of a vendor in a version is exempt, where the vendor adds no tax for them.

    A certificate must hold on the day that decides about the programs' own tax, too.
    """
    if not terms.spares_exempt:
        return Exemptions()
    got = (
        select(Share.program_id)
        .join(PurchaseItem, (PurchaseItem.tenant_id == Share.tenant_id) & (PurchaseItem.id == Share.item_id))
        .where(
            Share.purchase_id == purchase.id,
            Share.version == version,
            Share.got > 0,
            PurchaseItem.vendor_id == vendor_id,
        )
    )
    programs = list(db.session.scalars(got.distinct()))
    day = tax_day(purchase, purchase.cutoff_at or purchase.closes_at)
    holding = (
        select(TaxExemption, Program)
        .join(Program, (Program.tenant_id == TaxExemption.tenant_id) & (Program.id == TaxExemption.program_id))
        .where(
            one_of(TaxExemption.program_id, programs),
            TaxExemption.certificate != "",
            or_(TaxExemption.expires_on.is_(None), TaxExemption.expires_on >= day),
        )
        .order_by(Program.name, Program.id)
    )
    found = tuple(
        # a certificate shows an address, and nobody's home is shown to a vendor
        Certificate(program.name, own.certificate, None if program.type in HOMES else own.file_id)
        for own, program in db.session.execute(holding)
    )
    return Exemptions(found, bool(found) and len(found) == len(programs))


def documents_of(certificates: Sequence[Certificate], most: int | None = MOST_BYTES) -> tuple[Document, ...]:
    """Return the certificates as files, at most so many bytes together (None: all)."""
    found, size = [], 0
    for place, one in enumerate(certificates, start=1):
        stored = find(StoredFile, one.file_id) if one.file_id else None
        if stored is None or (most is not None and size + stored.size > most):
            continue
        size += stored.size
        with open_file(stored) as file:
            found.append(Document(_name(place, one, stored), stored.content_type, file.read()))
    return tuple(found)


_ENDINGS = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}


def _name(place: int, one: Certificate, stored: StoredFile) -> str:
    plain = "".join(letter for letter in one.number if letter.isascii() and letter.isalnum())[:40]
    return f"exemption-{place}-{plain or 'certificate'}.{_ENDINGS.get(stored.content_type, 'bin')}"
