"""How a worker does a job: the work in one savepoint, the progress in short transactions beside it."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import func, select, update

from carepool.errors import NotFound
from carepool.jobs.models import UNDER_WAY, Job, JobState
from carepool.sentences import Sentence, marked
from tenants.database import db, session
from tenants.scope import visiting

SECONDS_BETWEEN_WRITES = 0.5
"""Progress is written no more often than this."""

Row = TypeVar("Row")


class Stopped(Exception):
    """Someone asked that the job stop; what it did is undone."""


class Failed(Exception):
    """The job cannot be done, now or later; the sentence says why and what to do. What it did is undone."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Progress:
    """How far a job has come, written in transactions of its own: seen at once, whatever becomes of the work."""

    def __init__(self, job_id: UUID | None) -> None:
        self._job_id = job_id
        self._written_at = time.monotonic()
        self._total: int | None = None
        #: Units of work done so far.
        self.done = 0

    def expect(self, total: int) -> None:
        """Say how many units of work there are."""
        self._total = total
        self._write()

    def add(self, units: int = 1) -> None:
        """Say that some more units are done. Raises Stopped where someone asked for it."""
        self.done += units
        if time.monotonic() - self._written_at >= SECONDS_BETWEEN_WRITES:
            self._write()

    def over(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield the rows and count each. Raises Stopped."""
        for row in rows:
            yield row
            self.add()

    def _write(self) -> None:
        self._written_at = time.monotonic()
        if self._job_id is None:
            return
        values = {"done": self.done, "total": self._total}
        with visiting(session().scope):
            asked = db.session.execute(_own(self._job_id).values(values).returning(Job.cancel_asked)).scalar()
        if asked:
            raise Stopped()


def carry_out(job_id: UUID | None, work: Callable[[Progress], None]) -> tuple[JobState, Sentence | None]:
    """Do the work of a job and return how it ended, with the sentence of a failure.

    What the work wrote and the end of the job are committed together by the caller. Where the job was stopped or
    failed for good, nothing of the work is left. Any other error goes on to the caller, who tries again later. `job_id`
    is None for work that was asked for before jobs were kept.
    """
    state = _begin(job_id)
    if state is not JobState.RUNNING:
        if state is JobState.CANCELLED:
            _end(job_id, state, None)
        return state, None
    progress = Progress(job_id)
    sentence: Sentence | None = None
    try:
        with db.session.begin_nested():
            work(progress)
            _end(job_id, JobState.DONE, None, progress)
            return JobState.DONE, None
    except Stopped:
        state = JobState.CANCELLED
    except Failed as failed:
        state, sentence = JobState.FAILED, failed.sentence
    except NotFound as gone:
        state, sentence = JobState.FAILED, gone.sentence
    except Exception:
        _note_trouble(job_id)
        raise
    _end(job_id, state, sentence)
    return state, sentence


def _own(job_id: UUID | None) -> Any:
    return update(Job).where(Job.id == job_id, Job.state.in_(UNDER_WAY)).execution_options(synchronize_session=False)


def _begin(job_id: UUID | None) -> JobState:
    """Say that a worker has it, from the start; return RUNNING, CANCELLED where that was asked, or how it ended."""
    if job_id is None:
        return JobState.RUNNING
    values = {"state": JobState.RUNNING, "done": 0, "total": None, "error": None}
    with visiting(session().scope):
        begun = _own(job_id).values(**values, started_at=func.clock_timestamp()).returning(Job.cancel_asked)
        asked = db.session.execute(begun).scalar_one_or_none()
        if asked is None:
            return JobState(db.session.scalars(select(Job.state).where(Job.id == job_id)).one())
    return JobState.CANCELLED if asked else JobState.RUNNING


def _end(job_id: UUID | None, state: JobState, sentence: Sentence | None, progress: Progress | None = None) -> None:
    """End a job in the transaction of the work. Raises Stopped where someone asked for it before a job was done."""
    if job_id is None:
        return
    end = _own(job_id).values(state=state, error=sentence, finished_at=func.clock_timestamp())
    if progress is None:
        db.session.execute(end)
        return
    whole = end.values(done=progress.done, total=progress.done).where(Job.cancel_asked.is_(False)).returning(Job.id)
    if db.session.execute(whole).first() is None:
        raise Stopped()


def _note_trouble(job_id: UUID | None) -> None:
    """Say in a transaction of its own that the work did not succeed and waits for its next try."""
    sentence = marked("Something went wrong on our side. It is tried again by itself.")
    with visiting(session().scope):
        db.session.execute(_own(job_id).values(state=JobState.WAITING, error=sentence))
