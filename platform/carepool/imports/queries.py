"""Reads of imports: those that the caller may work with, their staged rows, and the first rows of their files."""

from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from carepool.errors import Forbidden, NotFound
from carepool.files import StoredFile, open_file
from carepool.identity.rights import Permission
from carepool.imports.models import FileImport, ImportKind, ImportRow, Verdict
from carepool.tabular.reading import read_table
from carepool.tabular.tables import Row, UnreadableFile
from carepool.web.requests import signed_in
from tenants.database import find

WRITES = {ImportKind.ROSTER: Permission.PROGRAMS_WRITE, ImportKind.CATALOG: Permission.CATALOGS_WRITE}
"""The right that importing a kind of file takes, in the whole state."""


def kinds_allowed() -> list[ImportKind]:
    """Return the kinds that the caller may import. Raises Forbidden where there are none."""
    kinds = [kind for kind, right in WRITES.items() if signed_in().rights.may(right)]
    if not kinds:
        raise Forbidden()
    return kinds


def imports_seen() -> Select[Any]:
    """Return the imports of kinds that the caller may import."""
    return select(FileImport).where(FileImport.kind.in_(kinds_allowed()))


def own_import_or_404(import_id: UUID) -> FileImport:
    """Return an import that the caller may work with. Raises NotFound."""
    own = find(FileImport, import_id)
    if own is None or not signed_in().rights.may(WRITES[ImportKind(own.kind)]):
        raise NotFound("import")
    return own


def staged_rows(own: FileImport, verdict: Verdict | None) -> Select[Any]:
    """Return the staged rows of an import, of one verdict where it is given."""
    staged = select(ImportRow).where(ImportRow.import_id == own.id)
    return staged.where(ImportRow.verdict == verdict) if verdict else staged


def first_rows(own: FileImport, most: int = 3) -> list[dict[str, str]]:
    """Return the first rows of the file as {header: text}; none where the file cannot be read."""
    stored = find(StoredFile, own.file_id)
    if stored is None:
        return []
    try:
        with open_file(stored) as file:
            rows = islice(read_table(file).rows, most * 4)
            return [dict(row.cells) for row in rows if isinstance(row, Row)][:most]
    except (UnreadableFile, NotFound):
        return []
