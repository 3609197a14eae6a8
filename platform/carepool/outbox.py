"""record_event(): the history and the outbox row of a change, written in the same transaction as the change."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    DateTime,
    Index,
    Integer,
    Text,
    bindparam,
    column,
    exists,
    func,
    insert,
    select,
    table,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from carepool import events
from carepool.events import EVENT_PUBLISHED, Topic
from carepool.hints import left_work
from carepool.publishing import published_of
from tenants.database import InfrastructureTable, bulk_insert, execute, session
from tenants.ids import new_id
from tenants.scope import Scope


class ActorKind(StrEnum):
    """What acted."""

    PERSON = "person"
    TOKEN = "token"  # noqa: S105 - a kind of actor, not a secret
    TASK = "task"
    OPERATOR = "operator"
    #: A vendor without an account, known by a signed link.
    VENDOR = "vendor"


@dataclass(frozen=True)
class Actor:
    """Who did it: a person, a person's API token, a task of ours, an operator at the command line."""

    kind: ActorKind
    person_id: UUID | None = None
    token_id: UUID | None = None

    @classmethod
    def task(cls) -> "Actor":
        """A worker that carries out what was decided before."""
        return cls(ActorKind.TASK)

    @classmethod
    def vendor(cls) -> "Actor":
        """A vendor without an account, who holds a signed link."""
        return cls(ActorKind.VENDOR)

    @classmethod
    def operator(cls) -> "Actor":
        """Someone at the command line of the installation."""
        return cls(ActorKind.OPERATOR)


class OutboxRow(InfrastructureTable):
    """Work that a change asks for; ids only, the worker reads the truth."""

    __tablename__ = "outbox"
    addressed = (events.DESK_SAID.name, events.PRICES_PROPOSED.name)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    topic: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())
    available_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())
    handed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    done_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    attempts: Mapped[int] = mapped_column(Integer, server_default="0")
    last_error: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        Index(
            "ix_outbox_waiting", "scope_kind", "scope_id", "available_at", "id", postgresql_where=sql("done_at is null")
        ),
        Index("ix_outbox_done", "scope_kind", "scope_id", "done_at", postgresql_where=sql("done_at is not null")),
    )


class Activity(InfrastructureTable):
    """History: who did what to which thing; append-only."""

    __tablename__ = "activity"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())
    actor_kind: Mapped[ActorKind] = mapped_column(Text)
    person_id: Mapped[UUID | None]
    token_id: Mapped[UUID | None]
    verb: Mapped[str] = mapped_column(Text)
    subject_kind: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[UUID]
    diff: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")

    __table_args__ = (
        Index("ix_activity_subject", "scope_kind", "scope_id", "subject_kind", "subject_id", "id"),
        Index("ix_activity_at", "scope_kind", "scope_id", "at", "id"),
        Index("ix_activity_person", "scope_kind", "scope_id", "person_id", "at", "id"),
    )


_REMEMBER = insert(Activity)
_HAND_OVER = insert(OutboxRow)
_LEAVE = insert(OutboxRow).values(
    id=bindparam("id"),
    scope_kind=bindparam("scope_kind"),
    scope_id=bindparam("scope_id"),
    topic=bindparam("topic"),
    subject_id=bindparam("subject_id"),
)
_LISTENING = table("webhook_endpoint", column("state", Text))
# most states have nobody who listens: asked for with the row itself, that costs no round trip
_REMEMBER_AND_ASK = insert(Activity).returning(exists(select(_LISTENING.c.state).where(_LISTENING.c.state == "on")))


def record_event(topic: Topic, subject_id: UUID, by: Actor, diff: Mapping[str, Any] | None = None) -> None:
    """Write the history row of a change and, where the topic asks for work, its outbox row.

    `diff`: {field: [before, after]} or other small facts, JSON values only.
    """
    activity = new_id()
    facts = {
        "id": activity,
        "actor_kind": str(by.kind),
        "person_id": by.person_id,
        "token_id": by.token_id,
        "verb": topic.name,
        "subject_kind": topic.subject,
        "subject_id": subject_id,
        "diff": dict(diff or {}),
    }
    if not published_of(topic.name):
        execute(_REMEMBER, **facts)
    elif execute(_REMEMBER_AND_ASK, **facts).scalar_one():
        execute(_HAND_OVER, topic=EVENT_PUBLISHED.name, subject_id=activity)
        left_work(session())
    if topic.queue is not None:
        execute(_HAND_OVER, topic=topic.name, subject_id=subject_id)
        left_work(session())


def record_events(topic: Topic, changes: Iterable[tuple[UUID, Mapping[str, Any]]], by: Actor) -> None:
    """Do what `record_event` does for many (subject id, diff), in few statements; for topics that nobody outside hears of."""
    if published_of(topic.name):
        raise RuntimeError(f"{topic.name} is told outside; record each with record_event.")
    found = [(subject_id, dict(diff)) for subject_id, diff in changes]
    facts = (by.kind, by.person_id, by.token_id, topic.name, topic.subject)
    bulk_insert(
        Activity,
        ("id", "actor_kind", "person_id", "token_id", "verb", "subject_kind", "subject_id", "diff"),
        ((new_id(), *facts, subject_id, diff) for subject_id, diff in found),
    )
    if topic.queue is not None:
        hand_over(topic, (subject_id for subject_id, _ in found))


def leave_for(tenant_id: int, topic: Topic, subject_id: UUID) -> None:
    """Leave work for a state from a vendor's scope: the only thing that a vendor does there. See `addressed`."""
    state = Scope.tenant(tenant_id)
    # nothing of the row is asked back: the vendor cannot see it
    execute(_LEAVE, id=new_id(), scope_kind=str(state.kind), scope_id=state.id, topic=topic.name, subject_id=subject_id)
    left_work(session(), state)


def hand_over(topic: Topic, subject_ids: Iterable[UUID]) -> None:
    """Write the outbox rows of many subjects without history: for work that follows from a change already recorded."""
    bulk_insert(OutboxRow, ("id", "subject_id"), ((new_id(), one) for one in subject_ids), same={"topic": topic.name})
    left_work(session())
