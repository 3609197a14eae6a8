"""Verbs of packing lists to print: ask for one, and set it (a worker does)."""

from uuid import UUID

from flask_babel import force_locale
from sqlalchemy import func, select

from carepool import events
from carepool.errors import NotFound
from carepool.jobs.actions import start_job
from carepool.jobs.kinds import PACKING_SET
from carepool.jobs.models import Job
from carepool.jobs.working import Progress, carry_out
from carepool.outbox import Actor, record_event
from carepool.purchasing.actions.purchases import locked_purchase
from carepool.purchasing.models.closings import Share
from carepool.purchasing.models.packing_documents import PackingDocument, PackingKind
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.packing.sections import look_of, sections_of
from carepool.typesetting.keeping import keep_document
from carepool.ui.languages import LOCALES
from tenants.database import db, find
from tenants.ids import new_id


def ask_packing(by: Actor, purchase_id: UUID, kind: PackingKind, language: str) -> PackingDocument:
    """Ask a worker to set a packing list of the newest close; asked again, it is the same one. Raises NotFound."""
    purchase = locked_purchase(purchase_id)
    if not purchase.close_version:
        raise NotFound("close")
    found = db.session.scalars(
        select(PackingDocument).where(
            PackingDocument.purchase_id == purchase.id,
            PackingDocument.version == purchase.close_version,
            PackingDocument.kind == kind,
            PackingDocument.language == language,
        )
    ).one_or_none()
    if found is not None:
        job = find(Job, found.job_id)
        if job is None or not job.came_to_nothing:
            return found
    document = found or PackingDocument(
        id=new_id(), purchase_id=purchase.id, version=purchase.close_version, kind=kind, language=language
    )
    document.job_id = start_job(by, PACKING_SET, document.id)
    db.session.add(document)
    db.session.flush()
    record_event(events.PACKING_ASKED, document.id, by, {"kind": kind, "language": language})
    return document


def set_packing(document_id: UUID) -> None:
    """Set a packing list and store it; running again changes nothing. Raises NotFound."""
    document = find(PackingDocument, document_id)
    if document is None:
        raise NotFound("packing list")
    if document.file_id is None:
        carry_out(document.job_id, lambda progress: _set(document_id, progress))


def _set(document_id: UUID, progress: Progress) -> None:
    document = find(PackingDocument, document_id)
    purchase = find(Purchase, document.purchase_id) if document else None
    if document is None or purchase is None:
        raise NotFound("packing list")
    kind = PackingKind(document.kind)
    counted = Share.program_id if kind is PackingKind.PROGRAM else Share.item_id
    packed = (Share.purchase_id == purchase.id, Share.version == document.version, Share.got > 0)
    progress.expect(int(db.session.scalar(select(func.count(counted.distinct())).where(*packed)) or 0))
    with force_locale(LOCALES[document.language]):
        name = f"{purchase.number} {document.kind}"
        sections = sections_of(purchase, document.version, kind, progress)
        stored = keep_document(name, look_of(purchase, kind, document.language), sections)
    document.file_id = stored.id
    db.session.flush()
