"""A roster on its way into the programs of a state."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import func, select, update

from carepool.programs.actions import match_name
from carepool.programs.models import LegalEntity, Program
from carepool.programs.roster_file import FIELDS, Words, read_roster
from carepool.tabular.columns import ColumnMap, propose
from carepool.tabular.tables import Table
from tenants.database import bulk_insert, db, session
from tenants.ids import new_id
from tenants.kits import kit_codes, load_kit
from tenants.registry import tenant_entry
from tenants.state_words import StateWord, WordKind

FACTS = (
    "name", "type", "type_word", "status", "status_word", "capacity", "capacity_note", "quality_level", "quality_word",
    "street", "city", "zip", "county", "phone", "email", "contact_name", "legal_entity",
)  # fmt: skip
_STORED = tuple(name for name in FACTS if name != "legal_entity")

__all__ = ["FACTS", "FIELDS", "apply", "existing", "note_of_change", "proposal", "rows"]


def proposal(headers: Sequence[str]) -> ColumnMap:
    """Propose which column is which; the columns that the state's kit names come first."""
    entry = tenant_entry(session().scope.id)
    return propose(
        headers, FIELDS, load_kit(entry.code).roster_columns if entry and entry.code in kit_codes() else None
    )


def note_of_change(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Return nothing: what changed in a program speaks for itself."""
    return ""


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


def apply(_: Any, new: Iterable[Mapping[str, Any]], changed: Iterable[Mapping[str, Any]], gone: Sequence[str]) -> None:
    """Write new and changed programs and mark those that left; each row carries its `key` and facts."""
    fresh, altered = list(new), list(changed)
    owners = _owners({str(row["legal_entity"]) for row in (*fresh, *altered)})
    at = db.session.scalars(select(func.now())).one()
    known = _typed_in([row["key"] for row in fresh])
    columns = ("id", "licence_number", "legal_entity_id", "seen_at", *_STORED)
    bulk_insert(
        Program,
        columns,
        (
            (new_id(), row["key"], owners.get(match_name(row["legal_entity"])), at, *(row[name] for name in _STORED))
            for row in fresh
            if row["key"] not in known
        ),
    )
    for row in (*altered, *(row for row in fresh if row["key"] in known)):
        values = {name: row[name] for name in _STORED}
        owner = owners.get(match_name(row["legal_entity"]))
        statement = update(Program).where(Program.licence_number == row["key"])
        db.session.execute(statement.values(**values, legal_entity_id=owner, seen_at=at, gone_at=None))
    for first in range(0, len(gone), 1000):
        leaving = update(Program).where(Program.licence_number.in_(gone[first : first + 1000]))
        db.session.execute(leaving.values(gone_at=at))


def _typed_in(keys: Sequence[str]) -> set[str]:
    """Return the licence numbers that were typed in before any roster held them."""
    found = select(Program.licence_number).where(Program.seen_at.is_(None))
    return set(db.session.scalars(found)) & set(keys)


def _owners(names: set[str]) -> dict[str, Any]:
    wanted = {match_name(name): name for name in sorted(names) if match_name(name)}
    entities = ((new_id(), name, matched) for matched, name in wanted.items())
    bulk_insert(LegalEntity, ("id", "name", "match_name"), entities, keep=True)
    if not wanted:
        return {}
    return dict(db.session.execute(select(LegalEntity.match_name, LegalEntity.id)).tuples().all())
