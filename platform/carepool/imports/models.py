"""Imports, their staged rows, and the column maps that are remembered."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Index, Integer, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from carepool.errors import Refusal
from carepool.kept_sentences import KeptSentence
from carepool.sentences import NOTHING, Sentence, marked
from tenants.database import TenantTable, tenant_fk
from tenants.ids import new_id


class ImportKind(StrEnum):
    """What a file holds."""

    ROSTER = "roster"
    CATALOG = "catalog"


class ImportState(StrEnum):
    """Where an import stands."""

    MAPPING = "mapping"
    READING = "reading"
    PREVIEWED = "previewed"
    APPLYING = "applying"
    APPLIED = "applied"
    FAILED = "failed"
    CANCELLED = "cancelled"


_S = ImportState
_MOVES: dict[ImportState, frozenset[ImportState]] = {
    _S.MAPPING: frozenset({_S.READING, _S.FAILED, _S.CANCELLED}),
    _S.READING: frozenset({_S.PREVIEWED, _S.FAILED, _S.CANCELLED}),
    _S.PREVIEWED: frozenset({_S.APPLYING, _S.MAPPING, _S.READING, _S.CANCELLED}),
    _S.APPLYING: frozenset({_S.APPLIED, _S.FAILED, _S.CANCELLED}),
    _S.APPLIED: frozenset(),
    _S.FAILED: frozenset({_S.READING, _S.CANCELLED}),
    _S.CANCELLED: frozenset(),
}


_STANDS = {
    _S.MAPPING: marked("Confirm the columns of this file first; then it is read into a preview."),
    _S.READING: marked("This file is being read. Wait for the preview."),
    _S.PREVIEWED: marked("The preview of this file is ready. Apply it, or cancel the import."),
    _S.APPLYING: marked("This import is being applied. Wait a moment and look again."),
    _S.APPLIED: marked("This import was applied already. Upload the file again to import it again."),
    _S.FAILED: marked("This import failed; its error says why. Confirm the columns to read the file again."),
    _S.CANCELLED: marked("This import was canceled. Upload the file again."),
}


class FileImport(TenantTable):
    """One file on its way into the tables."""

    __tablename__ = "file_import"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[ImportKind] = mapped_column(Text)
    #: The contract whose catalog it is; None for a roster.
    contract_id: Mapped[UUID | None]
    file_id: Mapped[UUID]
    file_name: Mapped[str] = mapped_column(Text)
    state: Mapped[ImportState] = mapped_column(Text, default=ImportState.MAPPING)
    headers: Mapped[list[str]] = mapped_column(JSONB, default=list)
    column_map: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    #: {new, changed, same, gone, refused}: rows.
    counts: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict)
    #: A sentence for people when it failed.
    error: Mapped[Sentence] = mapped_column(KeptSentence, default="")
    #: The job that works on it now or did last.
    job_id: Mapped[UUID | None]
    #: When the preview was made, and the import that had been applied last before it; None where there was none.
    read_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    compared_with: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    applied_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (tenant_fk("contract_id", "contract"),)

    def move(self, to: ImportState) -> None:
        """Change the state, or refuse with a sentence that says where it stands."""
        self.check(to)
        self.state = to

    def check(self, to: ImportState) -> None:
        """Refuse where the state does not allow the change."""
        if to not in _MOVES[ImportState(self.state)]:
            raise Refusal("wrong-state", _STANDS[ImportState(self.state)])

    @property
    def purpose(self) -> str:
        """What it is for: `roster` or `catalog:<contract id>`; imports of one purpose write the same rows."""
        return "roster" if self.kind == ImportKind.ROSTER else f"catalog:{self.contract_id}"

    @property
    def done(self) -> int:
        """Rows read; how far reading or applying has come is told by the job."""
        return sum(self.counts.values())


class Verdict(StrEnum):
    """What a row would do."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    GONE = "gone"
    REFUSED = "refused"


class ImportRow(TenantTable):
    """One staged row of an import and what it would do."""

    __tablename__ = "import_row"

    import_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: A running number; refused and gone rows have their place too.
    place: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    #: The row as the person sees it in the file; None for rows that are gone.
    row: Mapped[int | None] = mapped_column(Integer)
    #: Licence number or SKU.
    key: Mapped[str] = mapped_column(Text)
    verdict: Mapped[Verdict] = mapped_column(Text)
    #: Why it was refused, or what to look at.
    note: Mapped[Sentence] = mapped_column(KeptSentence, default=NOTHING)
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    #: {field: [before, after]} of a changed row.
    changes: Mapped[dict[str, Any]] = mapped_column(JSONB)

    __table_args__ = (
        tenant_fk("import_id", "file_import", ondelete="CASCADE"),
        Index("ix_import_row_verdict", "tenant_id", "import_id", "verdict", "place"),
    )


class RememberedMap(TenantTable):
    """The column map that was confirmed last for a roster, or for a contract's catalog."""

    __tablename__ = "remembered_map"

    #: `roster` or `catalog:<contract id>`.
    purpose: Mapped[str] = mapped_column(Text, primary_key=True)
    column_map: Mapped[dict[str, Any]] = mapped_column(JSONB)
    confirmed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
