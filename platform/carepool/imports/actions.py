"""Verbs of imports: begin, confirm the columns, read into a preview, apply all of it or nothing, cancel."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import IO, Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from carepool import events
from carepool.errors import Invalid, NotFound
from carepool.files import StoredFile, keep_file, open_file
from carepool.imports import catalogs, rosters
from carepool.imports.models import FileImport, ImportKind, ImportRow, ImportState, RememberedMap, Verdict
from carepool.outbox import Actor, record_event
from carepool.purchasing.models.catalogs import Contract
from carepool.tabular.columns import ColumnMap
from carepool.tabular.reading import read_table
from carepool.tabular.tables import BadRow, UnreadableFile
from tenants.database import bulk_insert, db, find
from tenants.ids import new_id

_TARGETS: dict[str, Any] = {ImportKind.ROSTER: rosters, ImportKind.CATALOG: catalogs}
_COLUMNS = ("place", "row", "key", "verdict", "note", "facts", "changes")


def begin_import(by: Actor, kind: ImportKind, contract_id: UUID | None, stream: IO[bytes], name: str) -> FileImport:
    """Keep a file and propose which column is which. Raises Invalid when it cannot be read as a table."""
    if (kind is ImportKind.CATALOG) != (contract_id is not None):
        raise Invalid(
            "which-contract", "A catalog needs its contract; a roster has none.", {"contract_id": ["See kind."]}
        )
    if contract_id is not None and find(Contract, contract_id) is None:
        raise NotFound("contract")
    stored = keep_file(stream, name, "application/octet-stream")
    try:
        with open_file(stored) as file:
            headers = read_table(file).headers
    except UnreadableFile as error:
        raise Invalid("unreadable-file", str(error), {"file": [str(error)]}) from None
    target = _TARGETS[kind]
    began = FileImport(
        id=new_id(), kind=kind, contract_id=contract_id, file_id=stored.id, file_name=stored.name, headers=list(headers)
    )
    remembered = find(RememberedMap, _purpose(began))
    kept = ColumnMap.from_json(remembered.column_map) if remembered else None
    if kept is None or kept.missing(target.FIELDS, headers):
        kept = target.proposal(headers)
    began.column_map = kept.as_json()
    db.session.add(began)
    db.session.flush()
    return began


def confirm_columns(by: Actor, import_id: UUID, column_map: Mapping[str, Any] | None) -> FileImport:
    """Confirm the proposed map, or give another; it is remembered, and a worker reads the file into a preview."""
    own = locked_import(import_id)
    target = _TARGETS[own.kind]
    try:
        chosen = ColumnMap.from_json(column_map if column_map is not None else own.column_map)
    except (ValueError, TypeError) as error:
        raise Invalid("bad-map", str(error), {"column_map": [str(error)]}) from None
    if faults := chosen.missing(target.FIELDS, own.headers):
        raise Invalid("columns-missing", "Mend the column map: " + "; ".join(faults) + ".", {"column_map": faults})
    own.move(ImportState.READING)
    own.column_map = chosen.as_json()
    row = insert(RememberedMap).values(purpose=_purpose(own), column_map=own.column_map)
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
    own = locked_import(import_id)
    if own.state != ImportState.READING:
        return
    stored = find(StoredFile, own.file_id)
    if stored is None:
        raise NotFound("file")
    db.session.execute(delete(ImportRow).where(ImportRow.import_id == own.id))
    counts: Counter[str] = Counter()
    try:
        with open_file(stored) as file:
            staged = _staged(
                own, _TARGETS[own.kind].rows(read_table(file), ColumnMap.from_json(own.column_map)), counts
            )
            bulk_insert(ImportRow, _COLUMNS, staged, same={"import_id": own.id})
    except UnreadableFile as error:
        own.move(ImportState.FAILED)
        own.error = str(error)
        return
    own.counts = {str(verdict): counts[verdict] for verdict in Verdict}
    own.done = sum(counts.values())
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
        note = getattr(row, "note", "")
        if verdict is Verdict.CHANGED and before is not None:
            note = "; ".join(part for part in (target.note_of_change(before, row.facts), note) if part)
        counts[verdict] += 1
        # a row that changes nothing needs no facts
        facts = {} if verdict is Verdict.SAME else {name: row.facts[name] for name in target.FACTS}
        yield place, row.number, row.key, verdict, note, facts, changes
    for key, before in known.items():
        if not before["gone"]:
            place += 1
            counts[Verdict.GONE] += 1
            yield place, None, key, Verdict.GONE, "", {}, {}


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
    """Ask a worker to apply a preview: all of it, or nothing."""
    own = locked_import(import_id)
    own.move(ImportState.APPLYING)
    record_event(events.IMPORT_CONFIRMED, own.id, by, own.counts)
    db.session.flush()
    return own


def apply_import(by: Actor, import_id: UUID) -> None:
    """Write what the preview said, in one transaction. Running again changes nothing."""
    own = locked_import(import_id)
    if own.state != ImportState.APPLYING:
        return
    gone = select(ImportRow.key).where(ImportRow.import_id == own.id, ImportRow.verdict == Verdict.GONE)
    target = _TARGETS[own.kind]
    target.apply(own.contract_id, _rows(own, Verdict.NEW), _rows(own, Verdict.CHANGED), list(db.session.scalars(gone)))
    own.move(ImportState.APPLIED)
    own.applied_at = db.session.scalars(select(func.now())).one()
    record_event(events.IMPORT_APPLIED, own.id, by, own.counts)
    db.session.flush()


def _rows(own: FileImport, verdict: Verdict) -> Iterator[dict[str, Any]]:
    query = (
        select(ImportRow.key, ImportRow.facts)
        .where(ImportRow.import_id == own.id, ImportRow.verdict == verdict)
        .order_by(ImportRow.place)
    )
    for key, facts in db.session.execute(query):
        yield {**facts, "key": key}


def cancel_import(by: Actor, import_id: UUID) -> FileImport:
    """Stop an import before it is applied; nothing was changed."""
    own = locked_import(import_id)
    own.move(ImportState.CANCELLED)
    db.session.execute(delete(ImportRow).where(ImportRow.import_id == own.id))
    record_event(events.IMPORT_CANCELLED, own.id, by)
    db.session.flush()
    return own


def locked_import(import_id: UUID) -> FileImport:
    """Return an import with its row locked, so that two presses follow each other. Raises NotFound."""
    own = find(FileImport, import_id)
    if own is None:
        raise NotFound("import")
    db.session.refresh(own, with_for_update=True)
    return own


def _purpose(own: FileImport) -> str:
    return "roster" if own.kind == ImportKind.ROSTER else f"catalog:{own.contract_id}"
