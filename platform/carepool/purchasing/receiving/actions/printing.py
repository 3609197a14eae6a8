"""Verbs of papers for the pick-up site: ask for one, and set it (a worker does)."""

from uuid import UUID

from flask_babel import force_locale
from sqlalchemy import func, select

from carepool import events
from carepool.errors import NotFound, Refusal
from carepool.jobs.actions import start_job
from carepool.jobs.kinds import SITE_SET
from carepool.jobs.models import Job
from carepool.jobs.working import Progress, carry_out
from carepool.outbox import Actor, record_event
from carepool.purchasing.actions.purchases import locked_purchase
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.receiving.counts import line_counts, newest_orders, terms_of
from carepool.purchasing.receiving.goods import collecting_programs
from carepool.purchasing.receiving.models.documents import SiteDocument, SiteKind
from carepool.purchasing.receiving.site_sections import look_of, sections_of
from carepool.sentences import marked
from carepool.typesetting.keeping import keep_document
from carepool.ui.languages import LOCALES
from tenants.database import db, find
from tenants.ids import new_id


def ask_paper(by: Actor, purchase_id: UUID, kind: SiteKind, language: str) -> SiteDocument:
    """Ask a worker to set labels or the pick list; while one is on its way, it is the same one.

    What was handed out since changes it, so that a finished one is made anew. Raises Refusal and NotFound.
    """
    purchase = locked_purchase(purchase_id)
    version = terms_of(purchase.id).arrival_version
    if not purchase.close_version:
        raise NotFound("close")
    if not version and kind is not SiteKind.CASE_LABELS:
        raise Refusal("not-shared-yet", marked("The goods are not counted and shared out yet. Count them first."))
    found = db.session.scalars(
        select(SiteDocument).where(
            SiteDocument.purchase_id == purchase.id,
            SiteDocument.version == version,
            SiteDocument.kind == kind,
            SiteDocument.language == language,
        )
    ).one_or_none()
    if found is not None and found.file_id is None:
        job = find(Job, found.job_id)
        if job is None or not job.came_to_nothing:
            return found
    own = found or SiteDocument(id=new_id(), purchase_id=purchase.id, version=version, kind=kind, language=language)
    own.file_id = None
    own.job_id = start_job(by, SITE_SET, own.id)
    db.session.add(own)
    db.session.flush()
    record_event(events.SITE_PAPER_ASKED, own.id, by, {"kind": kind, "language": language})
    return own


def set_paper(document_id: UUID) -> None:
    """Set a paper and store it; running again changes nothing. Raises NotFound."""
    document = find(SiteDocument, document_id)
    if document is None:
        raise NotFound("paper")
    if document.file_id is None:
        carry_out(document.job_id, lambda progress: _set(document_id, progress))


def _set(document_id: UUID, progress: Progress) -> None:
    document = find(SiteDocument, document_id)
    purchase = find(Purchase, document.purchase_id) if document else None
    if document is None or purchase is None:
        raise NotFound("paper")
    kind = SiteKind(document.kind)
    if kind is SiteKind.CASE_LABELS:
        progress.expect(len(line_counts(purchase.id, newest_orders(purchase))))
    else:
        counted = select(func.count()).select_from(collecting_programs(purchase.id).subquery())
        progress.expect(int(db.session.scalar(counted) or 0))
    with force_locale(LOCALES[document.language]):
        look, sections = look_of(purchase, kind, document.language), sections_of(purchase, kind, progress)
        stored = keep_document(f"{purchase.number} {document.kind}", look, sections)
    document.file_id = stored.id
    db.session.flush()
