"""Verbs of long work: ask for it, and ask that it stop."""

from uuid import UUID

from sqlalchemy import select, update

from carepool import events
from carepool.errors import NotFound, Refusal
from carepool.jobs.kinds import KINDS, JobKind
from carepool.jobs.models import UNDER_WAY, Job
from carepool.outbox import Actor, record_event
from carepool.sentences import marked
from tenants.database import db, find
from tenants.ids import new_id


def start_job(by: Actor, kind: JobKind, subject_id: UUID) -> UUID:
    """Add a job that waits for its worker and return its id; the caller keeps it on the subject."""
    job = Job(id=new_id(), kind=kind.name, subject_id=subject_id, person_id=by.person_id)
    db.session.add(job)
    db.session.flush()
    return job.id


def cancel_job(by: Actor, job_id: UUID) -> Job:
    """Ask that a job stop: its worker sees it between two rows, undoes what it did, and says so. Never waits for it.

    Asking twice changes nothing more. Raises Refusal for work that has ended or cannot be stopped, and NotFound.
    """
    job = find(Job, job_id)
    if job is None:
        raise NotFound("job")
    if (why_not := KINDS[job.kind].must_end) is not None:
        raise Refusal("cannot-be-stopped", why_not)
    if not ask_to_stop(by, job_id):
        raise Refusal("job-over", marked("This work has ended already. There is nothing to stop."))
    db.session.refresh(job)
    return job


def ask_to_stop(by: Actor, job_id: UUID) -> bool:
    """Write the wish to stop on a job that is under way; tell whether it is."""
    under_way = (Job.id == job_id, Job.state.in_(UNDER_WAY))
    asking = update(Job).where(*under_way, Job.cancel_asked.is_(False)).values(cancel_asked=True)
    if db.session.execute(asking.execution_options(synchronize_session=False).returning(Job.id)).first():
        record_event(events.JOB_CANCEL_ASKED, job_id, by)
        db.session.flush()
        return True
    return db.session.execute(select(Job.id).where(*under_way)).first() is not None
