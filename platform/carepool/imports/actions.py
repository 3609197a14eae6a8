"""Verbs of imports: begin, confirm the columns, read into a preview, apply all of it or nothing, cancel."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import IO, Any
from uuid import UUID

import psycopg.errors
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError

from carepool import events
from carepool.errors import Invalid, NotFound, Refusal
from carepool.files import StoredFile, keep_file, open_file
from carepool.imports import catalogs, rosters
from carepool.imports.models import FileImport, ImportKind, ImportRow, ImportState, RememberedMap, Verdict
from carepool.jobs import kinds
from carepool.jobs.actions import ask_to_stop, start_job
from carepool.jobs.kinds import JobKind
from carepool.jobs.models import JobState
from carepool.jobs.working import Failed, Progress, carry_out
from carepool.outbox import Actor, record_event
from carepool.purchasing.models.catalogs import Contract
from carepool.sentences import NOTHING, Sentence, joined, marked
from carepool.tabular.columns import BadMap, ColumnMap, Field
from carepool.tabular.reading import read_table
from carepool.tabular.tables import BadRow, UnreadableFile
from tenants.database import bulk_insert, database_now, db, find
from tenants.ids import new_id
from tenants.turns import take_turn

PREVIEW_LIFE = timedelta(days=14)
"""How long a preview may be applied and its staged rows are kept."""

_TARGETS: dict[str, Any] = {ImportKind.ROSTER: rosters, ImportKind.CATALOG: catalogs}
_COLUMNS = ("place", "row", "key", "verdict", "note", "facts", "changes")
_CHUNK_ROWS = 5_000
_FORGET_ROWS = 10_000
_OLD_IMPORTS = 100
_BLINDLY = {"synchronize_session": False}
_STALE = marked(
    "Something else was applied after this preview was made. Confirm the columns again to read the file again."
)


@dataclass(frozen=True)
class _Jobs:
    read: JobKind
    apply: JobKind


_JOBS: dict[str, _Jobs] = {
    ImportKind.ROSTER: _Jobs(kinds.ROSTER_READ, kinds.ROSTER_APPLY),
    ImportKind.CATALOG: _Jobs(kinds.CATALOG_READ, kinds.CATALOG_APPLY),
}


def begin_import(by: Actor, kind: ImportKind, contract_id: UUID | None, stream: IO[bytes], name: str) -> FileImport:
    """Keep a file and propose which column is which. Raises Invalid when it cannot be read as a table."""
    if (kind is ImportKind.CATALOG) != (contract_id is not None):
        sentence = marked("A catalog needs its contract; a roster has none.")
        raise Invalid("which-contract", sentence, {"contract_id": [sentence]})
    if contract_id is not None and find(Contract, contract_id) is None:
        raise NotFound("contract")
    stored = keep_file(stream, name, "application/octet-stream")
    try:
        with open_file(stored) as file:
            headers = read_table(file).headers
    except UnreadableFile as error:
        raise Invalid("unreadable-file", error.sentence, {"file": [error.sentence]}) from None
    target = _TARGETS[kind]
    began = FileImport(
        id=new_id(), kind=kind, contract_id=contract_id, file_id=stored.id, file_name=stored.name, headers=list(headers)
    )
    remembered = find(RememberedMap, began.purpose)
    kept = ColumnMap.from_json(remembered.column_map) if remembered else None
    if kept is None or kept.missing(target.FIELDS, headers):
        kept = target.proposal(headers)
    began.column_map = kept.as_json()
    db.session.add(began)
    db.session.flush()
    return began


def confirm_columns(by: Actor, import_id: UUID, column_map: Mapping[str, Any] | None) -> FileImport:
    """Confirm the proposed map, or give another; it is remembered, and a worker reads the file into a preview.

    Raises NotFound, Refusal (the import is being worked on or has ended) and Invalid for a map that does not fit.
    """
    own = _taken(import_id, ImportState.READING)
    target = _TARGETS[own.kind]
    try:
        chosen = ColumnMap.from_json(column_map if column_map is not None else own.column_map)
    except BadMap as error:
        raise Invalid("bad-map", error.sentence, {"column_map": [error.sentence]}) from None
    if faults := chosen.missing(target.FIELDS, own.headers):
        sentence = marked("Mend the column map: %(faults)s.", faults=tuple(faults))
        raise Invalid("columns-missing", sentence, {"column_map": faults})
    own.move(ImportState.READING)
    own.column_map = chosen.as_json()
    own.job_id = start_job(by, _JOBS[own.kind].read, own.id)
    row = insert(RememberedMap).values(purpose=own.purpose, column_map=own.column_map)
    db.session.execute(
        row.on_conflict_do_update(
            index_elements=["tenant_id", "purpose"],
            set_={"column_map": row.excluded.column_map, "confirmed_at": func.now()},
        )
    )
    record_event(events.IMPORT_STARTED, own.id, by, {"file": own.file_name})
    db.session.flush()
    return own


def read_import(by: Actor, import_id: UUID) -> None:
    """Read the file and stage every row with what it would do. Running again begins anew."""
    own = import_or_404(import_id)
    if own.state == ImportState.READING:
        state, sentence = carry_out(own.job_id, lambda progress: _read(by, import_id, progress))
        _settle(by, import_id, state, sentence)


def _read(by: Actor, import_id: UUID, progress: Progress) -> None:
    own = _locked(import_id)
    stored = find(StoredFile, own.file_id)
    if stored is None:
        raise NotFound("file")
    db.session.execute(delete(ImportRow).where(ImportRow.import_id == own.id))
    # noted before the rows are compared, so that whatever is applied in between makes the preview stale
    own.compared_with = _applied_last(own)
    counts: Counter[str] = Counter()
    try:
        with open_file(stored) as file:
            rows = _TARGETS[own.kind].rows(read_table(file), ColumnMap.from_json(own.column_map))
            bulk_insert(ImportRow, _COLUMNS, _staged(own, progress.over(rows), counts), same={"import_id": own.id})
    except UnreadableFile as error:
        raise Failed(error.sentence) from None
    own.counts = {str(verdict): counts[verdict] for verdict in Verdict}
    own.error, own.read_at = NOTHING, database_now()
    own.move(ImportState.PREVIEWED)
    record_event(events.IMPORT_READ, own.id, by, own.counts)
    db.session.flush()


def _staged(own: FileImport, rows: Iterator[Any], counts: Counter[str]) -> Iterator[tuple[Any, ...]]:
    target = _TARGETS[own.kind]
    known = target.existing(own.contract_id)
    place = 0
    for place, row in enumerate(rows, start=1):
        if isinstance(row, BadRow):
            counts[Verdict.REFUSED] += 1
            yield place, row.number, "", Verdict.REFUSED, row.reason, {}, {}
            continue
        before = known.pop(row.key, None)
        verdict, changes = _verdict(before, row.facts, target.FACTS)
        note = getattr(row, "note", NOTHING)
        if verdict is Verdict.CHANGED and before is not None:
            note = joined(*(part for part in (*target.notes_of_change(before, row.facts), note) if part))
        counts[verdict] += 1
        # a row that changes nothing needs no facts
        facts = {} if verdict is Verdict.SAME else {name: row.facts[name] for name in target.FACTS}
        yield place, row.number, row.key, verdict, note, facts, changes
    for key, before in known.items():
        if not before["gone"]:
            place += 1
            counts[Verdict.GONE] += 1
            yield place, None, key, Verdict.GONE, NOTHING, {}, {}


def _verdict(
    before: Mapping[str, Any] | None, after: Mapping[str, Any], names: tuple[str, ...]
) -> tuple[Verdict, dict[str, Any]]:
    if before is None:
        return Verdict.NEW, {}
    changes = {name: [before[name], after[name]] for name in names if before[name] != after[name]}
    if before["gone"]:
        changes["gone"] = [True, False]
    return (Verdict.CHANGED if changes else Verdict.SAME), changes


def confirm_import(by: Actor, import_id: UUID) -> FileImport:
    """Ask a worker to apply a preview: all of it, or nothing. Raises Refusal where the preview is stale."""
    own = _taken(import_id, ImportState.APPLYING)
    if own.compared_with != _applied_last(own):
        raise Refusal("stale-preview", _STALE)
    own.move(ImportState.APPLYING)
    own.job_id = start_job(by, _JOBS[own.kind].apply, own.id)
    record_event(events.IMPORT_CONFIRMED, own.id, by, own.counts)
    db.session.flush()
    return own


def apply_import(by: Actor, import_id: UUID) -> None:
    """Write what the preview said, in one transaction. Running again changes nothing."""
    own = import_or_404(import_id)
    if own.state == ImportState.APPLYING:
        state, sentence = carry_out(own.job_id, lambda progress: _apply(by, import_id, progress))
        _settle(by, import_id, state, sentence)


def _apply(by: Actor, import_id: UUID, progress: Progress) -> None:
    own = _locked(import_id)
    # two imports of one purpose follow each other, and the second finds its preview stale
    take_turn(f"import {own.purpose}")
    if own.compared_with != _applied_last(own):
        raise Failed(_STALE)
    target = _TARGETS[own.kind]
    writes = {Verdict.NEW: target.add, Verdict.CHANGED: target.change, Verdict.GONE: target.leave}
    progress.expect(sum(own.counts[verdict] for verdict in writes))
    for verdict, write in writes.items():
        for rows in _chunks(own, verdict):
            if write(own.contract_id, rows) != len(rows):
                raise Failed(_STALE)
            progress.add(len(rows))
    own.move(ImportState.APPLIED)
    own.applied_at = database_now()
    record_event(events.IMPORT_APPLIED, own.id, by, own.counts)
    db.session.flush()


def _chunks(own: FileImport, verdict: Verdict) -> Iterator[list[dict[str, Any]]]:
    """Yield the staged rows of a verdict, each with its `key` and facts, some thousands at a time."""
    query = select(ImportRow.place, ImportRow.key, ImportRow.facts).where(
        ImportRow.import_id == own.id, ImportRow.verdict == verdict
    )
    last = 0
    while found := db.session.execute(
        query.where(ImportRow.place > last).order_by(ImportRow.place).limit(_CHUNK_ROWS)
    ).all():
        last = found[-1].place
        yield [{**row.facts, "key": row.key} for row in found]


def _applied_last(own: FileImport) -> UUID | None:
    """Return the import that was applied last for the same purpose."""
    query = select(FileImport.id).where(
        FileImport.kind == own.kind,
        FileImport.contract_id.is_not_distinct_from(own.contract_id),
        FileImport.state == ImportState.APPLIED,
    )
    return db.session.scalar(query.order_by(FileImport.applied_at.desc(), FileImport.id.desc()).limit(1))


def _settle(by: Actor, import_id: UUID, state: JobState, sentence: Sentence | None) -> None:
    """Write on the import how its job ended, where that is not well."""
    if state is JobState.CANCELLED:
        _cancel(by, _locked(import_id))
    elif state is JobState.FAILED:
        own = _locked(import_id)
        own.move(ImportState.FAILED)
        own.error = sentence or NOTHING
        record_event(events.IMPORT_FAILED, own.id, by, {"error": str(sentence)})
        db.session.flush()


def cancel_import(by: Actor, import_id: UUID) -> FileImport:
    """Stop an import before it is applied; nothing was changed.

    Where a worker has it, the wish is written on the job and the worker obeys; nobody waits for it here.
    """
    own = import_or_404(import_id)
    worked_on = own.state in (ImportState.READING, ImportState.APPLYING)
    if worked_on and own.job_id is not None and ask_to_stop(by, own.job_id):
        return own
    return _cancel(by, _taken(import_id, ImportState.CANCELLED))


def _cancel(by: Actor, own: FileImport) -> FileImport:
    own.move(ImportState.CANCELLED)
    db.session.execute(delete(ImportRow).where(ImportRow.import_id == own.id))
    record_event(events.IMPORT_CANCELLED, own.id, by)
    db.session.flush()
    return own


def forget_previews(by: Actor) -> int:
    """Remove staged rows of previews that are too old, some at a time; return how many.

    An import whose preview goes waits for its columns to be confirmed again. Applied imports keep their counts.
    """
    made = func.coalesce(FileImport.read_at, FileImport.created_at)
    staged = select(ImportRow.place).where(ImportRow.import_id == FileImport.id).correlate(FileImport).exists()
    old = select(FileImport).where(
        made < func.now() - PREVIEW_LIFE,
        FileImport.state.not_in([ImportState.READING, ImportState.APPLYING]),
        staged,
    )
    removed = 0
    for own in db.session.scalars(old.order_by(FileImport.id).limit(_OLD_IMPORTS).with_for_update(skip_locked=True)):
        if own.state == ImportState.PREVIEWED:
            own.move(ImportState.MAPPING)
            own.counts = {}
            own.error = marked("The preview was too old and was removed. Confirm the columns again to make a new one.")
            record_event(events.IMPORT_EXPIRED, own.id, by)
            db.session.flush()
        rows = select(ImportRow.place).where(ImportRow.import_id == own.id).order_by(ImportRow.place)
        some = rows.limit(_FORGET_ROWS - removed).scalar_subquery()
        gone = delete(ImportRow).where(ImportRow.import_id == own.id, ImportRow.place.in_(some))
        removed += len(db.session.scalars(gone.returning(ImportRow.place), execution_options=_BLINDLY).all())
        if removed >= _FORGET_ROWS:
            break
    return removed


def fields_of(own: FileImport) -> tuple[Field, ...]:
    """Return the fields that a file of this kind may hold."""
    fields: tuple[Field, ...] = _TARGETS[own.kind].FIELDS
    return fields


def import_or_404(import_id: UUID) -> FileImport:
    """Return an import of this state. Raises NotFound."""
    own = find(FileImport, import_id)
    if own is None:
        raise NotFound("import")
    return own


def _locked(import_id: UUID) -> FileImport:
    """Return an import with its row locked, for a worker. Raises NotFound."""
    own = import_or_404(import_id)
    db.session.refresh(own, with_for_update=True)
    return own


def _taken(import_id: UUID, to: ImportState) -> FileImport:
    """Return an import with its row locked, for a door: refuses at once rather than wait for a worker.

    Raises NotFound, and Refusal where its state does not allow the change or someone else is changing it.
    """
    own = import_or_404(import_id)
    own.check(to)
    try:
        db.session.refresh(own, with_for_update={"nowait": True})
    except OperationalError as error:
        if isinstance(error.orig, psycopg.errors.LockNotAvailable):
            sentence = marked("This import is being changed by someone else. Try again in a moment.")
            raise Refusal("busy", sentence) from None
        raise
    return own
