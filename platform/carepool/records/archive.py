"""Public records as one ZIP: a CSV and a JSON file a table, the documents of closes as they were stored, and a manifest.

The manifest has the SHA-256 of each file. Everything is streamed.
"""

import hashlib
import json
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import IO, Any, cast
from uuid import UUID

from sqlalchemy import func, select

from carepool.clock import now
from carepool.errors import NotFound
from carepool.files import StoredFile, open_file, writing
from carepool.jobs.working import Progress
from carepool.records.datasets import DATASETS, Dataset, RecordsWish, left_out_of_facts
from carepool.records.documents import documents_of
from carepool.records.models import RecordExport
from carepool.tabular.csv_lines import BEGIN, csv_bytes
from tenants.database import db, session
from tenants.registry import Tenant
from tenants.scope import visiting

CHUNK = 1_000
_PIECE = 1 << 18
Chunks = Iterator[Sequence[Sequence[Any]]]


@dataclass(frozen=True)
class Member:
    """A file of the archive: its name, its rows (None: it is a document), its size in bytes, its SHA-256."""

    name: str
    rows: int | None
    bytes: int
    sha256: str


def write(own: RecordExport, progress: Progress) -> StoredFile:
    """Write the records that an export asks for as they are at one moment; return the file."""
    wish = RecordsWish.from_json(own.wish)
    # written as to a pipe: nothing is kept in memory, and no second file is made
    with (
        writing("public-records.zip", "application/zip") as file,
        zipfile.ZipFile(cast(IO[bytes], file), "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        with visiting(session().scope, snapshot=True):
            documents = documents_of(wish)
            progress.expect(2 * sum(_count(one, wish) for one in DATASETS) + len(documents))
            members = [
                member
                for one in DATASETS
                for member in (
                    _member(archive, f"{one.name}.csv", one, wish, progress, _as_csv),
                    _member(archive, f"{one.name}.json", one, wish, progress, _as_json),
                )
            ]
            members += [
                found for name, file in documents for found in [_document(archive, name, file, progress)] if found
            ]
            missing = {name for name, _ in documents} - {one.name for one in members}
            told = _manifest(wish, members, missing)
        archive.writestr("manifest.json", json.dumps(told, indent=1, ensure_ascii=False))
    return file.row


def _count(one: Dataset, wish: RecordsWish) -> int:
    return db.session.scalar(select(func.count()).select_from(one.rows(wish).order_by(None).subquery())) or 0


def _member(
    archive: zipfile.ZipFile,
    name: str,
    one: Dataset,
    wish: RecordsWish,
    progress: Progress,
    written: Callable[[list[str], Chunks], Iterator[bytes]],
) -> Member:
    """Write one file of the archive, some rows at a time."""
    rows = 0

    def chunks() -> Chunks:
        nonlocal rows
        found = db.session.execute(one.rows(wish), execution_options={"yield_per": CHUNK})
        facts = [column.name in one.facts for column in columns]
        for part in found.partitions():
            rows += len(part)
            yield [
                [_pruned(cell, out) if told else cell for cell, told in zip(row, facts, strict=True)] for row in part
            ]
            progress.add(len(part))

    columns, out = one.columns(wish.without_personal), left_out_of_facts(wish.without_personal)
    size, sha256 = _written(archive, name, written([column.name for column in columns], chunks()))
    return Member(name, rows, size, sha256)


def _document(archive: zipfile.ZipFile, name: str, stored: StoredFile, progress: Progress) -> Member | None:
    """Write a document as it was stored; None where its bytes are gone."""
    try:
        file = open_file(stored)
    except NotFound:
        return None
    with file:
        size, sha256 = _written(archive, name, iter(partial(file.read, _PIECE), b""))
    progress.add()
    return Member(name, None, size, sha256)


def _written(archive: zipfile.ZipFile, name: str, pieces: Iterable[bytes]) -> tuple[int, str]:
    """Write one file of the archive piece by piece; return its size in bytes and its SHA-256."""
    digest, size = hashlib.sha256(), 0
    entry = zipfile.ZipInfo(name, now().timetuple()[:6])
    entry.compress_type = archive.compression
    with archive.open(entry, "w", force_zip64=True) as member:
        for piece in pieces:
            digest.update(piece)
            size += len(piece)
            member.write(piece)
    return size, digest.hexdigest()


def _as_csv(names: list[str], chunks: Chunks) -> Iterator[bytes]:
    yield BEGIN + csv_bytes([names])
    for part in chunks:
        yield csv_bytes([_cell(value) for value in row] for row in part)


def _as_json(names: list[str], chunks: Chunks) -> Iterator[bytes]:
    yield b"["
    between = "\n"
    for part in chunks:
        lines = (json.dumps(dict(zip(names, map(_plain, row), strict=True)), ensure_ascii=False) for row in part)
        yield (between + ",\n".join(lines)).encode()
        between = ",\n"
    yield b"\n]\n"


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value) if isinstance(value, UUID | date) else value


def _pruned(value: Any, out: frozenset[str]) -> Any:
    """Leave facts of these names out, however deep they are."""
    if isinstance(value, dict):
        return {key: _pruned(one, out) for key, one in value.items() if key not in out}
    return [_pruned(one, out) for one in value] if isinstance(value, list) else value


def _manifest(wish: RecordsWish, members: Sequence[Member], missing: Collection[str]) -> dict[str, Any]:
    state = db.session.scalars(select(Tenant).where(Tenant.id == session().scope.id)).one()
    left_out: dict[str, Any] = {}
    if wish.without_personal:
        left_out = {one.name: sorted(one.personal) for one in DATASETS if one.personal}
    inside = sorted(left_out_of_facts(wish.without_personal))
    left_out |= {f"{one.name}.{column}": inside for one in DATASETS for column in one.facts}
    return {
        "state": state.name,
        "made_at": now().isoformat(),
        "asked_for": wish.as_json(),
        "personal_data": "left out" if wish.without_personal else "included",
        "left_out_columns": left_out,
        "csv": "UTF-8; a text that a spreadsheet would take for a formula has an apostrophe in front",
        "files": [asdict(one) for one in members],
        # documents whose bytes are no longer there
        "missing": sorted(missing),
    }
