"""The one table of long work."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, DateTime, Index, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from carepool.kept_sentences import KeptSentence
from carepool.sentences import Sentence
from tenants.database import InfrastructureTable
from tenants.ids import new_id


class JobState(StrEnum):
    """Where a job stands. After a crash it stays `running` only until its outbox row is delivered again."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


UNDER_WAY = (JobState.WAITING, JobState.RUNNING)


class Job(InfrastructureTable):
    """One long piece of work and how far it has come.

    While it runs, its row belongs to short transactions (progress, the wish to stop); the long transaction touches it
    only as its last statement, so that neither waits for the other.
    """

    __tablename__ = "job"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    #: A name of `carepool.jobs.kinds`.
    kind: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[UUID]
    state: Mapped[JobState] = mapped_column(Text, default=JobState.WAITING)
    #: Units of work (rows of a file, items of a purchase) done and to do; total is None while unknown.
    done: Mapped[int] = mapped_column(BigInteger, default=0)
    total: Mapped[int | None] = mapped_column(BigInteger)
    cancel_asked: Mapped[bool] = mapped_column(Boolean, default=False)
    #: A sentence for people: what failed and what to do.
    error: Mapped[Sentence | None] = mapped_column(KeptSentence)
    person_id: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())
    started_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (Index("ix_job_subject", "scope_kind", "scope_id", "kind", "subject_id"),)

    @property
    def came_to_nothing(self) -> bool:
        """Whether it failed or was stopped, so that what it was to make can be asked for again."""
        return self.state in (JobState.FAILED, JobState.CANCELLED)
