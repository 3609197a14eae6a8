"""Verbs of exemption certificates: keep one, and tell which programs pay no sales tax on a day."""

from datetime import date, datetime
from typing import IO, Any
from uuid import UUID

from sqlalchemy import String, cast, or_, select

from carepool import events
from carepool.clock import day_here
from carepool.errors import Invalid, NotFound
from carepool.files import StoredFile, keep_file
from carepool.outbox import Actor, record_event
from carepool.purchasing.actions.program_rows import replace_row
from carepool.purchasing.models.orders import OrderState, ProgramOrder
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.sales_tax.models import TaxExemption
from carepool.purchasing.savings.content import content_type_of
from carepool.sentences import marked
from tenants.database import db, find

CERTIFICATES = frozenset({"application/pdf", "image/png", "image/jpeg", "image/webp"})
"""What a certificate may be: a PDF or a picture."""
_KINDS = marked("Send a PDF or a picture (PNG, JPEG, WebP).")


def exemption_of(program_id: UUID) -> TaxExemption:
    """Return a program's certificate, or one of version 0 that has no number."""
    return find(TaxExemption, program_id) or TaxExemption(
        program_id=program_id, certificate="", expires_on=None, version=0
    )


def set_exemption(by: Actor, program_id: UUID, facts: dict[str, Any], based_on: int | None) -> TaxExemption:
    """Keep a program's certificate: `certificate`, "" takes it away, and `expires_on`, None for one that does not end.

    It counts for every purchase that is not closed yet. `based_on`: the version that was read. Raises Stale.
    """
    kept = {"certificate": facts["certificate"], "expires_on": facts["expires_on"] if facts["certificate"] else None}
    row, changes = replace_row(TaxExemption, program_id, kept, based_on)
    if "certificate" in changes:
        # what was kept shows another number
        row.file_id = None
    record_event(events.TAX_EXEMPTION_SET, program_id, by, changes)
    db.session.flush()
    return row


def keep_certificate_file(by: Actor, program_id: UUID, stream: IO[bytes], name: str) -> TaxExemption:
    """Keep a program's certificate itself, as PDF or picture, in place of an earlier one.

    Raises NotFound where no number is kept, and Invalid for another kind of file.
    """
    row = find(TaxExemption, program_id)
    if row is None or not row.certificate:
        raise NotFound("file")
    db.session.refresh(row, with_for_update=True)
    kind = content_type_of(stream)
    if kind not in CERTIFICATES:
        raise Invalid("unknown-file", _KINDS, {"file": [_KINDS]})
    stored = keep_file(stream, name[-120:] or "certificate", kind)
    row.file_id = stored.id
    row.version += 1
    record_event(events.TAX_EXEMPTION_SET, program_id, by, {"file": [None, stored.sha256]})
    db.session.flush()
    return row


def certificate_file_or_404(program_id: UUID) -> StoredFile:
    """Return a program's certificate as it is kept. Raises NotFound."""
    row = find(TaxExemption, program_id)
    stored = find(StoredFile, row.file_id) if row is not None and row.file_id else None
    if stored is None:
        raise NotFound("file")
    return stored


def tax_day(purchase: Purchase, at: datetime) -> date:
    """Return the day, on the state's calendar, on which a certificate must hold for a purchase that closes at an instant.

    A close that comes late, or was put right later, takes nobody's exemption away: the day is never after the closing
    time that programs saw.
    """
    return day_here(min(at, purchase.closes_at))


def exempt_members(purchase: Purchase, day: date) -> dict[str, str]:
    """Return {program id: number of its certificate} of the members of a purchase that pay no tax on a day.

    Empty where the purchase adds no tax.
    """
    if not purchase.tax_millionths:
        return {}
    holds = or_(TaxExemption.expires_on.is_(None), TaxExemption.expires_on >= day)
    own = (ProgramOrder.tenant_id == TaxExemption.tenant_id) & (ProgramOrder.program_id == TaxExemption.program_id)
    members = (
        select(cast(TaxExemption.program_id, String), TaxExemption.certificate)
        .join(ProgramOrder, own)
        .where(ProgramOrder.purchase_id == purchase.id, ProgramOrder.state == OrderState.PLACED)
        .where(TaxExemption.certificate != "", holds)
    )
    return dict(db.session.execute(members).tuples().all())
