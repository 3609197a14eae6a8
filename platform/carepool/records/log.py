"""Reads of the activity log: which entries, and what each of them says."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select

from carepool.identity.models import Person
from carepool.outbox import Activity
from carepool.records.names import names_of
from carepool.records.sentences import ACTORS, GONE, changes_of, sentence_of
from carepool.sentences import Sentence


@dataclass(frozen=True)
class LogFilter:
    """Which entries: all that is given must fit. `since` is included, `before` is not."""

    who: str = ""
    person_id: UUID | None = None
    verb: str = ""
    subject_kind: str = ""
    subject_id: UUID | None = None
    since: datetime | None = None
    before: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """Return what is given, for keeping."""
        given = {name: value for name, value in asdict(self).items() if value}
        return {name: one.isoformat() if isinstance(one, datetime) else str(one) for name, one in given.items()}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "LogFilter":
        """Read what `as_json` wrote."""
        read: dict[str, Any] = {"person_id": UUID, "subject_id": UUID}
        read |= {"since": datetime.fromisoformat, "before": datetime.fromisoformat}
        names = {one.name for one in fields(cls)}
        return cls(**{name: read.get(name, str)(value) for name, value in kept.items() if name in names})


@dataclass(frozen=True)
class Entry:
    """An entry of the log, with its words."""

    id: UUID
    at: datetime
    verb: str
    actor_kind: str
    person_id: UUID | None
    who: str
    sentence: Sentence
    subject_kind: str
    subject_id: UUID
    changes: tuple[tuple[Sentence | str, Sentence], ...]
    diff: dict[str, Any]


def entries_wanted(wanted: LogFilter) -> Select[Any]:
    """Return the query of the entries that fit a filter."""
    query = select(Activity)
    if wanted.who:
        query = query.where(Activity.person_id.in_(_people_called(wanted.who)))
    equal = {"person_id": wanted.person_id, "verb": wanted.verb}
    equal |= {"subject_kind": wanted.subject_kind, "subject_id": wanted.subject_id}
    query = query.where(*(getattr(Activity, name) == value for name, value in equal.items() if value))
    if wanted.since:
        query = query.where(Activity.at >= wanted.since)
    if wanted.before:
        query = query.where(Activity.at < wanted.before)
    return query


def _people_called(words: str) -> Select[tuple[UUID]]:
    within = {"autoescape": True}
    named = or_(Person.name.icontains(words, **within), Person.email.icontains(words, **within))
    return select(Person.id).where(named)


def told(entries: Sequence[Activity]) -> Iterator[Entry]:
    """Yield entries with their words; the names are looked up together."""
    names = names_of(entries)
    for one in entries:
        who = names.get(one.person_id, GONE) if one.person_id else ACTORS.get(one.actor_kind, GONE)
        yield Entry(
            one.id, one.at, one.verb, one.actor_kind, one.person_id, who,
            sentence_of(one.verb, who, names.get(one.subject_id, GONE)),
            one.subject_kind, one.subject_id, tuple(changes_of(one.diff, names)), one.diff,
        )  # fmt: skip
