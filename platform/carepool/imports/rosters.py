"""A roster on its way into the programs of a state."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from carepool.programs.actions import match_name
from carepool.programs.models import LegalEntity, Program
from carepool.programs.roster_file import FIELDS, Words, read_roster
from carepool.sentences import Sentence
from carepool.tabular.columns import ColumnMap, propose
from carepool.tabular.tables import Table
from tenants.database import bulk_insert, bulk_update, db, one_of, session
from tenants.ids import new_id
from tenants.kits import kit_codes, load_kit
from tenants.registry import tenant_entry
from tenants.state_words import StateWord, WordKind

FACTS = (
    "name", "type", "type_word", "status", "status_word", "capacity", "capacity_note", "quality_level", "quality_word",
    "street", "city", "zip", "county", "phone", "email", "contact_name", "legal_entity",
)  # fmt: skip
_STORED = tuple(name for name in FACTS if name != "legal_entity")
_WRITTEN = ("legal_entity_id", *_STORED)

__all__ = ["FACTS", "FIELDS", "add", "change", "existing", "leave", "notes_of_change", "proposal", "rows"]


def proposal(headers: Sequence[str]) -> ColumnMap:
    """Propose which column is which; the columns that the state's kit names come first."""
    entry = tenant_entry(session().scope.id)
    return propose(
        headers, FIELDS, load_kit(entry.code).roster_columns if entry and entry.code in kit_codes() else None
    )


def notes_of_change(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Sentence, ...]:
    """Return nothing: what changed in a program speaks for itself."""
    return ()


def rows(table: Table, columns: ColumnMap) -> Iterator[Any]:
    """Yield the roster's programs and refused rows, in the state's own words."""
    found: dict[str, dict[str, str]] = {kind: {} for kind in WordKind}
    for word in db.session.scalars(select(StateWord)):
        found[word.kind][word.word] = word.national
    words = Words(found[WordKind.TYPE], found[WordKind.STATUS], found[WordKind.QUALITY])
    return read_roster(table, columns, words)


def existing(_: Any) -> dict[str, dict[str, Any]]:
    """Return {licence number: facts} of all programs; programs that left the roster are told by `gone`."""
    columns = [getattr(Program, name) for name in _STORED]
    query = (
        select(Program.licence_number, Program.gone_at, func.coalesce(LegalEntity.name, ""), *columns)
        .outerjoin(
            LegalEntity, (LegalEntity.tenant_id == Program.tenant_id) & (LegalEntity.id == Program.legal_entity_id)
        )
        .where(Program.seen_at.is_not(None))
    )
    return {
        number: {**dict(zip(_STORED, facts, strict=True)), "legal_entity": owner, "gone": gone is not None}
        for number, gone, owner, *facts in db.session.execute(query)
    }


def add(_: Any, rows: Sequence[Mapping[str, Any]]) -> int:
    """Write new programs, and those that were typed in before any roster held them; return how many were written."""
    numbers = [row["key"] for row in rows]
    found = select(Program.licence_number).where(one_of(Program.licence_number, numbers), Program.seen_at.is_(None))
    typed_in = set(db.session.scalars(found))
    fresh = [row for row in rows if row["key"] not in typed_in]
    columns = ("id", "licence_number", *_WRITTEN)
    lines = ((new_id(), *line) for line in _lines(fresh))
    written = bulk_insert(Program, columns, lines, same={"seen_at": _now()}, keep=True)
    return written + change(_, [row for row in rows if row["key"] in typed_in])


def change(_: Any, rows: Sequence[Mapping[str, Any]]) -> int:
    """Write changed programs and those that came back; return how many were written."""
    same = {"seen_at": _now(), "gone_at": None}
    return bulk_update(Program, ("licence_number",), _WRITTEN, _lines(rows), same=same)


def leave(_: Any, rows: Sequence[Mapping[str, Any]]) -> int:
    """Mark programs that left the roster; return how many."""
    return bulk_update(Program, ("licence_number",), (), ((row["key"],) for row in rows), same={"gone_at": _now()})


def _lines(rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Any, ...]]:
    """Yield licence number and the columns of `_WRITTEN`, with the owners entered where they are new."""
    owners = _owners({str(row["legal_entity"]) for row in rows})
    for row in rows:
        yield row["key"], owners.get(match_name(row["legal_entity"])), *(row[name] for name in _STORED)


def _now() -> datetime:
    return db.session.scalars(select(func.now())).one()


def _owners(names: set[str]) -> dict[str, Any]:
    wanted = {match_name(name): name for name in sorted(names) if match_name(name)}
    if not wanted:
        return {}
    entities = ((new_id(), name, matched) for matched, name in wanted.items())
    bulk_insert(LegalEntity, ("id", "name", "match_name"), entities, keep=True)
    found = select(LegalEntity.match_name, LegalEntity.id).where(one_of(LegalEntity.match_name, wanted))
    return dict(db.session.execute(found).tuples().all())
