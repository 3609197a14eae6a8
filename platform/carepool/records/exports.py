"""Verbs of exports: ask for one, make it in a worker, take its file, remove it when its time is over."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, func, select

from carepool import events
from carepool.errors import Invalid, NotFound, Refusal
from carepool.files import StoredFile, tidy_files
from carepool.jobs import kinds
from carepool.jobs.actions import start_job
from carepool.jobs.models import UNDER_WAY, Job
from carepool.jobs.working import Progress, carry_out
from carepool.outbox import Actor, record_event
from carepool.programs.models import Program
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.savings import export as savings_file
from carepool.purchasing.savings.settings import settings_of
from carepool.records import archive, log_file
from carepool.records.datasets import RecordsWish
from carepool.records.models import ExportKind, RecordExport
from carepool.records.retention import deletion_allowed
from carepool.sentences import marked
from tenants.database import database_now, db, find
from tenants.ids import new_id

AT_ONCE = 5
"""Exports of one person that may be under way."""
KEPT = timedelta(days=7)
_OVER = 200

_MAKERS: dict[str, Any] = {
    ExportKind.ACTIVITY: log_file.write,
    ExportKind.RECORDS: archive.write,
    ExportKind.SAVINGS: savings_file.write,
}
_JOBS = {
    ExportKind.ACTIVITY: kinds.ACTIVITY_EXPORT,
    ExportKind.RECORDS: kinds.RECORDS_EXPORT,
    ExportKind.SAVINGS: kinds.SAVINGS_EXPORT,
}


def ask_export(by: Actor, person_id: UUID, kind: ExportKind, wish: dict[str, Any]) -> RecordExport:
    """Ask a worker for an export. Raises Refusal where the person has several under way."""
    mine = select(func.count()).select_from(RecordExport).join(Job, Job.id == RecordExport.job_id)
    under_way = mine.where(RecordExport.person_id == person_id, Job.state.in_(UNDER_WAY))
    if (db.session.scalar(under_way) or 0) >= AT_ONCE:
        raise Refusal("too-many-exports", marked("Several exports are being made for you. Wait for one, or stop one."))
    own = RecordExport(id=new_id(), kind=kind, person_id=person_id, wish=wish)
    own.job_id = start_job(by, _JOBS[kind], own.id)
    db.session.add(own)
    record_event(events.EXPORT_ASKED, own.id, by, {"kind": kind, **wish})
    db.session.flush()
    return own


def ask_records(by: Actor, person_id: UUID, wish: RecordsWish) -> RecordExport:
    """Ask a worker for public records. Raises NotFound, and Invalid where nothing was chosen or the period is empty."""
    if wish.purchase_id and find(Purchase, wish.purchase_id) is None:
        raise NotFound("purchase")
    if wish.program_id and find(Program, wish.program_id) is None:
        raise NotFound("program")
    if not (wish.purchase_id or wish.program_id or wish.since or wish.before):
        sentence = marked("Choose a purchase, a program or days.")
        raise Invalid("nothing-chosen", sentence, {"purchase_id": [sentence]})
    if wish.since and wish.before and wish.before <= wish.since:
        sentence = marked("The last day is before the first day.")
        raise Invalid("empty-period", sentence, {"until": [sentence]})
    return ask_export(by, person_id, ExportKind.RECORDS, wish.as_json())


def ask_savings(by: Actor, person_id: UUID, file_format: str) -> RecordExport:
    """Ask a worker for what the state saved as a file for funders. `file_format`: csv or xlsx. Raises Refusal."""
    wish = {"format": file_format, "least_programs": settings_of().least_programs}
    return ask_export(by, person_id, ExportKind.SAVINGS, wish)


def make_export(by: Actor, export_id: UUID) -> None:
    """Write the file of an export. Running again begins anew; a job that is stopped leaves nothing."""
    own = find(RecordExport, export_id)
    if own is None:
        raise NotFound("export")
    if own.file_id is None and own.job_id is not None:
        carry_out(own.job_id, lambda progress: _make(export_id, progress))


def _make(export_id: UUID, progress: Progress) -> None:
    own = find(RecordExport, export_id)
    if own is None:
        raise NotFound("export")
    stored: StoredFile = _MAKERS[own.kind](own, progress)
    own.file_id = stored.id
    own.expires_at = database_now() + KEPT
    db.session.flush()


def exports_of(person_id: UUID) -> Select[tuple[RecordExport]]:
    """Return the exports that a person asked for."""
    return select(RecordExport).where(RecordExport.person_id == person_id)


def own_export_or_404(export_id: UUID, person_id: UUID) -> RecordExport:
    """Return an export that this person asked for. Raises NotFound for anybody else's."""
    own = find(RecordExport, export_id)
    if own is None or own.person_id != person_id:
        raise NotFound("export")
    return own


def take_file(by: Actor, own: RecordExport, at: datetime) -> StoredFile:
    """Return the file of an export; that it was taken is kept in the history. Raises NotFound where its time is over."""
    stored = find(StoredFile, own.file_id) if own.file_id else None
    if stored is None or own.expires_at is None or own.expires_at <= at:
        raise NotFound("export")
    record_event(events.EXPORT_TAKEN, own.id, by)
    return stored


def remove_exports(by: Actor) -> int:
    """Remove files of exports whose time is over, some at a time; return how many. Their bytes go with the next round.

    A legal hold stops this, too; nobody can take the file in the meantime.
    """
    if not deletion_allowed():
        return 0
    tidy_files()
    over = select(RecordExport).where(RecordExport.file_id.is_not(None), RecordExport.expires_at <= func.now())
    found = db.session.scalars(over.order_by(RecordExport.id).limit(_OVER).with_for_update(skip_locked=True)).all()
    for own in found:
        gone = delete(StoredFile).where(StoredFile.id == own.file_id)
        db.session.execute(gone.execution_options(synchronize_session=False))
        own.file_id, own.removed_at = None, database_now()
        record_event(events.EXPORT_REMOVED, own.id, by)
    db.session.flush()
    return len(found)
